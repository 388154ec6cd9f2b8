import type { JobView } from "../../../common/api/procedures.ts";
import { stageNames } from "../../../common/domain/sync-figures.ts";
import { useFormats, useTexts } from "../../texts/use-texts.ts";

/** Which part of the way the copy waits for: in words, and as shares of the time. */
export function StallMeter({ job }: { readonly job: JobView }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const bottleneck = job.progress?.bottleneck ?? null;
  const shares = job.progress?.stages ?? null;
  if (bottleneck === null && shares === null) return null;
  const known = shares === null ? [] : stageNames.filter((stage) => shares[stage] >= 0.01);
  return (
    <div className="stack-tight">
      <div>
        <strong>{monitor.stall}</strong>{" "}
        <span>{bottleneck === null ? monitor.stallNone : monitor.stalls[bottleneck]}</span>
      </div>
      {shares === null || known.length === 0 ? null : (
        <>
          <div className="stall-bar" aria-hidden>
            {known.map((stage) => (
              <div key={stage} className={`stall stall-${stage}`} style={{ flexGrow: shares[stage] }} />
            ))}
          </div>
          <ul className="stall-legend">
            {known.map((stage) => (
              <li key={stage}>
                <span className={`stall-key stall-${stage}`} aria-hidden />
                {monitor.stallStages[stage]} {format.percent(shares[stage])}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
