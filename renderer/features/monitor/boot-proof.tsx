import { useEffect, useState } from "react";
import type { JobView } from "../../../common/api/procedures.ts";
import type { BootVerdict } from "../../../common/domain/boot-verdict.ts";
import { bootStages as allStages, type BootStage } from "../../../common/domain/remark.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Remarks } from "../../ui/remark.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";

/** Records of other versions may name what is not known here. */
const isBootStage = (what: string): what is BootStage => (allStages as readonly string[]).includes(what);

/** Whether the copy booted, how that was seen, and what was repaired on the way. */
export function BootProof({ job, verdict }: { readonly job: JobView; readonly verdict: BootVerdict }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const { bootStages, conversionSteps } = useReportTexts();
  const { call } = useActions();
  const [screen, setScreen] = useState<string | null>(null);
  const { target } = job.plan;
  useEffect(() => {
    if (verdict.screenshotPath === null) return;
    void call("job.boot-screen", { job: job.id }, { isQuiet: true }).then((answer) => {
      if (answer.ok && answer.value !== null)
        setScreen(`data:${answer.value.mediaType};base64,${answer.value.content}`);
    });
  }, [call, job.id, verdict.screenshotPath]);
  return (
    <>
      <div>
        <StatusBadge tone={verdict.booted ? "ok" : "bad"}>
          {verdict.booted ? monitor.bootYes(format.duration(verdict.secondsToVerdict)) : monitor.bootNo}
        </StatusBadge>
      </div>
      <div className={screen === null ? "stack" : "boot"}>
        <div className="stack">
          <dl className="facts">
            <dt>{monitor.bootEvidence}</dt>
            <dd>
              <Remarks all={verdict.found} whole={verdict.evidence} />
            </dd>
            <dt>{monitor.bootAccelerator}</dt>
            <dd>{verdict.accelerator.toUpperCase()}</dd>
            <dt>{monitor.bootLog}</dt>
            <dd className="mono">{verdict.consoleLogPath}</dd>
          </dl>
          {target.kind === "ssh-host" ? (
            <div className="stack-tight">
              <p>{monitor.bootElsewhere(target.hostName)}</p>
              {[verdict.screenshotPath, verdict.consoleLogPath].map((path) =>
                path === null ? null : <CopyLine key={path} text={path} label={target.hostName} />,
              )}
            </div>
          ) : null}
          <div className="stack-tight">
            <h3>{monitor.bootTimeline}</h3>
            <dl className="timeline">
              {verdict.timeline.map((entry, index) => (
                <div key={index} className="failure-fact">
                  <dt>{format.stopwatch(entry.atSeconds)}</dt>
                  <dd>
                    {isBootStage(entry.what) ? bootStages[entry.what] : <span lang="en">{entry.what}</span>}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
          {verdict.repairs.length === 0 ? null : (
            <div className="stack-tight">
              <h3>{monitor.bootRepairs}</h3>
              <ul className="boot-repairs">
                {verdict.repairs.map((repair, index) => (
                  <li key={index} className="stack-tight">
                    <span className="row">
                      <StatusBadge tone={repair.kept ? "ok" : "neutral"}>
                        {repair.kept ? monitor.repairKept : monitor.repairDropped}
                      </StatusBadge>
                      {repair.id === null ? (
                        <span lang="en">{repair.remedy}</span>
                      ) : (
                        (conversionSteps[repair.id] ?? repair.remedy)
                      )}
                    </span>
                    <span className="dim">
                      <Remarks all={repair.found} whole={repair.evidence} />
                    </span>
                  </li>
                ))}
              </ul>
            </div>
          )}
        </div>
        {screen === null ? null : (
          <figure className="chart">
            <img
              className="boot-screen"
              src={screen}
              alt={format.labelled(monitor.bootScreen, verdict.booted ? monitor.bootSeen : monitor.bootNo)}
            />
            <figcaption className="dim">{monitor.bootScreen}</figcaption>
          </figure>
        )}
      </div>
    </>
  );
}
