/** What is made of the copy: images, a system that starts on the target, the proof that it does. */
import { Checkbox } from "@mantine/core";
import { imageFormats } from "../../../common/domain/image.ts";
import { cloudInitChoices, firmwareChoices, networkChoices } from "../../../common/domain/conversion.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { DraftCheck, DraftChoice, DraftText, useFieldError } from "./draft-fields.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";

export function ResultPlan() {
  const { plan: text } = useTexts().wizard;
  const draft = useApp((state) => state.draft);
  const { hasWindows } = useDraftSurroundings();
  return (
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
          {hasWindows ? (
            <DraftText field="virtioDriversPath" label={text.drivers} hint={text.driversHint} />
          ) : null}
          <DraftCheck field="serialConsole" label={text.serial} />
          <DraftCheck field="resetMachineId" label={text.machineId} hint={text.machineIdHint} />
        </div>
      ) : null}
      <DraftCheck field="bootCheck" label={text.bootProof} hint={text.bootProofHint} />
      {draft.bootCheck && draft.conversion ? (
        <div className="indent">
          <DraftCheck field="repair" label={text.repair} hint={text.repairHint} />
        </div>
      ) : null}
      {draft.bootCheck ? (
        <div className="form-grid indent">
          <DraftText field="bootMemoryMiB" label={text.bootMemory} isNumeric />
          <DraftText field="bootTimeoutSeconds" label={text.bootTimeout} isNumeric />
        </div>
      ) : null}
    </Section>
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
