import type { BundleView } from "../bundle-view.ts";
import {
  type Capture,
  evidenceOf,
  evidenceOfRecord,
  jsonIn,
  linesOf,
  objectOf,
  scalarText,
} from "../capture.ts";
import { type Identity, identityFromLsb } from "./release-files.ts";

/** The LSB facts that facter, ohai and Ansible's setup module state, whatever their generation. */
export function identityFromFactTools(view: BundleView): Identity | null {
  for (const command of view.commands("facter", "ohai", "ansible", "puppet")) {
    const identity = identityFromFactOutput(command.output);
    if (identity) return identity;
  }
  return null;
}

/** From one output, JSON or facter's `name => value` lines; null where it states no distribution. */
export function identityFromFactOutput(capture: Capture): Identity | null {
  const facts = objectOf(jsonIn(capture.text));
  if (!facts) return fromPlainFacter(capture);
  const root = objectOf(facts["ansible_facts"]) ?? facts;
  const os = objectOf(root["os"]);
  const distro = objectOf(os?.["distro"]) ?? objectOf(root["distro"]);
  if (distro) {
    const release = objectOf(distro["release"]);
    return identityFromLsb(
      scalarText(distro["id"]) ?? scalarText(distro["distid"]),
      scalarText(distro["description"]) ?? scalarText(distro["distdescription"]),
      scalarText(release?.["full"]) ?? scalarText(distro["distrelease"]),
      scalarText(distro["codename"]) ?? scalarText(distro["distcodename"]),
      evidenceOfRecord(capture, distro),
    );
  }
  const lsb = objectOf(root["lsb"]) ?? objectOf(root["ansible_lsb"]);
  if (lsb) {
    return identityFromLsb(
      scalarText(lsb["id"]),
      scalarText(lsb["description"]),
      scalarText(lsb["release"]),
      scalarText(lsb["codename"]),
      evidenceOfRecord(capture, lsb),
    );
  }
  const id =
    scalarText(root["lsbdistid"]) ??
    scalarText(root["platform"]) ??
    scalarText(root["ansible_distribution"]) ??
    scalarText(root["operatingsystem"]);
  if (id === null) return null;
  const release =
    scalarText(root["lsbdistrelease"]) ??
    scalarText(root["platform_version"]) ??
    scalarText(root["ansible_distribution_version"]) ??
    scalarText(root["operatingsystemrelease"]);
  const description = scalarText(root["lsbdistdescription"]);
  return identityFromLsb(
    id,
    description,
    release,
    scalarText(root["lsbdistcodename"]),
    evidenceOfRecord(capture, { id, release, description }),
  );
}

function fromPlainFacter(capture: Capture): Identity | null {
  const values = new Map<string, string>();
  let first = null;
  for (const line of linesOf(capture)) {
    const match = /^\s*([a-z_]+)\s*=>\s*"?(.*?)"?,?\s*$/.exec(line.text);
    if (!match) continue;
    values.set(match[1] ?? "", match[2] ?? "");
    if (/^(lsbdistdescription|operatingsystem)$/.test(match[1] ?? "")) first ??= line;
  }
  const id = values.get("lsbdistid") ?? values.get("operatingsystem");
  if (id === undefined || first === null) return null;
  return identityFromLsb(
    id,
    values.get("lsbdistdescription") ?? null,
    values.get("lsbdistrelease") ?? values.get("operatingsystemrelease") ?? null,
    values.get("lsbdistcodename") ?? null,
    evidenceOf(capture, first),
  );
}
