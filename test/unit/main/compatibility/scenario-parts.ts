/** Sources with one thing changed, for scenarios and tests of single rules. */
import type { Facts } from "../../../../common/domain/facts.ts";
import type { FindingMessage } from "../../../../common/domain/finding-parameters.ts";
import type { Severity } from "../../../../common/domain/finding.ts";
import { device, gib, line, mib, partition, plainLinux } from "./sample-facts.ts";

export interface Scenario {
  readonly when: string;
  readonly message: FindingMessage;
  readonly severity: Severity;
  facts(): Facts;
}

export type Devices = Facts["storage"]["devices"];

export function withDevices(facts: Facts, ...more: Devices): Facts {
  return { ...facts, storage: { ...facts.storage, devices: [...facts.storage.devices, ...more] } };
}
export const linuxWith = (...more: Devices): Facts => withDevices(plainLinux(), ...more);
export const linux = (change: (facts: Facts) => Partial<Facts>): Facts => {
  const facts = plainLinux();
  return { ...facts, ...change(facts) };
};
export const storage = (change: (storage: Facts["storage"]) => Partial<Facts["storage"]>): Facts =>
  linux((facts) => ({ storage: { ...facts.storage, ...change(facts.storage) } }));
export const named = (facts: Facts, name: string): Facts => ({ ...facts, os: { ...facts.os, name } });

export const sdb = device("/dev/sdb", { sizeBytes: 10 * gib, partitionTable: "gpt" });
export const sdb1 = (parts: Parameters<typeof partition>[5], table: Parameters<typeof partition>[6] = {}) =>
  partition("/dev/sdb1", "/dev/sdb", 1, mib, 9 * gib, parts, table);

export const fstab = (
  what: string,
  where: string,
  type: string,
  parts: Partial<NonNullable<Facts["storage"]["fstab"]>[number]> = {},
) => ({
  what,
  where,
  type,
  namedBy: "path" as const,
  options: ["defaults"],
  isNetwork: false,
  evidence: [line("/etc/fstab", `${what} ${where} ${type} defaults 0 0`)],
  ...parts,
});
