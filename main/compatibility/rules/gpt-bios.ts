import { finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule } from "../rule.ts";
import { systemDisksOf } from "../system-disks.ts";

const biosBoot = "21686148-6449-6e6f-744e-656564454649";

/** A GPT system disk that a BIOS starts from: it works with GRUB in a BIOS boot partition, and not with Windows. */
export const gptBios: Rule = {
  id: "gpt-bios",
  applies: (facts) => facts.firmware.kind === "bios",
  check: (facts, { graph }) =>
    [...systemDisksOf(graph)]
      .filter((disk) => disk.partitionTable === "gpt" || disk.partitionTable === "hybrid")
      .map((disk) => {
        const area = graph.children(disk).find((child) => child.partition?.type?.toLowerCase() === biosBoot);
        const parts = {
          subject: { kind: "disk", name: disk.id },
          evidence: [
            ...facts.firmware.evidence,
            ...evidenceOf(disk).slice(0, 2),
            ...(area ? evidenceOf(area).slice(0, 2) : []),
          ],
          params: { disk: disk.id },
        } as const;
        return area
          ? finding("gpt-bios.boot-partition", {
              ...parts,
              severity: "info",
              effects: { block: "kept", file: "changed" },
            })
          : finding("gpt-bios.no-boot-partition", {
              ...parts,
              severity: "warning",
              effects: { block: "at-risk", file: "changed" },
            });
      }),
};
