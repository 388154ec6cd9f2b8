import { fail, ok, type Result } from "../../common/result.ts";
import type { SourceSession } from "./contract.ts";

// A block device's size is in /sys in 512-byte units whatever its sectors; a plain file may stand in for a disk.
const script = `
path=$1
if [ -b "$path" ]; then
  name=$(basename "$(readlink -f "$path")")
  if [ -r "/sys/class/block/$name/size" ]; then
    echo $(( $(cat "/sys/class/block/$name/size") * 512 ))
  else
    blockdev --getsize64 "$path"
  fi
elif [ -f "$path" ]; then
  wc -c < "$path"
else
  exit 3
fi
`;

/** The size in bytes of a block device, or of a disk image file, on a POSIX source. */
export async function measureDisk(session: SourceSession, path: string): Promise<Result<number>> {
  if (session.platform === "windows") {
    return fail(
      "source-disk-missing",
      `${path} is not among the disks that the assessment found`,
      { disk: path },
      "Name a disk as the assessment does, e.g. \\\\.\\PhysicalDrive0.",
    );
  }
  const output = await session.script(script, [path], { elevated: true });
  if (!output.ok) return output;
  const size = Number(output.value.stdout.trim());
  if (output.value.exitCode === 3) {
    return fail("source-disk-missing", `${path} is neither a disk nor a file on the source`, { disk: path });
  }
  if (output.value.exitCode !== 0 || !Number.isSafeInteger(size)) {
    return fail("command-failed", `the size of ${path} cannot be read: ${output.value.stderr.trim()}`, {
      disk: path,
    });
  }
  if (size === 0) return fail("source-disk-missing", `${path} is empty`, { disk: path });
  return ok(size);
}
