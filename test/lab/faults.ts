/**
 * Servers that do not boot as they are: a lab disk with one thing broken that migrations meet again and again; or with
 * something of other families that Debian's own set-up does not have.
 */
import { inEnglish } from "../support/in-english.ts";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Remark } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { attempt, fail, FailureError, ok, unwrap, type Result } from "../../common/result.ts";
import { Appliance } from "../../intermediate/conversion/appliance.ts";
import { inspect, openGuest } from "../../intermediate/conversion/open-guest.ts";
import { bootDisk } from "../../intermediate/conversion/inspect.ts";
import type { LinuxGuest } from "../../intermediate/conversion/guest.ts";
import { createOverlay } from "../../intermediate/qemu/overlay.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import type { LabContext, LabImage } from "./prepare-image.ts";

type Break = (guest: LinuxGuest, work: string, signal: AbortSignal) => Promise<void>;

async function must(name: string, argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = unwrap(await runTool(name, argv, { signal }));
  if (exitCode !== 0) {
    throw new FailureError(
      fail("command-failed", inEnglish(`${name} failed: ${stderr.trim()}`), { tool: name }).failure,
    );
  }
}

/** As a system has it that was installed with SELinux. */
async function switchSelinuxOn(
  { appliance, tree }: LinuxGuest,
  mode: "permissive" | "enforcing",
): Promise<void> {
  const words = "selinux=1 security=selinux";
  const configuration = tree.text("/boot/grub/grub.cfg") ?? "";
  tree.write("/boot/grub/grub.cfg", configuration.replaceAll(/^(\s*linux\s.*)$/gm, `$1 ${words}`));
  tree.write("/etc/default/grub", `${tree.text("/etc/default/grub") ?? ""}GRUB_CMDLINE_LINUX="${words}"\n`);
  const policy = tree.text("/etc/selinux/config") ?? "";
  tree.write("/etc/selinux/config", policy.replace(/^SELINUX=.*$/m, `SELINUX=${mode}`));
  await tree.flush(appliance);
  const rules = "/etc/selinux/default/contexts/files/file_contexts";
  await appliance.must("sh", `setfiles -F -e /proc -e /sys -e /dev ${rules} / 2>&1`);
}

