import { existsSync } from "node:fs";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";

/** Where distributions put OVMF. The variables' template lies beside the code. */
const codePaths = [
  "/usr/share/OVMF/OVMF_CODE_4M.fd",
  "/usr/share/OVMF/OVMF_CODE.fd",
  "/usr/share/edk2/ovmf/OVMF_CODE.fd",
  "/usr/share/edk2-ovmf/x64/OVMF_CODE.fd",
];

export interface UefiFirmware {
  readonly codePath: string;
  readonly variablesTemplatePath: string;
}

export function findUefiFirmware(): Result<UefiFirmware> {
  const codePath = codePaths.find((path) => existsSync(path));
  if (codePath !== undefined)
    return ok({ codePath, variablesTemplatePath: codePath.replace("_CODE", "_VARS") });
  return fail(
    "tool-missing",
    told({ kind: "no-uefi-firmware" }),
    { tool: "ovmf", searched: codePaths },
    told({ kind: "install-packages", command: "apt-get install --no-install-recommends ovmf" }),
  );
}
