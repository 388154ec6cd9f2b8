/** From what an admin chooses for a migration to the job's plan. */
import { resolve } from "node:path";
import { isAbsolute } from "node:path/posix";
import type { Settings } from "../common/api/desk-procedures.ts";
import type { MigrationChoices } from "../common/api/procedures.ts";
import type { JobPlan, LocalTarget, SshHostTarget, Target } from "../common/domain/plan.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { told } from "../common/domain/report-text/told.ts";
import type { SourceStore } from "./store/source-store.ts";

/** What is not chosen. */
export interface PlanDefaults {
  /** For replicas and images on this machine. */
  readonly directory: string;
  readonly ports: Settings["ports"];
}

/** Where replicas and images are to live, and where results go on to; failures name the field. */
function targetOf(choices: MigrationChoices, defaults: PlanDefaults, sources: SourceStore): Result<Target> {
  const place = placeOf(choices, defaults, sources);
  if (!place.ok || choices.cloud === null) return place;
  const { cloud } = choices;
  const { kind: _kind, ...folder } = place.value;
  if (!("hostId" in folder)) return ok({ ...folder, kind: "alibaba-cloud", host: null, cloud });
  const { hostId, hostName, program, ...rest } = folder;
  return ok({ ...rest, kind: "alibaba-cloud", host: { hostId, hostName, program }, cloud });
}

function placeOf(
  choices: MigrationChoices,
  defaults: PlanDefaults,
  sources: SourceStore,
): Result<LocalTarget | SshHostTarget> {
  const { listenAddress, advertisedAddresses, targetHost } = choices;
  const controlPort = choices.controlPort ?? defaults.ports.control;
  const dataPort = choices.dataPort ?? defaults.ports.data;
  if (controlPort === dataPort)
    return fail("input-invalid", told({ kind: "two-ports-wanted" }), {
      field: "dataPort",
    });
  const ports = { listenAddress, controlPort, dataPort, advertisedAddresses };
  if (targetHost === null) {
    return ok({ ...ports, kind: "local", directory: resolve(choices.directory ?? defaults.directory) });
  }
  const host = sources.find(targetHost.source);
  if (!host.ok) return host;
  if (host.value.address.kind !== "ssh") {
    return fail("input-invalid", told({ kind: "target-host-no-ssh", name: host.value.name }), {
      host: host.value.name,
    });
  }
  if (choices.directory === null || !isAbsolute(choices.directory)) {
    return fail(
      "input-invalid",
      told({ kind: "directory-to-be-named" }),
      { directory: choices.directory ?? "" },
      told({ kind: "name-a-directory" }),
    );
  }
  return ok({
    ...ports,
    kind: "ssh-host",
    directory: choices.directory,
    hostId: host.value.id,
    hostName: host.value.name,
    program: targetHost.program,
  });
}

/** A folder of this machine with its intermediate, as far as it is chosen. */
export function localTargetOf(
  choices: Pick<MigrationChoices, "directory" | "listenAddress" | "controlPort" | "dataPort">,
  { directory, ports }: PlanDefaults,
): LocalTarget {
  return {
    kind: "local",
    directory: resolve(choices.directory ?? directory),
    listenAddress: choices.listenAddress,
    controlPort: choices.controlPort ?? ports.control,
    dataPort: choices.dataPort ?? ports.data,
    advertisedAddresses: [],
  };
}

/** The plan that an admin's choices make. */
export function planOf(
  choices: MigrationChoices,
  defaults: PlanDefaults,
  sources: SourceStore,
): Result<JobPlan> {
  const target = targetOf(choices, defaults, sources);
  if (!target.ok) return target;
  return ok({
    target: target.value,
    diskPaths: choices.diskPaths,
    chunkBytes: choices.chunkBytes,
    tuning: choices.tuning,
    dataConnections: choices.dataConnections,
    passLimit: choices.passLimit,
    continueOnReadError: choices.continueOnReadError,
    usedBlocksOnly: choices.usedBlocksOnly,
    replication: choices.replication,
    files: choices.files,
    imageFormats: choices.imageFormats,
    bootCheck: {
      enabled: choices.bootCheck,
      memoryMiB: choices.bootMemoryMiB,
      timeoutSeconds: choices.bootTimeoutSeconds,
    },
    conversion: choices.conversion,
    acceptedFindings: choices.acceptedFindings,
    runs: choices.runs,
  });
}
