/** Makes the system in a replica fit for its target, in overlays over the replica. */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ConversionChange, ConversionOutcome } from "../../common/domain/conversion.ts";
import type { Told } from "../../common/domain/remark.ts";
import type { Remark } from "../../common/domain/remark.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { attempt, ok, unwrap, type Result } from "../../common/result.ts";
import type { TaskImplementations } from "../tasks/implementations.ts";
import { Appliance } from "./appliance.ts";
import { changedFiles, markTime } from "./changed-files.ts";
import type { ConversionStep, LinuxGuest, StepOptions } from "./guest.ts";
import { inspect, openGuest } from "./open-guest.ts";
import { createOverlays } from "./overlays.ts";
import { layOutBasicDisks, planBasicDisks, sizeInLayout } from "./dynamic-disks/lay-out.ts";
import { conversionSteps } from "./steps/index.ts";
import { followed, newLayout } from "./steps/new-layout.ts";
import { addDrivers, convertSettings } from "./windows/convert-windows.ts";
import type { FormerVolume } from "./windows/guest.ts";

type ConvertOptions = Parameters<TaskImplementations["convert"]>[0];

/** See {@link TaskImplementations}. */
export const convert: TaskImplementations["convert"] = async (options) => {
  const begun = performance.now();
  const seconds = (): number => Math.round((performance.now() - begun) / 100) / 10;
  const report = (doing: Remark): void =>
    options.report({ done: Math.floor(seconds()), total: 0, unit: "seconds", ...noted(doing) });
  report({ kind: "making-overlays" });
  const plan = await planBasicDisks(options.disks);
  const overlays = await createOverlays(options.disks, options.workDirectory, options, (disk) =>
    sizeInLayout(plan, disk),
  );
  if (!overlays.ok) return overlays;
  const { disks, publish, discard } = overlays.value;
  const paths = disks.map(({ overlayPath }) => overlayPath);
  try {
    if (plan.layouts.length > 0) report({ kind: "making-basic-disks" });
    const laidOut = await layOutBasicDisks({ ...options, plan, disks });
    if (!laidOut.ok) return laidOut;
    const formerVolumes = plan.layouts.flatMap(({ volumes }) =>
      volumes.map(({ volume, diskId, partition }) => ({
        guid: volume.guid.toString("hex"),
        disk: disks.findIndex((disk) => disk.diskId === diskId),
        startBytes: partition.startBytes,
      })),
    );
    const converted = await convertOverlays(paths, formerVolumes, options, report);
    if (!converted.ok) return converted;
    await publish();
    const basic = laidOut.value.map((done) => ({ ...done, step: "basic-disks", files: [] }));
    const { guest, changes, notes } = converted.value;
    return ok({
      guest,
      changes: [...basic, ...changes],
      notes: [...plan.notes, ...notes],
      seconds: seconds(),
    });
  } finally {
    await discard();
  }
};

async function convertOverlays(
  overlays: readonly string[],
  formerVolumes: readonly FormerVolume[],
  options: ConvertOptions,
  report: (doing: Remark) => void,
): Promise<Result<Omit<ConversionOutcome, "seconds">>> {
  const { signal, workDirectory, claim, conversion: choices, firmware, moved = null } = options;
  const scratchPath = join(resolve(workDirectory), "scratch");
  await claim(scratchPath);
  await rm(scratchPath, { force: true });
  report({ kind: "starting-appliance" });
  const appliance = await Appliance.start({ overlays, signal });
  if (!appliance.ok) return appliance;
  try {
    return await attempt(async () => {
      const inspection = followed(await inspect(appliance.value, options.disks, report), moved);
      if (inspection.systems.length === 0 && inspection.windows.length > 0) {
        const windowsOptions = { scratchPath, formerVolumes, report };
        const done = await convertSettings(appliance.value, inspection, windowsOptions);
        await appliance.value.close();
        report({ kind: "putting-windows-drivers" });
        const driversPath = choices.virtioDriversPath;
        const drivers = unwrap(await addDrivers(overlays, driversPath, scratchPath, signal));
        const put = drivers.changes.map((done) => ({ ...done, disk: 0, step: "windows-drivers", files: [] }));
        return {
          guest: done.guest,
          changes: [...done.changes, ...put],
          notes: [...done.notes, ...drivers.notes],
        };
      }
      const { guest, notes } = await openGuest(appliance.value, inspection, scratchPath, report);
      const targetFirmware = choices.firmware === "same" ? firmware : choices.firmware;
      const stepOptions = { choices, sourceFirmware: firmware, targetFirmware, report };
      await markTime(appliance.value);
      const steps = moved === null ? conversionSteps : [newLayout(moved), ...conversionSteps];
      const done = await runSteps(guest, steps, stepOptions);
      const changes = await withUnattributed(guest, done.changes);
      await appliance.value.must("umount-all");
      return { guest: guest.summary, changes, notes: [...notes, ...done.notes] };
    });
  } finally {
    await appliance.value.close();
    await rm(scratchPath, { force: true });
  }
}

/** Runs the steps that apply, each to its end in the guest, and tells what each did with which files. */
export async function runSteps(
  guest: LinuxGuest,
  steps: readonly ConversionStep[],
  options: StepOptions,
): Promise<{ changes: ConversionChange[]; notes: Told[] }> {
  const changes: ConversionChange[] = [];
  const notes: Told[] = [];
  guest.tree.takeChanged();
  for (const step of steps) {
    if (!step.applies(guest, options)) continue;
    options.report({ kind: "converting-step", step: step.id });
    const outcome = await step.run(guest, options);
    await guest.tree.flush(guest.appliance);
    const written = guest.tree.takeChanged();
    for (const [index, { files, ...done }] of outcome.changes.entries()) {
      // Files that the step wrote through the tree stand with its first change.
      const all = [...(files ?? []), ...(index === 0 ? written : [])];
      changes.push({ ...done, disk: diskOf(guest), step: step.id, files: [...new Set(all)].toSorted() });
    }
    notes.push(...(outcome.notes ?? []));
  }
  return { changes, notes };
}

/** Index of the disk with the root filesystem; a volume's disk is not looked up: the first. */
function diskOf({ root }: LinuxGuest): number {
  const letter = /^\/dev\/sd([a-z])/.exec(root.path)?.[1];
  return letter === undefined ? 0 : letter.charCodeAt(0) - 97;
}

/** What the guest's own tools changed along the way belongs into the list as well. */
async function withUnattributed(
  guest: LinuxGuest,
  changes: readonly ConversionChange[],
): Promise<ConversionChange[]> {
  if (changes.length === 0) return [];
  const known = new Set(changes.flatMap(({ files }) => files));
  const others = (await changedFiles(guest.appliance)).filter((path) => !known.has(path));
  if (others.length === 0) return [...changes];
  const done = told({ kind: "tools-wrote" });
  return [...changes, { ...done, disk: diskOf(guest), step: "tools", files: others }];
}
