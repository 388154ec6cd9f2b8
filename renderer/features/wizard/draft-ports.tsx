import { Button } from "@mantine/core";
import type { ProcedureInput } from "../../../common/api/procedures.ts";
import { isInTheWay, type PortFinding } from "../../../common/domain/port-finding.ts";
import { problemsOf } from "../../store/wizard-problems.ts";
import { isReceivedElsewhere } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { usePortFindings } from "../../ui/use-port-findings.ts";
import { DraftText } from "./draft-fields.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";

/** What the draft asks of this machine's ports; null where another receives, or where the fields are wrong. */
export function useDraftPorts() {
  const draft = useApp((state) => state.draft);
  const surroundings = useDraftSurroundings();
  const problems = problemsOf("target", draft, surroundings);
  const isAsked =
    !isReceivedElsewhere(draft) &&
    (["controlPort", "dataPort", "listenAddress", "directory"] as const).every(
      (field) => problems[field] === undefined,
    );
  const portOf = (text: string) => (text.trim() === "" ? undefined : Number(text));
  const directory = draft.directory.trim();
  const wish: ProcedureInput<"target.ports"> = {
    directory: directory === "" ? null : directory,
    listenAddress: draft.listenAddress.trim(),
    controlPort: portOf(draft.controlPort),
    dataPort: portOf(draft.dataPort),
  };
  return usePortFindings(isAsked ? wish : null);
}

/** The two ports, with what stands in the way of them now and another that would do. */
export function DraftPorts() {
  const { target: text } = useTexts().wizard;
  const { ports } = useDraftSurroundings();
  const findings = useDraftPorts();
  const portOf = (port: number) => ({ hint: text.portHint(String(port)), placeholder: String(port) });
  return (
    <>
      <div className="stack-tight">
        <DraftText field="controlPort" label={text.controlPort} isNumeric {...portOf(ports.control)} />
        <PortWarning field="controlPort" finding={findings?.control ?? null} />
      </div>
      <div className="stack-tight">
        <DraftText field="dataPort" label={text.dataPort} isNumeric {...portOf(ports.data)} />
        <PortWarning field="dataPort" finding={findings?.data ?? null} />
      </div>
    </>
  );
}

function PortWarning({
  field,
  finding,
}: {
  readonly field: "controlPort" | "dataPort";
  readonly finding: PortFinding | null;
}) {
  const { ports: text } = useTexts().common;
  const { setDraft } = useActions();
  if (finding === null || !isInTheWay(finding)) return null;
  const { port, proposal, state } = finding;
  return (
    <div className="row" role="status">
      <StatusBadge tone="warn">{text.states[state](String(port))}</StatusBadge>
      {proposal === null ? null : (
        <Button
          size="xs"
          variant="default"
          onClick={() => setDraft({ [field]: String(proposal), confirmed: false })}
        >
          {text.use(String(proposal))}
        </Button>
      )}
    </div>
  );
}
