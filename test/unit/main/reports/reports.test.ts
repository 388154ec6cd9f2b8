import { inEnglish } from "../../../support/in-english.ts";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { reportSchema, type AssessedInput } from "../../../../common/domain/report.ts";
import { languages, type Language } from "../../../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../../../common/domain/report-text/formats.ts";
import { catalogues } from "../../../../common/domain/report-text/languages.ts";
import { failure } from "../../../../common/result.ts";
import { assess } from "../../../../main/compatibility/assess.ts";
import { createCsvReport, csvField } from "../../../../main/reports/csv-report.ts";
import { createHtmlReport } from "../../../../main/reports/html-report.ts";
import { escapeHtml } from "../../../../main/reports/html/markup.ts";
import { createJsonReport } from "../../../../main/reports/json-report.ts";
import type { ReportContext } from "../../../../main/reports/report-sink.ts";
import { reportJsonSchemaText } from "../../../../main/reports/report-schema.ts";
import {
  content,
  device,
  gib,
  line,
  partition,
  mib,
  plainLinux,
  plainWindows,
  service,
} from "../compatibility/sample-facts.ts";

const contextIn = (language: Language): ReportContext => ({
  catalogue: catalogues[language],
  format: createFormats(language, "UTC"),
  now: Date.UTC(2025, 2, 4, 5, 6),
});

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'\u202egnp.exe\u0000`;

function hostileFacts() {
  const facts = plainLinux();
  facts.os.hostName = hostile;
  facts.os.name = hostile;
  facts.services = [service(hostile, "database", { evidence: [line(hostile, hostile)] })];
  facts.storage.devices.push(
    device(hostile, { sizeBytes: 10 * gib, model: hostile, partitionTable: "mbr" }),
    partition(`${hostile}1`, hostile, 1, mib, gib, { content: content(hostile), mountPoints: [hostile] }),
  );
  return facts;
}

const inputs = (): readonly AssessedInput[] => [
  { kind: "assessed", id: "app01", input: "app01.json", assessment: assess("app01", plainLinux()) },
  { kind: "assessed", id: hostile, input: hostile, assessment: assess(hostile, hostileFacts()) },
  { kind: "assessed", id: "win", input: "win.json", assessment: assess("win", plainWindows("2008")) },
  {
    kind: "failed",
    id: "cut",
    input: "cut.json",
    failure: failure("bundle-invalid", inEnglish(`cut.json: ${hostile}`), { line: 3, field: "files" }),
  },
];

function collect() {
  let text = "";
  return { output: { write: (piece: string) => Promise.resolve(void (text += piece)) }, text: () => text };
}

async function htmlIn(language: Language, list = inputs()): Promise<string> {
  const { output, text } = collect();
  const report = await createHtmlReport(output, contextIn(language), {
    parallelJobs: 4,
    earlier: null,
    isSingle: list.length === 1,
  });
  for (const input of list) await report.write(input);
  await report.finish();
  return text();
}

