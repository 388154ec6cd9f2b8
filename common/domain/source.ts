import { z } from "zod";
import {
  fingerprintSchema,
  hostNameSchema,
  hostProblem,
  loginNameProblem,
  portSchema,
} from "./network-names.ts";
import { winrmAddressSchema } from "./winrm.ts";

export { fingerprintSchema, hostNameSchema, portSchema };

/** How to log in. Secrets are names of vault entries, never the secrets themselves. */
export const sshAuthenticationSchema = z.object({
  user: z.string().min(1).max(256),
  /** Private key files on the assistant's machine, tried in order. */
  keyFiles: z.array(z.string().min(1)),
  /** Try the keys of the running ssh-agent. */
  useSshAgent: z.boolean(),
  passwordEntry: z.string().nullable(),
  keyPassphraseEntry: z.string().nullable(),
  /** The credential profile that all of this comes from, and changes with. */
  profile: z.string().max(64).optional(),
});
export type SshAuthentication = z.infer<typeof sshAuthenticationSchema>;

export const sshHopSchema = z.object({
  host: hostNameSchema,
  port: portSchema,
  authentication: sshAuthenticationSchema,
  /** Pinned on first sight. */
  hostKey: fingerprintSchema.nullable(),
  /** Old key exchanges, ciphers and MACs; off unless the admin switched them on for this host. */
  legacyAlgorithms: z.boolean(),
});
export type SshHop = z.infer<typeof sshHopSchema>;

export const elevationSchema = z.discriminatedUnion("method", [
  z.object({ method: z.literal("none") }),
  z.object({ method: z.literal("sudo"), passwordEntry: z.string().nullable() }),
  z.object({ method: z.literal("su"), passwordEntry: z.string() }),
]);
export type Elevation = z.infer<typeof elevationSchema>;

export const sshAddressSchema = z.object({
  kind: z.literal("ssh"),
  /** At most three, in the order in which they are passed. */
  jumpHosts: z.array(sshHopSchema).max(3),
  host: sshHopSchema,
  elevation: elevationSchema,
});
export type SshAddress = z.infer<typeof sshAddressSchema>;

/** How a source is reached. */
export const sourceAddressSchema = z.discriminatedUnion("kind", [sshAddressSchema, winrmAddressSchema]);
export type SourceAddress = z.infer<typeof sourceAddressSchema>;

/** The same as a person enters it: sources of earlier versions may have hosts and users that nobody enters any more. */
export const enteredAddressSchema = sourceAddressSchema.superRefine((address, context) => {
  const check = (at: Login, path: (string | number)[]) => {
    const host = hostProblem(at.host);
    if (host !== null)
      context.addIssue({ code: "custom", path: [...path, "host"], message: `no host (${host})` });
    const user = loginNameProblem(at.authentication.user, address.kind);
    if (user !== null)
      context.addIssue({
        code: "custom",
        path: [...path, "authentication", "user"],
        message: `no user name (${user})`,
      });
  };
  if (address.kind === "winrm") return check(address, []);
  check(address.host, ["host"]);
  for (const [index, hop] of address.jumpHosts.entries()) check(hop, ["jumpHosts", index]);
});
type Login = { readonly host: string; readonly authentication: { readonly user: string } };

export const sourceSchema = z.object({
  id: z.string().regex(/^[a-z0-9]{8,32}$/),
  /** The name that the admin uses; unique. */
  name: z.string().min(1).max(128),
  address: sourceAddressSchema,
  tags: z.array(z.string().min(1).max(64)).max(32),
  addedAt: z.iso.datetime(),
});
export type Source = z.infer<typeof sourceSchema>;
export type SshSource = Source & { readonly address: SshAddress };

/** The address with `fingerprint` pinned for what is at that host and port and has no pin yet. */
export function withPin(
  address: SourceAddress,
  at: { readonly host: string; readonly port: number },
  fingerprint: string,
): SourceAddress {
  const isThere = ({ host, port }: { host: string; port: number }) => host === at.host && port === at.port;
  if (address.kind === "winrm") {
    if (address.scheme === "http" || !isThere(address)) return address;
    return { ...address, certificate: address.certificate ?? fingerprint };
  }
  const pin = (hop: SshHop): SshHop => (isThere(hop) ? { ...hop, hostKey: hop.hostKey ?? fingerprint } : hop);
  return { ...address, host: pin(address.host), jumpHosts: address.jumpHosts.map(pin) };
}

/** Where a source is logged in to and as whom, whatever the way. */
export function loginOf({ address }: Pick<Source, "address">): {
  readonly user: string;
  readonly host: string;
  readonly port: number;
} {
  const { host, port, authentication } = address.kind === "ssh" ? address.host : address;
  return { user: authentication.user, host, port };
}

/** `user@host:port`, for people. */
export function describeLogin(source: Pick<Source, "address">): string {
  const { user, host, port } = loginOf(source);
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Names of the vault entries that a source owns. */
export function vaultEntriesOf({ address }: Pick<Source, "address">): string[] {
  if (address.kind === "winrm") return [address.authentication.passwordEntry];
  const { host, jumpHosts, elevation } = address;
  const entries = [host, ...jumpHosts].flatMap(({ authentication }) => [
    authentication.passwordEntry,
    authentication.keyPassphraseEntry,
  ]);
  if (elevation.method !== "none") entries.push(elevation.passwordEntry);
  return [...new Set(entries.filter((entry) => entry !== null))];
}

/** The host key or certificate by which the source itself is known; null where none is pinned. */
export function pinOf(address: SourceAddress): string | null {
  if (address.kind === "ssh") return address.host.hostKey;
  return address.scheme === "https" ? address.certificate : null;
}

/** The address without what was pinned on first sight: host keys and certificates. */
export function withoutPins(address: SourceAddress): SourceAddress {
  if (address.kind === "winrm")
    return address.scheme === "https" ? { ...address, certificate: null } : address;
  return {
    ...address,
    host: { ...address.host, hostKey: null },
    jumpHosts: address.jumpHosts.map((hop) => ({ ...hop, hostKey: null })),
  };
}
