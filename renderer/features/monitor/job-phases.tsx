import { IconCheck, IconCircle, IconLoader, IconPlayerPause, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { jobPhases, phaseOfStep, stepNames, type StepName } from "../../../common/domain/job.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { stepOf } from "../../ui/job-figures.ts";
import { Section } from "../../ui/page.tsx";
import { useNow } from "../../ui/use-now.ts";

type StepTimes = ProcedureOutput<"job.times">;
type StepStatus = "done" | "now" | "held" | "failed" | "next";

const signs = {
  done: IconCheck,
  now: IconLoader,
  held: IconPlayerPause,
  failed: IconX,
  next: IconCircle,
} as const;

function statusOfStep(job: JobView, step: StepName): StepStatus {
  if (job.state.name === "finished") return "done";
  const current = stepOf(job);
  if (current === step) {
    if (job.state.name === "in-error") return "failed";
    return job.state.name === "running" && job.isHeld && !job.state.paused ? "now" : "held";
  }
  return step in job.outputs ? "done" : "next";
}

/** The steps of the job's run, by phase, with the time each took. */
export function JobPhases({ job }: { readonly job: JobView }) {
  const { monitor, common } = useTexts();
  const format = useFormats();
  const { call } = useActions();
  const [times, setTimes] = useState<StepTimes>([]);
  const now = useNow(1_000);
  const doneSteps = Object.keys(job.outputs).length;
  const step = stepOf(job);
  const { id } = job;
  const run = job.run.number;

  // A step that ends or begins changes the state; that is when the times are read again.
  useEffect(() => {
    void call("job.times", { job: id }, { isQuiet: true }).then((answer) => {
      if (answer.ok) setTimes(answer.value.filter((time) => time.run === run));
    });
  }, [call, id, run, doneSteps, step, job.state.name]);

  const words = {
    done: monitor.stepDone,
    now: monitor.stepNow,
    held: common.stateNames[job.state.name],
    failed: monitor.stepFailed,
    next: monitor.stepNext,
  };
  const timeOf = (name: StepName, status: StepStatus): string => {
    const time = times.find((each) => each.step === name);
    if (time === undefined || status === "next") return "";
    const end = time.endedAt === null ? (status === "now" ? now : null) : Date.parse(time.endedAt);
    return end === null ? "" : format.stopwatch((end - Date.parse(time.beganAt)) / 1000);
  };

  return (
    <Section title={monitor.phases}>
      <ol className="phases">
        {jobPhases.map((phase) => (
          <li key={phase}>
            <h3>{common.phases[phase]}</h3>
            <ol className="phase-steps">
              {stepNames
                .filter((name) => phaseOfStep[name] === phase)
                .map((name) => {
                  const status = statusOfStep(job, name);
                  const Sign = signs[status];
                  return (
                    <li
                      key={name}
                      className={`phase-step phase-${status}`}
                      aria-current={status === "now" ? "step" : undefined}
                    >
                      <Sign size={16} stroke={2} aria-hidden />
                      <span className="grow">{common.steps[name]}</span>
                      <span className="visually-hidden">{words[status]}</span>
                      <span className="dim">{timeOf(name, status)}</span>
                    </li>
                  );
                })}
            </ol>
          </li>
        ))}
      </ol>
    </Section>
  );
}
