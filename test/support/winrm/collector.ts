import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../run-sma.ts";
import type { WindowsProgram } from "./windows-machine.ts";

const operatingSystem =
  "Caption=Microsoft Windows Server 2012 R2 Standard\nVersion=6.3.9600\nBuildNumber=9600\nProductType=3\nCSName=WINSRV\nOSArchitecture=64-bit\n\n";

/** A bundle as the PowerShell collector writes it, of a small server. */
export const windowsBundle = {
  format: 1,
  collectedAt: "2026-01-02T03:04:05Z",
  collector: "collect-windows.ps1 1",
  platform: "windows",
  files: {},
  commands: { "wmi Win32_OperatingSystem": { stdout: operatingSystem, stderr: "", exitCode: 0 } },
};

/** The collector, known by its first line, answering with a bundle. `asked` gets the parameters of each run. */
export function collectorScript(
  bundle: object,
  asked: string[][] = [],
): Readonly<Record<string, WindowsProgram>> {
  const text = readFileSync(join(projectDirectory, "resources", "collectors", "collect-windows.ps1"), "utf8");
  const name = /^# (.*)/.exec(text)?.[1] ?? "";
  return {
    [name]: async (parameters, { stdout }) => {
      asked.push([...parameters]);
      stdout.write(JSON.stringify(bundle));
      return 0;
    },
  };
}
