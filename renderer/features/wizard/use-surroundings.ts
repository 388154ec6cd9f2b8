import { useMemo } from "react";
import { proposalKey } from "../../store/plan-actions.ts";
import { useApp } from "../../store/use-app.tsx";
import { settingsSchema } from "../../../common/api/desk-procedures.ts";
import type { DraftSurroundings } from "../../store/wizard-problems.ts";

const usualPorts = settingsSchema.parse({}).ports;

/** What the draft is judged by besides itself, as it stands now. */
export function useDraftSurroundings(): DraftSurroundings {
  const sources = useApp((state) => state.sources);
  const chosen = useApp((state) => state.draft.sources);
  const assessments = useApp((state) => state.assessmentDetails);
  const summaries = useApp((state) => state.assessments);
  const only = chosen.length === 1 ? (chosen[0] ?? "") : "";
  const answer = useApp((state) => state.layoutProposals.get(proposalKey(only, state.draft.disks[only])));
  const ports = useApp((state) => state.settings?.settings.ports ?? usualPorts);
  return useMemo(
    () => ({
      hasWindows: chosen.some((id) => {
        const summary = summaries.get(id);
        const family = summary === undefined ? null : assessments.get(summary.id)?.assessment.os.family;
        return sources.get(id)?.address.kind === "winrm" || family === "windows";
      }),
      hosts: new Set(
        [...sources.values()].flatMap(({ id, address }) => (address.kind === "ssh" ? [id] : [])),
      ),
      ports,
      proposal: answer?.ok === true ? answer.value : null,
    }),
    [chosen, summaries, assessments, sources, ports, answer],
  );
}
