import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Result } from "../../common/result.ts";
import type { RunOptions, RunOutput, WindowsSession } from "../remote/contract.ts";

/**
 * Runs the Windows collector: the PowerShell one, or its VBScript twin where the source has no PowerShell. As an
 * administrator where the login is one, otherwise with what the login may read. The twin tries no ports.
 */
export async function runWindowsCollector(
  session: WindowsSession,
  collectorsDirectory: string,
  endpoints: readonly string[],
  options: RunOptions,
): Promise<Result<RunOutput>> {
  const script = await readFile(join(collectorsDirectory, "collect-windows.ps1"), "utf8");
  const output = await session.powershell(script, ["", endpoints.join(",")], options);
  if (output.ok || output.failure.context["missing"] !== "powershell") return output;
  const twin = await readFile(join(collectorsDirectory, "collect-windows.vbs"), "utf8");
  return session.vbscript(twin, [], options);
}
