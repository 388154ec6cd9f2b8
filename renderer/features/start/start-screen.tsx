import { Anchor, Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Diagnosis, JobRow } from "../../../common/api/procedures.ts";
import type { Failure } from "../../../common/result.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFailureWords, useFormats, useTexts } from "../../texts/use-texts.ts";
import { DemoButton } from "../../ui/demo-button.tsx";
import { etaOf, rateOf, shareOf, stepOf } from "../../ui/job-figures.ts";
import { JobStatusBadge, needsAttention, statusOf } from "../../ui/job-status.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { useNow } from "../../ui/use-now.ts";
import { DemoPanel } from "./demo-panel.tsx";
import "./start-screen.css";

const shownAtMost = 8;

/** What an admin has to know first: what needs them, what runs, what came of the rest. */
export function StartScreen() {
  const { start, shell, common } = useTexts();
  const format = useFormats();
  const jobs = useAppCalmly((state) => state.jobs);
  const sources = useApp((state) => state.sources);
  const assessments = useApp((state) => state.assessments);
  const isLoaded = useApp((state) => state.isLoaded);
  const now = useNow();

  if (!isLoaded) return <Page title={shell.start}>{<p className="dim">{common.loading}</p>}</Page>;
  if (sources.size === 0 && jobs.size === 0) return <FirstVisit />;

  const all = [...jobs.values()].toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  const waiting = all.filter(needsAttention);
  const running = all.filter((job) => ["running", "paused"].includes(statusOf(job)));
  const rate = running.reduce((sum, job) => sum + (rateOf(job) ?? 0), 0);
  const finished = all.filter((job) => job.state.name === "finished");
  const migrated = new Set(finished.map((job) => job.sourceId)).size;
  const figures = [
    { label: start.sources, value: sources.size, href: formatRoute({ screen: "sources" }) },
    { label: start.assessed, value: assessments.size, href: formatRoute({ screen: "compatibility" }) },
    { label: start.migrated, value: migrated, href: formatRoute({ screen: "jobs" }) },
    {
      label: start.toGo,
      value: Math.max(0, sources.size - migrated),
      href: formatRoute({ screen: "sources" }),
    },
  ];

  return (
    <Page title={shell.start}>
      <div className="figures">
        {figures.map(({ label, value, href }) => (
          <a key={label} className="panel figure" href={href}>
            <span className="figure-value">{format.integer(value)}</span>
            <span className="dim">{label}</span>
          </a>
        ))}
      </div>
      <DemoPanel />
      <Section title={start.attention}>
        {waiting.length === 0 ? (
          <p className="dim">{start.nothingToDo}</p>
        ) : (
          <ul className="job-lines">
            {waiting.slice(0, shownAtMost).map((job) => (
              <AttentionLine key={job.id} job={job} now={now} />
            ))}
          </ul>
        )}
        <More count={waiting.length} />
      </Section>
      <div className="two-columns">
        <Section
          title={start.running}
          actions={rate === 0 ? null : <span className="dim">{format.rate(rate)}</span>}
        >
          {running.length === 0 ? (
            <p className="dim">{start.nothingRunning}</p>
          ) : (
            <ul className="job-lines">
              {running.slice(0, shownAtMost).map((job) => (
                <RunningLine key={job.id} job={job} />
              ))}
            </ul>
          )}
          <More count={running.length} />
        </Section>
        <div className="stack">
          {finished.length === 0 ? null : (
            <Section title={start.recent}>
              <ul className="job-lines">
                {finished.slice(0, 5).map((job) => (
                  <li key={job.id} className="job-line">
                    <Anchor href={formatRoute({ screen: "job", job: job.id })} className="clip grow">
                      {job.sourceName}
                    </Anchor>
                    <JobStatusBadge job={job} />
                    <span className="dim">{format.ago(Date.parse(job.updatedAt), now)}</span>
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Machine />
        </div>
      </div>
    </Page>
  );
}

function More({ count }: { readonly count: number }) {
  const { start } = useTexts();
  const format = useFormats();
  return count <= shownAtMost ? null : (
    <Anchor href={formatRoute({ screen: "jobs" })}>
      {start.allJobs} ({format.integer(count)})
    </Anchor>
  );
}

function AttentionLine({ job, now }: { readonly job: JobRow; readonly now: number }) {
  const { common, start } = useTexts();
  const format = useFormats();
  const step = stepOf(job);
  return (
    <li className="job-line attention-line">
      <span>
        <JobStatusBadge job={job} />
      </span>
      <div className="grow stack-tight">
        <Anchor href={formatRoute({ screen: "job", job: job.id })}>
          <strong>{job.sourceName}</strong>
        </Anchor>
        {job.state.name === "in-error" ? (
          <FailureLine failure={job.state.failure} />
        ) : step === null ? null : (
          <span>
            {common.steps[step]} <span className="dim">{start.resumeHint}</span>
          </span>
        )}
      </div>
      <span className="dim no-wrap">{format.ago(Date.parse(job.updatedAt), now)}</span>
    </li>
  );
}

function FailureLine({ failure }: { readonly failure: Failure }) {
  const { message, remedy } = useFailureWords()(failure);
  return (
    <span>
      {message} <span className="dim">{remedy}</span>
    </span>
  );
}

function RunningLine({ job }: { readonly job: JobRow }) {
  const { common, monitor } = useTexts();
  const format = useFormats();
  const step = stepOf(job);
  const share = shareOf(job);
  const rate = rateOf(job);
  const eta = etaOf(job);
  return (
    <li className="job-line running-line">
      <Anchor href={formatRoute({ screen: "job", job: job.id })} className="clip">
        {job.sourceName}
      </Anchor>
      <span className="dim clip">{step === null ? "" : common.steps[step]}</span>
      <ProgressBar
        share={share}
        label={format.labelled(monitor.progress, job.sourceName)}
        isHeld={statusOf(job) === "paused"}
      />
      <span className="num">{share === null ? "" : format.percent(share)}</span>
      <span className="num dim clip">
        {statusOf(job) === "paused"
          ? common.stateNames.paused
          : eta === null
            ? rate === null
              ? ""
              : format.rate(rate)
            : format.duration(eta)}
      </span>
    </li>
  );
}

/** What `doctor` says of this machine, in one line; asked once a visit, because it takes a while. */
function Machine() {
  const { start, settings } = useTexts();
  const format = useFormats();
  const { call } = useActions();
  const connection = useApp((state) => state.connection);
  const [diagnoses, setDiagnoses] = useState<readonly Diagnosis[] | null>(null);
  useEffect(() => {
    if (connection !== "open" || diagnoses !== null) return;
    void call("doctor", {}, { isQuiet: true }).then((answer) => {
      if (answer.ok) setDiagnoses(answer.value);
    });
  }, [call, connection, diagnoses]);
  if (diagnoses === null) return null;
  const limited = diagnoses.filter((diagnosis) => diagnosis.verdict !== "ok");
  const words = new Map(Object.entries(settings.diagnosis.checks));
  return (
    <Section title={start.machine}>
      <div className="row">
        <StatusBadge tone={limited.length === 0 ? "ok" : "warn"}>
          {limited.length === 0 ? start.machineFine : start.machineLimits(format.integer(limited.length))}
        </StatusBadge>
        <Anchor href={formatRoute({ screen: "settings" })}>{settings.diagnosis.title}</Anchor>
      </div>
      {limited.length === 0 ? null : (
        <p className="dim">{format.list(limited.map(({ id, title }) => words.get(id)?.title ?? title))}</p>
      )}
    </Section>
  );
}

function FirstVisit() {
  const { start, shell } = useTexts();
  const { open } = useActions();
  return (
    <Page title={shell.start}>
      <div className="panel welcome">
        <h2>{start.emptyTitle}</h2>
        <p>{start.emptyText}</p>
        <ol>
          {start.emptySteps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <div className="row">
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => open({ screen: "sources" })}
          >
            {start.addSource}
          </Button>
          <DemoButton />
        </div>
        <p className="dim">{start.demoHint}</p>
      </div>
      <Machine />
    </Page>
  );
}
