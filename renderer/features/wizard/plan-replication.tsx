/** Disks as they are, or files in a new layout: the layout, and what is left out. */
import { Radio } from "@mantine/core";
import { replicationModes } from "../../../common/domain/target-layout.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useAssessment } from "../../ui/use-assessment.ts";
import { useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { DiskBars } from "../../ui/disk-map.tsx";
import { LayoutPlanner } from "../../ui/layout-planner.tsx";
import { Section } from "../../ui/page.tsx";
import { useFieldError } from "./draft-fields.tsx";
import { ExcludeLists } from "./plan-excludes.tsx";

export function ReplicationPlan() {
  const { plan: text } = useTexts().wizard;
  const { report } = useReportTexts();
  const { setDraft } = useActions();
  const mode = useApp((state) => state.draft.replication);
  const sources = useApp((state) => state.draft.sources);
  const error = useFieldError("replication");
  const layoutError = useFieldError("layouts");
  const only = sources.length === 1 ? sources[0] : undefined;
  return (
    <Section title={text.replication}>
      <Radio.Group
        aria-label={text.replication}
        value={mode}
        error={error}
        onChange={(value) =>
          setDraft({
            replication: replicationModes.find((each) => each === value) ?? "block",
            confirmed: false,
          })
        }
      >
        <div className="wizard-options">
          {replicationModes.map((each) => (
            <Radio key={each} value={each} label={report.modes[each]} description={text.modes[each]} />
          ))}
        </div>
      </Radio.Group>
      {only === undefined ? null : <DisksBefore source={only} />}
      {mode === "block" ? null : (
        <>
          {only === undefined ? (
            <p className="dim">{text.layoutOfMany}</p>
          ) : (
            <div className="stack">
              <h3>{text.layout}</h3>
              <p className="dim">{text.layoutHint}</p>
              <LayoutPlanner source={only} />
              <div role="alert" className="risk">
                {layoutError}
              </div>
            </div>
          )}
          <ExcludeLists />
        </>
      )}
    </Section>
  );
}

/** The disks of the assessment, before and after in the chosen mode. */
function DisksBefore({ source }: { readonly source: string }) {
  const mode = useApp((state) => state.draft.replication);
  const chosen = useApp((state) => state.draft.disks[source]);
  const disks = (useAssessment(source)?.assessment.disks ?? []).filter(({ id, treatment }) =>
    chosen === undefined ? treatment === "copied" : chosen.includes(id),
  );
  return disks.map((disk) => (
    <div key={disk.id} className="stack-tight">
      <h3 className="mono">{disk.id}</h3>
      <DiskBars
        disk={disk}
        mode={mode}
        chosen={null}
        onChoose={() => undefined}
        isSourceOnly={mode === "file"}
      />
    </div>
  ));
}
