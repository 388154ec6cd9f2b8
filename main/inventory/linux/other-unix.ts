import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";
import { distroFromName } from "./distro-names.ts";
import type { Identity } from "./release-files.ts";

/** /etc/release of Solaris and the illumos family: `Oracle Solaris 10 1/13 …`, `OmniOS v11 r151012`. */
export function identityFromSolarisRelease(view: BundleView): Identity | null {
  const capture = view.file("/etc/release");
  if (!capture) return null;
  const line = linesOf(capture).find((candidate) => candidate.text.trim() !== "");
  if (!line) return null;
  const text = line.text.trim();
  const distro = distroFromName(text);
  if (distro === null || !/^(solaris|omnios|openindiana|smartos|nexenta)$/.test(distro)) return null;
  const version =
    /\b(r\d{6}\w*|oi_\S+|\d+(?:\.\d+)*(?:-\w+)?)\b/.exec(text.replace(/\bv\d+\b/, ""))?.[1] ?? null;
  return { distro, version, name: text, codename: null, evidence: evidenceOf(capture, line) };
}

/** Systems that are neither Linux nor Windows, whatever they were told by. */
export function isOtherUnix(distro: string): boolean {
  return /^(solaris|omnios|openindiana|smartos|nexenta|illumos|freebsd|netbsd|openbsd|dragonfly|midnightbsd|ghostbsd|truenas|freenas|opnsense|pfsense|aix|hp-ux|macos|darwin|ios_xr|ios_xe|nexus|vmkernel|esxi|debian-hurd|debian-kfreebsd)$/i.test(
    distro,
  );
}
