/** Makes a Windows fit for its target: its settings here, drivers by virt-v2v-in-place. */
import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConversionChange, GuestSummary } from "../../../common/domain/conversion.ts";
import type { Remark, Told } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { fail, ok, unwrap, type Result } from "../../../common/result.ts";
import { detectAccelerator } from "../../qemu/accelerator.ts";
import { runTool } from "../../qemu/run-tool.ts";
import type { Appliance } from "../appliance.ts";
import type { Inspection } from "../inspect.ts";
import type { FormerVolume } from "./guest.ts";
import { isHiveError } from "./hive-cells.ts";
import { leftAsItIs, openWindows, uncleanVolumes } from "./open-windows.ts";
import { windowsSteps } from "./steps/index.ts";

export interface WindowsOptions {
  readonly scratchPath: string;
  readonly formerVolumes: readonly FormerVolume[];
  readonly report: (doing: Remark) => void;
}

export interface WindowsOutcome {
  readonly guest: GuestSummary;
  readonly changes: readonly ConversionChange[];
  readonly notes: readonly Told[];
}

/** The settings of the Windows on the appliance's disks. Throws a FailureError. */
export async function convertSettings(
  appliance: Appliance,
  inspection: Inspection,
  options: WindowsOptions,
): Promise<WindowsOutcome> {
  options.report({ kind: "opening-windows" });
  const rootDevice = inspection.windows[0] ?? "";
  const disk = rootDevice.charCodeAt("/dev/sd".length) - 97;
  const opened = await openWindows(appliance, inspection, options);
  const summary = (name: string): GuestSummary => ({
    platform: "windows",
    name,
    distribution: "windows",
    rootDevice,
    rootFilesystem: "ntfs",
    rootSubvolume: null,
    kernel: null,
  });
  if ("what" in opened) return { guest: summary("Windows"), changes: [], notes: [opened] };
  const changes: ConversionChange[] = [];
  const notes: Told[] = [];
  let damage: Error | null = null;
  try {
    for (const step of windowsSteps) {
      options.report({ kind: "converting-step", step: step.id });
      const outcome = step.run(opened.guest);
      changes.push(...outcome.changes.map((done) => ({ ...done, disk, step: step.id, files: [] })));
      notes.push(...outcome.notes);
    }
  } catch (error) {
    if (!isHiveError(error)) throw error;
    damage = error;
  }
  const files = await opened.close(damage === null);
  if (damage !== null) {
    changes.splice(0);
    notes.push(leftAsItIs(damage));
  }
  notes.push(...(await uncleanVolumes(appliance, inspection.devices)));
  const { product } = opened.guest.version;
  return {
    guest: summary(product === "" ? "Windows" : product),
    changes: changes.map((change) => ({ ...change, files: [...files] })),
    notes,
  };
}

/** `driversPath` is a folder or an image of virtio-win; null puts none in, and says so. Nothing else has the disks open. */
export async function addDrivers(
  overlays: readonly string[],
  driversPath: string | null,
  scratchPath: string,
  signal: AbortSignal,
): Promise<Result<{ readonly changes: readonly Told[]; readonly notes: readonly Told[] }>> {
  if (driversPath === null) return ok({ changes: [], notes: [told({ kind: "windows-drivers-not-named" })] });
  const settings = (await detectAccelerator()) === "tcg" ? { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" } : {};
  const environment = { LIBGUESTFS_BACKEND: "direct", VIRTIO_WIN: driversPath, ...settings };
  const [overlay, ...others] = overlays;
  try {
    if (others.length > 0) await writeFile(scratchPath, domainOf(overlays.map((path) => resolve(path))));
    const argv =
      others.length > 0 ? ["-i", "libvirtxml", scratchPath] : ["-i", "disk", "-if", "qcow2", overlay ?? ""];
    const { exitCode, stdout, stderr } = unwrap(
      await runTool("virt-v2v-in-place", argv, { signal, environment }),
    );
    if (exitCode === 0) return ok({ changes: [told({ kind: "windows-drivers-put" })], notes: [] });
    const output = `${stdout}\n${stderr}`.trim().slice(-4_000);
    return fail("conversion-failed", told({ kind: "virt-v2v-failed" }), {
      exitCode,
      output,
    });
  } finally {
    await rm(scratchPath, { force: true });
  }
}

/** A machine with several disks, as virt-v2v takes it. */
export function domainOf(overlays: readonly string[]): string {
  const escaped = (text: string): string =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;");
  const disks = overlays.map(
    (path, index) => `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
<source file='${escaped(path)}'/><target dev='sd${String.fromCharCode(97 + index)}' bus='sata'/></disk>`,
  );
  return `<domain type='kvm'><name>sma</name><memory unit='MiB'>1024</memory><vcpu>1</vcpu>
<os><type arch='x86_64'>hvm</type></os><devices>
${disks.join("\n")}
</devices></domain>
`;
}
