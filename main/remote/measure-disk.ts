import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
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

// A plain file that stands in for a disk; disks themselves are measured by the agent.
const windowsScript = `# sma disk size
param($path)
if ([IO.File]::Exists($path)) { (New-Object IO.FileInfo $path).Length }
exit 0
`;

/** The size in bytes of a disk, or of a disk image file, on the source; on Windows of a file alone. */
export async function measureDisk(session: SourceSession, path: string): Promise<Result<number>> {
  const output =
    session.platform === "windows"
      ? await session.powershell(windowsScript, [path], { elevated: true })
      : await session.script(script, [path], { elevated: true });
  if (!output.ok) return output;
  const said = output.value.stdout.trim();
  const size = Number(said);
  if (output.value.exitCode === 3 || (session.platform === "windows" && said === "")) {
    return fail("source-disk-missing", told({ kind: "no-disk-on-source", path }), { disk: path });
  }
  if (output.value.exitCode !== 0 || !Number.isSafeInteger(size)) {
    return fail(
      "command-failed",
      told({ kind: "disk-size-unread", path, text: output.value.stderr.trim() }),
      {
        disk: path,
      },
    );
  }
  if (size === 0) return fail("source-disk-missing", told({ kind: "disk-empty", path }), { disk: path });
  return ok(size);
}
