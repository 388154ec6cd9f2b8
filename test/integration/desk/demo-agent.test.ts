import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { provideDemoAgent } from "../../../main/demo/demo-agent.ts";

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "sma-demo-agent-"));
  mkdirSync(join(checkout, "scripts", "agent"), { recursive: true });
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const builder = (text: string) => writeFileSync(join(checkout, "scripts", "agent", "build.ts"), text);
const provide = (notes: string[]) =>
  provideDemoAgent({
    checkout,
    signal: AbortSignal.timeout(300_000),
    onProgress: ({ what }) => notes.push(what),
  });

it("a demo in a fresh checkout builds the agent, and says what is being done", async () => {
  builder('console.error("agent " + process.argv.slice(2).join(" "));');
  const notes: string[] = [];
  expect(await provide(notes)).toMatchObject({ ok: true });
  expect(notes).toContain("agent --target linux-x86_64");
});

it("an agent that cannot be built is told with what the builder said", async () => {
  builder('console.error("error: gcc is not here"); process.exitCode = 1;');
  expect(await provide([])).toMatchObject({
    ok: false,
    failure: { code: "tool-missing", context: { said: "error: gcc is not here" } },
  });
});

it("an agent that is there is not built again", async () => {
  const folder = join(checkout, "resources", "agents", "linux-x86_64");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "sma-agent"), "");
  expect(await provide([])).toMatchObject({ ok: true });
});
