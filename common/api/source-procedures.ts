/** What windows do with sources beyond the basics: lists of them, credential profiles, host keys. */
import { z } from "zod";
import {
  enteredAddressSchema,
  fingerprintSchema,
  hostNameSchema,
  portSchema,
  sourceSchema,
} from "../domain/source.ts";
import { toldSchema } from "../domain/remark-base.ts";
import { sourceReference } from "./references.ts";

const tagSchema = z.string().trim().min(1).max(64);
/** A name for people; without control characters, since it is shown everywhere. */
const profileNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\u0000-\u001f\u007f/]+$/, "no control characters and no /");
/** On its way in only: no procedure ever gives a secret out. */
const secretTextSchema = z.string().min(1).max(16_384);

// ------------------------------------------------------------------------------------------------------ import

export const importFormats = ["csv", "lines", "ssh-config"] as const;

export const importLineSchema = z.object({
  /** 1-based line of the text. */
  line: z.number().int().min(1),
  /**
   * `added`, or with `dryRun` what would be. `exists`: a source of that name or address is registered. `duplicate`:
   * an earlier line says the same. `invalid`: `field` and `message` say why. `skipped`: the line names no source.
   */
  verdict: z.enum(["added", "exists", "duplicate", "invalid", "skipped"]),
  name: z.string().nullable(),
  /** `user@host:port`. */
  address: z.string().nullable(),
  field: z.string().nullable(),
  message: toldSchema.nullable(),
});
export type ImportLine = z.infer<typeof importLineSchema>;

export const importResultSchema = z.object({
  added: z.number().int(),
  refused: z.number().int(),
  lines: z.array(importLineSchema),
});
export type ImportResult = z.infer<typeof importResultSchema>;

// ------------------------------------------------------------------------------------------------- credentials

/** A way to log in that many sources share. Changing it changes it for all of them. */
export const credentialSchema = z.object({
  name: profileNameSchema,
  user: z.string().min(1).max(256),
  keyFiles: z.array(z.string().min(1)).max(16),
  useSshAgent: z.boolean(),
  hasPassword: z.boolean(),
  hasKeyPassphrase: z.boolean(),
  /** How to become root; `hasPassword` of its own or, without, the login's. */
  elevation: z.object({ method: z.enum(["none", "sudo", "su"]), hasPassword: z.boolean() }),
  /** Sources that log in with it. */
  usedBy: z.number().int(),
});
export type Credential = z.infer<typeof credentialSchema>;

/** Absent: stays as it is. Null: is removed. */
const secretChange = secretTextSchema.nullable().optional();

export const credentialChangeSchema = z.object({
  name: profileNameSchema,
  user: z.string().min(1).max(256),
  keyFiles: z.array(z.string().min(1).max(4096)).max(16).default([]),
  useSshAgent: z.boolean().default(false),
  password: secretChange,
  keyPassphrase: secretChange,
  elevation: z
    .object({ method: z.enum(["none", "sudo", "su"]), password: secretChange })
    .default({ method: "none" }),
});

// --------------------------------------------------------------------------------------------------- host keys

/** A host showed a key or certificate that is not known; whoever connects to it waits for the answer. */
export const hostKeyQuestionSchema = z.object({
  id: z.string(),
  host: z.string(),
  port: z.number().int(),
  /** E.g. `ssh-ed25519`, or `certificate` for WinRM over HTTPS. */
  keyType: z.string(),
  fingerprint: z.string(),
  /** Of a certificate: SHA-1 in hex, which Windows shows. */
  thumbprint: z.string().nullable(),
  /** Names of registered sources that go to or through this host. */
  sources: z.array(z.string()),
  askedAt: z.iso.datetime(),
});
export type HostKeyQuestion = z.infer<typeof hostKeyQuestionSchema>;

export const sourceProcedures = {
  /** Adds what the lines name; a wrong line is reported and the rest goes on. */
  "source.import": {
    input: z.object({
      text: z.string().max(32 * 1024 * 1024),
      format: z.enum(importFormats),
      /** Says what would happen, and does nothing. */
      dryRun: z.boolean().default(false),
      /** For what a line leaves open. */
      defaults: z
        .object({
          user: z.string().min(1).max(256).nullable().default(null),
          port: portSchema.nullable().default(null),
          credential: profileNameSchema.nullable().default(null),
          tags: z.array(tagSchema).max(32).default([]),
        })
        .default({ user: null, port: null, credential: null, tags: [] }),
    }),
    output: importResultSchema,
  },
  /** Changes a source. A host that changes loses its pinned key; one that stays keeps it. */
  "source.update": {
    input: sourceReference.extend({
      name: sourceSchema.shape.name.optional(),
      address: enteredAddressSchema.optional(),
      tags: z.array(tagSchema).max(32).optional(),
    }),
    output: sourceSchema,
  },
  "source.tag": {
    input: z.object({
      sources: z.array(z.string().min(1).max(128)).min(1).max(10_000),
      add: z.array(tagSchema).max(32).default([]),
      remove: z.array(tagSchema).max(32).default([]),
    }),
    output: z.array(sourceSchema),
  },
  /** Has sources log in with a profile from now on. */
  "source.use-credential": {
    input: z.object({
      sources: z.array(z.string().min(1).max(128)).min(1).max(10_000),
      credential: profileNameSchema,
    }),
    output: z.array(sourceSchema),
  },
  /** What ~/.ssh/config of this machine names, as text for `source.import`. */
  "source.ssh-config": { input: z.object({}), output: z.object({ path: z.string(), text: z.string() }) },

  "credential.list": { input: z.object({}), output: z.array(credentialSchema) },
  "credential.set": { input: credentialChangeSchema, output: credentialSchema },
  /** Refused while sources use it. */
  "credential.remove": { input: z.object({ name: profileNameSchema }), output: z.null() },
  /** Puts one source's secret into the vault and gives the entry's name for the source's `passwordEntry`. */
  "secret.put": {
    input: z.object({
      purpose: z.enum(["password", "key-passphrase", "elevation"]),
      secret: secretTextSchema,
    }),
    output: z.object({ entry: z.string() }),
  },

  /** Questions that wait for an answer. */
  "host-key.list": { input: z.object({}), output: z.array(hostKeyQuestionSchema) },
  "host-key.answer": { input: z.object({ id: z.string(), accept: z.boolean() }), output: z.null() },
  /** Pins a key that the admin already knows, before the first connection. */
  "host-key.pin": {
    input: sourceReference.extend({ host: hostNameSchema, port: portSchema, fingerprint: fingerprintSchema }),
    output: sourceSchema,
  },
} as const;

export type SourceEvent =
  | { readonly type: "sources-changed" }
  | { readonly type: "credentials-changed" }
  | { readonly type: "host-key-question"; readonly question: HostKeyQuestion }
  /** Answered, in whichever window, or no longer waited for. */
  | { readonly type: "host-key-settled"; readonly id: string };
