/** Instances on this machine and in clouds as one target: each call goes to whoever has the instance. */
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { CutoverStore } from "../store/cutover-store.ts";
import type { InstanceTarget } from "../targets/contract.ts";

export function createAllInstances(
  store: CutoverStore,
  local: InstanceTarget,
  cloud: InstanceTarget,
): InstanceTarget {
  /** An instance that is not known was never in a cloud, or has nothing there any more. */
  const whoHas = (name: string): InstanceTarget => {
    const found = store.instance(name);
    return found.ok && found.value.cloud !== null ? cloud : local;
  };
  return {
    provision(spec, disks, signal) {
      const known = store.instance(spec.name);
      const isCloud = spec.driver === "alibaba-cloud";
      if (known.ok && (known.value.cloud !== null) !== isCloud) {
        const why = told({ kind: "instance-exists", name: spec.name });
        return Promise.resolve(fail("already-exists", why, { instance: spec.name }));
      }
      return (isCloud ? cloud : local).provision(spec, disks, signal);
    },
    async list() {
      const [here, there] = [await local.list(), await cloud.list()];
      if (!here.ok) return here;
      if (!there.ok) return there;
      return ok([...here.value, ...there.value].toSorted((a, b) => (a.spec.name < b.spec.name ? -1 : 1)));
    },
    find: (name) => whoHas(name).find(name),
    start: (name, signal) => whoHas(name).start(name, signal),
    stop: (name, grace, signal) => whoHas(name).stop(name, grace, signal),
    watch: (name, timeout, signal, onNote) => whoHas(name).watch(name, timeout, signal, onNote),
    keepEvidence: (name, keeper) => whoHas(name).keepEvidence(name, keeper),
    attachTemporaryDisk: (name, tag, image) => whoHas(name).attachTemporaryDisk(name, tag, image),
    receive: (name, tag, image, signal, onProgress) =>
      whoHas(name).receive(name, tag, image, signal, onProgress),
    snapshot: (name, tag, diskId) => whoHas(name).snapshot(name, tag, diskId),
    makeImage: (name, tag, diskId) => whoHas(name).makeImage(name, tag, diskId),
    replaceDisks: (name, tag, diskIds) => whoHas(name).replaceDisks(name, tag, diskIds),
    rollBack: (name, tag) => whoHas(name).rollBack(name, tag),
    finalise: (name) => whoHas(name).finalise(name),
    discard: (name, tag) => whoHas(name).discard(name, tag),
    async remove(name) {
      const removed = await whoHas(name).remove(name);
      // What a making that was cut short left in a cloud is on the ledger although the instance is not.
      return removed.ok ? cloud.remove(name) : (removed satisfies Result<void>);
    },
  };
}
