import { useEffect, useState } from "react";
import type { BootVerdict } from "../../../common/domain/boot-verdict.ts";
import type { JobView } from "../../../common/api/procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { EngineWords } from "../../ui/engine-words.tsx";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Section } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import type { JobOutputs } from "./job-outputs.ts";

/** What the job proved and made. */
export function JobResults({ job, outputs }: { readonly job: JobView; readonly outputs: JobOutputs }) {
  const { monitor } = useTexts();
  const format = useFormats();
  const { conversionSteps } = useReportTexts();
  const { verified, boot, converted, images, prepared } = outputs;
  const pathOf = (disk: number) => prepared?.disks.find(({ id }) => id === disk)?.path ?? String(disk);
  return (
    <>
      {verified === null ? null : (
        <Section title={monitor.proof}>
          <div>
            <StatusBadge tone="ok">{monitor.proofText}</StatusBadge>
          </div>
          {verified.disks.map((disk) => (
            <div key={disk.path} className="stack-tight">
              <span>
                <span className="mono">{disk.path}</span> {format.bytes(disk.sizeBytes)}
              </span>
              <CopyLine text={disk.treeHash} label={`${monitor.proof}: ${disk.path}`} />
            </div>
          ))}
        </Section>
      )}
      {boot === null ? null : (
        <Section title={monitor.boot}>
          {boot.verdict === null ? (
            <div>
              <StatusBadge tone="warn">{monitor.bootOff}</StatusBadge>
            </div>
          ) : (
            <BootProof job={job} verdict={boot.verdict} />
          )}
        </Section>
      )}
      {converted === null ? null : (
        <Section title={monitor.conversion}>
          {!converted.enabled ? <p>{monitor.conversionOff}</p> : null}
          {converted.enabled && converted.changes.length === 0 ? <p>{monitor.conversionNone}</p> : null}
          {converted.changes.length === 0 ? null : (
            <table className="results-table">
              <thead>
                <tr>
                  <th scope="col">{monitor.conversionColumns.disk}</th>
                  <th scope="col">{monitor.conversionColumns.what}</th>
                  <th scope="col">{monitor.conversionColumns.files}</th>
                </tr>
              </thead>
              <tbody>
                {converted.changes.map((change, index) => (
                  <tr key={index}>
                    <td className="mono">{pathOf(change.disk)}</td>
                    <td>
                      <EngineWords lead={conversionSteps[change.step] ?? change.step}>
                        {change.what}
                      </EngineWords>
                    </td>
                    <td className="mono">{change.files.join(", ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
      )}
      {images === null ? null : (
        <Section title={monitor.images}>
          <table className="results-table">
            <thead>
              <tr>
                <th scope="col">{monitor.imageColumns.disk}</th>
                <th scope="col">{monitor.imageColumns.format}</th>
                <th scope="col" className="num">
                  {monitor.imageColumns.size}
                </th>
                <th scope="col" className="num">
                  {monitor.imageColumns.virtual}
                </th>
              </tr>
            </thead>
            <tbody>
              {images.files.map((file) => (
                <tr key={file.path}>
                  <td className="mono">{pathOf(file.diskId)}</td>
                  <td>{file.format}</td>
                  <td className="num">{format.bytes(file.fileBytes)}</td>
                  <td className="num">{format.bytes(file.virtualBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {images.files.map((file) => (
            <CopyLine key={file.path} text={file.path} label={monitor.imageColumns.path} />
          ))}
        </Section>
      )}
      {"receipt" in job.outputs ? <Receipt job={job.id} run={job.run.number} /> : null}
    </>
  );
}

/** Where the signed receipt of the run lies, and by which authority's fingerprint it is checked. */
function Receipt({ job, run }: { readonly job: string; readonly run: number }) {
  const { monitor, common } = useTexts();
  const { call } = useActions();
  const [receipt, setReceipt] = useState<{ readonly path: string; readonly fingerprint: string } | null>(
    null,
  );
  useEffect(() => {
    void call("receipt.show", { job, run }, { isQuiet: true }).then((answer) => {
      if (answer.ok) setReceipt({ path: answer.value.path, fingerprint: answer.value.authorityFingerprint });
    });
  }, [call, job, run]);
  if (receipt === null) return null;
  return (
    <Section title={monitor.receipt}>
      <p>{monitor.receiptText}</p>
      <CopyLine text={receipt.path} label={monitor.receipt} />
      <CopyLine text={receipt.fingerprint} label={`${monitor.receipt}: ${common.details}`} />
    </Section>
  );
}

function BootProof({ job, verdict }: { readonly job: JobView; readonly verdict: BootVerdict }) {
  const { monitor } = useTexts();
  const format = useFormats();
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
            <dd lang="en">{verdict.evidence}</dd>
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
                  <dd lang="en">{entry.what}</dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
        {screen === null ? null : (
          <figure className="chart">
            <img className="boot-screen" src={screen} alt={`${monitor.bootScreen}: ${verdict.evidence}`} />
            <figcaption className="dim">{monitor.bootScreen}</figcaption>
          </figure>
        )}
      </div>
    </>
  );
}
