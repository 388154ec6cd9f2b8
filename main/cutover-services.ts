/** Binds instances and cutovers to what carries them out on this machine. */
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { CutoverBackground } from "./cutover/background.ts";
import { CutoverRunner, type CutoverListener } from "./cutover/cutover-runner.ts";
import type { CutoverProcedureOptions } from "./cutover/procedures.ts";
import { inspectImage } from "./instances/inspect-image.ts";
import { createLibvirtPower } from "./instances/libvirt-power.ts";
import { createLocalInstances } from "./instances/local-instances.ts";
import { createQemuPower } from "./instances/qemu-power.ts";
import { CutoverStore } from "./store/cutover-store.ts";

/** As virsh itself chooses: a user's own domains can read the instance's folder, root's run as another user. */
const libvirtUri =
  process.env["LIBVIRT_DEFAULT_URI"] ?? (process.getuid?.() === 0 ? "qemu:///system" : "qemu:///session");

export function createCutoverServices(options: {
  readonly database: DatabaseSync;
  readonly stateDirectory: string;
  readonly clock: () => number;
  readonly listener: CutoverListener;
}): Omit<CutoverProcedureOptions, "jobs" | "withJob" | "runJob" | "onState"> {
  const { clock } = options;
  const store = new CutoverStore(options.database, clock);
  const target = createLocalInstances({
    store,
    directory: join(options.stateDirectory, "instances"),
    drivers: { qemu: createQemuPower(), libvirt: createLibvirtPower(libvirtUri) },
    clock,
  });
  const runner = new CutoverRunner(store, target, options.listener, clock);
  return { store, target, runner, background: new CutoverBackground(store), inspectImage };
}
