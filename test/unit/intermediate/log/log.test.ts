import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileLogger } from "../../../../intermediate/log/log.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the log", () => {
  test("writes one JSON object a line, whatever the fields contain", () => {
    const path = join(folder, "log");
    const log = fileLogger(path, () => new Date(0));
    log.warn("peer-refused", { reason: 'a "quoted"\nline', port: 8703 });
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(2);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      level: "warn",
      event: "peer-refused",
      reason: 'a "quoted"\nline',
      port: 8703,
    });
  });

  test("keeps a bounded number of bounded files", () => {
    const path = join(folder, "log");
    const log = fileLogger(path, () => new Date(0));
    const detail = "x".repeat(1_000_000);
    for (let line = 0; line < 60; line += 1) log.info("event", { line, detail });
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(["log", "log.1", "log.2", "log.3"]);
    for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThan(8_500_000);
    expect(readFileSync(path, "utf8")).toContain('"line":59');
  });

  test("never stops its caller when it cannot write", () => {
    const log = fileLogger(join(folder, "no-such-folder", "log"), () => new Date(0));
    expect(() => log.error("event")).not.toThrow();
  });
});
