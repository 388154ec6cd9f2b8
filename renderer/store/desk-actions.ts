import type { Settings } from "../../common/api/desk-procedures.ts";
import type { ProcedureInput } from "../../common/api/procedures.ts";
import { languages } from "../../common/domain/report-text/catalogue.ts";
import type { Act } from "./act.ts";
import { chooseLanguage } from "../../common/domain/report-text/choose-language.ts";
import { themes, type Preferences } from "./app-state.ts";
import { emptyDraft, wizardDraftSchema, type WizardDraft } from "./wizard-draft.ts";

/** What is kept on this machine between two visits, so that the first frame is right: a browser's local storage. */
export interface LocalMemory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const preferencesKey = "sma.preferences";
const draftKey = "sma.wizard-draft";
/** Stands while the engine does not have the newest draft yet, over reloads too. */
const draftUnsavedKey = "sma.wizard-draft-unsaved";
const draftSavedAfterMs = 400;

function readJson(memory: LocalMemory, key: string): unknown {
  try {
    return JSON.parse(memory.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** As it was at the last visit: the engine's answer comes a moment later. */
export function rememberedPreferences(memory: LocalMemory, systemLanguages: readonly string[]): Preferences {
  const kept = readJson(memory, preferencesKey) as Partial<Preferences> | null;
  return {
    language: languages.find((language) => language === kept?.language) ?? chooseLanguage(systemLanguages),
    theme: themes.find((theme) => theme === kept?.theme) ?? "system",
  };
}

export function rememberedDraft(memory: LocalMemory): WizardDraft {
  return parseDraft(readJson(memory, draftKey)) ?? emptyDraft;
}

/** A draft that was kept by an older version lacks fields: they are as in a new one. */
function parseDraft(kept: unknown): WizardDraft | null {
  if (typeof kept !== "object" || kept === null) return null;
  const draft = wizardDraftSchema.safeParse({ ...emptyDraft, ...kept });
  return draft.success ? draft.data : null;
}

export function createDeskActions(
  { store, bridge, call }: Act,
  options: { readonly memory: LocalMemory; readonly systemLanguages: readonly string[] },
) {
  const { getState, setState } = store;
  let draftTimer: ReturnType<typeof setTimeout> | undefined;

  const settingsArrived = (settings: Settings) => {
    const preferences: Preferences = {
      language: settings.language === "system" ? chooseLanguage(options.systemLanguages) : settings.language,
      theme: settings.theme,
    };
    options.memory.setItem(preferencesKey, JSON.stringify(preferences));
    setState((state) => ({
      preferences,
      settings: state.settings === null ? null : { ...state.settings, settings },
    }));
  };

  const setSettings = async (change: ProcedureInput<"settings.set">) => {
    const answer = await call("settings.set", change, { key: "settings", isQuiet: true });
    if (answer.ok) {
      setState({ settings: answer.value });
      settingsArrived(answer.value.settings);
    }
    return answer;
  };

  const isUnsaved = () => options.memory.getItem(draftUnsavedKey) !== null;

  const saveDraft = async (): Promise<void> => {
    const { draft } = getState();
    const answer = await bridge.call("wizard.draft.set", { draft });
    if (answer.ok && getState().draft === draft) options.memory.removeItem(draftUnsavedKey);
  };

  const setDraft = (change: Partial<WizardDraft>): void => {
    const draft = { ...getState().draft, ...change };
    setState({ draft });
    try {
      options.memory.setItem(draftUnsavedKey, "true");
      options.memory.setItem(draftKey, JSON.stringify(draft));
    } catch {
      // A browser keeps a few megabytes: what is larger has the engine alone.
      options.memory.removeItem(draftKey);
      options.memory.removeItem(draftUnsavedKey);
    }
    clearTimeout(draftTimer);
    draftTimer = setTimeout(() => {
      draftTimer = undefined;
      void saveDraft();
    }, draftSavedAfterMs);
  };

  return {
    settingsArrived,
    setSettings,

    async readSettings(): Promise<void> {
      const answer = await bridge.call("settings.get", {});
      if (!answer.ok) return;
      setState({ settings: answer.value });
      settingsArrived(answer.value.settings);
    },

    /** Shows it at once and keeps it with the engine. */
    setPreferences(change: ProcedureInput<"settings.set">): void {
      const { settings } = getState();
      if (settings !== null) settingsArrived({ ...settings.settings, ...withoutUndefined(change) });
      void setSettings(change);
    },

    /** Takes the engine's draft, or gives it the page's where that is newer: it was written while the engine was away. */
    async readDraft(): Promise<void> {
      if (isUnsaved()) return saveDraft();
      const answer = await bridge.call("wizard.draft.get", {});
      if (!answer.ok || isUnsaved()) return;
      const draft = parseDraft(answer.value);
      if (draft !== null) setState({ draft });
    },

    setDraft,

    /** After a break in the connection. */
    async saveUnsavedDraft(): Promise<void> {
      if (isUnsaved()) await saveDraft();
    },

    resetDraft: () => setDraft(emptyDraft),

    async readUpdate(): Promise<void> {
      const answer = await bridge.call("update.show", {});
      if (answer.ok) setState({ update: answer.value });
    },

    async checkForUpdate(): Promise<void> {
      const answer = await call("update.check", {}, { key: "update" });
      if (answer.ok) setState({ update: answer.value });
    },

    async readDemo(): Promise<void> {
      const answer = await bridge.call("demo.show", {});
      if (answer.ok) setState({ demo: answer.value });
    },

    async startDemo(): Promise<void> {
      const answer = await call("demo.start", {}, { key: "demo" });
      if (answer.ok) setState({ demo: answer.value });
    },

    async stopDemo(): Promise<void> {
      const answer = await call("demo.stop", {}, { key: "demo" });
      if (answer.ok) setState({ demo: answer.value });
    },
  };
}

/** The change without keys that stand for "not given". */
function withoutUndefined(change: ProcedureInput<"settings.set">): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as Partial<Settings>;
}
