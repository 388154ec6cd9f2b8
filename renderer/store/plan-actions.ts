/** What the wizard asks the engine while a migration is planned: layouts for files, lists, templates. */
import type { PlanTemplate } from "../../common/api/desk-procedures.ts";
import type { Act } from "./act.ts";
import { emptyDraft, wizardDraftSchema, type WizardDraft } from "./wizard-draft.ts";

/** A layout is proposed for a source and those of its disks that are to travel. */
export function proposalKey(source: string, disks: readonly string[] | undefined): string {
  return [source, ...(disks ?? [])].join(" ");
}

/** What of a draft makes sense for other sources too. */
export function planOfDraft(draft: WizardDraft): Partial<WizardDraft> {
  const ofThese = ["step", "sources", "disks", "layouts", "acceptedFindings", "hostName", "confirmed"];
  return Object.fromEntries(Object.entries(draft).filter(([field]) => !ofThese.includes(field)));
}

/** The draft with a template's plan; null where another version wrote what cannot be read here. */
export function withTemplate(draft: WizardDraft, { plan }: PlanTemplate): WizardDraft | null {
  if (typeof plan !== "object" || plan === null || Array.isArray(plan)) return null;
  const fresh = planOfDraft(emptyDraft);
  const known = Object.fromEntries(Object.entries(plan).filter(([field]) => field in fresh));
  const parsed = wizardDraftSchema.safeParse({ ...draft, ...fresh, ...known, confirmed: false });
  return parsed.success ? parsed.data : null;
}

export function createPlanActions(
  { store, bridge, call }: Act,
  setDraft: (draft: Partial<WizardDraft>) => void,
) {
  const { getState, setState } = store;

  return {
    /** Asks the source for what it has now; the answer, or why there is none, stands in the state. */
    async proposeLayout(source: string, disks: readonly string[] | undefined): Promise<void> {
      const key = proposalKey(source, disks);
      if (getState().busy.has(`layout ${key}`)) return;
      const answer = await call(
        "layout.propose",
        { source, diskPaths: [...(disks ?? [])] },
        { key: `layout ${key}`, isQuiet: true },
      );
      setState((state) => ({ layoutProposals: new Map(state.layoutProposals).set(key, answer) }));
    },

    async readDefaultExcludes(): Promise<void> {
      if (getState().defaultExcludes !== null) return;
      const answer = await bridge.call("layout.default-excludes", {});
      if (answer.ok) setState({ defaultExcludes: answer.value.text });
    },

    async readTemplates(): Promise<void> {
      const answer = await bridge.call("wizard.template.list", {});
      if (answer.ok) setState({ templates: answer.value });
    },

    async saveTemplate(name: string, done: string): Promise<boolean> {
      const plan = JSON.parse(JSON.stringify(planOfDraft(getState().draft))) as PlanTemplate["plan"];
      const answer = await call("wizard.template.save", { name, plan }, { done });
      if (answer.ok) setState({ templates: answer.value });
      return answer.ok;
    },

    async removeTemplate(name: string): Promise<void> {
      const answer = await call("wizard.template.remove", { name });
      if (answer.ok) setState({ templates: answer.value });
    },

    /** False where it cannot be read. */
    useTemplate(template: PlanTemplate): boolean {
      const draft = withTemplate(getState().draft, template);
      if (draft !== null) setDraft(draft);
      return draft !== null;
    },
  };
}