const faults = {
  /** As a server with `MODULES=dep` on another hypervisor has it. Wants a kernel with virtio as modules. */
  "no-virtio": async ({ appliance, kernels }, work, signal) => {
    const path = kernels[0]?.initramfsPath ?? "";
    const file = join(work, "initramfs");
    await appliance.must("download", path, file);
    const script = `cd "$1" && mkdir tree && cd tree && { zstdcat ../initramfs 2>/dev/null || zcat ../initramfs || cat ../initramfs; } | cpio -id --quiet &&
      find . -name 'virtio*.ko*' -delete && find . | cpio -o -H newc --quiet | gzip -1 > ../initramfs && cd .. && rm -rf tree`;
    await must("sh", ["-ec", script, "sh", work], signal);
    await appliance.must("upload", file, path);
  },
  /** Names of the old machine's disks, one of which did not come along. */
  "stale-fstab": async ({ appliance, tree }) => {
    const text = tree.text("/etc/fstab") ?? "";
    const named = text.replace(/^UUID=\S+ \//m, "/dev/sda1 /").replace(/^UUID=\S+ none/m, "/dev/sda2 none");
    tree.write("/etc/fstab", `${named}/dev/sdb1 /backup ext4 defaults 0 2\n`);
    const grub = tree.text("/boot/grub/grub.cfg") ?? "";
    tree.write("/boot/grub/grub.cfg", grub.replaceAll(/root=UUID=\S+/g, "root=/dev/sda1"));
    await tree.flush(appliance);
  },
  /** No code in the boot sector, and no configuration. */
  "broken-grub": async ({ appliance, tree, devices }) => {
    tree.remove("/boot/grub/grub.cfg");
    await tree.flush(appliance);
    const disk = bootDisk(devices)?.node ?? "";
    await appliance.shell(`dd if=/dev/zero of=${disk} bs=440 count=1 conv=notrunc 2>/dev/null`);
  },
  /** GRUB starts and does not find its own files, as after a hasty clean-up of /boot. */
  "grub-rescue": async ({ appliance }) => {
    await appliance.must("rm-rf", "/boot/grub/i386-pc");
  },
  /** The kernel is told of a root filesystem that is not there. */
  "wrong-root": async ({ appliance, tree }) => {
    const grub = tree.text("/boot/grub/grub.cfg") ?? "";
    const gone = "root=UUID=00000000-dead-4000-8000-000000000000";
    tree.write("/boot/grub/grub.cfg", grub.replaceAll(/root=(?:UUID=|\/dev\/)\S+/g, gone));
    await tree.flush(appliance);
  },
  /** A filesystem of fstab that never comes: the system waits for it and ends in emergency mode. */
  "lost-filesystem": async ({ appliance, tree }) => {
    const line = "UUID=00000000-dead-4000-8000-000000000001 /srv/archive ext4 defaults 0 2";
    tree.write("/etc/fstab", `${tree.text("/etc/fstab") ?? ""}${line}\n`);
    await tree.flush(appliance);
  },
  /** A fixed address on a card that the old machine called otherwise, and whose hardware address was reserved. */
  "static-address": async ({ appliance, tree }) => {
    const network = "[Match]\nName=ens192\n\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n";
    tree.write("/etc/systemd/network/wired.network", network);
    const rule = 'SUBSYSTEM=="net", ATTR{address}=="00:50:56:01:02:03", NAME="ens192"\n';
    tree.write("/etc/udev/rules.d/70-persistent-net.rules", rule);
    await tree.flush(appliance);
  },
  /** SELinux is on and every file has its label; what its policy forbids is only noted. */
  "selinux-permissive": (guest) => switchSelinuxOn(guest, "permissive"),
  /** SELinux enforces its policy, and the initramfs has the names that Red Hat's systems give theirs. */
  "red-hat-ways": async (guest) => {
    const { appliance, tree, kernels } = guest;
    const [kernel] = kernels;
    const initramfs = kernel?.initramfsPath ?? "";
    const renamed = `/boot/initramfs-${kernel?.version ?? ""}.img`;
    await switchSelinuxOn(guest, "enforcing");
    const configuration = tree.text("/boot/grub/grub.cfg") ?? "";
    tree.write("/boot/grub/grub.cfg", configuration.replaceAll(initramfs, renamed));
    await tree.flush(appliance);
    if (initramfs !== renamed) await appliance.must("mv", initramfs, renamed);
  },
} as const satisfies Record<string, Break>;

export type FaultName = keyof typeof faults;

/** Writes a raw disk to `path` that is the image's with these faults. `work` is an empty folder. */
export async function breakDisk(
  wanted: readonly FaultName[],
  image: LabImage,
  { path, work }: { readonly path: string; readonly work: string },
  { signal, report }: LabContext,
): Promise<Result<void>> {
  const overlay = join(work, "broken.qcow2");
  const backing = { relativePath: image.diskPath, format: "raw" } as const;
  const created = await createOverlay({ path: overlay, sizeBytes: image.sizeBytes, backing, signal });
  if (!created.ok) return created;
  const appliance = await Appliance.start({ overlays: [overlay], signal });
  if (!appliance.ok) return appliance;
  const say = (doing: Remark): void => report(told(doing).what);
  const broken = await attempt(async () => {
    const { guest } = await openGuest(
      appliance.value,
      await inspect(appliance.value, [], say),
      join(work, "scratch"),
      say,
    );
    report(`breaking the disk: ${wanted.join(", ")}`);
    for (const fault of wanted) await faults[fault](guest, work, signal);
    await appliance.value.must("umount-all");
  }).finally(() => appliance.value.close());
  if (!broken.ok) return broken;
  const made = await attempt(() => must("qemu-img", ["convert", "-O", "raw", overlay, path], signal));
  await rm(overlay, { force: true });
  return made.ok ? ok() : made;
}
