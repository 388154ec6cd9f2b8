import { told } from "../../../common/domain/report-text/told.ts";
import { fail, FailureError, type Saying } from "../../../common/result.ts";
import { reinstallGrub } from "../grub.ts";
import {
  nothing,
  type ConversionStep,
  type LinuxGuest,
  type StepChange,
  type StepOutcome,
} from "../guest.ts";
import { bootDisk } from "../inspect.ts";

const espTypes = new Set(["c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "0xef"]);
const biosBootType = "21686148-6449-6e6f-744e-656564454649";

/** Boot loaders that a UEFI firmware may start, best first; Secure Boot's shim before plain GRUB. */
const loaders = [/\/shimx64\.efi$/i, /\/grubx64\.efi$/i];
const fallback = /^\/boot\/efi\/EFI\/BOOT\/BOOTX64\.EFI$/i;

/** The firmware of the target finds a boot loader: its own kind, and under the name that needs no boot entry. */
export const firmware: ConversionStep = {
  id: "firmware",
  applies: (_guest, { sourceFirmware, targetFirmware }) =>
    targetFirmware === "uefi" || sourceFirmware !== targetFirmware,

  async run(guest, { sourceFirmware, targetFirmware, report }): Promise<StepOutcome> {
    if (sourceFirmware === targetFirmware) return fallbackLoader(guest);
    report({ kind: "installing-boot-loader", firmware: targetFirmware });
    const changes: StepChange[] = [];
    changes.push(
      ...(targetFirmware === "uefi" ? await provideEsp(guest) : await makeBiosBootPartition(guest)),
    );
    const made = await reinstallGrub(guest, targetFirmware);
    if ("failed" in made)
      refuse(
        told({ kind: "loader-for-firmware-failed", firmware: targetFirmware, because: made.failed }),
        guest,
      );
    else changes.push(made);
    return { changes };
  },
};

const espPath = "/boot/efi";

/** The EFI system partition with a filesystem, mounted where the system mounts it from now on. */
async function provideEsp(guest: LinuxGuest): Promise<StepChange[]> {
  const { appliance, tree, devices, mounted } = guest;
  if (mounted.has(espPath)) return [];
  const esp = devices.find(({ partitionType }) => espTypes.has(partitionType?.toLowerCase() ?? ""));
  if (esp === undefined) {
    return refuse(told({ kind: "uefi-without-esp" }), guest);
  }
  const changes: StepChange[] = [];
  if (esp.type === null) {
    await appliance.must("mkfs", "vfat", esp.path);
    changes.push(told({ kind: "esp-filesystem" }));
  }
  const uuid = (await appliance.must("vfs-uuid", esp.path)).trim();
  await appliance.must("mkdir-p", espPath);
  await appliance.must("mount", esp.path, espPath);
  const fstab = tree.text("/etc/fstab") ?? "";
  const line = `UUID=${uuid} ${espPath} vfat umask=0077 0 1`;
  tree.write("/etc/fstab", `${fstab === "" || fstab.endsWith("\n") ? fstab : `${fstab}\n`}${line}\n`);
  changes.push(told({ kind: "esp-mounted", path: espPath }));
  return changes;
}

function refuse(message: Saying, { summary }: LinuxGuest): never {
  throw new FailureError(
    fail("guest-unsupported", message, { system: summary.name }, told({ kind: "choose-own-firmware" }))
      .failure,
  );
}

/** GPT has no room behind the first sector; the unused sectors before the first partition will do. */
async function makeBiosBootPartition({ appliance, devices }: LinuxGuest): Promise<StepChange[]> {
  const disk = bootDisk(devices);
  if (disk === undefined || disk.table !== "gpt") return [];
  if (devices.some(({ partitionType }) => partitionType?.toLowerCase() === biosBootType)) return [];
  const numbers = new Set(devices.map(({ partitionNumber }) => partitionNumber));
  const number = [...Array(128).keys()].map((index) => index + 1).find((each) => !numbers.has(each)) ?? 128;
  // sfdisk makes tables whose first usable sector is 2048, and sgdisk takes that for a law.
  const added = `${disk.node}${number} : start=34, size=2014, type=${biosBootType}`;
  await appliance.shell(
    `{ sfdisk --dump ${disk.node} | sed 's/^first-lba: .*/first-lba: 34/'; echo '${added}'; } | ` +
      `sfdisk --quiet --force --no-reread ${disk.node} && { partprobe ${disk.node} || true; }`,
  );
  return [told({ kind: "bios-boot-partition" })];
}

/** Boot entries are in the old machine's firmware; without one, only \EFI\BOOT\BOOTX64.EFI is looked for. */
async function fallbackLoader({ appliance, tree }: LinuxGuest): Promise<StepOutcome> {
  const files = tree.paths(/^\/boot\/efi\/EFI\/.+\.efi$/i);
  if (files.length === 0 || files.some((path) => fallback.test(path))) return nothing;
  const own = files.filter((path) => !/\/(?:BOOT|Microsoft)\//i.test(path));
  const loader = loaders
    .map((pattern) => own.find((path) => pattern.test(path)))
    .find((path) => path !== undefined);
  if (loader === undefined) return { changes: [], notes: [told({ kind: "no-loader-on-esp" })] };
  const folder = "/boot/efi/EFI/BOOT";
  await appliance.must("mkdir-p", folder);
  await appliance.must("cp", loader, `${folder}/BOOTX64.EFI`);
  const copied = [`${folder}/BOOTX64.EFI`];
  // shim starts the GRUB beside it.
  const grub = own.find((path) => /\/grubx64\.efi$/i.test(path));
  if (/shim/i.test(loader) && grub !== undefined) {
    await appliance.must("cp", grub, `${folder}/grubx64.efi`);
    copied.push(`${folder}/grubx64.efi`);
  }
  return {
    changes: [{ ...told({ kind: "fallback-loader", loader }), files: copied }],
  };
}
