import { z } from "zod";

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

/** How to log in. Secrets are names of vault entries, never the secrets themselves. */
export const sshAuthenticationSchema = z.object({
  user: z.string().min(1).max(256),
  /** Private key files on the assistant's machine, tried in order. */
  keyFiles: z.array(z.string().min(1)),
  /** Try the keys of the running ssh-agent. */
  useSshAgent: z.boolean(),
  passwordEntry: z.string().nullable(),
  keyPassphraseEntry: z.string().nullable(),
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

export const sourceSchema = z.object({
  id: z.string().regex(/^[a-z0-9]{8,32}$/),
  /** The name that the admin uses; unique. */
  name: z.string().min(1).max(128),
  address: z.object({
    kind: z.literal("ssh"),
    /** At most three, in the order in which they are passed. */
    jumpHosts: z.array(sshHopSchema).max(3),
    host: sshHopSchema,
    elevation: elevationSchema,
  }),
  tags: z.array(z.string().min(1).max(64)).max(32),
  addedAt: z.iso.datetime(),
});
export type Source = z.infer<typeof sourceSchema>;
