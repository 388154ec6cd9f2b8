import { isIPv6 } from "node:net";
import { hostNameSchema } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";

export interface Destination {
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
}

/** `[user@]host[:port]`, with IPv6 addresses in brackets, or bare where there is no port. */
export function readDestination(given: string): Result<Destination> {
  const wrong = (field: string, why: string) =>
    fail("input-invalid", `"${given.slice(0, 80)}" ${why}`, { field });
  const at = given.lastIndexOf("@");
  const user = at === -1 ? null : given.slice(0, at);
  if (user !== null && (user === "" || /[\s\u0000-\u001f]/.test(user)))
    return wrong("user", "has no usable user name");
  const rest = given.slice(at + 1);
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(rest);
  const host = isIPv6(rest) ? rest : (match?.[1] ?? match?.[2]);
  if (host === undefined) return wrong("host", "is not [USER@]HOST[:PORT]");
  if (!hostNameSchema.safeParse(host).success) return wrong("host", "is no host name or address");
  const port = isIPv6(rest) || match?.[3] === undefined ? null : Number(match[3]);
  if (port !== null && (port < 1 || port > 65535))
    return wrong("port", `names port ${port}, which does not exist`);
  return ok({ user, host, port });
}
