import type { JobView } from "../../../common/api/procedures.ts";
import { useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { etaOf, rateOf, shareOf, stepOf } from "../../ui/job-figures.ts";
import { statusOf } from "../../ui/job-status.tsx";
import { Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { ThroughputChart } from "../../ui/throughput-chart.tsx";
import { StallMeter } from "./stall-meter.tsx";

const noSamples: never[] = [];

/** Where the present step stands: how much, how fast, how long yet, and what holds it up. */
export function JobProgressPanel({ job }: { readonly job: JobView }) {
  const { monitor, common } = useTexts();
  const format = useFormats();
  const samples = useApp((state) => state.rates.get(job.id)) ?? noSamples;
  const { progress } = job;
  const step = stepOf(job);
  if (step === null || progress === null) return null;
  const share = shareOf(job);
  const rate = rateOf(job);
  const title = format.labelled(monitor.progress, common.steps[step]);
  const doing = { what: progress.note, said: progress.said ?? undefined };
  const isBytes = progress.unit === "bytes";
  return (
    <Section title={title}>
      <div className="progress-line">
        <span className="progress-figure">
          {share === null ? <Remark told={doing} /> : format.percent(share)}
        </span>
        <span className="dim">
          {isBytes && progress.total > 0
            ? monitor.of(format.bytes(progress.done), format.bytes(progress.total))
            : ""}
          {share !== null && step !== "sync" ? (
            <>
              {" "}
              <Remark told={doing} />
            </>
          ) : null}
          {isBytes && progress.round > 0 ? ` · ${monitor.pass(format.integer(progress.round))}` : ""}
        </span>
        <span className="progress-rest">
          {statusOf(job) === "running" && rate !== null ? `${format.rate(rate)} · ` : ""}
          <Eta job={job} />
        </span>
      </div>
      <ProgressBar share={share} label={title} isHeld={statusOf(job) !== "running"} />
      {step === "sync" ? (
        <>
          {statusOf(job) === "running" ? <StallMeter job={job} /> : null}
          {statusOf(job) === "running" || samples.length > 1 ? <ThroughputChart samples={samples} /> : null}
        </>
      ) : null}
    </Section>
  );
}

/** How long yet, as an interval: a single number would promise too much. */
function Eta({ job }: { readonly job: JobView }) {
  const { monitor } = useTexts();
  const format = useFormats();
  if (statusOf(job) !== "running") return null;
  const interval = job.progress?.etaIntervalSeconds ?? null;
  if (interval !== null) {
    const low = format.duration(interval.low);
    const high = format.duration(interval.high);
    return <>{low === high ? monitor.etaOne(low) : monitor.etaBetween(low, high)}</>;
  }
  const eta = etaOf(job);
  return (
    <span className={eta === null ? "dim" : ""}>
      {eta === null ? monitor.etaUnknown : monitor.etaOne(format.duration(eta))}
    </span>
  );
}
