import type { BlockDevice, Evidence } from "../../../common/domain/facts.ts";
import { finding, type Finding } from "../../../common/domain/finding.ts";
import { evidenceOf, type Rule, type RuleContext } from "../rule.ts";

const encryptedTypes = new Set(["crypto_LUKS", "BitLocker", "cs_fvault2"]);

/** Encrypted volumes: block replication carries the cipher text, file replication the decrypted files. */
export const encrypted: Rule = {
  id: "encrypted",
  applies: (facts) => facts.storage.devices.length > 0 || (facts.storage.crypttab?.length ?? 0) > 0,
  check(facts, { graph }) {
    const findings: Finding[] = [];
    const spoken = new Set<string>();
    for (const device of facts.storage.devices) {
      const type = graph.contentType(device);
      if (type === null || !encryptedTypes.has(type) || spoken.has(device.id)) continue;
      spoken.add(device.id);
      for (const child of graph.children(device)) spoken.add(child.id);
      findings.push(containerFinding(device, type, graph));
    }
    for (const device of facts.storage.devices) {
      if (device.kind !== "crypt" || spoken.has(device.id)) continue;
      spoken.add(device.id);
      findings.push(otherFinding(device.id, device.layout ?? "dm-crypt", evidenceOf(device)));
    }
    // A crypttab line that names nothing seen so far is the only trace of a volume that was not open.
    if (findings.length === 0) {
      for (const entry of facts.storage.crypttab ?? []) {
        findings.push(otherFinding(entry.name, "crypttab", entry.evidence));
      }
    }
    return findings;
  },
};

function containerFinding(device: BlockDevice, type: string, graph: RuleContext["graph"]): Finding {
  const subject = { kind: "volume", name: device.id } as const;
  const evidence = evidenceOf(device);
  if (type === "crypto_LUKS") {
    const isOpen = graph.children(device).length > 0;
    return finding("encrypted.luks", {
      severity: "warning",
      subject,
      effects: { block: "kept", file: isOpen ? "changed" : "left-out" },
      evidence,
      params: { device: device.id, isOpen },
    });
  }
  if (type === "BitLocker") {
    return finding("encrypted.bitlocker", {
      severity: "warning",
      subject,
      effects: { block: "at-risk", file: "changed" },
      evidence,
      params: { device: device.id },
    });
  }
  return otherFinding(device.id, type, evidence);
}

function otherFinding(device: string, format: string, evidence: readonly Evidence[]): Finding {
  return finding("encrypted.other", {
    severity: "warning",
    subject: { kind: "volume", name: device },
    effects: { block: "kept", file: "changed" },
    evidence,
    params: { device, format },
  });
}
