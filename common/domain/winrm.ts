import { z } from "zod";
import { fingerprintSchema, hostNameSchema, portSchema } from "./network-names.ts";

const userName = z.string().min(1).max(256);

/** NTLMv2 through Negotiate: over plain HTTP every message is sealed, over TLS the login is bound to the connection. */
const negotiateSchema = z.object({
  method: z.literal("negotiate"),
  /** `DOMAIN\user`, `.\user` for a local account, `user@domain`, or plain `user`. */
  user: userName,
  passwordEntry: z.string(),
});

/** The password itself travels, so only within TLS to a pinned certificate. */
const basicSchema = z.object({ method: z.literal("basic"), user: userName, passwordEntry: z.string() });

export const winrmAuthenticationSchema = z.discriminatedUnion("method", [negotiateSchema, basicSchema]);
export type WinrmAuthentication = z.infer<typeof winrmAuthenticationSchema>;

const service = {
  kind: z.literal("winrm"),
  host: hostNameSchema,
  port: portSchema,
};

const httpSchema = z.object({ ...service, scheme: z.literal("http"), authentication: negotiateSchema });

const httpsSchema = z.object({
  ...service,
  scheme: z.literal("https"),
  authentication: winrmAuthenticationSchema,
  /** SHA-256 of the server's certificate (DER) in the spelling of SSH host keys. Pinned on first sight. */
  certificate: fingerprintSchema.nullable(),
  /** TLS 1.0 and 1.1 with their ciphers, for servers as old as 2008; off unless the admin switched them on. */
  legacyAlgorithms: z.boolean(),
});

/** Where a Windows source's WinRM service is and how to log in to it. */
export const winrmAddressSchema = z.discriminatedUnion("scheme", [httpSchema, httpsSchema]);
export type WinrmAddress = z.infer<typeof winrmAddressSchema>;
export type WinrmTlsAddress = z.infer<typeof httpsSchema>;

export const defaultWinrmPort = { http: 5985, https: 5986 } as const;
