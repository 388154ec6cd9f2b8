import { NativeSelect, Radio } from "@mantine/core";
import { useMemo } from "react";
import { describeLogin } from "../../../common/domain/source.ts";
import { targetKinds } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { DraftText, useFieldError } from "./draft-fields.tsx";
import { TargetCloud } from "./target-cloud.tsx";

export function StepTarget() {
  const { target: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const kind = useApp((state) => state.draft.targetKind);
  const stateDirectory = useApp((state) => state.settings?.stateDirectory);
  const isHere = kind !== "ssh-host";
  const words = text[isHere ? "here" : "there"];
  return (
    <div className="stack wizard-form">
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
        {isHere ? null : (
          <div className="form-grid">
            <HostChoice />
            <DraftText field="targetProgram" label={text.program} hint={text.programHint} />
          </div>
        )}
        <DraftText
          field="directory"
          label={text.directory}
          hint={words.directoryHint}
          {...(isHere && stateDirectory !== undefined
            ? { placeholder: `${stateDirectory}/local-target` }
            : {})}
        />
        {isHere ? null : <p className="dim">{text.hostLimits}</p>}
      </Section>
      {kind === "alibaba-cloud" ? <TargetCloud /> : null}
      <Section title={text.network}>
        <p className="dim">{words.networkHint}</p>
        {kind === "alibaba-cloud" ? null : <p className="dim">{words.networkType}</p>}
        <div className="form-grid">
          <DraftText field="listenAddress" label={text.listen} hint={text.listenHint} />
          <DraftText field="advertisedAddresses" label={words.advertised} hint={text.advertisedHint} />
          <DraftText field="controlPort" label={text.controlPort} isNumeric />
          <DraftText field="dataPort" label={text.dataPort} isNumeric />
        </div>
        <p className="dim">{words.firewall}</p>
      </Section>
    </div>
  );
}

/** Machines are reached as sources are, so they are chosen from them. */
function HostChoice() {
  const { target: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const sources = useApp((state) => state.sources);
  const chosen = useApp((state) => state.draft.sources);
  const host = useApp((state) => state.draft.targetHost);
  const error = useFieldError("targetHost");
  const hosts = useMemo(
    () =>
      [...sources.values()]
        .filter(({ id, address }) => address.kind === "ssh" && !chosen.includes(id))
        .toSorted((a, b) => a.name.localeCompare(b.name)),
    [sources, chosen],
  );
  return (
    <NativeSelect
      label={text.host}
      description={text.hostHint}
      value={hosts.some(({ id }) => id === host) ? host : ""}
      error={error}
      data={[
        { value: "", label: text.chooseHost },
        ...hosts.map((source) => ({ value: source.id, label: `${source.name} (${describeLogin(source)})` })),
      ]}
      onChange={(event) => setDraft({ targetHost: event.currentTarget.value, confirmed: false })}
    />
  );
}
