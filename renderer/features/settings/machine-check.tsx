import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Diagnosis } from "../../../common/api/procedures.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { StatusBadge, type Tone } from "../../ui/status-badge.tsx";

const tones: Readonly<Record<Diagnosis["verdict"], Tone>> = { ok: "ok", limited: "warn", missing: "bad" };

/** What `doctor` says of the machine that the engine runs on. */
export function MachineCheck() {
  const { diagnosis: text } = useTexts().settings;
  const { call } = useActions();
  const connection = useApp((state) => state.connection);
  const isBusy = useBusy("doctor");
  const [diagnoses, setDiagnoses] = useState<readonly Diagnosis[]>([]);
  const [round, setRound] = useState(0);
  const wordsOf = ({ id }: Diagnosis) => new Map(Object.entries(text.checks)).get(id);
  useEffect(() => {
    if (connection !== "open") return;
    void call("doctor", {}, { key: "doctor" }).then((answer) => {
      if (answer.ok) setDiagnoses(answer.value);
    });
  }, [call, connection, round]);
  return (
    <Section
      title={text.title}
      actions={
        <Button size="xs" variant="default" loading={isBusy} onClick={() => setRound(round + 1)}>
          {text.run}
        </Button>
      }
    >
      {diagnoses.length === 0 ? <p className="dim">{text.running}</p> : null}
      <ul className="checks">
        {diagnoses.map((diagnosis) => (
          <li key={diagnosis.id}>
            <span>
              <StatusBadge tone={tones[diagnosis.verdict]}>{text.verdicts[diagnosis.verdict]}</StatusBadge>
            </span>
            <span className="stack-tight">
              <strong>{wordsOf(diagnosis)?.title ?? diagnosis.title}</strong>
              {diagnosis.verdict === "ok" ? null : <span>{wordsOf(diagnosis)?.trouble}</span>}
              <span className="dim">
                <Remark told={{ what: diagnosis.detail, said: diagnosis.said?.message }} />
              </span>
              {diagnosis.remedy === null ? null : (
                <Remark told={{ what: diagnosis.remedy, said: diagnosis.said?.remedy }} />
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
