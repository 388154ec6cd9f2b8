/** Watches an instance in the cloud until its system shows that it runs: by its status and its serial console. */
import { writeFile } from "node:fs/promises";
import type { Told } from "../../common/domain/remark.ts";
import { sayingOf, told } from "../../common/domain/report-text/told.ts";
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
  onNote(note: Told): void;
}

/** The evidence, or `target-did-not-boot`. Console and screen are kept beside either. */
export async function watchCloudInstance(options: CloudWatchOptions): Promise<Result<Told>> {
  const { name, instanceId, signal, timing } = options;
  const { ecs } = options.region;
  const boot = new BootWatch();
  const begun = timing.clock();
  let text = "";
  const notUp = async (evidence: Told): Promise<Result<never>> => {
    await keep(options, text);
    const { consoleLogPath } = options;
    return fail("target-did-not-boot", told({ kind: "did-not-come-up", name, because: evidence }), {
      consoleLog: consoleLogPath,
    });
  };
  for (;;) {
    if (signal.aborted) return fail("cancelled", told({ kind: "watching-stopped" }));
    const found = await ecs.instance(instanceId, signal);
    if (!found.ok) return found;
    const shown = await ecs.consoleOutput(instanceId, signal);
    // Not every instance type gives its console; then the time is over without evidence.
    if (shown.ok) text = shown.value;
    const seconds = (timing.clock() - begun) / 1000;
    const outcome = boot.observe(seconds, [{ name: "serial", text }]);
    if (outcome?.kind === "failed") return notUp(outcome.seen);
    if (outcome?.kind === "booted") {
      await keep(options, text);
      return ok(outcome.seen);
    }
    if (found.value === null || found.value.Status === "Stopped")
      return notUp(told({ kind: "boot-ended", stage: boot.stage, text: null }));
    if (seconds > options.timeoutSeconds) {
      const what = boot.inVain(options.timeoutSeconds);
      return notUp(
        shown.ok ? what : told({ kind: "console-unread", what, because: sayingOf(shown.failure) }),
      );
    }
    options.onNote(boot.underWay);
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
