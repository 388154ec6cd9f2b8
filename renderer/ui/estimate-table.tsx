import type { Estimate } from "../../common/domain/assessment.ts";
import type { ReplicationMode } from "../../common/domain/finding.ts";
import { useFormats, useReportTexts } from "../texts/use-texts.ts";

/** How much and how long, as optimistic, expected and pessimistic figures, and what they rest on. */
export function EstimateTable({
  estimate,
  mode,
}: {
  readonly estimate: Estimate;
  readonly mode: ReplicationMode;
}) {
  const { report } = useReportTexts();
  const format = useFormats();
  const figures = estimate[mode];
  if (figures === null) return <p className="dim">{report.noEstimate}</p>;
  const { assumptions } = estimate;
  const rows = [
    { label: report.estimateRows.wire, values: figures.wireBytes, write: format.bytes },
    { label: report.estimateRows.transfer, values: figures.transferSeconds, write: format.duration },
    { label: report.estimateRows.image, values: figures.imageSeconds, write: format.duration },
    { label: report.estimateRows.total, values: figures.totalSeconds, write: format.duration },
  ];
  return (
    <div className="stack-tight">
      <table className="results-table">
        <thead>
          <tr>
            <th scope="col">{report.estimate}</th>
            <th scope="col" className="num">
              {report.columns.optimistic}
            </th>
            <th scope="col" className="num">
              {report.columns.expected}
            </th>
            <th scope="col" className="num">
              {report.columns.pessimistic}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, values, write }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="num">{write(values.optimistic)}</td>
              <td className="num">
                <strong>{write(values.expected)}</strong>
              </td>
              <td className="num">{write(values.pessimistic)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="dim">
        {format.labelled(
          report.assumptions,
          format.list([
            `${report.assumptionRows.bandwidth} ${report.perSecond(format.bytes(assumptions.bandwidthBytesPerSecond.expected))} (${report.rateFrom[assumptions.bandwidthFrom]})`,
            `${report.assumptionRows.diskRead} ${report.perSecond(format.bytes(assumptions.diskReadBytesPerSecond.expected))} (${report.rateFrom[assumptions.diskReadFrom]})`,
          ]),
        )}
      </p>
    </div>
  );
}
