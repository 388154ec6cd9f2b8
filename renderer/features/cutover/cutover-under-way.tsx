import type { CutoverState } from "../../../common/domain/cutover.ts";
import { cutoverSteps } from "../../../common/domain/cutover-steps.ts";
import { useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";

/** Which step a drill or cutover is in, and what it says. */
export function CutoverUnderWay({
  job,
  state,
  isHeld,
}: {
  readonly job: string;
  readonly state: Extract<CutoverState, { name: "testing" | "cutover-in-progress" }>;
  readonly isHeld: boolean;
}) {
  const { cutover: text } = useTexts();
  const format = useFormats();
  const said = useApp((app) => app.cutoverNotes.get(job));
  const texts = state.name === "testing" ? text.drill : text.start;
  const at = cutoverSteps.indexOf(state.step);
  return (
    <Section title={text.states[state.name]}>
      <ol className="cutover-steps">
        {cutoverSteps.map((step, index) => (
          <li key={step} aria-current={index === at ? "step" : undefined}>
            <StatusBadge tone={index < at ? "ok" : index === at && isHeld ? "active" : "neutral"}>
              {text.steps[step]}
            </StatusBadge>
          </li>
        ))}
      </ol>
      <p role="status">{isHeld ? texts.running : texts.interrupted}</p>
      {said === undefined || !isHeld ? null : (
        <p className="dim">
          <Remark told={{ what: said.note, said: said.said ?? undefined }} />
          {said.total === 0 ? null : ` · ${format.bytes(said.done)} / ${format.bytes(said.total)}`}
        </p>
      )}
    </Section>
  );
}
