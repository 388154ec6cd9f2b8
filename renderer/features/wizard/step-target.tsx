import { useTexts } from "../../texts/use-texts.ts";
import { useApp } from "../../store/use-app.tsx";
import { Section } from "../../ui/page.tsx";
import { DraftText } from "./draft-fields.tsx";

export function StepTarget() {
  const { target: text } = useTexts().wizard;
  const stateDirectory = useApp((state) => state.settings?.stateDirectory);
  return (
    <div className="stack wizard-form">
      <p className="dim">{text.lead}</p>
      <Section title={`${text.kind}: ${text.kinds.local}`}>
        <DraftText
          field="directory"
          label={text.directory}
          hint={text.directoryHint}
          {...(stateDirectory === undefined ? {} : { placeholder: `${stateDirectory}/local-target` })}
        />
      </Section>
      <Section title={text.network}>
        <p className="dim">{text.networkHint}</p>
        <p className="dim">{text.networkType}</p>
        <div className="form-grid">
          <DraftText field="listenAddress" label={text.listen} hint={text.listenHint} />
          <DraftText field="advertisedAddresses" label={text.advertised} hint={text.advertisedHint} />
          <DraftText field="controlPort" label={text.controlPort} isNumeric />
          <DraftText field="dataPort" label={text.dataPort} isNumeric />
        </div>
        <p className="dim">{text.firewall}</p>
      </Section>
    </div>
  );
}
