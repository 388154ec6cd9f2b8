import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { instanceNameSchema } from "../../../common/domain/instance.ts";
import type { Failure } from "../../../common/result.ts";
import { useActions, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";

/** Makes a stopped instance for a cutover to hand over to. */
export function InstanceForm({
  source,
  wanted,
  onClose,
  onCreated,
}: {
  /** What is migrated; its name is proposed where an instance may have it. */
  readonly source: string;
  /** The firmware that the migrated system starts by; null where that is not known. */
  readonly wanted: "bios" | "uefi" | null;
  onClose(): void;
  onCreated(name: string): void;
}) {
  const { cutover, wizard, common } = useTexts();
  const text = cutover.form;
  const format = useFormats();
  const { call } = useActions();
  const isBusy = useBusy("create instance");
  const [name, setName] = useState(instanceNameSchema.safeParse(source).success ? source : "");
  const [memory, setMemory] = useState("2048");
  const [cpus, setCpus] = useState("1");
  const [firmware, setFirmware] = useState<"bios" | "uefi">(wanted ?? "bios");
  const [network, setNetwork] = useState<"none" | "user">("user");
  const [isTried, setTried] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const isName = instanceNameSchema.safeParse(name).success;
  const isNumber = (value: string, minimum: number, maximum: number) =>
    /^\d+$/.test(value.trim()) && Number(value) >= minimum && Number(value) <= maximum;
  const isMemory = isNumber(memory, 128, 1_048_576);
  const isCpus = isNumber(cpus, 1, 256);
  const create = async () => {
    setTried(true);
    if (!isName || !isMemory || !isCpus) return;
    const answer = await call(
      "instance.create",
      { name, memoryMiB: Number(memory), cpus: Number(cpus), firmware, network },
      { key: "create instance", isQuiet: true },
    );
    if (answer.ok) onCreated(name);
    else setFailure(answer.failure);
  };
  return (
    <Dialog onClose={onClose} title={text.title}>
      <form
        noValidate
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <p className="dim">{text.lead}</p>
        <TextInput
          label={text.name}
          description={text.nameHint}
          required
          value={name}
          error={!isName && (isTried || name !== "") ? text.nameHint : null}
          onChange={(event) => setName(event.currentTarget.value)}
          spellCheck={false}
          data-autofocus
        />
        <div className="form-grid">
          <TextInput
            label={text.memory}
            inputMode="numeric"
            value={memory}
            error={isMemory ? null : common.problems.wholeNumber("128", format.integer(1_048_576))}
            onChange={(event) => setMemory(event.currentTarget.value)}
          />
          <TextInput
            label={text.cpus}
            inputMode="numeric"
            value={cpus}
            error={isCpus ? null : common.problems.wholeNumber("1", "256")}
            onChange={(event) => setCpus(event.currentTarget.value)}
          />
          <NativeSelect
            label={text.firmware}
            value={firmware}
            description={wanted === null ? undefined : text.firmwareOf(wizard.plan.firmwares[wanted])}
            error={wanted === null || wanted === firmware ? null : text.wrongFirmware}
            data={(["bios", "uefi"] as const).map((each) => ({
              value: each,
              label: wizard.plan.firmwares[each],
            }))}
            onChange={(event) => setFirmware(event.currentTarget.value as "bios" | "uefi")}
          />
          <NativeSelect
            label={text.network}
            value={network}
            data={(["user", "none"] as const).map((each) => ({ value: each, label: text.networks[each] }))}
            onChange={(event) => setNetwork(event.currentTarget.value as "none" | "user")}
          />
        </div>
        {failure === null ? null : <FailureCard failure={failure} />}
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {text.create(name)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
