import type { JobView } from "../../../common/api/procedures.ts";
import { placeOf } from "../../../common/domain/plan.ts";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Section } from "../../ui/page.tsx";
import type { JobOutputs } from "./job-outputs.ts";

export function JobSummary({ job, outputs }: { readonly job: JobView; readonly outputs: JobOutputs }) {
  const { monitor, common } = useTexts();
  const format = useFormats();
  const text = monitor.summary;
  const { synced, prepared } = outputs;
  return (
    <Section title={common.details}>
      <dl className="facts">
        <dt>{text.target}</dt>
        <dd className="mono">{placeOf(job.plan.target)}</dd>
        {prepared === null ? null : (
          <>
            <dt>{text.source}</dt>
            <dd>
              {prepared.disks.map((disk) => (
                <div key={disk.id}>
                  <span className="mono">{disk.path}</span> {format.bytes(disk.sizeBytes)}
                </div>
              ))}
            </dd>
          </>
        )}
        {synced === null ? null : (
          <>
            <dt>{text.copied}</dt>
            <dd>{format.bytes(synced.rawBytes)}</dd>
            <dt>{text.wire}</dt>
            <dd>{format.bytes(synced.wireBytes)}</dd>
            {synced.checkedBytes === null ? null : (
              <>
                <dt>{text.checked}</dt>
                <dd>{format.bytes(synced.checkedBytes)}</dd>
              </>
            )}
            <dt>{text.passes}</dt>
            <dd>
              {format.integer(synced.passes)} ({format.duration(synced.seconds)}){" "}
              {synced.settled ? monitor.settled : monitor.notSettled}
            </dd>
            {synced.readErrors.length === 0 ? null : (
              <>
                <dt>{text.readErrors}</dt>
                <dd>{format.integer(synced.readErrors.length)}</dd>
              </>
            )}
          </>
        )}
      </dl>
    </Section>
  );
}
