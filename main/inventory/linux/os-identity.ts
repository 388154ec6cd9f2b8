import type { Evidence, OsFacts } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { type Capture, evidenceOf } from "../capture.ts";
import { distroFromId, distroFromName, parentDistros, slugOfName } from "./distro-names.ts";
import { type OsRelease, parseAssignments } from "./os-release.ts";
import {
  type Identity,
  identityFromLsb,
  moreExact,
  parseDebianVersion,
  parseHostnamectl,
  parseIssue,
  parseLsbRelease,
  parseReleaseLine,
  parseSuseRelease,
  parseUnknownRelease,
  versionIn,
} from "./release-files.ts";
import { identityFromSolarisRelease, isOtherUnix } from "./other-unix.ts";
import { isCarrier, productOf } from "./product-marks.ts";
import { identityFromFactTools } from "../fact-tools.ts";

/** The parts of the OS facts that identity files tell. */
export interface OsIdentity {
  readonly family: "linux" | "other";
  readonly distro: string;
  readonly version: string | null;
  readonly name: string | null;
  readonly codename: string | null;
  readonly edition: string | null;
  readonly build: string | null;
  readonly kind: OsFacts["kind"];
  readonly idLike: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Release files that name their own system, before those that many systems carry. */
const ownReleaseFiles =
  /^\/etc\/(?!redhat-|system-|lsb-|os-|SuSE-|debian_)[A-Za-z0-9_-]+[-_](release|version)$/;

/** Null where nothing tells: then the system is unknown, not guessed. */
export function identifyOs(view: BundleView): OsIdentity | null {
  const release = osRelease(view);
  const fromFiles = identitiesFromReleaseFiles(view);
  const product = productOf(view);
  const identity = release
    ? identityFromOsRelease(view, release, fromFiles)
    : identityFromFiles(view, fromFiles);
  if (!identity) return null;
  if (product && isCarrier(identity.distro)) {
    const own = product.version === null ? product.name : `${product.name} ${product.version}`;
    const carrier = identity.name;
    return {
      ...identity,
      distro: product.distro,
      version: product.version ?? identity.version,
      // With its carrier's name alone an admin would look for it in the list, and find it.
      name: carrier === null || carrier.startsWith(product.name) ? (carrier ?? own) : `${own} (${carrier})`,
      idLike: [identity.distro, ...identity.idLike],
      evidence: [product.evidence, ...identity.evidence],
    };
  }
  return identity;
}

function osRelease(view: BundleView): OsRelease | null {
  const candidates: Capture[] = [];
  for (const path of ["/etc/os-release", "/usr/lib/os-release", "/etc/initrd-release"]) {
    const capture = view.file(path);
    if (capture) candidates.push(capture);
  }
  for (const command of view.commands("cat", "type", "more", "tail", "head", "less")) {
    if (command.args.some((arg) => arg.endsWith("os-release"))) candidates.push(command.output);
  }
  // TencentOS writes an os-release into /etc/centos-release, so content decides where the file is missing.
  candidates.push(...view.files(/^\/etc\/[A-Za-z-]+-release$/));
  for (const capture of candidates) {
    if (!/^\s*(ID|NAME|PRETTY_NAME)\s*=/m.test(capture.text)) continue;
    const parsed = parseAssignments(capture);
    if (["ID", "NAME", "PRETTY_NAME"].some((key) => parsed.fields.get(key))) return parsed;
  }
  return null;
}

function identityFromOsRelease(
  view: BundleView,
  release: OsRelease,
  fromFiles: readonly Identity[],
): OsIdentity {
  const field = (key: string): string | null => release.fields.get(key) || null;
  const name = field("NAME");
  const pretty = field("PRETTY_NAME");
  const variant = field("VARIANT");
  const distro = distroOfOsRelease(release);
  const derivative = parentDistros.has(distro) ? derivativeBeside(view, fromFiles) : null;
  if (derivative) return { ...whole(derivative, "linux"), idLike: [distro] };
  const stated = field("VERSION_ID") ?? versionForPeople(field("VERSION") ?? pretty);
  const own = fromFiles.find((identity) => identity.distro === distro);
  const debianVersion = distro === "debian" || distro === "raspbian" ? debianVersionOf(view) : null;
  const version =
    distro === "opensuse-tumbleweed" || !isVersion(stated)
      ? (stated ?? own?.version ?? debianVersion?.version ?? null)
      : moreExact(moreExact(stated, own?.version ?? null), debianVersion?.version ?? null);
  const evidence: Evidence[] = [];
  for (const key of ["PRETTY_NAME", "NAME", "ID", "VERSION_ID", "CPE_NAME"]) {
    const line = release.lineOf(key);
    if (line) evidence.push(evidenceOf(release.capture, line));
  }
  if (own && own.version === version && version !== stated) evidence.push(own.evidence);
  if (debianVersion && debianVersion.version === version && version !== stated)
    evidence.push(debianVersion.evidence);
  return {
    family: isOtherUnix(distro) ? "other" : "linux",
    distro,
    version,
    name: pretty ?? name,
    codename:
      field("VERSION_CODENAME") ??
      field("UBUNTU_CODENAME") ??
      own?.codename ??
      /\(([^()]+)\)/.exec(field("VERSION") ?? "")?.[1] ??
      null,
    edition: variant,
    build: field("BUILD_ID"),
    kind: kindFromVariant(variant ?? name),
    idLike: (field("ID_LIKE") ?? "").split(/\s+/).filter((word) => word !== ""),
    evidence,
  };
}

/** VERSION or PRETTY_NAME where VERSION_ID is missing: `20.04.6 LTS (Focal Fossa)`, `12-SP5`, `CentOS Linux 7 (Core)`. */
function versionForPeople(text: string | null): string | null {
  return text === null ? null : versionIn(text.replace(/^(\d+)-SP(\d+)$/i, "$1 SP$2"));
}

/** Names of their own that are only older or shorter words for a parent. */
const otherWordsForParents = new Set(["fedora", "suse-linux", "redhat-linux"]);

/**
 * A derivative that left its parent's os-release as it was and says what it is in a release file of its own or in
 * lsb-release (Linux Mint 17, elementary OS 0.3).
 */
function derivativeBeside(view: BundleView, fromFiles: readonly Identity[]): Identity | null {
  const lsbFile = view.file("/etc/lsb-release");
  const candidates = [...fromFiles, lsbFile && identityFromLsbFile(lsbFile), identityFromLsbCommand(view)];
  return (
    candidates.find(
      (identity) =>
        identity !== null &&
        !parentDistros.has(identity.distro) &&
        !otherWordsForParents.has(identity.distro),
    ) ?? null
  );
}

/**
 * The ID, unless the rest of the file says that the system is not what its ID claims: some derivatives keep the
 * parent's ID and change only their name (Scientific Linux 7 with ID=rhel, Bodhi with ID=ubuntu, SLES for SAP).
 */
function distroOfOsRelease(release: OsRelease): string {
  const field = (key: string): string => release.fields.get(key) ?? "";
  const pretty = field("PRETTY_NAME");
  const name = field("NAME") || (field("ID") === "" ? pretty : "");
  const id = field("ID");
  const distro = id === "" ? (distroFromName(name) ?? slugOfName(name)) : distroFromId(id);
  if (distro === "centos" && /stream/i.test(`${name} ${pretty}`)) return "centos-stream";
  if (distro === "opensuse" || distro === "suse") {
    const precise = distroFromName(pretty);
    if (precise?.startsWith("opensuse-")) return precise;
  }
  if (distro === "sles" && /sles_sap/i.test(field("CPE_NAME"))) return "sles_sap";
  if (distro === "sles" && /\bdesktop\b/i.test(pretty)) return "sled";
  if (!parentDistros.has(distro)) return distro;

  const named = distroFromName(name);
  if (named !== null && named !== distro && !(distro === "sles" && named.startsWith("sles"))) return named;
  if (named === null && name !== "" && !isOwnShortName(distro, name)) return slugOfName(name);
  // "Employee SKU" and "Distroless" are labels; "Bodhi 6.0.0" and "Linux Lite 5.4" are products with a version.
  const prettyNamed = distroFromName(pretty);
  if (
    prettyNamed !== null &&
    prettyNamed !== distro &&
    (isOtherUnix(prettyNamed) || !prettyNamed.startsWith(distro))
  )
    return prettyNamed;
  const product = /^(\D+?)\s+v?\d+(?:\.\d+)*\b/.exec(pretty);
  if (prettyNamed === null && product && !isOwnShortName(distro, pretty))
    return slugOfName(product[1] ?? pretty);
  return distro;
}

function isOwnShortName(distro: string, name: string): boolean {
  return new RegExp(`^${distro === "rhel" ? "(rhel|red\\s*hat)" : distro}`, "i").test(name.trim());
}

function identitiesFromReleaseFiles(view: BundleView): readonly Identity[] {
  const found: Identity[] = [];
  const add = (identity: Identity | null): void => {
    if (identity) found.push(identity);
  };
  for (const capture of view.files(ownReleaseFiles)) {
    if (!/\/(alpine-release|slackware-version|gentoo-release)$/.test(capture.source))
      add(parseReleaseLine(capture));
    else add(parseNumbered(capture));
  }
  for (const path of ["/etc/SuSE-release", "/etc/SUSE-release"]) {
    const capture = view.file(path);
    if (capture) add(parseSuseRelease(capture));
  }
  for (const path of ["/etc/redhat-release", "/etc/system-release"]) {
    const capture = view.file(path);
    if (capture) add(parseReleaseLine(capture));
  }
  for (const command of view.commands("cat", "type", "rpm", "head")) {
    if (command.args.some((arg) => /-release|_release/.test(arg))) add(parseReleaseLine(command.output));
  }
  // Oracle Linux and others keep a redhat-release that names their parent: a file of their own wins.
  return found.sort((a, b) => weight(b) - weight(a));
}

function weight(identity: Identity): number {
  const isGeneric = /redhat-release|system-release/.test(identity.evidence.source);
  const file = /\/etc\/([a-z]+)[-_]/.exec(identity.evidence.source)?.[1] ?? "";
  const namesItself =
    !isGeneric && (identity.distro.toLowerCase().startsWith(file) || file === "enterprise" || file === "sl");
  return (
    (isGeneric ? 0 : 1) +
    (namesItself ? 2 : 0) +
    // A CentOS that was turned into Oracle Linux may keep centos-release.
    (identity.distro === "oracle" ? 0.25 : 0) -
    (identity.distro === "rhel" || identity.distro === "fedora" ? 0.5 : 0)
  );
}

/** /etc/alpine-release holds a bare number, /etc/slackware-version `Slackware 14.1`. */
function parseNumbered(capture: Capture): Identity | null {
  const distro = /\/([a-z]+)-/.exec(capture.source)?.[1];
  const first = capture.text.trim().split("\n")[0]?.trim() ?? "";
  if (distro === undefined || first === "") return null;
  const version = /^\d/.test(first) ? first : versionIn(first);
  return {
    distro,
    version,
    name: /^\d/.test(first) ? `${distro} ${first}` : first,
    codename: null,
    evidence: evidenceOf(capture, null),
  };
}

function identityFromFiles(view: BundleView, fromFiles: readonly Identity[]): OsIdentity | null {
  const lsbFile = view.file("/etc/lsb-release");
  const lsb = lsbFile ? identityFromLsbFile(lsbFile) : null;
  const lsbCommand = identityFromLsbCommand(view);
  const host = firstOf(view.commands("hostnamectl").map((command) => parseHostnamectl(command.output)));
  const issueFile = view.file("/etc/issue") ?? view.file("/etc/issue.net");
  const issue = issueFile ? parseIssue(issueFile) : null;
  const debian = debianVersionOf(view);
  const tools = identityFromFactTools(view);
  const solaris = identityFromSolarisRelease(view);
  if (solaris) return whole(solaris, "other");
  const first = fromFiles[0] ?? lsb ?? lsbCommand ?? host ?? tools ?? issue ?? unknownProduct(view);
  if (first) {
    // A derivative's lsb-release may keep the parent's name; the file that names a derivative wins over one that names a parent.
    const all = [...fromFiles, lsb, lsbCommand, host, tools, issue].filter((identity) => identity !== null);
    const derivative = parentDistros.has(first.distro)
      ? all.find(
          (identity) =>
            !parentDistros.has(identity.distro) &&
            identity.distro !== "fedora" &&
            identity.evidence.source !== first.evidence.source &&
            identity.evidence.source !== issueFile?.source,
        )
      : undefined;
    const chosen = derivative ?? first;
    const exact = all
      .filter((identity) => identity.distro === chosen.distro)
      .reduce<string | null>((version, identity) => moreExact(version, identity.version), chosen.version);
    const version = chosen.distro === "debian" ? moreExact(exact, debian?.version ?? null) : exact;
    return whole({ ...chosen, version }, isOtherUnix(chosen.distro) ? "other" : "linux");
  }
  if (debian) {
    return whole(
      {
        distro: "debian",
        version: debian.version,
        name: `Debian GNU/Linux ${debian.version ?? ""}`.trim(),
        codename: null,
        evidence: debian.evidence,
      },
      "linux",
    );
  }
  return null;
}

function identityFromLsbFile(capture: Capture): Identity | null {
  const lsb = parseAssignments(capture);
  const line = lsb.lineOf("DISTRIB_DESCRIPTION") ?? lsb.lineOf("DISTRIB_ID");
  if (!line) return null;
  return identityFromLsb(
    lsb.fields.get("DISTRIB_ID") || null,
    lsb.fields.get("DISTRIB_DESCRIPTION") || null,
    lsb.fields.get("DISTRIB_RELEASE") || null,
    lsb.fields.get("DISTRIB_CODENAME") || null,
    evidenceOf(capture, line),
  );
}

function identityFromLsbCommand(view: BundleView): Identity | null {
  return firstOf(view.commands("lsb_release").map((command) => parseLsbRelease(command.output)));
}

/** A product that nothing here knows, named by its release file. */
function unknownProduct(view: BundleView): Identity | null {
  const files = [...view.files(/^\/etc\/(redhat-release|system-release)$/), ...view.files(ownReleaseFiles)];
  return firstOf(files.map(parseUnknownRelease));
}

function firstOf(identities: readonly (Identity | null)[]): Identity | null {
  return identities.find((identity) => identity !== null) ?? null;
}

function debianVersionOf(view: BundleView): ReturnType<typeof parseDebianVersion> {
  const capture =
    view.file("/etc/debian_version") ??
    view.commands("cat").find((command) => command.args.includes("/etc/debian_version"))?.output;
  return capture ? parseDebianVersion(capture) : null;
}

function whole(identity: Identity, family: OsIdentity["family"]): OsIdentity {
  return {
    family,
    distro: identity.distro,
    version: identity.version,
    name: identity.name,
    codename: identity.codename,
    edition: null,
    build: null,
    kind: kindFromVariant(identity.name),
    idLike: [],
    evidence: [identity.evidence],
  };
}

function kindFromVariant(text: string | null): OsFacts["kind"] {
  if (text === null) return null;
  if (/\b(workstation|desktop|client)\b/i.test(text)) return "client";
  return /\bserver\b/i.test(text) ? "server" : null;
}

function isVersion(text: string | null): text is string {
  return text !== null && /^\d/.test(text);
}
