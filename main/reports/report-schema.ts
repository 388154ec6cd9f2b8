import { z } from "zod";
import { reportSchema } from "../../common/domain/report.ts";

/** The published schema of `sma assess --json`, as resources/report/report.schema.json holds it. */
export function reportJsonSchemaText(): string {
  const schema = z.toJSONSchema(reportSchema, { target: "draft-2020-12", unrepresentable: "any" });
  return `${JSON.stringify({ title: "sma assess --json: one entry for each source", ...schema }, null, 2)}\n`;
}
