/** What the cloud's error codes mean here: resources/alibaba-cloud/errors.json. */
import { z } from "zod";
import data from "../../../../resources/alibaba-cloud/errors.json" with { type: "json" };
import { failureCodes } from "../../../../common/failure-codes.ts";
import { cloudErrorsFaults } from "../../../../common/domain/faults/cloud-errors.ts";
import type { Remark } from "../../../../common/domain/remark.ts";
import { failure, type Failure, type FailureContext, type Saying } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

const kindSchema = z.enum(Object.keys(cloudErrorsFaults) as [keyof typeof cloudErrorsFaults]);

const tableSchema = z.object({
  entries: z.array(
    z.object({
      codes: z.array(z.string().min(1)).min(1),
      failure: z.enum(failureCodes),
      says: kindSchema,
      remedy: kindSchema,
    }),
  ),
});
/** A malformed file is a defect and throws. */
const { entries } = tableSchema.parse(data);

export interface CloudRefusal {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly httpStatus: number;
  /** For people, as `ecs:ImportImage` or `oss:UploadPart`. */
  readonly action: string;
}

function fits(pattern: string, code: string): boolean {
  if (pattern.startsWith("*")) return code.endsWith(pattern.slice(1));
  return pattern.endsWith("*") ? code.startsWith(pattern.slice(0, -1)) : code === pattern;
}

/** A refusal as a failure, with the code, the cloud's words and the request's id beside it. */
export function cloudFailure({ code, message, requestId, httpStatus, action }: CloudRefusal): Failure {
  const context: FailureContext = { action, cloudCode: code, cloudMessage: message, requestId, httpStatus };
  const entry = entries.find(({ codes }) => codes.some((pattern) => fits(pattern, code)));
  if (entry !== undefined) {
    // The compiler takes no union of so many kinds for one of them.
    const [says, remedy] = [entry.says, entry.remedy].map((kind) => told({ kind } as Remark)) as [
      Saying,
      Saying,
    ];
    const message =
      entry.failure === "cloud-permission"
        ? told({ kind: "cloud-refused-action", says, action, code })
        : told({ kind: "cloud-refused", says, code });
    return failure(entry.failure, message, context, remedy);
  }
  const server = httpStatus >= 500;
  const said = message === "" ? code : `${code}: ${message}`;
  return failure(
    server ? "cloud-unreachable" : "target-refused",
    told({ kind: "cloud-refused-so", action, text: said }),
    context,
  );
}
