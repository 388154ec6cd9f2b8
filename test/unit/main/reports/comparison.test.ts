import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AssessedInput } from "../../../../common/domain/report.ts";
import { createFormats } from "../../../../common/domain/report-text/formats.ts";
import { catalogues } from "../../../../common/domain/report-text/languages.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import {
  compareReports,
  compareSource,
  comparable,
  readReportIndex,
} from "../../../../main/reports/comparison.ts";
import { createJsonReport } from "../../../../main/reports/json-report.ts";
import { plainLinux, service } from "../compatibility/sample-facts.ts";

const context = { catalogue: catalogues.en, format: createFormats("en", "UTC"), now: Date.UTC(2025, 0, 2) };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sma-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const withServices = (...names: readonly string[]) => ({
  ...plainLinux(),
  services: names.map((name) => service(name, "database")),
});
const assessed = (id: string, facts: ReturnType<typeof plainLinux>): AssessedInput => ({
  kind: "assessed",
  id,
  input: `${id}.json`,
  assessment: assess(id, facts),
});

async function reportOf(name: string, inputs: readonly AssessedInput[]): Promise<string> {
  let text = "";
  const report = createJsonReport({ write: (piece) => Promise.resolve(void (text += piece)) }, context);
  for (const input of inputs) await report.write(input);
  await report.finish();
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("comparing two reports", () => {
  it("tells what was fixed, what is new and what remains", () => {
    const before = comparable(assess("a", withServices("mysql", "redis")), context.catalogue, context.format);
    const now = comparable(
      assess("a", withServices("mysql", "oracle-database")),
      context.catalogue,
      context.format,
    );
    const { fixed, added, remaining, worse } = compareSource("a", before, now);
    expect(fixed.map((finding) => finding.subject.name)).toEqual(["redis"]);
    expect(added.map((finding) => finding.subject.name)).toEqual(["oracle-database"]);
    expect(remaining.map((finding) => finding.subject.name)).toContain("mysql");
    expect(worse).toEqual([]);
  });

  it("reads back what the JSON report wrote, language and order aside", async () => {
    const earlier = await readReportIndex(
      await reportOf("earlier.json", [assessed("a", withServices("mysql")), assessed("gone", plainLinux())]),
    );
    const later = await readReportIndex(
      await reportOf("later.json", [assessed("new", plainLinux()), assessed("a", plainLinux())]),
    );
    if (!earlier.ok || !later.ok) throw new Error("not read");
    const comparison = compareReports(earlier.value, later.value);
    expect(comparison.onlyEarlier).toEqual(["gone"]);
    expect(comparison.onlyLater).toEqual(["new"]);
    expect(comparison.sources.map((source) => [source.id, source.verdictBefore, source.verdictNow])).toEqual([
      ["a", "needs-attention", "ready"],
    ]);
    expect(comparison.sources[0]?.fixed.map((finding) => finding.code)).toEqual(["database-running"]);
  });

  it("finds nothing changed between a report and itself", async () => {
    const index = await readReportIndex(await reportOf("same.json", [assessed("a", withServices("mysql"))]));
    if (!index.ok) throw new Error("not read");
    const { sources } = compareReports(index.value, index.value);
    expect(sources[0]).toMatchObject({ fixed: [], added: [], worse: [] });
    expect(sources[0]?.remaining.length).toBeGreaterThan(0);
  });

  it("notices that a finding became more severe", () => {
    const now = comparable(assess("a", withServices("mysql")), context.catalogue, context.format);
    const mild = new Map(
      [...now.findings].map(([identity, found]) => [identity, { ...found, severity: "info" as const }]),
    );
    const { worse } = compareSource("a", { verdict: "ready", findings: mild }, now);
    expect(worse.map((finding) => finding.code)).toEqual(["database-running"]);
  });

  it.each([
    ["not-json", "nonsense", "element 0"],
    [
      "cut",
      '[{"id":"a","assessedAt":"2025-01-01T00:00:00Z","verdict":"ready","findings":[]},{"id":',
      "cut short",
    ],
    ["field", '[{"id":"a","assessedAt":"2025-01-01T00:00:00Z","verdict":"great","findings":[]}]', "verdict"],
    ["object", '{"a":1}', "not a JSON array"],
  ])("refuses a report that is none (%s) and says where", async (name, text, part) => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, text);
    const result = await readReportIndex(path);
    expect(result).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
    expect(JSON.stringify(result)).toContain(part);
  });

  it("refuses a report that is not there", async () => {
    expect(await readReportIndex(join(folder, "nowhere.json"))).toMatchObject({
      ok: false,
      failure: { code: "not-found" },
    });
  });
});
