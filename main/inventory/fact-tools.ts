import type { BundleView } from "./bundle-view.ts";
import { type Capture, evidenceOfRecord, jsonIn, linesOf, objectOf, scalarText } from "./capture.ts";
import { type Identity, identityFromLsb } from "./linux/release-files.ts";

/** The LSB facts that facter, ohai and Ansible's setup module state, whatever their generation. */
export function identityFromFactTools(view: BundleView): Identity | null {
  for (const command of view.commands("facter", "ohai", "ansible", "puppet")) {
    const identity = identityFromFactOutput(command.output);
    if (identity) return identity;
  }
  return null;
}

/**
 * The facts of one output as an object: JSON, or the `name => value` and `name: value` lines of facter. Null where it is
 * neither.
 */
export function factsOfTool(capture: Capture): Readonly<Record<string, unknown>> | null {
  const json = objectOf(jsonIn(capture.text));
  if (json) return objectOf(json["ansible_facts"]) ?? json;
  const values: Record<string, unknown> = {};
  for (const line of linesOf(capture)) {
    const match = /^\s{0,2}"?([a-z_A-Z]\w*)"?\s*(?:=>|:)\s*"?([^"{[].*?)"?,?\s*$/.exec(line.text);
    if (match && match[1] !== "__proto__") values[match[1] ?? ""] ??= match[2] ?? "";
  }
  return Object.keys(values).length > 0 ? values : null;
}

/** From one output; null where it states no distribution. */
function identityFromFactOutput(capture: Capture): Identity | null {
  const root = factsOfTool(capture);
  if (!root) return null;
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
  const first = (...keys: readonly string[]): string | null =>
    keys.map((key) => scalarText(root[key])).find((value) => value !== null) ?? null;
  const id = first("lsbdistid", "platform", "ansible_distribution", "operatingsystem");
  if (id === null) return null;
  const release = first(
    "lsbdistrelease",
    "platform_version",
    "ansible_distribution_version",
    "operatingsystemrelease",
  );
  const description = first("lsbdistdescription");
  return identityFromLsb(
    id,
    description,
    release,
    first("lsbdistcodename"),
    evidenceOfRecord(capture, { id, release, description }),
  );
}
