import { Checkbox, Radio } from "@mantine/core";
import { imageFormats } from "../../../common/api/intermediate.ts";
import { cloudInitChoices, firmwareChoices, networkChoices } from "../../../common/domain/conversion.ts";
import { consistencyModes } from "../../../common/domain/run.ts";
import { compressions, hasHooks } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { useAssessment } from "../../ui/use-assessment.ts";
import { DraftCheck, DraftChoice, DraftLines, DraftText, useFieldError } from "./draft-fields.tsx";

export function StepPlan() {
  const { wizard, monitor } = useTexts();
  const text = wizard.plan;
  const draft = useApp((state) => state.draft);
  return (
    <div className="stack wizard-form">
      <p className="dim">{text.lead}</p>
      {draft.sources.length === 1 ? <DiskChoice source={draft.sources[0] ?? ""} /> : null}
      <Section title={text.transfer}>
        <div className="form-grid">
          <DraftChoice
            field="compression"
            label={text.compression}
            choices={compressions.map((level) => [level, monitor.tune.levels[level]])}
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
      </Section>
      <Section title={text.result}>
        <FormatChoice />
        <DraftCheck field="conversion" label={text.conversion} hint={text.conversionHint} />
        {draft.conversion ? (
          <div className="stack indent">
            <div className="form-grid">
              <DraftChoice
                field="resultNetwork"
                label={text.network}
                choices={networkChoices.map((each) => [each, text.networks[each]])}
              />
              <DraftChoice
                field="cloudInit"
                label={text.cloudInit}
                choices={cloudInitChoices.map((each) => [each, text.cloudInits[each]])}
              />
              <DraftChoice
                field="firmware"
                label={text.firmware}
                choices={firmwareChoices.map((each) => [each, text.firmwares[each]])}
              />
              {draft.sources.length === 1 ? (
                <DraftText field="hostName" label={text.hostName} hint={text.hostNameHint} />
              ) : null}
            </div>
            <DraftCheck field="serialConsole" label={text.serial} />
            <DraftCheck field="resetMachineId" label={text.machineId} hint={text.machineIdHint} />
          </div>
        ) : null}
        <DraftCheck field="bootCheck" label={text.bootProof} hint={text.bootProofHint} />
        {draft.bootCheck ? (
          <div className="form-grid indent">
            <DraftText field="bootMemoryMiB" label={text.bootMemory} isNumeric />
            <DraftText field="bootTimeoutSeconds" label={text.bootTimeout} isNumeric />
          </div>
        ) : null}
      </Section>
    </div>
  );
}

function FormatChoice() {
  const { plan: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const chosen = useApp((state) => state.draft.imageFormats);
  const error = useFieldError("imageFormats");
  return (
    <Checkbox.Group
      label={text.formats}
      value={[...chosen]}
      error={error}
      onChange={(values) =>
        setDraft({ imageFormats: imageFormats.filter((format) => values.includes(format)) })
      }
    >
      <div className="row">
        {imageFormats.map((format) => (
          <Checkbox key={format} value={format} label={format} />
        ))}
      </div>
    </Checkbox.Group>
  );
}

/** Which of the source's disks travel; known once it was assessed. */
function DiskChoice({ source }: { readonly source: string }) {
  const { plan: text } = useTexts().wizard;
  const format = useFormats();
  const { setDraft } = useActions();
  const disks = useApp((state) => state.draft.disks);
  const stored = useAssessment(source);
  const candidates = (stored?.assessment.disks ?? []).filter(
    (disk) => disk.treatment === "copied" || disk.treatment === "removable",
  );
  const chosen = disks[source];
  const set = (paths: readonly string[] | null) => {
    const rest = Object.fromEntries(Object.entries(disks).filter(([id]) => id !== source));
    setDraft({ disks: paths === null ? rest : { ...rest, [source]: [...paths] }, confirmed: false });
  };
  return (
    <Section title={text.disks}>
      {candidates.length === 0 ? (
        <p className="dim">{text.disksUnknown}</p>
      ) : (
        <>
          <Radio.Group
            aria-label={text.disks}
            value={chosen === undefined ? "all" : "some"}
            onChange={(value) =>
              set(
                value === "all"
                  ? null
                  : candidates.filter(({ treatment }) => treatment === "copied").map(({ id }) => id),
              )
            }
          >
            <div className="wizard-options">
              <Radio value="all" label={text.allDisks} />
              <Radio value="some" label={text.chooseDisks} />
            </div>
          </Radio.Group>
          {chosen === undefined ? null : (
            <Checkbox.Group aria-label={text.chooseDisks} value={chosen} onChange={set}>
              <div className="wizard-options indent">
                {candidates.map((disk) => (
                  <Checkbox
                    key={disk.id}
                    value={disk.id}
                    label={
                      <>
                        <span className="mono">{disk.id}</span>{" "}
                        {disk.sizeBytes === null ? "" : format.bytes(disk.sizeBytes)} {disk.model ?? ""}
                      </>
                    }
                  />
                ))}
              </div>
            </Checkbox.Group>
          )}
        </>
      )}
    </Section>
  );
}
