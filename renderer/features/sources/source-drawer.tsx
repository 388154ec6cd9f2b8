import { Anchor, Button, Drawer } from "@mantine/core";
import { IconPlugConnected, IconStethoscope } from "@tabler/icons-react";
import { useState } from "react";
import { describeLogin, type Source } from "../../../common/domain/source.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { ConfirmByName } from "../../ui/confirm-by-name.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { JobStatusBadge } from "../../ui/job-status.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { useNow } from "../../ui/use-now.ts";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";
import { SourceForm } from "./source-form.tsx";

/** One source, beside the table. */
export function SourceDrawer({
  source,
  onClose,
  onOpenAssessment,
}: {
  readonly source: Source | null;
  onClose(): void;
  onOpenAssessment(source: string): void;
}) {
  const { common } = useTexts();
  return (
    <Drawer
      opened={source !== null}
      onClose={onClose}
      title={source === null ? "" : <strong>{source.name}</strong>}
      size={460}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {source === null ? null : (
        <SourceDetails source={source} onGone={onClose} onOpenAssessment={onOpenAssessment} />
      )}
    </Drawer>
  );
}

function pinOf({ address }: Source): string | null {
  if (address.kind === "ssh") return address.host.hostKey;
  return address.scheme === "https" ? address.certificate : null;
}

function SourceDetails({
  source,
  onGone,
  onOpenAssessment,
}: {
  readonly source: Source;
  onGone(): void;
  onOpenAssessment(source: string): void;
}) {
  const { sources: text } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const assessment = useApp((state) => state.assessments.get(source.id));
  const run = useApp((state) => state.assessmentRuns.get(source.id));
  const allJobs = useApp((state) => state.jobs);
  const isTesting = useBusy(`test ${source.id}`);
  const [asked, setAsked] = useState<"edit" | "remove" | null>(null);
  const now = useNow();
  const jobs = [...allJobs.values()].filter((job) => job.sourceId === source.id);
  const { address } = source;
  const pinned = pinOf(source);
  const close = () => setAsked(null);

  return (
    <div className="stack">
      <div className="row">
        <Button
          size="sm"
          onClick={() => {
            actions.setDraft({ sources: [source.id], step: "check", confirmed: false });
            actions.open({ screen: "wizard" });
          }}
        >
          {text.acts.migrate}
        </Button>
        <Button
          size="sm"
          variant="default"
          leftSection={<IconPlugConnected size={16} aria-hidden />}
          loading={isTesting}
          onClick={() => void actions.testSource(source.id)}
        >
          {text.acts.test}
        </Button>
        <Button
          size="sm"
          variant="default"
          leftSection={<IconStethoscope size={16} aria-hidden />}
          loading={run !== undefined && run.state !== "failed"}
          onClick={() => void actions.assessSources([source.id])}
        >
          {text.acts.assess}
        </Button>
      </div>
      <div role="status" aria-live="polite" className="stack">
        <TestOutcome id={source.id} />
        {run?.state === "failed" && run.failure !== null ? (
          <FailureCard failure={run.failure} title={text.assessing.failed} />
        ) : null}
      </div>
      <dl className="facts">
        <dt>{text.detail.reachedAs}</dt>
        <dd className="mono">{describeLogin(source)}</dd>
        {address.kind === "ssh" && address.jumpHosts.length > 0 ? (
          <>
            <dt>{text.detail.through}</dt>
            <dd className="mono">
              {address.jumpHosts
                .map((hop) => `${hop.authentication.user}@${hop.host}:${hop.port}`)
                .join(" → ")}
            </dd>
          </>
        ) : null}
        <dt>{text.detail.hostKey}</dt>
        <dd className="mono">{pinned ?? text.detail.hostKeyNone}</dd>
        <dt>{text.columns.tags}</dt>
        <dd>{source.tags.join(", ")}</dd>
        <dt>{text.detail.added}</dt>
        <dd>{format.dateTime(Date.parse(source.addedAt))}</dd>
        {assessment === undefined ? null : (
          <>
            <dt>{text.columns.system}</dt>
            <dd>{assessment.os}</dd>
            <dt>{text.detail.assessed}</dt>
            <dd>{format.ago(Date.parse(assessment.assessedAt), now)}</dd>
            <dt>{text.columns.verdict}</dt>
            <dd>
              <VerdictBadge verdict={assessment.verdict} />
            </dd>
          </>
        )}
      </dl>
      {assessment === undefined ? null : (
        <Button variant="default" onClick={() => onOpenAssessment(source.id)}>
          {text.acts.open}
        </Button>
      )}
      <div className="stack-tight">
        <h3>{text.detail.jobs}</h3>
        {jobs.length === 0 ? <p className="dim">{text.detail.noJobs}</p> : null}
        {jobs.map((job) => (
          <div key={job.id} className="row">
            <Anchor href={formatRoute({ screen: "job", job: job.id })} className="mono">
              {job.id}
            </Anchor>
            <JobStatusBadge job={job} />
          </div>
        ))}
      </div>
      <div className="row">
        <Button size="xs" variant="default" onClick={() => setAsked("edit")}>
          {text.acts.edit}
        </Button>
        {pinned === null ? null : (
          <Button size="xs" variant="default" onClick={() => void actions.forgetHostKey(source.id)}>
            {text.acts.forgetKey}
          </Button>
        )}
        <Button size="xs" variant="light" color="red" onClick={() => setAsked("remove")}>
          {text.removeAct(source.name)}
        </Button>
      </div>
      {asked === "edit" ? <SourceForm source={source} onClose={close} onSaved={close} /> : null}
      <ConfirmByName
        isOpen={asked === "remove"}
        title={text.removeOneTitle(source.name)}
        act={text.removeAct(source.name)}
        name={null}
        onClose={close}
        onConfirm={() => {
          close();
          void actions.removeSources([source.id]).then(onGone);
        }}
      >
        <p>{text.removeText}</p>
      </ConfirmByName>
    </div>
  );
}

/** What the last connection test came to, with its cause where it failed. */
function TestOutcome({ id }: { readonly id: string }) {
  const { sources: text } = useTexts();
  const test = useApp((state) => state.tests.get(id));
  if (test === undefined) return null;
  if (!test.ok) return <FailureCard failure={test.failure} title={text.connection.bad} />;
  const { user, kernel, architecture, isRoot } = test.value;
  return (
    <div className="stack-tight">
      <StatusBadge tone={isRoot ? "ok" : "warn"}>{text.form.tested}</StatusBadge>
      <span>
        {text.connection.good(user, `${kernel} ${architecture}`)}:{" "}
        {isRoot ? text.form.isRoot : text.form.isNotRoot}
      </span>
    </div>
  );
}
