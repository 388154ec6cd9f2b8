import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { JobView } from "../../../common/api/procedures.ts";
import { isInTheWay } from "../../../common/domain/port-finding.ts";
import { readPort } from "../../../common/domain/destination.ts";
import { intermediateOf } from "../../../common/domain/plan.ts";
import { useActions, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { usePortFindings } from "../../ui/use-port-findings.ts";

/** Other ports for a job that another program stands in the way of; the job goes on with them. */
export function PortsDialog({ job, onClose }: { readonly job: JobView; onClose(): void }) {
  const { monitor, common, wizard } = useTexts();
  const text = monitor.ports;
  const format = useFormats();
  const actions = useActions();
  const isBusy = useBusy(`job.start ${job.id}`);
  const place = intermediateOf(job.plan.target);
  const proposed = usePortFindings(
    place.kind === "local"
      ? {
          directory: place.directory,
          listenAddress: place.listenAddress,
          controlPort: place.controlPort,
          dataPort: place.dataPort,
        }
      : null,
  );
  const [typed, setTyped] = useState<{ readonly control?: string; readonly data?: string }>({});
  const valueOf = (use: "control" | "data") =>
    typed[use] ??
    String(proposed?.[use].proposal ?? (use === "control" ? place.controlPort : place.dataPort));
  const control = readPort(valueOf("control").trim());
  const data = readPort(valueOf("data").trim());
  const chosen = usePortFindings(
    place.kind === "local" && control !== null && data !== null && control !== data
      ? {
          directory: place.directory,
          listenAddress: place.listenAddress,
          controlPort: control,
          dataPort: data,
        }
      : null,
  );
  const errorOf = (use: "control" | "data"): string | null => {
    if ((use === "control" ? control : data) === null)
      return common.problems.wholeNumber("1", format.integer(65_535));
    if (use === "data" && control === data) return common.problems.samePorts;
    const finding = chosen?.[use];
    return finding !== undefined && isInTheWay(finding)
      ? common.ports.states[finding.state](String(finding.port))
      : null;
  };
  const isWrong = errorOf("control") !== null || errorOf("data") !== null;

  const apply = async () => {
    if (control === null || data === null || isWrong) return;
    const isPlanned = await actions.replanJob({ job: job.id, controlPort: control, dataPort: data });
    if (!isPlanned) return;
    onClose();
    await actions.askJob("job.start", job.id);
  };
  const field = (use: "control" | "data", label: string) => (
    <TextInput
      label={label}
      inputMode="numeric"
      value={valueOf(use)}
      error={errorOf(use)}
      onChange={(event) => setTyped({ ...typed, [use]: event.currentTarget.value })}
    />
  );
  return (
    <Dialog onClose={onClose} title={text.title}>
      <form
        noValidate
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        <p>{text.lead}</p>
        {field("control", wizard.target.controlPort)}
        {field("data", wizard.target.dataPort)}
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={isBusy} disabled={isWrong}>
            {text.apply}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
