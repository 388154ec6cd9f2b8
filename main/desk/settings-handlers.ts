import type { AssistantEvent } from "../../common/api/procedures.ts";
import {
  planTemplateSchema,
  settingsSchema,
  type deskProcedures,
  type Settings,
  type SettingsView,
} from "../../common/api/desk-procedures.ts";
import { fail, ok } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { z } from "zod";
import type { ProcedureHandlers } from "../procedures.ts";
import type { DocumentStore } from "./document-store.ts";

const mostDraftBytes = 512 * 1024;
const mostTemplates = 200;

/** What the admin chose, and defaults for the rest. */
export function readSettings(documents: DocumentStore): Settings {
  return documents.get("settings", "desk", settingsSchema) ?? settingsSchema.parse({});
}

type Handled =
  | "settings.get"
  | "settings.set"
  | "wizard.draft.get"
  | "wizard.draft.set"
  | "wizard.template.list"
  | "wizard.template.save"
  | "wizard.template.remove";

export function createSettingsHandlers(dependencies: {
  readonly documents: DocumentStore;
  readonly about: Omit<SettingsView, "settings">;
  readonly clock: () => number;
  emit(event: AssistantEvent): void;
  /** Acts upon what was set, where something has to happen at once. */
  onChanged(settings: Settings, before: Settings): void;
}): Pick<ProcedureHandlers, Handled & keyof typeof deskProcedures> {
  const { documents, about, emit } = dependencies;
  const view = (): SettingsView => ({ settings: readSettings(documents), ...about });
  const templates = () => documents.list("template", planTemplateSchema);
  return {
    "settings.get": () => Promise.resolve(ok(view())),
    "settings.set": (input) => {
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
      const before = readSettings(documents);
      const settings = settingsSchema.parse({ ...before, ...given });
      documents.set("settings", "desk", settings);
      emit({ type: "settings-changed", settings });
      dependencies.onChanged(settings, before);
      return Promise.resolve(ok(view()));
    },
    "wizard.draft.get": (input) => Promise.resolve(ok(documents.get("draft", input.key, z.json()))),
    "wizard.draft.set": (input) => {
      if (input.draft === null) documents.remove("draft", input.key);
      else if (JSON.stringify(input.draft).length > mostDraftBytes)
        return Promise.resolve(fail("input-invalid", told({ kind: "draft-too-large" }), { field: "draft" }));
      else documents.set("draft", input.key, input.draft);
      return Promise.resolve(ok(null));
    },
    "wizard.template.list": () => Promise.resolve(ok(templates())),
    "wizard.template.save": ({ name, plan }) => {
      if (JSON.stringify(plan).length > mostDraftBytes)
        return Promise.resolve(fail("input-invalid", told({ kind: "plan-too-large" }), { field: "plan" }));
      const known = templates();
      if (known.length >= mostTemplates && !known.some((each) => each.name === name))
        return Promise.resolve(
          fail("input-invalid", told({ kind: "templates-full", count: mostTemplates }), { field: "name" }),
        );
      const savedAt = new Date(dependencies.clock()).toISOString();
      documents.set("template", name, { name, plan, savedAt });
      return Promise.resolve(ok(templates()));
    },
    "wizard.template.remove": ({ name }) => {
      documents.remove("template", name);
      return Promise.resolve(ok(templates()));
    },
  };
}
