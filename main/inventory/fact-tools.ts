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

/** The running kernel by the same tools; unsaid parts are null. */
export function kernelFromFactTools(view: BundleView): {
  readonly system: string | null;
  readonly release: string | null;
  readonly machine: string | null;
  readonly hostName: string | null;
} {
  const roots = view.commands("facter", "ohai", "ansible", "puppet").flatMap((command): Root[] => {
    const root = factsOfTool(command.output);
    return root ? [root] : [];
  });
  const first = (read: (root: Root) => readonly unknown[]): string | null =>
    roots
      .flatMap(read)
      .map(scalarText)
      .find((value) => value !== null) ?? null;
  const inside = (root: Root, group: string, key: string): unknown => objectOf(root[group])?.[key];
  return {
    system: first((root) => [root["kernel"], inside(root, "kernel", "name"), root["ansible_system"]]),
    release: first((root) => [
      root["kernelrelease"],
      inside(root, "kernel", "release"),
      root["ansible_kernel"],
    ]),
    machine: first((root) => [
      root["hardwaremodel"],
      root["architecture"],
      inside(root, "os", "hardware"),
      inside(root, "os", "architecture"),
      inside(root, "kernel", "machine"),
      root["ansible_machine"],
      root["ansible_architecture"],
    ]),
    hostName: first((root) => [
      root["hostname"],
      inside(root, "networking", "hostname"),
      root["ansible_hostname"],
    ]),
  };
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

/** From one output; null where it states no distribution. Each tool has several places; the fullest comes first. */
function identityFromFactOutput(capture: Capture): Identity | null {
  const root = factsOfTool(capture);
  if (!root) return null;
  return (
    fromDistroFacts(capture, root) ??
    fromOsRelease(capture, root) ??
    fromLsb(capture, root) ??
    fromNames(capture, root)
  );
}

type Root = Readonly<Record<string, unknown>>;

/** facter's `os.distro`. */
function fromDistroFacts(capture: Capture, root: Root): Identity | null {
  const distro = objectOf(objectOf(root["os"])?.["distro"]) ?? objectOf(root["distro"]);
  if (!distro) return null;
  const release = objectOf(distro["release"]);
  return identityFromLsb(
    scalarText(distro["id"]) ?? scalarText(distro["distid"]),
    scalarText(distro["description"]) ?? scalarText(distro["distdescription"]),
    scalarText(release?.["full"]) ?? scalarText(distro["distrelease"]),
    scalarText(distro["codename"]) ?? scalarText(distro["distcodename"]),
    evidenceOfRecord(capture, distro),
  );
}

/** ohai repeats /etc/os-release, whose name tells CentOS Stream from CentOS. */
function fromOsRelease(capture: Capture, root: Root): Identity | null {
  const release = objectOf(root["os_release"]);
  const name = scalarText(release?.["pretty_name"]) ?? scalarText(release?.["name"]);
  if (!release || name === null) return null;
  const version = scalarText(release["version_id"]);
  return identityFromLsb(scalarText(release["id"]), name, version, null, evidenceOfRecord(capture, release));
}

/** What lsb_release said; an empty object where it is not installed. */
function fromLsb(capture: Capture, root: Root): Identity | null {
  const lsb = objectOf(root["lsb"]) ?? objectOf(root["ansible_lsb"]);
  if (!lsb) return null;
  return identityFromLsb(
    scalarText(lsb["id"]),
    scalarText(lsb["description"]),
    scalarText(lsb["release"]),
    scalarText(lsb["codename"]),
    evidenceOfRecord(capture, lsb),
  );
}

/** The tools' own names for systems. */
function fromNames(capture: Capture, root: Root): Identity | null {
  const os = objectOf(root["os"]);
  const first = (...values: readonly unknown[]): string | null =>
    values.map(scalarText).find((value) => value !== null) ?? null;
  const id = first(
    root["lsbdistid"],
    root["platform"],
    root["ansible_distribution"],
    root["operatingsystem"],
    os?.["name"],
  );
  if (id === null || /^windows$/i.test(id)) return null;
  const release = first(
    root["lsbdistrelease"],
    root["platform_version"],
    root["ansible_distribution_version"],
    root["operatingsystemrelease"],
    objectOf(os?.["release"])?.["full"],
  );
  // Ansible calls CentOS Stream a CentOS of the release Stream.
  const isStream = /^stream$/i.test(first(root["ansible_distribution_release"]) ?? "");
  const description =
    first(root["lsbdistdescription"]) ?? (isStream ? `${id} Stream ${release ?? ""}`.trim() : null);
  return identityFromLsb(
    id,
    description,
    release,
    first(root["lsbdistcodename"]),
    evidenceOfRecord(capture, { id, release, description }),
  );
}
