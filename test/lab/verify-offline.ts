import { inEnglish } from "../support/in-english.ts";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../common/result.ts";
import { runHelper } from "../../intermediate/layout/helper-machine.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import { makeWorkDirectory } from "./cache.ts";
import { payloadDirectory } from "./layouts.ts";
import type { LabContext, LabImage } from "./prepare-image.ts";
import { compareWithManifest, type PayloadVerdict } from "./verify-payload.ts";

/** With the system's own fstab and its own tools: what it would find where, had it booted. */
const script = (folder: string, directories: readonly string[]): string => `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/tmp
leave() { sync; umount -a -t ext4,xfs,btrfs 2>/dev/null; sync; perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'; }
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run; mount -t tmpfs tmp /tmp
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /run/lock/lvm /run/lvm /tmp/m/lib /tmp/root /tmp/out /tmp/etc-lvm
mount -t hostfs none /tmp/out -o ${folder}
exec 2> /tmp/out/errors
ln -s /usr/lib/uml/modules /tmp/m/lib/modules
for module in dm-mod xfs btrfs; do modprobe -q -d /tmp/m "$module"; done
export LVM_SYSTEM_DIR=/tmp/etc-lvm
cat > /tmp/etc-lvm/lvm.conf <<'SETTINGS'
activation { udev_sync=0 udev_rules=0 monitoring=0 }
devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=["a|^/dev/ubd|", "r|.*|"] }
backup { backup=0 archive=0 }
SETTINGS
vgchange -qq -ay
for device in /dev/ubd* /dev/mapper/*; do
  [ -b "$device" ] && mount "$device" /tmp/root 2>/dev/null || continue
  [ -s /tmp/root/etc/fstab ] && break
  umount /tmp/root
done
if [ -s /tmp/root/etc/fstab ]; then
  for place in dev proc; do mount --bind "/$place" "/tmp/root/$place"; done
  chroot /tmp/root mount -a
  chroot /tmp/root sh -s -- ${directories.join(" ")} < /tmp/out/list-payload.sh > /tmp/out/listed && : > /tmp/out/done
fi
leave
`;

/**
 * As verifyPayload, of an image that does not run: its filesystems are mounted by a user-mode Linux in a second or two,
 * where booting it would take a minute. The image is only read.
 */
export async function verifyPayloadOffline(
  copy: { readonly path: string; readonly format: "raw" | "qcow2" | "vpc" | "vmdk" },
  image: LabImage,
  { signal, report }: LabContext,
): Promise<Result<PayloadVerdict>> {
  report("comparing the payload with its manifest, in a user-mode Linux");
  const folder = await makeWorkDirectory("offline");
  try {
    const disk = join(folder, "disk.raw");
    const converted = await runTool(
      "qemu-img",
      ["convert", "-f", copy.format, "-O", "raw", copy.path, disk],
      { signal },
    );
    if (!converted.ok) return converted;
    const { exitCode, stderr } = converted.value;
    if (exitCode !== 0)
      return fail("image-failed", inEnglish("the image cannot be read"), { output: stderr });
    const [scriptPath, listing] = [join(folder, "init"), join(payloadDirectory, "list-payload.sh")];
    await writeFile(scriptPath, script(folder, image.payloadDirectories), { mode: 0o700 });
    await writeFile(join(folder, "list-payload.sh"), await readFile(listing));
    let console_ = "";
    const ran = await runHelper({
      scriptPath,
      disks: [{ path: disk, isReadOnly: false }],
      runDirectory: join(folder, "run"),
      signal,
      onLine: (line) => (console_ = `${console_}${line}\n`.slice(-4_096)),
    });
    if (!ran.ok) return ran;
    const read = (name: string): Promise<string | null> =>
      readFile(join(folder, name), "utf8").catch(() => null);
    if ((await read("done")) !== null)
      return ok(await compareWithManifest((await read("listed")) ?? "", image));
    const output = (await read("errors")) ?? console_;
    return fail("command-failed", inEnglish("the payload could not be listed"), { output });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
