import { Radio } from "@mantine/core";
import { isReceivedElsewhere, targetKinds } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { CloudReceiver } from "./cloud-receiver.tsx";
import { DraftText } from "./draft-fields.tsx";
import { DraftPorts } from "./draft-ports.tsx";
import { TargetCloud } from "./target-cloud.tsx";
import { TargetHost } from "./target-host.tsx";

export function StepTarget() {
  const { target: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const kind = useApp((state) => state.draft.targetKind);
  const stateDirectory = useApp((state) => state.settings?.stateDirectory);
  const isHere = !useApp((state) => isReceivedElsewhere(state.draft));
  const words = text[isHere ? "here" : "there"];
  return (
    <div className="stack">
      <p className="dim">{text.lead}</p>
      <Section title={text.kind}>
        <Radio.Group
          aria-label={text.kind}
          value={kind}
          onChange={(value) =>
            setDraft({ targetKind: targetKinds.find((each) => each === value) ?? "local", confirmed: false })
          }
        >
          <div className="wizard-options">
            {targetKinds.map((each) => (
              <Radio key={each} value={each} label={text.kinds[each]} description={text.kindHints[each]} />
            ))}
          </div>
        </Radio.Group>
        {kind === "alibaba-cloud" ? <CloudReceiver /> : null}
        {isHere ? null : <TargetHost />}
        <DraftText
          field="directory"
          label={text.directory}
          hint={words.directoryHint}
          {...(isHere && stateDirectory !== undefined
            ? { placeholder: `${stateDirectory}/local-target` }
            : {})}
        />
        {kind === "ssh-host" ? <p className="dim">{text.hostLimits}</p> : null}
      </Section>
      {kind === "alibaba-cloud" ? <TargetCloud /> : null}
      <Section title={text.network}>
        <p className="dim">{words.networkHint}</p>
        {kind === "alibaba-cloud" ? null : <p className="dim">{words.networkType}</p>}
        <div className="form-grid form-pairs">
          <DraftText field="listenAddress" label={text.listen} hint={text.listenHint} />
          <DraftText field="advertisedAddresses" label={words.advertised} hint={text.advertisedHint} />
          <DraftPorts />
        </div>
        <p className="dim">{words.firewall}</p>
      </Section>
    </div>
  );
}
