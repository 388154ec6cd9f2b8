/**
 * `npm run lab -- cutover`: a migrated lab server is handed over to an instance of the local target that runs the
 * server's old system. Drill, cutover, rollback, another cutover, finalising: after each, a login from outside says
 * which system the instance runs.
 */
import { inEnglish } from "../support/in-english.ts";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { cutoverViewSchema, type CutoverState } from "../../common/domain/cutover.ts";
import { fail, FailureError, unwrap } from "../../common/result.ts";
import { freePort } from "../support/sshd/sshd.ts";
import { answersSsh } from "./boot-source.ts";
import { runOverSsh, type LabLogin } from "./lab-ssh.ts";
import { firmwareOf, type LayoutName } from "./layouts.ts";
import { localSourceName, runLocalJob, type LocalJob } from "./local-job.ts";
import { prepareLabImage, type LabContext, type LabImage } from "./prepare-image.ts";

const instance = "target";
const newName = "lab-migrated";

class Wrong extends FailureError {
  constructor(message: string) {
    super(fail("command-failed", inEnglish(message)).failure);
  }
}

/** Runs all of it; a FailureError says where something else came than was to come. */
export async function runCutover(layout: LayoutName, context: LabContext): Promise<void> {
  const image = unwrap(await prepareLabImage(layout, context));
  const migrated = await runLocalJob(
    {
      diskPath: image.diskPath,
      firmware: firmwareOf(layout),
      more: ["--host-name", newName, "--reset-machine-id", "--network", "dhcp", "--no-boot-check"],
    },
    context,
  );
  try {
    if (migrated.job.state.name !== "finished")
      throw new Wrong(`the migration ended as ${JSON.stringify(migrated.job.state)}`);
    await handOver(image, migrated, firmwareOf(layout), context);
  } finally {
    for (const name of [instance, `${instance}-drill`]) {
      await migrated.assistant.run(["instance", "remove", name, "--confirm", name]);
    }
    await migrated.close();
  }
}

async function handOver(
  image: LabImage,
  { job, sma }: LocalJob,
  firmware: "bios" | "uefi",
  context: LabContext,
): Promise<void> {
  const port = await freePort();
  const login: LabLogin = {
    host: "127.0.0.1",
    port,
    user: "root",
    hostKey: image.hostKey,
    privateKey: await readFile(image.keyPath),
  };
  const oldName = `lab-${image.layout}`;
  const act = async (what: string, args: readonly string[], wanted: CutoverState["name"]): Promise<void> => {
    const begun = performance.now();
    const view = cutoverViewSchema.parse(JSON.parse(await sma([...args, "--json"])));
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    if (view.state.name !== wanted) throw new Wrong(`after ${what} the cutover is ${view.state.name}`);
    const evidence = "evidence" in view.state ? `: ${view.state.evidence}` : "";
    process.stdout.write(`${what}: ${seconds} s, ${view.state.name}${evidence}\n`);
  };
  let oldId = "";
  const runs = async (name: string): Promise<void> => {
    const [found = "", machineId = ""] = await askOver(login, "hostname; cat /etc/machine-id", context);
    if (found !== name) throw new Wrong(`the instance is ${found}, not ${name}`);
    if (name === oldName) oldId = machineId;
    else if (machineId === oldId || !/^[0-9a-f]{32}$/.test(machineId))
      throw new Wrong(`its machine-id is ${machineId}: not a new one`);
    process.stdout.write(`  a login finds ${found}, machine-id ${machineId}\n`);
  };

  await sma([
    ...["instance", "create", instance, "--disk", image.diskPath, "--memory", "768"],
    ...["--firmware", firmware, "--forward", `127.0.0.1:${port}:22`],
  ]);
  await sma(["instance", "start", instance]);
  await runs(oldName);
  const order = [job.id, "--instance", instance, "--timeout", "3600"];
  const confirm = [job.id, "--confirm", localSourceName];
  await act("drill", ["cutover", "drill", ...order], "ready-for-cutover");
  await runs(oldName);
  await act("cutover", ["cutover", "start", ...order], "cut-over");
  await runs(newName);
  await act("rollback", ["cutover", "rollback", ...confirm], "ready");
  await runs(oldName);
  await act("cutover without a drill", ["cutover", "start", ...order, "--without-drill"], "cut-over");
  await act("finalising", ["cutover", "finalise", ...confirm], "finalised");
  await runs(newName);
}

/** What a command prints, once sshd answers, however long the system takes to come up. */
async function askOver(login: LabLogin, command: string, { signal, report }: LabContext): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    if (signal.aborted) throw new FailureError(fail("cancelled", inEnglish("the lab was stopped")).failure);
    if (await answersSsh(login.port)) {
      const asked = await runOverSsh(login, command, "");
      if (asked.ok && asked.value.exitCode === 0) return asked.value.stdout.trim().split("\n");
    }
    if (tries % 20 === 0) report("waiting for the instance's sshd");
    await sleep(1_000);
  }
}
