import { describe, expect, it } from "vitest";
import { parseFleetCsv } from "../../../../main/reports/fleet-csv.ts";

const parse = (text: string) => {
  const result = parseFleetCsv(text, "fleet.csv");
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
};

describe("a fleet CSV", () => {
  it("is read with quotes, any line ending, any of three separators and a byte order mark", () => {
    const { rows, bad } = parse(
      '\ufeffName;bundle;bandwidth_mbit\r\n"web; ""one""";bundles/web 1.json;100\r\n\r\ndb;"b\nc.json";\n',
    );
    expect(bad).toEqual([]);
    expect(rows).toEqual([
      {
        line: 2,
        name: 'web; "one"',
        bundle: "bundles/web 1.json",
        host: null,
        user: null,
        port: null,
        bandwidthBytesPerSecond: 12_500_000,
      },
      {
        line: 4,
        name: "db",
        bundle: "b\nc.json",
        host: null,
        user: null,
        port: null,
        bandwidthBytesPerSecond: null,
      },
    ]);
  });

  it("names a source after its bundle or host where it has no name", () => {
    const { rows } = parse("bundle,host,user,port\nx/app01.json.sealed,,,\n,db1.example,root,2222\n");
    expect(rows.map((row) => [row.name, row.host, row.port])).toEqual([
      ["app01", null, null],
      ["db1.example", "db1.example", 2222],
    ]);
  });

  it.each([
    ["bundel,host\n", 'line 1, field 1: "bundel"'],
    ["bundle,bundle\n", 'field 2: "bundle" is there twice'],
    ["name,user\n", "neither a column bundle nor a column host"],
    ["", "empty"],
  ])("is refused with a wrong header %j", (text, part) => {
    const result = parseFleetCsv(text, "fleet.csv");
    expect(result).toMatchObject({ ok: false, failure: { code: "input-invalid" } });
    expect(JSON.stringify(result)).toContain(JSON.stringify(part).slice(1, -1));
  });

  it.each([
    ["port", "a,h1,99999", "line 2, field port"],
    ["port", "a,h1,ssh", "line 2, field port"],
    ["bundle and host", "a,,22", "line 2, field bundle"],
    ["more fields", "a,h1,22,x", "line 2, field 4"],
    ["open quote", '"a,h1,22', "a quote is not closed"],
  ])("reports a row with a wrong %s by line and field and keeps the rest", (_what, row, part) => {
    const { rows, bad } = parse(`name,host,port\n${row}${row.includes('"a') ? "" : "\nok,h2,22"}\n`);
    expect(bad).toHaveLength(1);
    expect(bad[0]?.failure.message).toContain(`fleet.csv, ${part.startsWith("line") ? part : "line 2"}`);
    expect(bad[0]?.failure.message).toContain(part);
    if (!row.includes('"a')) expect(rows.map((each) => each.name)).toEqual(["ok"]);
  });

  it("reports a host that is there twice and names the first line", () => {
    const { rows, bad } = parse("name,host\na,Web.example\nb,web.EXAMPLE\nA,other\n");
    expect(rows.map((row) => row.name)).toEqual(["a"]);
    expect(bad.map((row) => row.failure.message)).toEqual([
      'fleet.csv, line 3, field host: "web.EXAMPLE" is in line 2 already',
      'fleet.csv, line 4, field name: "A" is in line 2 already',
    ]);
  });
});
