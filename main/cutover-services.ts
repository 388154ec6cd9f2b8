/** Binds instances and cutovers to what carries them out on this machine. */
import type { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { CutoverBackground } from "./cutover/background.ts";
import { CutoverRunner, type CutoverListener } from "./cutover/cutover-runner.ts";
import type { CutoverProcedureOptions } from "./cutover/procedures.ts";
import { createAllInstances } from "./instances/all-instances.ts";
import { createCloudInstances, type CloudInstances } from "./instances/cloud-instances.ts";
import { inspectImage } from "./instances/inspect-image.ts";
import { createLibvirtPower } from "./instances/libvirt-power.ts";
import { createLocalInstances } from "./instances/local-instances.ts";
import { createQemuPower } from "./instances/qemu-power.ts";
import { CutoverStore } from "./store/cutover-store.ts";
import type { CloudSurroundings } from "./targets/alibaba-cloud/cloud-things.ts";

export interface CutoverServices extends Omit<
  CutoverProcedureOptions,
  "jobs" | "withJob" | "runJob" | "onState"
> {
  readonly cloudInstances: CloudInstances;
}

/** As virsh itself chooses: a user's own domains can read the instance's folder, root's run as another user. */
const libvirtUri =
  process.env["LIBVIRT_DEFAULT_URI"] ?? (process.getuid?.() === 0 ? "qemu:///system" : "qemu:///session");

export function createCutoverServices(options: {
  readonly database: DatabaseSync;
  readonly stateDirectory: string;
  readonly clock: () => number;
  readonly listener: CutoverListener;
  readonly cloud: CloudSurroundings;
}): CutoverServices {
  const { clock } = options;
  const store = new CutoverStore(options.database, clock);
  const directory = join(options.stateDirectory, "instances");
  const drivers = { qemu: createQemuPower(), libvirt: createLibvirtPower(libvirtUri) };
  const local = createLocalInstances({ store, directory, drivers, clock });
  const cloudInstances = createCloudInstances({ store, cloud: options.cloud, directory, clock });
  const target = createAllInstances(store, local, cloudInstances);
  const runner = new CutoverRunner(store, target, options.listener, clock);
  return { store, target, cloudInstances, runner, background: new CutoverBackground(store), inspectImage };
}
