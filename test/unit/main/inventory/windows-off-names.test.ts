import { describe, expect, it } from "vitest";
import { defaultEstimateOptions } from "../../../../main/compatibility/estimate.ts";
import { targetLimits } from "../../../../main/compatibility/target-limits.ts";
import { assessBytes } from "../../../../main/reports/assess-bytes.ts";

function assessed(name: string, version: string) {
  const build = version.split(".")[2] ?? "";
  const text = [
    "Host Name:                 HV01",
    `OS Name:                   ${name}`,
    `OS Version:                ${version} N/A Build ${build}`,
    "OS Manufacturer:           Microsoft Corporation",
    "OS Configuration:          Standalone Server",
    "System Type:               x64-based PC",
    "",
  ].join("\r\n");
  const { assessed: result } = assessBytes({
    id: "a",
    input: "systeminfo.txt",
    bytes: new TextEncoder().encode(text),
    choices: { target: targetLimits.local, estimate: defaultEstimateOptions },
  });
  if (result.kind !== "assessed") throw new Error(result.failure.message);
  return result.assessment;
}

describe("systeminfo of a Windows whose name is no listed release's", () => {
  it.each([
    ["Microsoft Hyper-V Server 2019", "10.0.17763"],
    ["Microsoft Windows Server Datacenter", "10.0.16299"],
    ["Microsoft Azure Stack HCI", "10.0.20348"],
  ])("%s is undetermined, never on the list, on the evidence of its own line", (name, version) => {
    const { support, findings } = assessed(name, version);
    expect(support.onList).toBeNull();
    const finding = findings.find(({ code }) => code === "os-undetermined");
    expect(finding?.evidence).toEqual([
      { source: "systeminfo", line: 2, text: `OS Name:                   ${name}` },
    ]);
  });
});
