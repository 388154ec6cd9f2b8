import type { JobView } from "../../../common/api/procedures.ts";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { shareOf, stepOf } from "../../ui/job-figures.ts";
import { statusOf } from "../../ui/job-status.tsx";

/** So much further is worth a word. */
const spokenTenths = 10;

/** Tells whoever listens instead of looking: each change of state and step, and every tenth of a step. */
export function JobAnnouncer({ job }: { readonly job: JobView }) {
  const { monitor, common } = useTexts();
  const format = useFormats();
  const status = statusOf(job);
  const step = status === "finished" ? null : stepOf(job);
  const share = status === "running" ? shareOf(job) : null;
  const words = [
    common.stateNames[status],
    ...(step === null ? [] : [common.steps[step]]),
    ...(share === null ? [] : [format.percent(Math.floor(share * spokenTenths) / spokenTenths)]),
  ];
  return (
    <div role="status" aria-live="polite" className="visually-hidden">
      {monitor.announce(job.sourceName, words.join(", "))}
    </div>
  );
}
