/** The agent that the demo's source needs: a fresh checkout has none yet. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark-base.ts";
import { told } from "../../common/domain/report-text/told.ts";

const project = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const target = "linux-x86_64";

/** Builds the agent where it is not there. The builder leaves alone what is built, and says each of its steps. */
export async function provideDemoAgent(options: {
  readonly signal: AbortSignal;
  onProgress(note: Told): void;
  /** The checkout, in tests. */
  readonly checkout?: string;
}): Promise<Result<void>> {
  const checkout = options.checkout ?? project;
  if (existsSync(join(checkout, "resources", "agents", target, "sma-agent"))) return ok(undefined);
  options.onProgress(told({ kind: "demo-building-agent" }));
  const child = spawn(
    process.execPath,
    [join(checkout, "scripts", "agent", "build.ts"), "--target", target],
    {
      stdio: ["ignore", "ignore", "pipe"],
      signal: options.signal,
    },
  );
  const status = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    options.onProgress({ what: line.trim() });
  }
  if ((await status) === 0) return ok(undefined);
  if (options.signal.aborted) return fail("cancelled", told({ kind: "demo-interrupted" }));
  return fail(
    "tool-missing",
    told({ kind: "agent-not-built" }),
    { said: said.slice(-5).join("\n") },
    told({ kind: "run-build-agent" }),
  );
}
