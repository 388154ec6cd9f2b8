import { Anchor, Button } from "@mantine/core";
import { useEffect, useState } from "react";
import type { JobView } from "../../../common/api/procedures.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { FailureCard } from "../../ui/failure-card.tsx";
import { JobStatusBadge } from "../../ui/job-status.tsx";
import { Page } from "../../ui/page.tsx";
import { useJob } from "../../ui/use-job.ts";
import { JobActs } from "./job-acts.tsx";
import { JobAnnouncer } from "./job-announcer.tsx";
import { JobBlockMaps } from "./job-block-maps.tsx";
import { JobLog } from "./job-log.tsx";
import { outputsOf } from "./job-outputs.ts";
import { JobPhases } from "./job-phases.tsx";
import { JobProgressPanel } from "./job-progress-panel.tsx";
import { JobResults } from "./job-results.tsx";
import { JobRuns } from "./job-runs.tsx";
import { PortsDialog } from "./ports-dialog.tsx";
import { JobSummary } from "./job-summary.tsx";
import "../../ui/disk-section.css";
import "./monitor.css";

/** Everything about one job. */
export function JobScreen({ id }: { readonly id: string }) {
  const { monitor, common } = useTexts();
  const job = useJob(id);
  const isUnknown = useApp((state) => state.isLoaded && !state.jobs.has(id));
  const { readLog } = useActions();
  const connection = useApp((state) => state.connection);

  useEffect(() => {
    if (connection === "open") void readLog(id);
  }, [id, connection, readLog]);

  if (job === undefined) {
    return (
      <Page title={monitor.job(id)}>
        <p className="dim">{isUnknown ? monitor.unknownJob : common.loading}</p>
        <Anchor href={formatRoute({ screen: "jobs" })}>{monitor.backToJobs}</Anchor>
      </Page>
    );
  }
  return <KnownJob job={job} />;
}

function KnownJob({ job }: { readonly job: JobView }) {
  const { monitor, common } = useTexts();
  const format = useFormats();
  const [asksPorts, setAsksPorts] = useState(false);
  const outputs = outputsOf(job);
  const isCopying = job.state.name === "running" && job.state.step === "sync";
  return (
    <Page
      title={
        <span className="row">
          {job.sourceName}
          <JobStatusBadge job={job} />
        </span>
      }
      lead={
        <>
          <Anchor href={formatRoute({ screen: "jobs" })}>{monitor.backToJobs}</Anchor> ·{" "}
          <span className="mono">{job.id}</span> · {monitor.runKinds[job.run.kind]} ·{" "}
          {format.dateTime(Date.parse(job.createdAt))}
        </>
      }
      actions={<JobActs job={job} />}
    >
      <JobAnnouncer job={job} />
      {job.state.name === "in-error" ? (
        <FailureCard failure={job.state.failure} title={common.steps[job.state.step]}>
          {job.state.failure.code === "port-in-use" ? (
            <Button size="xs" onClick={() => setAsksPorts(true)}>
              {monitor.ports.act}
            </Button>
          ) : undefined}
        </FailureCard>
      ) : null}
      {job.state.name === "waiting" && job.state.nextRunAt !== null ? (
        <p className="panel">{monitor.nextRun(format.dateTime(Date.parse(job.state.nextRunAt)))}</p>
      ) : null}
      <div className="job-columns">
        <div className="stack">
          <JobProgressPanel job={job} />
          {job.isHeld && (isCopying || outputs.synced !== null) ? (
            <JobBlockMaps job={job} outputs={outputs} />
          ) : null}
          <JobResults job={job} outputs={outputs} />
          <JobLog job={job.id} />
        </div>
        <div className="stack">
          <JobPhases job={job} />
          <JobSummary job={job} outputs={outputs} />
          <JobRuns job={job} />
        </div>
      </div>
      {asksPorts ? <PortsDialog job={job} onClose={() => setAsksPorts(false)} /> : null}
    </Page>
  );
}
