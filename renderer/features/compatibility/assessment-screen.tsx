import { Anchor, Button, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { replicationModes, severities, type ReplicationMode } from "../../../common/domain/finding.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { DiskSection } from "../../ui/disk-section.tsx";
import { EstimateTable } from "../../ui/estimate-table.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { LayoutPlanner } from "../../ui/layout-planner.tsx";
import { FindingList } from "../../ui/finding-list.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { useAssessment } from "../../ui/use-assessment.ts";
import { SeverityBadge, VerdictBadge } from "../../ui/verdict-badge.tsx";
import { ExportMenu } from "./export-menu.tsx";
import "./compatibility.css";

/** What will and will not migrate of one source. `source`: its id, or an assessment's where it is not registered. */
export function AssessmentScreen({ source }: { readonly source: string }) {
  const { compatibility: text, common, sources: sourceText } = useTexts();
  const { report } = useReportTexts();
  const format = useFormats();
  const actions = useActions();
  const stored = useAssessment(source);
  const summary = useApp((state) => state.assessments.get(source));
  const known = useApp((state) => state.sources.get(source));
  const run = useApp((state) => state.assessmentRuns.get(source));
  const isLoaded = useApp((state) => state.isLoaded);
  const [mode, setMode] = useState<ReplicationMode>("block");
  const name = summary?.name ?? known?.name ?? source;
  const isRunning = run !== undefined && run.state !== "failed";

  const acts = (
    <>
      {known === undefined ? null : (
        <Button variant="default" loading={isRunning} onClick={() => void actions.assessSources([known.id])}>
          {summary === undefined ? sourceText.acts.assess : text.assessAgain}
        </Button>
      )}
      {summary === undefined ? null : <ExportMenu assessments={[summary.id]} />}
      {known === undefined ? null : (
        <Button
          onClick={() => {
            actions.setDraft({ sources: [known.id], step: "check", replication: mode, confirmed: false });
            actions.open({ screen: "wizard" });
          }}
        >
          {text.migrate}
        </Button>
      )}
    </>
  );

  if (stored === null) {
    return (
      <Page title={name} actions={acts}>
        {run?.state === "failed" && run.failure !== null ? (
          <FailureCard failure={run.failure} title={sourceText.assessing.failed} />
        ) : (
          <p className="dim">
            {isRunning
              ? sourceText.assessing.running
              : summary === undefined && isLoaded
                ? text.notAssessed
                : common.loading}
          </p>
        )}
        <Anchor href={formatRoute({ screen: "compatibility" })}>{text.backToAll}</Anchor>
      </Page>
    );
  }
  const { assessment } = stored;
  const { os, findings, disks, estimate } = assessment;
  return (
    <Page
      title={
        <span className="row">
          {name}
          <VerdictBadge verdict={stored.verdict} />
        </span>
      }
      lead={
        <>
          <Anchor href={formatRoute({ screen: "compatibility" })}>{text.backToAll}</Anchor> ·{" "}
          {[os.name ?? stored.os ?? common.unknown, os.kernel, report.tiers[assessment.support.tier]]
            .filter((part) => part !== null)
            .join(" · ")}{" "}
          · {format.dateTime(Date.parse(stored.assessedAt))}
        </>
      }
      actions={acts}
    >
      {run?.state === "failed" && run.failure !== null ? (
        <FailureCard failure={run.failure} title={sourceText.assessing.failed} />
      ) : null}
      <div className="row-between">
        <div className="row">
          <strong>{text.mode}</strong>
          <SegmentedControl
            aria-label={text.mode}
            value={mode}
            onChange={(value) => setMode(value as ReplicationMode)}
            data={replicationModes.map((each) => ({ value: each, label: report.modes[each] }))}
          />
          <span className="dim">{report.modeMeanings[mode]}</span>
        </div>
        <ul className="row finding-counts" aria-label={text.allFindings(format.integer(findings.length))}>
          {severities.map((severity) => {
            const count = findings.filter((finding) => finding.severity === severity).length;
            return count === 0 ? null : (
              <li key={severity} className="row">
                <SeverityBadge severity={severity} />
                {format.integer(count)}
              </li>
            );
          })}
        </ul>
      </div>
      <div className="assessment-columns">
        <div className="stack">
          {disks.length === 0 ? <p className="dim">{report.noDisks}</p> : null}
          {disks.map((disk) => (
            <DiskSection key={disk.id} disk={disk} mode={mode} findings={findings} />
          ))}
          {mode === "file" && known !== undefined && os.family !== "windows" ? (
            <Section title={text.target}>
              <p className="dim">{text.layout.keptForWizard}</p>
              <LayoutPlanner source={known.id} />
            </Section>
          ) : null}
        </div>
        <div className="stack">
          <Section title={text.allFindings(format.integer(findings.length))}>
            <FindingList findings={findings} mode={mode} nothing={report.noFindings} />
          </Section>
          <Section title={report.estimate}>
            <EstimateTable estimate={estimate} mode={mode} />
          </Section>
        </div>
      </div>
    </Page>
  );
}
