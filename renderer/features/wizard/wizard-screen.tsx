import { Button } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconCheck } from "@tabler/icons-react";
import { Fragment, useEffect, useRef, useState } from "react";
import { wizardSteps, type WizardStep } from "../../store/wizard-draft.ts";
import { firstOpenStep, problemsOf } from "../../store/wizard-problems.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Page } from "../../ui/page.tsx";
import { StepProblems } from "./draft-fields.tsx";
import { PlanSoFar } from "./plan-so-far.tsx";
import { StepCheck } from "./step-check.tsx";
import { StepPlan } from "./step-plan.tsx";
import { StepReview } from "./step-review.tsx";
import { StepSource } from "./step-source.tsx";
import { StepTarget } from "./step-target.tsx";
import { TemplatesMenu } from "./templates-menu.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";
import "./wizard.css";

const contents = {
  source: StepSource,
  check: StepCheck,
  target: StepTarget,
  plan: StepPlan,
} as const;

/** From a source to a started job, a step at a time; back and forth without losing what was entered. */
export function WizardScreen() {
  const { wizard: text, common } = useTexts();
  const format = useFormats();
  const { setDraft, resetDraft } = useActions();
  const draft = useApp((state) => state.draft);
  const [isTried, setTried] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const { step } = draft;
  const surroundings = useDraftSurroundings();
  const problems = problemsOf(step, draft, surroundings);
  const at = wizardSteps.indexOf(step);
  const reachable = wizardSteps.indexOf(firstOpenStep(draft, surroundings));
  const Content = step === "review" ? Fragment : contents[step];
  // The first two have tables and maps that want the whole width.
  const hasAside = step === "target" || step === "plan";

  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    // As far down as the step before, a step would begin without its title and its place among the steps.
    document.getElementById("content")?.scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [step]);

  const go = (to: WizardStep) => {
    setTried(false);
    setDraft({ step: to, ...(to === "review" ? { confirmed: false } : {}) });
  };
  const next = () => {
    if (Object.keys(problems).length > 0) {
      setTried(true);
      // The first wrong field is where the person has to go.
      requestAnimationFrame(() =>
        document.querySelector<HTMLElement>('#content [aria-invalid="true"]')?.focus(),
      );
      return;
    }
    const following = wizardSteps[at + 1];
    if (following !== undefined) go(following);
  };

  // The last step has it beside the button that starts the migration.
  const back =
    at === 0 ? null : (
      <Button
        variant="default"
        leftSection={<IconArrowLeft size={16} aria-hidden />}
        onClick={() => go(wizardSteps[at - 1] ?? "source")}
      >
        {common.back}
      </Button>
    );

  const feet = (
    <div className="row wizard-feet">
      {back}
      <Button rightSection={<IconArrowRight size={16} aria-hidden />} onClick={next}>
        {common.next}
      </Button>
    </div>
  );

  return (
    <Page
      title={text.title}
      lead={text.kept}
      isFullHeight={step === "source"}
      actions={
        <>
          <TemplatesMenu />
          <Button variant="subtle" onClick={resetDraft}>
            {text.startOver}
          </Button>
        </>
      }
    >
      <ol className="wizard-steps">
        {wizardSteps.map((each, index) => (
          <li key={each}>
            <button
              type="button"
              className="wizard-step"
              aria-current={each === step ? "step" : undefined}
              disabled={index > reachable && index > at}
              onClick={() => go(each)}
            >
              <span className="wizard-number" aria-hidden>
                {index < at ? <IconCheck size={14} stroke={2.5} /> : format.integer(index + 1)}
              </span>
              {text.steps[each]}
            </button>
          </li>
        ))}
      </ol>
      <h2 ref={heading} tabIndex={-1} className="wizard-heading">
        {text.steps[step]}
        <span className="visually-hidden">
          , {text.stepOf(format.integer(at + 1), format.integer(wizardSteps.length))}
        </span>
      </h2>
      <StepProblems value={{ problems, isTried }}>
        {step === "review" ? (
          <StepReview back={back} onTried={() => setTried(true)} />
        ) : hasAside ? (
          <div className="wizard-body">
            <div className="stack">
              <Content />
              {feet}
            </div>
            <PlanSoFar />
          </div>
        ) : (
          <>
            <Content />
            {feet}
          </>
        )}
      </StepProblems>
    </Page>
  );
}
