import { Anchor, Button, Checkbox } from "@mantine/core";
import { describeFinding } from "../../../common/domain/report-text/languages.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { DiskBars } from "../../ui/disk-map.tsx";
import { EstimateTable } from "../../ui/estimate-table.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { FindingList } from "../../ui/finding-list.tsx";
import { Section } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { useAssessment } from "../../ui/use-assessment.ts";
import { VerdictBadge } from "../../ui/verdict-badge.tsx";

/** Whole assessments of so many sources are shown; of the rest the verdict alone. */
const shownWhole = 3;

export function StepCheck() {
  const { wizard } = useTexts();
  const format = useFormats();
  const { assessSources } = useActions();
  const chosen = useApp((state) => state.draft.sources);
  const assessments = useApp((state) => state.assessments);
  const runs = useApp((state) => state.assessmentRuns);
  const missing = chosen.filter((id) => !assessments.has(id));
  const isRunning = chosen.some((id) => ["queued", "running"].includes(runs.get(id)?.state ?? ""));
  return (
    <>
      <div className="row-between">
        <p className="dim">{wizard.check.lead}</p>
        <Button
          variant={missing.length > 0 ? "filled" : "default"}
          loading={isRunning}
          onClick={() => void assessSources(missing.length > 0 ? missing : chosen)}
        >
          {wizard.check.assessAll(format.integer(missing.length > 0 ? missing.length : chosen.length))}
        </Button>
      </div>
      {chosen.map((id, index) => (
        <CheckedSource key={id} id={id} isWhole={index < shownWhole} />
      ))}
    </>
  );
}

function CheckedSource({ id, isWhole }: { readonly id: string; readonly isWhole: boolean }) {
  const { wizard, sources: text } = useTexts();
  const source = useApp((state) => state.sources.get(id));
  const summary = useApp((state) => state.assessments.get(id));
  const run = useApp((state) => state.assessmentRuns.get(id));
  if (source === undefined) return null;
  const isRunning = run?.state === "queued" || run?.state === "running";
  return (
    <Section
      title={
        <span className="row">
          {source.name}
          {summary === undefined ? null : <VerdictBadge verdict={summary.verdict} />}
          {isRunning ? <StatusBadge tone="active">{text.assessing[run.state]}</StatusBadge> : null}
        </span>
      }
      actions={
        summary === undefined ? null : (
          <Anchor href={formatRoute({ screen: "assessment", source: id })}>{wizard.check.openMap}</Anchor>
        )
      }
    >
      {run?.state === "failed" && run.failure !== null ? (
        <FailureCard failure={run.failure} title={text.assessing.failed} />
      ) : null}
      {summary === undefined && !isRunning ? <p className="dim">{wizard.check.notAssessed}</p> : null}
      {summary !== undefined && isWhole ? <WholeAssessment id={id} /> : null}
    </Section>
  );
}

function WholeAssessment({ id }: { readonly id: string }) {
  const { wizard, common } = useTexts();
  const catalogue = useReportTexts();
  const format = useFormats();
  const { setDraft } = useActions();
  const accepted = useApp((state) => state.draft.acceptedFindings);
  const stored = useAssessment(id);
  if (stored === null) return <p className="dim">{common.loading}</p>;
  const { findings, disks, estimate } = stored.assessment;
  const blockers = findings.filter(({ severity }) => severity === "blocker");
  const codes = [...new Set(blockers.map(({ code }) => code))];
  const accept = (code: string, isAccepted: boolean) =>
    setDraft({
      acceptedFindings: isAccepted ? [...accepted, code] : accepted.filter((each) => each !== code),
      confirmed: false,
    });
  return (
    <div className="stack">
      {disks
        .filter((disk) => disk.treatment === "copied")
        .map((disk) => (
          <div key={disk.id} className="stack-tight">
            <h3 className="mono">{disk.id}</h3>
            <DiskBars disk={disk} mode="block" chosen={null} onChoose={() => undefined} />
          </div>
        ))}
      <FindingList
        findings={findings.filter(({ severity }) => severity !== "info")}
        mode="block"
        nothing={wizard.check.noBlockers}
      />
      {codes.length === 0 ? null : (
        <fieldset className="panel stack">
          <legend>{wizard.check.blockers}</legend>
          {codes.map((code) => {
            const finding = blockers.find((each) => each.code === code);
            return finding === undefined ? null : (
              <Checkbox
                key={code}
                label={wizard.check.accept(describeFinding(finding, catalogue, format).title)}
                description={wizard.check.acceptHint}
                checked={accepted.includes(code)}
                onChange={(event) => accept(code, event.currentTarget.checked)}
              />
            );
          })}
        </fieldset>
      )}
      <EstimateTable estimate={estimate} mode="block" />
    </div>
  );
}
