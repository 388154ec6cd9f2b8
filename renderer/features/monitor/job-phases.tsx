import { IconCheck, IconCircle, IconLoader, IconPlayerPause, IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { JobView, ProcedureOutput } from "../../../common/api/procedures.ts";
import { jobPhases, phaseOfStep, stepNames, type StepName } from "../../../common/domain/job.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { stepOf } from "../../ui/job-figures.ts";
import { statusOf } from "../../ui/job-status.tsx";
import { Section } from "../../ui/page.tsx";
import { useNow } from "../../ui/use-now.ts";

type StepTimes = ProcedureOutput<"job.times">;
/** Shorter waits are not worth a line. */
const shortestWaitMs = 1_000;
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

/** The steps of the job's run, by phase, with the time that each worked, and apart from it what it waited for somebody. */
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
  const status = statusOf(job);

  // A step that ends or begins changes the state; that is when the times are read again.
  useEffect(() => {
    void call("job.times", { job: id }, { isQuiet: true }).then((answer) => {
      if (answer.ok) setTimes(answer.value.filter((time) => time.run === run));
    });
  }, [call, id, run, doneSteps, step, status]);

  const words = {
    done: monitor.stepDone,
    now: monitor.stepNow,
    held: common.stateNames[status],
    failed: monitor.stepFailed,
    next: monitor.stepNext,
  };
  const since = (at: string | null | undefined): number =>
    at === null || at === undefined ? 0 : Math.max(0, now - Date.parse(at));
  /** What the step has worked; of one whose process is gone only what is known. */
  const workOf = (time: StepTimes[number] | undefined, status: StepStatus): string => {
    if (time === undefined || status === "next") return "";
    const ms = time.workedMs + (status === "now" ? since(time.workingSince) : 0);
    return ms === 0 && time.endedAt === null && status !== "now" ? "" : format.stopwatch(ms / 1000);
  };
  const waitOf = (time: StepTimes[number] | undefined, status: StepStatus): string | null => {
    if (time === undefined || status === "next") return null;
    const duration = format.stopwatch((time.restedMs + since(time.rest?.since)) / 1000);
    if (time.rest !== null) return monitor.rests[time.rest.why](duration);
    return time.restedMs < shortestWaitMs ? null : monitor.rested(duration);
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
                  const time = times.find((each) => each.step === name);
                  const wait = waitOf(time, status);
                  return (
                    <li
                      key={name}
                      className={`phase-step phase-${status}`}
                      aria-current={status === "now" ? "step" : undefined}
                    >
                      <Sign size={16} stroke={2} aria-hidden />
                      <span className="grow">
                        {common.steps[name]}
                        {wait === null ? null : <span className="phase-wait">{wait}</span>}
                      </span>
                      <span className="visually-hidden">{words[status]}</span>
                      <span className="dim phase-time">{workOf(time, status)}</span>
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
