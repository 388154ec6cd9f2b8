/** Decides whether a request may be ours at all, before anything of it is acted upon. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** True for addresses that only this machine reaches. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, "").replace(/^::ffff:/i, "");
  if (plain === "localhost" || plain === "::1") return true;
  return isIP(plain) === 4 && plain.startsWith("127.");
}

/** `host:port` as it stands in Host headers and origins, for every name under which this server is known. */
export function authoritiesOf(names: readonly string[], port: number, isTls: boolean): ReadonlySet<string> {
  const isUsualPort = port === (isTls ? 443 : 80);
  return new Set(
    names.flatMap((name) => {
      const host = (isIP(name) === 6 ? `[${name}]` : name).toLowerCase();
      return isUsualPort ? [host, `${host}:${port}`] : [`${host}:${port}`];
    }),
  );
}

export interface GuardOptions {
  readonly authorities: ReadonlySet<string>;
  readonly isTls: boolean;
}

/** Against DNS rebinding: a page under another name that resolves to us shows that name in Host. */
export function isForUs(request: IncomingMessage, { authorities }: GuardOptions): boolean {
  return authorities.has((request.headers.host ?? "").toLowerCase());
}

/**
 * Against requests that another site makes a browser send. Browsers name the origin in every POST and WebSocket
 * handshake; a request without one is not from our page.
 */
export function isFromUs(request: IncomingMessage, { authorities, isTls }: GuardOptions): boolean {
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const scheme = isTls ? "https://" : "http://";
  return (
    origin !== undefined &&
    origin.startsWith(scheme) &&
    authorities.has(origin.slice(scheme.length).toLowerCase())
  );
}

/** Whom attempts are counted against: an address, and in IPv6 its /64, of which one machine has all. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, "");
  if (isIP(plain) !== 6) return plain;
  const [head = "", tail = ""] = plain.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const rest = tail.split(":").filter((group) => group !== "");
  const zeros = plain.includes("::") ? Array<string>(8 - groups.length - rest.length).fill("0") : [];
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(":")}::/64`;
}

export function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
