import { Button } from "@mantine/core";
import { useState } from "react";
import type { CloudCheck } from "../../../common/api/cloud-procedures.ts";
import type { Failure } from "../../../common/result.ts";
import { cloudOf } from "../../store/wizard-choices.ts";
import { cloudProblems } from "../../store/wizard-problems.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";

const tones: Readonly<Record<CloudCheck["verdict"], Tone>> = { ok: "ok", missing: "bad", unknown: "warn" };

/** What the cloud says of the place that was chosen, before anything is made there. */
export function CloudCheckup() {
  const { cloud: text } = useTexts().wizard;
  const { call } = useActions();
  const draft = useApp((state) => state.draft);
  const isBusy = useBusy("cloud check");
  const nameOf = (id: string) => new Map(Object.entries(text.checks)).get(id);
  const place = Object.keys(cloudProblems(draft)).length === 0 ? cloudOf(draft) : null;
  const key = JSON.stringify(place);
  const [answer, setAnswer] = useState<{
    readonly key: string;
    readonly checks: readonly CloudCheck[];
    readonly failure: Failure | null;
  } | null>(null);
  const check = async () => {
    if (place === null) return;
    const asked = await call("cloud.check", place, { key: "cloud check", isQuiet: true });
    setAnswer({ key, checks: asked.ok ? asked.value : [], failure: asked.ok ? null : asked.failure });
  };
  // What was said of another place says nothing of this one.
  const shown = answer?.key === key ? answer : null;
  return (
    <Section title={text.check}>
      <div className="row">
        <Button variant="default" disabled={place === null} loading={isBusy} onClick={() => void check()}>
          {text.check}
        </Button>
        <span className="dim">{text.checkHint}</span>
      </div>
      {shown?.failure == null ? null : <FailureCard failure={shown.failure} title={text.checkFailed} />}
      <div role="status">
        <ul className="checks">
          {(shown?.checks ?? []).map(({ id, title, verdict, detail, remedy, said, failure }) => (
            <li key={id}>
              <span>
                <StatusBadge tone={tones[verdict]}>{text.verdicts[verdict]}</StatusBadge>
              </span>
              <span className="stack-tight">
                <strong>{nameOf(id) ?? title}</strong>
                {failure === undefined ? (
                  <>
                    <span className="dim">
                      <Remark told={{ what: detail, said: said?.message }} />
                    </span>
                    {remedy === null ? null : <Remark told={{ what: remedy, said: said?.remedy }} />}
                  </>
                ) : (
                  <FailureCard failure={failure} />
                )}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}
