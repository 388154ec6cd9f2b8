/** Watches an instance in the cloud until its system shows that it runs: by its status and its serial console. */
import { writeFile } from "node:fs/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { BootWatch } from "../../intermediate/boot-check/console-watch.ts";
import type { CloudSurroundings } from "../targets/alibaba-cloud/cloud-things.ts";
import type { CloudRegion } from "../targets/alibaba-cloud/connections.ts";

const pollMs = 3_000;

export interface CloudWatchOptions {
  readonly name: string;
  readonly instanceId: string;
  readonly region: CloudRegion;
  readonly timing: CloudSurroundings["timing"];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly consoleLogPath: string;
  readonly picturePath: string;
  onNote(note: string): void;
}

/** The evidence, or `target-did-not-boot`. Console and screen are kept beside either. */
export async function watchCloudInstance(options: CloudWatchOptions): Promise<Result<string>> {
  const { name, instanceId, signal, timing } = options;
  const { ecs } = options.region;
  const boot = new BootWatch();
  const begun = timing.clock();
  let text = "";
  const notUp = async (evidence: string): Promise<Result<string>> => {
    await keep(options, text);
    const { consoleLogPath } = options;
    return fail("target-did-not-boot", `${name} did not come up: ${evidence}`, {
      consoleLog: consoleLogPath,
    });
  };
  for (;;) {
    if (signal.aborted) return fail("cancelled", "watching the instance was cancelled");
    const found = await ecs.instance(instanceId, signal);
    if (!found.ok) return found;
    const shown = await ecs.consoleOutput(instanceId, signal);
    // Not every instance type gives its console; then the time is over without evidence.
    if (shown.ok) text = shown.value;
    const seconds = (timing.clock() - begun) / 1000;
    const outcome = boot.observe(seconds, [{ name: "serial console", text }]);
    if (outcome?.kind === "failed") return notUp(outcome.evidence);
    if (outcome?.kind === "booted") {
      await keep(options, text);
      return ok(outcome.evidence);
    }
    if (found.value === null || found.value.Status === "Stopped")
      return notUp(`it switched itself off after: ${boot.stage}`);
    if (seconds > options.timeoutSeconds) {
      const why = shown.ok
        ? `it came as far as: ${boot.stage}`
        : `its console cannot be read: ${shown.failure.message}`;
      return notUp(`no sign of a running system within ${options.timeoutSeconds} s; ${why}`);
    }
    options.onNote(`booting, ${boot.stage}`);
    await timing.sleep(pollMs, signal);
  }
}

async function keep(
  { region, instanceId, consoleLogPath, picturePath }: CloudWatchOptions,
  text: string,
): Promise<void> {
  await writeFile(consoleLogPath, text, { mode: 0o600 });
  const picture = await region.ecs.screenshot(instanceId, new AbortController().signal);
  if (picture.ok) await writeFile(picturePath, picture.value, { mode: 0o600 });
}
