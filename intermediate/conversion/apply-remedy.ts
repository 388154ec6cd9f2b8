import { copyFile, constants, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defaultConversion, type ConversionChange } from "../../common/domain/conversion.ts";
import type { Remark } from "../../common/domain/remark.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, ok, type Result } from "../../common/result.ts";
import { putInPlace } from "../durable-file.ts";
import type { ReplicaFile, TaskContext } from "../tasks/implementations.ts";
import { Appliance } from "./appliance.ts";
import { markTime } from "./changed-files.ts";
import { runSteps } from "./convert.ts";
import { inspect, openGuest } from "./open-guest.ts";
import type { Remedy } from "./remedies.ts";
import { selinuxRelabel } from "./steps/selinux-relabel.ts";

/** Copies of a conversion's overlays: same folder, same replicas below. */
export interface OverlayCopies {
  readonly disks: readonly ReplicaFile[];
  /** Puts the copies in the overlays' places. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

interface RemedyOptions extends TaskContext {
  /** The overlays to start from; they stay as they are. */
  readonly disks: readonly ReplicaFile[];
  readonly firmware: "bios" | "uefi";
}

/** Applies one remedy to copies of the overlays. A remedy that found nothing to do gives no changes. */
export async function applyRemedy(
  remedy: Remedy,
  { disks, firmware, signal, claim, report }: RemedyOptions,
): Promise<Result<{ copies: OverlayCopies; changes: ConversionChange[] }>> {
  const copies = await copyOverlays(disks, remedy.id, claim);
  const paths = copies.disks.flatMap(({ overlayPath }) => (overlayPath ? [overlayPath] : []));
  const scratchPath = join(dirname(paths[0] ?? "."), "scratch");
  await claim(scratchPath);
  const note = (doing: Remark): void =>
    report({
      done: 0,
      total: 0,
      unit: "seconds",
      ...noted({ kind: "repairing", repair: remedy.id, doing: told(doing) }),
    });
  const appliance = await Appliance.start({ overlays: paths, signal });
  if (!appliance.ok) {
    await copies.discard();
    return appliance;
  }
  const changed = await attempt(async () => {
    const { guest } = await openGuest(
      appliance.value,
      await inspect(appliance.value, disks, note),
      scratchPath,
      note,
    );
    // Files that the remedy makes would have no label.
    await markTime(appliance.value);
    const { changes } = await runSteps(guest, [remedy, selinuxRelabel], {
      choices: defaultConversion,
      sourceFirmware: firmware,
      targetFirmware: firmware,
      report: note,
    });
    await appliance.value.must("umount-all");
    return changes;
  }).finally(() => appliance.value.close());
  await rm(scratchPath, { force: true });
  if (changed.ok) return ok({ copies, changes: changed.value });
  await copies.discard();
  // A remedy that breaks on this system is one that did not help.
  return changed.failure.code === "conversion-failed" ? ok({ copies, changes: [] }) : changed;
}

/** The place of an overlay in its folder, whichever remedy's copy it is. */
const placeOf = (path: string): string => path.replace(/\.repair-[a-z-]+$/, "");

async function copyOverlays(
  disks: readonly ReplicaFile[],
  id: string,
  claim: (path: string) => Promise<void>,
): Promise<OverlayCopies> {
  const copies: (ReplicaFile & { overlayPath: string })[] = [];
  for (const disk of disks) {
    if (disk.overlayPath === undefined || disk.overlayPath === null) continue;
    const overlayPath = `${placeOf(disk.overlayPath)}.${id}`;
    await claim(overlayPath);
    await rm(overlayPath, { force: true });
    await copyFile(disk.overlayPath, overlayPath, constants.COPYFILE_FICLONE);
    copies.push({ ...disk, overlayPath });
  }
  return {
    disks: copies,
    keep: async () => {
      for (const { overlayPath } of copies) await putInPlace(overlayPath, placeOf(overlayPath));
    },
    discard: async () => {
      for (const { overlayPath } of copies) await rm(overlayPath, { force: true });
    },
  };
}
