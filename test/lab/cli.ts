/** `npm run lab -- …` */
import type { KeptRemark } from "../../common/domain/remark-base.ts";
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FailureError, unwrap } from "../../common/result.ts";
import { bootLabSource } from "./boot-source.ts";
import { labDirectory, workDirectory, abandonedWork } from "./cache.ts";
import { runCloudKills } from "./cloud-kills.ts";
import { runCutover } from "./cutover.ts";
import { runFileReplication } from "./file-replication.ts";
import { isLayoutName, layoutNames, nameOfGuest, type LayoutName } from "./layouts.ts";
import { matrixCases } from "./matrix-cases.ts";
import { runMatrix } from "./matrix.ts";
import { measureImages } from "./image-speed.ts";
import { runFaults } from "./fault-matrix.ts";
import { runSnapshotCases } from "./snapshots.ts";
import { prepareLabGuest, prepareLabImage, readLabImage, sweepWork } from "./prepare-image.ts";
import { runRelayout } from "./relayout.ts";
import { verifyPayload } from "./verify-payload.ts";

const help = `Real source servers for tests and for the demo: small Debian machines under QEMU.

Usage: npm run lab -- COMMAND

  build [LAYOUT|GUEST]           build the images that are missing (all layouts, one, or a guest such as
                                 trixie/gpt-lvm/cloud)
  boot LAYOUT [--port N] [--json]  boot one and keep it running until Ctrl-C or the end of standard input
  verify LAYOUT                  boot one, compare its payload with the manifest, shut it down
  list                           what is in the cache
  clean                          remove the cache
  matrix [PART...] [--again] [--table FILE]
                                 migrate disks of guests, whole and broken: those whose names contain a PART, or all
                                 that did not go well before; FILE gets the table of all that is known
  cutover [LAYOUT]               migrate a disk and hand it over to an instance: drill, cutover, rollback, finalising
  snapshots [PART...]            copy a busy guest through LVM snapshots, and what can go wrong with that
  faults [COUNT] [--seed FIRST] [--table FILE] [--again]
                                 kill parts of migrations at points that follow from the seeds, those that are not well
                                 in FILE's table; it gets the rows, for docs/FAULTS.md
  cloud-kills [PART...]          kill the engine at every write to a cloud (a stand-in for it), and go on
  images                         what an image costs beside qemu-img convert
  file-replication [PART...]     whole jobs that bring the LVM guest's files into standard partitions: stopped, resumed,
                                 booted, run again, cancelled
  layout                         the LVM guest's files in standard partitions of other filesystems, booted and compared

Layouts: ${layoutNames.join(", ")}
Cache:   ${labDirectory()}
Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    json: { type: "boolean", default: false },
    table: { type: "string" },
    again: { type: "boolean", default: false },
    seed: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
const begun = Date.now();
const report = (phase: string, said?: KeptRemark): void => {
  if (values.json) say({ type: "progress", text: phase, ...(said === undefined ? {} : { said }) });
  else process.stderr.write(`[${String(Math.round((Date.now() - begun) / 1000)).padStart(4)} s] ${phase}\n`);
};
const context = { report, signal: stop.signal };

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

class UsageError extends Error {}

function layoutNamed(name: string | undefined): LayoutName {
  if (name !== undefined && isLayoutName(name)) return name;
  throw new UsageError(`no layout ${name ?? ""}; there are ${layoutNames.join(" and ")}`);
}

async function build(name: string | undefined): Promise<void> {
  const guest = matrixCases.find((each) => nameOfGuest(each) === name);
  if (guest !== undefined) {
    report(`${name ?? ""}: ready in ${unwrap(await prepareLabGuest(guest, context)).directory}`);
    return;
  }
  for (const layout of name === undefined ? layoutNames : [layoutNamed(name)]) {
    const image = unwrap(await prepareLabImage(layout, context));
    report(`${layout}: ready in ${image.directory}`);
  }
}

async function boot(name: string | undefined): Promise<void> {
  const sshPort = Number(values.port ?? "0");
  if (!Number.isInteger(sshPort) || sshPort < 0 || sshPort > 65_535)
    throw new UsageError("--port: 0 to 65535");
  // The owner's end of the pipe closes when the owner ends, however it ends.
  const ownerGone = new Promise<void>((settle) => {
    stop.signal.addEventListener("abort", () => settle(), { once: true });
    if (!process.stdin.isTTY)
      process.stdin
        .on("end", () => stop.abort())
        .on("error", () => stop.abort())
        .resume();
  });
  const image = unwrap(await prepareLabImage(layoutNamed(name), context));
  const source = unwrap(await bootLabSource(image, { ...context, sshPort }));
  const { host, port, keyPath, hostKey, hostAddress } = source;
  if (values.json) say({ type: "ready", host, port, user: "root", keyPath, hostKey, hostAddress });
  else {
    process.stdout.write(
      [
        `ssh -i ${keyPath} -p ${port} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no root@${host}`,
        "passwords: root lab-root, admin lab-admin (sudo asks for it), deploy lab-deploy (sudo without)",
        `host key ${hostKey}; the guest reaches this machine at ${hostAddress}`,
        "Ctrl-C ends it.",
        "",
      ].join("\n"),
    );
  }
  await Promise.race([ownerGone, source.guest.ended]);
  await source.kill();
}

async function verify(name: string | undefined): Promise<void> {
  const image = unwrap(await prepareLabImage(layoutNamed(name), context));
  const source = unwrap(await bootLabSource(image, context));
  try {
    report("comparing the payload with its manifest");
    const verdict = unwrap(await verifyPayload(source, image));
    for (const line of verdict.differences.slice(0, 20)) process.stdout.write(`${line}\n`);
    process.stdout.write(verdict.equal ? `equal: ${verdict.lines} lines\n` : "the payload differs\n");
    process.exitCode = verdict.equal ? 0 : 1;
    report("shutting down");
    await source.powerOff();
  } finally {
    await source.kill();
  }
}

async function list(): Promise<void> {
  const names = await readdir(labDirectory()).catch((): string[] => []);
  for (const name of names.filter((each) => /^[0-9a-f]{16}$/.test(each))) {
    const directory = join(labDirectory(), name);
    const image = await readLabImage(directory);
    const file = image?.diskPath ?? join(directory, "rootfs.tar");
    const mebibytes = existsSync(file) ? Math.round(((await stat(file)).blocks * 512) / 1_048_576) : 0;
    process.stdout.write(
      `${name}  ${(image?.layout ?? "root filesystem").padEnd(16)} ${mebibytes} MiB  ${file}\n`,
    );
  }
}

async function clean(): Promise<void> {
  await sweepWork(stop.signal);
  const busy =
    (await readdir(workDirectory()).catch((): string[] => [])).length - (await abandonedWork()).length;
  if (busy > 0) throw new UsageError("a lab server is running or being built: end it first");
  await rm(labDirectory(), { recursive: true, force: true });
}

try {
  const [command, name] = positionals;
  if (values.help === true || command === "help") process.stdout.write(`${help}\n`);
  else if (command === "build") await build(name);
  else if (command === "boot") await boot(name);
  else if (command === "verify") await verify(name);
  else if (command === "list") await list();
  else if (command === "clean") await clean();
  else if (command === "cutover") await runCutover(layoutNamed(name ?? "mbr-plain"), context);
  else if (command === "matrix") {
    const options = { wanted: positionals.slice(1), again: values.again, tablePath: values.table ?? null };
    process.exitCode = (await runMatrix(options, context)) ? 0 : 1;
  } else if (command === "cloud-kills") {
    process.exitCode = (await runCloudKills(positionals.slice(1), context)) ? 0 : 1;
  } else if (command === "faults") {
    const [count, first] = [Number(name ?? "100"), Number(values.seed ?? "1")];
    if (!Number.isInteger(count) || !Number.isInteger(first))
      throw new UsageError("COUNT and --seed: numbers");
    const options = { first, count, tablePath: values.table ?? null, again: values.again };
    process.exitCode = (await runFaults(options, context)) ? 0 : 1;
  } else if (command === "snapshots") {
    process.exitCode = (await runSnapshotCases(positionals.slice(1), context)) ? 0 : 1;
  } else if (command === "images") await measureImages(context);
  else if (command === "file-replication")
    process.exitCode = (await runFileReplication(positionals.slice(1), context)) ? 0 : 1;
  else if (command === "layout") process.exitCode = (await runRelayout(context)) ? 0 : 1;
  else throw new UsageError(help);
} catch (error) {
  if (error instanceof FailureError) {
    const { code, message, remedy, context: facts } = error.failure;
    process.exitCode = code === "cancelled" ? 130 : 1;
    const output = typeof facts["output"] === "string" ? `\n${facts["output"]}` : "";
    if (values.json) say({ type: "failed", message: `${message}${output}`, remedy });
    else process.stderr.write(`${code}: ${message}${output}\n${remedy}\n`);
  } else if (error instanceof UsageError) {
    process.exitCode = 2;
    process.stderr.write(`${error.message}\n`);
  } else throw error;
}
process.stdin.destroy();
