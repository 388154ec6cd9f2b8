/** An address as people write it: `[user@]host[:port]`. */
import type { EntryRemark } from "./entry-remarks.ts";
import { hostProblem, isIpv6, loginNameProblem } from "./network-names.ts";

export interface Destination {
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
}

/** What is wrong with an entry, and in which part of it. */
export interface DestinationProblem {
  readonly field: "user" | "host" | "port";
  readonly why: EntryRemark;
}

export type ParsedDestination =
  | { readonly ok: true; readonly value: Destination }
  | { readonly ok: false; readonly problem: DestinationProblem };

/** IPv6 addresses stand in brackets, or bare where there is no port. */
export function parseDestination(given: string): ParsedDestination {
  const wrong = (field: DestinationProblem["field"], why: EntryRemark): ParsedDestination => ({
    ok: false,
    problem: { field, why },
  });
  const at = given.lastIndexOf("@");
  const user = at === -1 ? null : given.slice(0, at);
  const userProblem = user === null ? null : loginNameProblem(user);
  if (userProblem !== null) return wrong("user", { kind: "login-name-wrong", problem: userProblem });

  const rest = given.slice(at + 1);
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(rest);
  const host = isIpv6(rest) ? rest : (match?.[1] ?? match?.[2] ?? rest);
  const problem = match?.[1] !== undefined && !isIpv6(host) ? "ipv6" : hostProblem(host);
  if (problem === "empty") return wrong("host", { kind: "host-missing" });
  if (problem !== null) return wrong("host", { kind: "host-wrong", text: host.slice(0, 80), problem });

  const portText = isIpv6(rest) ? undefined : match?.[3];
  if (portText === undefined) return { ok: true, value: { user, host, port: null } };
  const port = readPort(portText);
  if (port === null) return wrong("port", { kind: "port-wrong", text: portText.slice(0, 40) });
  return { ok: true, value: { user, host, port } };
}

/** Null where the text is no port. */
export function readPort(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : null;
}
