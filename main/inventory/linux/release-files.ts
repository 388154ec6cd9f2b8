import type { Evidence } from "../../../common/domain/facts.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { distroFromId, distroFromName, slugOfName } from "./distro-names.ts";

/** One statement of what the system is. */
export interface Identity {
  readonly distro: string;
  readonly version: string | null;
  readonly name: string;
  readonly codename: string | null;
  readonly evidence: Evidence;
}

/**
 * One-line release files: `CentOS Linux release 7.5.1804 (Core)`, `Aliyun Linux release 2.1903 LTS (Hunting Beagle)`,
 * `Gentoo Base System release 2.2`. A file without a name known here gives its own words as the name.
 */
export function parseReleaseLine(capture: Capture): Identity | null {
  for (const line of linesOf(capture)) {
    const text = line.text.trim();
    if (text === "" || text.startsWith("#") || /^[A-Z_]+\s*=/.test(text)) continue;
    const distro = distroFromName(text);
    if (distro === null) continue;
    return {
      distro,
      version: versionIn(text),
      name: text,
      codename: /\(([^()]+)\)\s*(?:for\s+\S+|\S*)?$/.exec(text)?.[1]?.trim() ?? null,
      evidence: evidenceOf(capture, line),
    };
  }
  return null;
}

/**
 * A release file of a product that is not known here, by its own words: `ClearOS release 7.9.1 (Final)`, `Vine Linux 6.3`.
 * Null where the first line does not read like one.
 */
export function parseUnknownRelease(capture: Capture): Identity | null {
  const line = linesOf(capture).find((candidate) => candidate.text.trim() !== "");
  const text = line?.text.trim() ?? "";
  const match = /^([A-Za-z][\w .+/-]{1,60}?)\s+(?:release\s+)?v?(\d[\w.]*)(?:\s|$)/.exec(text);
  if (!line || !match) return null;
  return {
    distro: slugOfName(match[1] ?? ""),
    version: match[2] ?? null,
    name: text,
    codename: /\(([^()]+)\)\s*$/.exec(text)?.[1]?.trim() ?? null,
    evidence: evidenceOf(capture, line),
  };
}

/** hostnamectl: `Operating System: Ubuntu 18.04.6 LTS`, which is os-release's PRETTY_NAME. */
export function parseHostnamectl(capture: Capture): Identity | null {
  const line = linesOf(capture).find((candidate) => /^\s*Operating System:\s*\S/.test(candidate.text));
  if (!line) return null;
  const name = line.text.replace(/^\s*Operating System:\s*/, "").trim();
  const identity = parseReleaseLine({ source: capture.source, text: name });
  return identity && { ...identity, evidence: evidenceOf(capture, line) };
}

