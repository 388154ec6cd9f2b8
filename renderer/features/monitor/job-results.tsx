import { useEffect, useState } from "react";
import type { JobView } from "../../../common/api/procedures.ts";
import { useActions } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { CopyLine } from "../../ui/copy-line.tsx";
import { Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { BootProof } from "./boot-proof.tsx";
import { DeliveredImage } from "./delivered-image.tsx";
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
              <CopyLine text={disk.treeHash} label={format.labelled(monitor.proof, disk.path)} />
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
                      <div className="dim">{conversionSteps[change.step] ?? change.step}</div>
                      <Remark told={change} />
                    </td>
                    <td className="mono">{change.files.join(", ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {converted.notes.length === 0 ? null : (
            <div className="stack-tight">
              <h3>{monitor.conversionNotes}</h3>
              <ul className="remarks">
                {converted.notes.map((note, index) => (
                  <li key={index}>
                    <Remark told={note} />
                  </li>
                ))}
              </ul>
            </div>
          )}
        </Section>
      )}
      <DeliveredImage job={job.id} outputs={outputs} />
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
  const format = useFormats();
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
      <CopyLine text={receipt.fingerprint} label={format.labelled(monitor.receipt, common.details)} />
    </Section>
  );
}
