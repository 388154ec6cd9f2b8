/** The wizard's draft in the engine's words. */
import type { ProcedureInput } from "../../common/api/procedures.ts";
import type { Tuning } from "../../common/api/intermediate.ts";
import { changesOf } from "./layout-edit.ts";
import { isReceivedElsewhere, type compressions, type WizardDraft } from "./wizard-draft.ts";

export function addressesOf(draft: WizardDraft): string[] {
  return draft.advertisedAddresses
    .split(/[,\n]/)
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

/** Undefined: as the settings propose. */
const portOf = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text));

export type Compression = (typeof compressions)[number];

/** What the words for compression mean. */
export const tuningOf = {
  adaptive: { codec: "adaptive", level: 1 },
  fast: { codec: "zstd", level: 1 },
  balanced: { codec: "zstd", level: 3 },
  small: { codec: "zstd", level: 9 },
  off: { codec: "raw", level: 1 },
} as const satisfies Record<Compression, Omit<Tuning, "rateBytesPerSecond">>;

/** The word that comes nearest to a tuning. */
export function compressionOf(tuning: Tuning): Compression {
  if (tuning.codec === "raw") return "off";
  if (tuning.codec === "adaptive") return "adaptive";
  return tuning.level <= 1 ? "fast" : tuning.level <= 5 ? "balanced" : "small";
}

export function hooksOf(
  draft: WizardDraft,
  field: "hooksBefore" | "hooksAfter",
): { readonly command: string }[] {
  return draft[field]
    .split("\n")
    .map((line) => line.trim())
    .filter((command) => command !== "")
    .map((command) => ({ command }));
}

export function hasHooks(draft: WizardDraft): boolean {
  return `${draft.hooksBefore}${draft.hooksAfter}`.trim() !== "";
}

type Choices = ProcedureInput<"job.create">["choices"];

/** Where a target in the cloud is. The draft must be without problems there. */
export function cloudOf(draft: WizardDraft): NonNullable<Choices["cloud"]> {
  const name = draft.cloudInstanceName.trim();
  const vSwitchId = draft.cloudVSwitch;
  return {
    account: draft.cloudAccount,
    region: draft.cloudRegion,
    bucket: draft.cloudBucket,
    network:
      draft.cloudNetwork === "vpc" ? { type: "vpc", vpcId: draft.cloudVpc, vSwitchId } : { type: "internet" },
    result:
      draft.cloudResult === "image"
        ? { kind: "image" }
        : draft.cloudResult === "existing-instance"
          ? { kind: "existing-instance", name, instanceId: draft.cloudInstanceId }
          : {
              kind: "new-instance",
              name,
              making: {
                instanceType: draft.cloudInstanceType.trim(),
                vSwitchId,
                securityGroupId: draft.cloudSecurityGroup,
              },
            },
  };
}

/** The draft as the engine takes it, for one of its sources. The draft must be without problems. */
export function choicesOf(draft: WizardDraft, source: string): Choices {
  const timed = (field: "hooksBefore" | "hooksAfter") =>
    hooksOf(draft, field).map((hook) => ({ ...hook, timeoutSeconds: Number(draft.hookTimeoutSeconds) }));
  return {
    diskPaths: draft.disks[source] ?? [],
    directory: draft.directory.trim() === "" ? null : draft.directory.trim(),
    targetHost: isReceivedElsewhere(draft)
      ? { source: draft.targetHost, program: draft.targetProgram.trim() }
      : null,
    cloud: draft.targetKind === "alibaba-cloud" ? cloudOf(draft) : null,
    listenAddress: draft.listenAddress.trim(),
    advertisedAddresses: addressesOf(draft),
    controlPort: portOf(draft.controlPort),
    dataPort: portOf(draft.dataPort),
    imageFormats: draft.imageFormats,
    tuning: {
      ...tuningOf[draft.compression],
      checksum: draft.checksum,
      rateBytesPerSecond: draft.limitMiB.trim() === "" ? 0 : Number(draft.limitMiB) * 1024 * 1024,
    },
    dataConnections: Number(draft.dataConnections),
    continueOnReadError: draft.continueOnReadError,
    usedBlocksOnly: draft.usedBlocksOnly,
    replication: draft.replication,
    ...(draft.replication === "file"
      ? {
          files: {
            changes: changesOf(draft.layouts[source] ?? []),
            excludes: draft.excludes.map(({ mountPoint, text }) => ({ mountPoint: mountPoint.trim(), text })),
          },
        }
      : {}),
    runs: {
      incremental: draft.isIncremental
        ? { intervalHours: Number(draft.intervalHours), keep: Number(draft.keepRuns) }
        : null,
      consistency: draft.consistency,
      expireAfterDays: Number(draft.expireAfterDays),
      hooks: { before: timed("hooksBefore"), after: timed("hooksAfter") },
      transferWindow: draft.hasWindow ? { from: draft.windowFrom.trim(), to: draft.windowTo.trim() } : null,
    },
    conversion: {
      enabled: draft.conversion,
      network: draft.resultNetwork,
      cloudInit: draft.cloudInit,
      firmware: draft.firmware,
      // A name belongs to one machine.
      hostName: draft.hostName.trim() === "" || draft.sources.length > 1 ? null : draft.hostName.trim(),
      serialConsole: draft.serialConsole,
      resetMachineId: draft.resetMachineId,
      virtioDriversPath: draft.virtioDriversPath.trim() === "" ? null : draft.virtioDriversPath.trim(),
      repair: draft.repair,
    },
    bootCheck: draft.bootCheck,
    ...(draft.bootCheck
      ? { bootMemoryMiB: Number(draft.bootMemoryMiB), bootTimeoutSeconds: Number(draft.bootTimeoutSeconds) }
      : {}),
    acceptedFindings: draft.acceptedFindings,
  };
}