/** SuSE-release(5), three lines: the product, `VERSION = 11`, `PATCHLEVEL = 3`. */
export function parseSuseRelease(capture: Capture): Identity | null {
  const lines = linesOf(capture);
  const first = lines.find((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
  if (!first) return null;
  const distro = distroFromName(first.text);
  if (distro === null) return null;
  const value = (key: string): string | null => {
    for (const line of lines) {
      const match = new RegExp(`^${key}\\s*=\\s*(\\S+)`).exec(line.text.trim());
      if (match) return match[1] ?? null;
    }
    return null;
  };
  const version = value("VERSION") ?? versionIn(first.text);
  const patch = value("PATCHLEVEL");
  return {
    distro,
    version:
      version !== null && patch !== null && !version.includes(".") && patch !== "0"
        ? `${version}.${patch}`
        : version,
    name: first.text.trim(),
    codename: value("CODENAME"),
    evidence: evidenceOf(capture, first),
  };
}

/** /etc/debian_version: `10.8`, `wheezy/sid`; also present on Debian's derivatives, so it never decides alone there. */
export function parseDebianVersion(
  capture: Capture,
): { readonly version: string | null; readonly evidence: Evidence } | null {
  const line = linesOf(capture).find((candidate) => candidate.text.trim() !== "");
  if (!line) return null;
  const text = line.text.trim();
  return { version: /^\d+(\.\d+)*$/.test(text) ? text : null, evidence: evidenceOf(capture, line) };
}

/**
 * /etc/issue: the first line that begins with a known name, without getty's escapes. An admin's banner may speak of any
 * system in the middle of a sentence.
 */
export function parseIssue(capture: Capture): Identity | null {
  const text = capture.text
    .replace(/\\[a-zA-Z](\{[^}]*\})?/g, "")
    .replace(/^\s*welcome to\s+/gim, "")
    .replace(/\s+-\s+kernel\b.*$/gim, "");
  const beginsWithName = (line: string): boolean => {
    const distro = distroFromName(line);
    return distro !== null && distroFromName(line.replace(/^\S+\s*/, "")) !== distro;
  };
  // Others stay as empty lines, so that evidence keeps its line's number.
  const lines = linesOf({ source: capture.source, text }).map((line) => line.text.trim());
  return parseReleaseLine({
    source: capture.source,
    text: lines.map((line) => (beginsWithName(line) ? line : "")).join("\n"),
  });
}

/** `lsb_release -a`, in whole or in part, with or without its labels. */
export function parseLsbRelease(capture: Capture): Identity | null {
  const values = new Map<string, string>();
  let evidence: Evidence | null = null;
  for (const line of linesOf(capture)) {
    const match = /^\s*(Distributor ID|Description|Release|Codename)\s*:\s*(.*?)\s*$/i.exec(line.text);
    if (!match) continue;
    const label = (match[1] ?? "").toLowerCase();
    values.set(label, (match[2] ?? "").replace(/^"(.*)"$/, "$1"));
    if (label === "description" || evidence === null) evidence = evidenceOf(capture, line);
  }
  if (evidence === null) return null;
  return identityFromLsb(
    values.get("distributor id") ?? null,
    values.get("description") ?? null,
    values.get("release") ?? null,
    values.get("codename") ?? null,
    evidence,
  );
}

/** From the four LSB facts, whoever stated them (lsb_release, /etc/lsb-release, facter, ohai). */
export function identityFromLsb(
  id: string | null,
  description: string | null,
  release: string | null,
  codename: string | null,
  evidence: Evidence,
): Identity | null {
  const described = description === null ? null : distroFromName(description);
  const named = id === null ? null : distroFromName(id.replaceAll("_", " "));
  // The description says more (CentOS Stream, SLED); the id is a last resort, spelt without blanks by some.
  const distro = described ?? named ?? (id === null || id === "n/a" ? null : distroFromId(id.toLowerCase()));
  if (distro === null) return null;
  const stated = release !== null && /^\d/.test(release) ? release : null;
  const inDescription = description === null ? null : versionIn(description);
  return {
    distro,
    version: moreExact(stated, inDescription),
    name: description ?? id ?? distro,
    codename: codename === "n/a" ? null : codename,
    evidence,
  };
}

/** The longer of two versions where one begins with the other; otherwise the first. Ubuntu's point releases are dropped. */
export function moreExact(first: string | null, second: string | null): string | null {
  if (first === null || second === null) return first ?? second;
  if (/^\d{1,2}\.(04|06|10)$/.test(first)) return first;
  return second.startsWith(`${first}.`) ? second : first;
}

/** The version in a release line: after `release` where that word stands, else the first number with a point, else a number. */
export function versionIn(text: string): string | null {
  const after = /\brelease\s+v?(\d+(?:\.\d+)*[A-Za-z0-9._-]*)/i.exec(text);
  if (after) return (after[1] ?? "").replace(/[-.]$/, "").replace(/^(\d+(?:\.\d+)+)-.*$/, "$1");
  const ubuntu = /\bubuntu\s+(\d{2}\.\d{2})/i.exec(text);
  if (ubuntu) return ubuntu[1] ?? null;
  const servicePack = /\b(\d{1,2})\s+SP\s?(\d)\b/i.exec(text);
  if (servicePack) return `${servicePack[1]}.${servicePack[2]}`;
  const plain =
    /(?:^|[\s(v])(\d+(?:\.\d+)+)(?=$|[\s),])/.exec(text) ?? /(?:^|\s)v?(\d+)(?=$|[\s),(])/.exec(text);
  return plain?.[1] ?? null;
}
