import { z } from "zod";

/** A host as it is kept. What a person enters is held to more: `hostProblem`. */
export const hostNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^[^\s/@'"`$\\;|&<>()\u0000-\u001f-][^\s/@'"`$\\;|&<>()\u0000-\u001f]*$/,
    "a host name or IP address",
  );
export const portSchema = z.number().int().min(1).max(65535);

/** `SHA256:` and unpadded base64, as OpenSSH prints it. */
export const fingerprintSchema = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, "SHA256:… as ssh-keygen -l prints it");

/** Why a text is no host: `label` is a part between dots, `ipv4` and `ipv6` look like an address and are none. */
export const hostProblems = ["empty", "too-long", "character", "label", "ipv4", "ipv6"] as const;
export type HostProblem = (typeof hostProblems)[number];

/** Letters, digits and marks of any script; `_`, which ssh configurations have; signs that only IDNA allows. */
const otherThanNames = /[^\p{L}\p{M}\p{Nd}._\-\u00b7\u0375\u05f3\u05f4\u30fb]/u;

/** What is wrong with a name or address of a machine that a person entered; null where nothing is. */
export function hostProblem(host: string): HostProblem | null {
  if (host === "") return "empty";
  if (host.length > 253) return "too-long";
  if (host.includes(":")) return isIpv6(host) ? null : "ipv6";
  if (otherThanNames.test(host)) return "character";
  const labels = host.replace(/\.$/, "").split(".");
  if (labels.some((label) => label.length > 63 || !/^[^-](.*[^-])?$/u.test(label))) return "label";
  // No name ends in a number: resolvers take it for an address.
  if (!/^\d+$/.test(labels.at(-1) ?? "")) return null;
  return z.ipv4().safeParse(host).success ? null : "ipv4";
}

/** With or without the zone that a link-local address needs. */
export function isIpv6(host: string): boolean {
  return z.ipv6().safeParse(host.replace(/%[\w.-]{1,32}$/, "")).success;
}

/** Why a text is no name to log in with. `colon`: mostly the password behind it, which must not stand there. */
export const loginNameProblems = ["empty", "too-long", "space", "colon", "character"] as const;
export type LoginNameProblem = (typeof loginNameProblems)[number];

/** The same for the name of a user. Windows' may have spaces in them. */
export function loginNameProblem(name: string, system: "ssh" | "winrm" = "ssh"): LoginNameProblem | null {
  if (name === "") return "empty";
  if (name.length > 256) return "too-long";
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(name)) return "character";
  if (system === "ssh" && /\s/u.test(name)) return "space";
  return name.includes(":") ? "colon" : null;
}
