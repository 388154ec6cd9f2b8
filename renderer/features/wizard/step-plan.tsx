import { checksumPolicies } from "../../../common/api/intermediate.ts";
import { consistencyModes } from "../../../common/domain/run.ts";
import { useApp } from "../../store/use-app.tsx";
import { hasHooks } from "../../store/wizard-choices.ts";
import { compressions } from "../../store/wizard-draft.ts";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { DraftCheck, DraftChoice, DraftLines, DraftText } from "./draft-fields.tsx";
import { DiskChoice } from "./plan-disks.tsx";
import { ReplicationPlan } from "./plan-replication.tsx";
import { ResultPlan } from "./plan-result.tsx";

export function StepPlan() {
  const { wizard, monitor } = useTexts();
  const text = wizard.plan;
  const draft = useApp((state) => state.draft);
  return (
    <div className="stack">
      <p className="dim">{text.lead}</p>
      {draft.sources.length === 1 ? <DiskChoice source={draft.sources[0] ?? ""} /> : null}
      <ReplicationPlan />
      <Section title={text.transfer}>
        <div className="form-grid">
          <DraftChoice
            field="compression"
            label={text.compression}
            choices={compressions.map((level) => [level, monitor.tune.levels[level]])}
          />
          <DraftChoice
            field="checksum"
            label={monitor.tune.checksum}
            choices={checksumPolicies.map((policy) => [policy, monitor.tune.checksums[policy]])}
          />
          <DraftText field="limitMiB" label={text.limit} hint={text.limitHint} isNumeric />
          <DraftText field="dataConnections" label={text.connections} isNumeric />
          <DraftChoice
            field="consistency"
            label={text.consistency}
            choices={consistencyModes.map((mode) => [mode, text.consistencies[mode]])}
          />
        </div>
        <DraftCheck field="usedBlocksOnly" label={text.usedOnly} hint={text.usedOnlyHint} />
        <DraftCheck field="continueOnReadError" label={text.continueOnReadError} hint={text.continueHint} />
        <DraftCheck field="hasWindow" label={text.window} hint={text.windowHint} />
        {draft.hasWindow ? (
          <div className="form-grid indent">
            <DraftText field="windowFrom" label={text.windowFrom} />
            <DraftText field="windowTo" label={text.windowTo} />
          </div>
        ) : null}
      </Section>
      <Section title={text.hooks}>
        <p className="dim">{text.hooksHint}</p>
        <DraftLines field="hooksBefore" label={text.hooksBefore} />
        <DraftLines field="hooksAfter" label={text.hooksAfter} hint={text.hooksAfterHint} />
        {hasHooks(draft) ? (
          <div className="form-grid">
            <DraftText field="hookTimeoutSeconds" label={text.hookTimeout} isNumeric />
          </div>
        ) : null}
      </Section>
      <Section title={text.repeat}>
        <DraftCheck field="isIncremental" label={text.incremental} hint={text.incrementalHint} />
        {draft.isIncremental ? (
          <div className="form-grid indent">
            <DraftText field="intervalHours" label={text.interval} isNumeric />
            <DraftText field="keepRuns" label={text.keep} isNumeric />
          </div>
        ) : null}
        <div className="form-grid">
          <DraftText field="expireAfterDays" label={text.expire} hint={text.expireHint} isNumeric />
        </div>
      </Section>
      <ResultPlan />
    </div>
  );
}