describe("the HTML report", () => {
  it.each(languages)("lets nothing from outside become markup (%s)", async (language) => {
    const html = await htmlIn(language);
    expect(html).not.toMatch(/<script|<img|<[^>]*\sonerror=/i);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).not.toContain("\u202e");
    expect(html).not.toContain("\u0000");
  });

  it("names what a server runs on, and a line of a text, in its own language", async () => {
    const facts = plainLinux();
    facts.platform = { ...facts.platform, kind: "physical" };
    const list: readonly AssessedInput[] = [
      { kind: "assessed", id: "a", input: "a.json", assessment: assess("a", facts) },
      {
        kind: "failed",
        id: "b",
        input: "b",
        failure: failure("bundle-invalid", inEnglish("cut"), { field: "line 1" }),
      },
    ];
    const html = await htmlIn("zh-CN", list);
    expect(html).toContain("物理机");
    expect(html).toContain("第 1 行");
    expect(html).not.toMatch(/physical|字段 line/);
  });

  it("loads nothing and runs nothing, and its policy says so", async () => {
    const html = await htmlIn("en");
    expect(html).toMatch(/Content-Security-Policy"\s+content="default-src 'none'; style-src 'sha256-[^']+'/);
    expect(html).not.toMatch(/\s(src|srcset|href)="(?!#)/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html).not.toMatch(/\sstyle="/);
  });

  it("has one heading of the first rank, named tables' columns and a title for every drawing", async () => {
    const html = await htmlIn("en");
    expect(html.match(/<h1[ >]/g)).toHaveLength(1);
    expect(html.match(/<th(?![^>]*scope=)[ >]/g)).toBeNull();
    const drawings = html.match(/<svg[^>]*aria-labelledby="([^"]+)"/g) ?? [];
    expect(drawings.length).toBeGreaterThan(0);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it("names every disk, finding and failure", async () => {
    const html = await htmlIn("en");
    expect(html).toContain("/dev/sda1");
    expect(html).toContain("cannot be activated after the migration");
    expect(html).toContain("line 3, field files");
  });

  it("is written in the language that was asked for", async () => {
    expect(await htmlIn("ja")).toMatch(/<html lang="ja">[\s\S]*移行前レポート/);
    expect(await htmlIn("zh-CN")).toMatch(/<html lang="zh-CN">[\s\S]*迁移前评估报告/);
  });

  it("says in its language why an input could not be assessed, with the detail behind it", async () => {
    const detail = /<p class="soft" lang="en">cut\.json: /;
    for (const [language, title] of [
      ["en", "Not a usable bundle"],
      ["ja", "収集ファイルとして利用できません"],
      ["zh-CN", "不是可用的采集包"],
    ] as const) {
      const html = await htmlIn(language);
      expect(html).toContain(`<strong>${title}</strong>`);
      expect(html).toMatch(detail);
    }
  });

  it("is whole without any source", async () => {
    expect(await htmlIn("en", [])).toMatch(/<\/html>\s*$/);
  });

  it("replaces characters that turn text around", () => {
    expect(escapeHtml("a\u202eb\u2066c\u0007")).toBe("a\ufffdb\ufffdc\ufffd");
    expect(escapeHtml("\ud800")).toBe("\ufffd");
  });
});

describe("the JSON report", () => {
  it("is one array that its published schema describes", async () => {
    const { output, text } = collect();
    const report = createJsonReport(output, contextIn("en"));
    for (const input of inputs()) await report.write(input);
    await report.finish();
    const entries = reportSchema.parse(JSON.parse(text()));
    expect(entries.map((entry) => [entry.id, entry.verdict])).toEqual([
      ["app01", "ready"],
      [hostile, "needs-attention"],
      ["win", "needs-attention"],
      ["cut", "failed"],
    ]);
    const windows = entries[2];
    expect(windows?.os).toMatchObject({
      family: "windows",
      distro: "windows",
      version: "2008",
      kind: "server",
    });
    expect(windows?.support).toEqual({
      onList: true,
      tier: "listed",
      entry: "Windows Server 2003, 2008, 2012, 2016, 2019, 2022",
    });
    for (const finding of windows?.findings ?? []) {
      expect(finding.remedy).not.toBe("");
      expect(finding.evidence.length, finding.code).toBeGreaterThan(0);
    }
  });

  it("is an empty array for no source", async () => {
    const { output, text } = collect();
    await createJsonReport(output, contextIn("en")).finish();
    expect(JSON.parse(text())).toEqual([]);
  });

  it("has a schema file that is current (vitest -u writes it anew)", async () => {
    const file = fileURLToPath(new URL("../../../../resources/report/report.schema.json", import.meta.url));
    const style = await resolveConfig(file);
    const current = await format(reportJsonSchemaText(), { ...style, parser: "json" });
    await expect(current).toMatchFileSnapshot(file);
  });
});

describe("the CSV report", () => {
  it("disarms what a spreadsheet would run", () => {
    for (const formula of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", '=HYPERLINK("x")']) {
      expect(csvField(formula).replace(/^"/, "")[0], formula).toBe("'");
    }
    expect(csvField("/dev/sda")).toBe("/dev/sda");
    expect(csvField(-5)).toBe("-5");
  });

  it("quotes by RFC 4180", () => {
    expect(csvField('a "b", c\nd')).toBe('"a ""b"", c\nd"');
  });

  it.each(languages)("has as many fields in every row as in its header (%s)", async (language) => {
    const { output, text } = collect();
    const report = createCsvReport(output, contextIn(language));
    for (const input of inputs()) await report.write(input);
    await report.finish();
    const rows = text()
      .split("\r\n")
      .filter((row) => row !== "");
    expect(text().startsWith("\ufeff")).toBe(true);
    expect(rows).toHaveLength(5);
    const fields = (row: string): number => [...row.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].length;
    for (const row of rows) expect(fields(row)).toBe(fields(rows[0] ?? ""));
  });
});
