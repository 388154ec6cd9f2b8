import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import {
  checksumPolicies,
  defaultChecksumPolicy,
  type ChecksumPolicy,
} from "../../../common/api/intermediate.ts";
import type { JobView } from "../../../common/api/procedures.ts";
import { compressionOf, tuningOf, type Compression } from "../../store/wizard-choices.ts";
import { compressions } from "../../store/wizard-draft.ts";
import { useActions, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";

const mebibyte = 1024 * 1024;

/** Bandwidth, compression and checksum policy of a job while it copies. */
export function TuneDialog({ job, onClose }: { readonly job: JobView; onClose(): void }) {
  const { monitor, common } = useTexts();
  const text = monitor.tune;
  const format = useFormats();
  const actions = useActions();
  const isBusy = useBusy(`job.tune ${job.id}`);
  const { rateBytesPerSecond } = job.plan.tuning;
  const [limit, setLimit] = useState(
    rateBytesPerSecond === 0 ? "" : String(Math.max(1, Math.round(rateBytesPerSecond / mebibyte))),
  );
  const [compression, setCompression] = useState<Compression>(compressionOf(job.plan.tuning));
  const [checksum, setChecksum] = useState<ChecksumPolicy>(job.plan.tuning.checksum ?? defaultChecksumPolicy);
  const isWrong = limit.trim() !== "" && (!/^\d{1,6}$/.test(limit.trim()) || Number(limit) < 1);

  const apply = async () => {
    const tuning = {
      ...tuningOf[compression],
      rateBytesPerSecond: limit.trim() === "" ? 0 : Number(limit) * mebibyte,
      checksum,
    };
    const answer = await actions.call(
      "job.tune",
      { job: job.id, tuning },
      { key: `job.tune ${job.id}`, done: text.applied },
    );
    if (!answer.ok) return;
    actions.takeJob(answer.value);
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={text.title}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isWrong) void apply();
        }}
      >
        <TextInput
          label={text.limit}
          description={text.limitHint}
          inputMode="numeric"
          value={limit}
          error={isWrong ? common.problems.wholeNumber("1", format.integer(999_999)) : null}
          onChange={(event) => setLimit(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label={text.compression}
          value={compression}
          data={compressions.map((level) => ({ value: level, label: text.levels[level] }))}
          onChange={(event) => setCompression(event.currentTarget.value as Compression)}
        />
        <NativeSelect
          label={text.checksum}
          description={text.checksumHint}
          value={checksum}
          data={checksumPolicies.map((policy) => ({ value: policy, label: text.checksums[policy] }))}
          onChange={(event) => setChecksum(event.currentTarget.value as ChecksumPolicy)}
        />
        <div className="row row-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {text.apply}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
