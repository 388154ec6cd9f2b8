import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Collector, ExportedFile } from "../../common/api/assessment-procedures.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

const known: readonly Omit<Collector, "sizeBytes" | "sha256">[] = [
  {
    id: "linux",
    platform: "linux",
    fileName: "collect-linux.sh",
    command: 'sudo sh collect-linux.sh > "$(hostname).sma-bundle"',
  },
  {
    id: "windows",
    platform: "windows",
    fileName: "collect-windows.ps1",
    command:
      "powershell -NoProfile -ExecutionPolicy Bypass -File collect-windows.ps1 -OutFile %COMPUTERNAME%.sma-bundle",
  },
  {
    id: "windows-2003",
    platform: "windows",
    fileName: "collect-windows.vbs",
    command: "cscript //nologo collect-windows.vbs %COMPUTERNAME%.sma-bundle",
  },
];

/** The collectors that this installation has, with the checksum by which a copy on a stick can be checked. */
export async function listCollectors(directory: string): Promise<Collector[]> {
  const found: Collector[] = [];
  for (const collector of known) {
    const content = await readFile(join(directory, collector.fileName)).catch(() => null);
    if (content !== null)
      found.push({
        ...collector,
        sizeBytes: content.length,
        sha256: createHash("sha256").update(content).digest("hex"),
      });
  }
  return found;
}

export async function readCollector(directory: string, id: string): Promise<Result<ExportedFile>> {
  const collector = known.find((each) => each.id === id);
  const content =
    collector === undefined ? null : await readFile(join(directory, collector.fileName)).catch(() => null);
  if (collector === undefined || content === null)
    return fail("not-found", told({ kind: "no-collector", id }), { id });
  return ok({
    fileName: collector.fileName,
    mediaType: "application/octet-stream",
    // Byte for byte, line endings and code page included.
    encoding: "base64",
    content: content.toString("base64"),
  });
}
