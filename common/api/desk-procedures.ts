/** What belongs to the desk rather than to a source or job: settings, drafts, diagnostics, the demo. */
import { z } from "zod";
import { languages } from "../domain/report-text/catalogue.ts";
import { toldSchema } from "../domain/remark-base.ts";
import { portSchema } from "../domain/source.ts";
import { failureSchema } from "../domain/job.ts";
import { updateAddressSchema, updateStateSchema, type UpdateState } from "../domain/update.ts";
import { exportedFileSchema } from "./assessment-procedures.ts";

export const themes = ["system", "light", "dark"] as const;

/** What the admin may change. Every field has a default, so that old settings stay readable. */
export const settingsSchema = z.object({
  /** `system`: as the window's own language, where there are texts for it. */
  language: z.enum(["system", ...languages]).default("system"),
  theme: z.enum(themes).default("system"),
  /** What new migrations propose. */
  ports: z
    .object({ control: portSchema, data: portSchema })
    .refine(({ control, data }) => control !== data, { path: ["data"], message: "two different ports" })
    .default({ control: 8080, data: 8703 }),
  retention: z
    .object({
      /** Days for which the logs of finished jobs are kept. */
      jobLogDays: z.number().int().min(1).max(3650),
      /** Assessments kept of each source. */
      assessmentsPerSource: z.number().int().min(1).max(100),
    })
    .default({ jobLogDays: 365, assessmentsPerSource: 10 }),
  notifications: z.boolean().default(true),
  updates: z
    .object({
      /** A document there says which version is the newest; null: nobody is asked. */
      address: updateAddressSchema.nullable().default(null),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof settingsSchema>;

/** What the settings page shows besides. */
export const settingsViewSchema = z.object({
  settings: settingsSchema,
  vault: z.object({
    /** What protects the vault's own key: docs/adr/0004-file-vault.md. */
    protection: z.enum(["key-file", "passphrase", "system-key-store"]),
    /** Why it is not the system's key store, where that was to be expected; null otherwise. */
    reason: z.enum(["begun-with-key-file", "no-key-store"]).nullable(),
  }),
  version: z.string(),
  stateDirectory: z.string(),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

export const demoStateSchema = z.discriminatedUnion("name", [
  /** `available` false: this installation has no demo server; `reason` says why. */
  z.object({ name: z.literal("idle"), available: z.boolean(), reason: z.string().nullable() }),
  z.object({ name: z.literal("starting"), note: toldSchema.nullable() }),
  z.object({
    name: z.literal("running"),
    sourceId: z.string(),
    sourceName: z.string(),
    job: z.string().nullable(),
  }),
  z.object({ name: z.literal("failed"), failure: failureSchema }),
]);
export type DemoState = z.infer<typeof demoStateSchema>;

const draftKey = z.object({
  key: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .default("wizard"),
});

/** A wizard's plan under a name, for further sources. What it holds is the screens' affair, as with drafts. */
export const planTemplateSchema = z.object({
  name: z.string().trim().min(1).max(80),
  plan: z.json(),
  savedAt: z.string(),
});
export type PlanTemplate = z.infer<typeof planTemplateSchema>;
const planTemplatesSchema = z.array(planTemplateSchema);

export const deskProcedures = {
  "settings.get": { input: z.object({}), output: settingsViewSchema },
  /** Changes the fields that are given. */
  "settings.set": {
    // Not `partial()` of the whole: defaults would fill in what was not given.
    input: z.object({
      language: z.enum(["system", ...languages]).optional(),
      theme: z.enum(themes).optional(),
      ports: settingsSchema.shape.ports.unwrap().optional(),
      retention: settingsSchema.shape.retention.unwrap().optional(),
      notifications: z.boolean().optional(),
      updates: settingsSchema.shape.updates.unwrap().optional(),
    }),
    output: settingsViewSchema,
  },
  /** What is known of newer versions; asks nobody. */
  "update.show": { input: z.object({}), output: updateStateSchema },
  /** Asks the address of the settings now. */
  "update.check": { input: z.object({}), output: updateStateSchema },
  /** An unfinished form as the window left it; null where there is none. */
  "wizard.draft.get": { input: draftKey, output: z.json().nullable() },
  "wizard.draft.set": { input: draftKey.extend({ draft: z.json().nullable() }), output: z.null() },
  "wizard.template.list": { input: z.object({}), output: planTemplatesSchema },
  /** Keeps a plan, in the place of one of the same name, and gives all that there are. */
  "wizard.template.save": {
    input: planTemplateSchema.pick({ name: true, plan: true }),
    output: planTemplatesSchema,
  },
  "wizard.template.remove": { input: planTemplateSchema.pick({ name: true }), output: planTemplatesSchema },
  /** What helps to find a defect: versions, checks, jobs, logs. Without secrets. */
  "diagnostics.bundle": { input: z.object({}), output: exportedFileSchema },
  "demo.show": { input: z.object({}), output: demoStateSchema },
  /**
   * Boots a throw-away server in the background and registers it as a source. With `migrate` a whole migration of it
   * follows by itself.
   */
  "demo.start": {
    input: z.object({
      layout: z.enum(["gpt-lvm", "mbr-plain"]).default("gpt-lvm"),
      migrate: z.boolean().default(false),
    }),
    output: demoStateSchema,
  },
  /** Ends the throw-away server. What was migrated from it stays. */
  "demo.stop": { input: z.object({}), output: demoStateSchema },
} as const;

export type DeskEvent =
  | { readonly type: "settings-changed"; readonly settings: Settings }
  | { readonly type: "update-state"; readonly state: UpdateState }
  | { readonly type: "demo-state"; readonly state: DemoState };
