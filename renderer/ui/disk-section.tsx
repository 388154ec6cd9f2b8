import { useState } from "react";
import type { DiskMap } from "../../common/domain/assessment.ts";
import type { Finding, ReplicationMode } from "../../common/domain/finding.ts";
import { useFormats, useReportTexts, useTexts } from "../texts/use-texts.ts";
import { DiskBars } from "./disk-map.tsx";
import { shortDeviceName } from "../../common/domain/disk-layout.ts";
import { findingsAbout, piecesOf } from "./disk-pieces.ts";
import { EffectBadge } from "./effect-badge.tsx";
import { FindingList } from "./finding-list.tsx";
import { Section } from "./page.tsx";
import "./disk-section.css";

/** One disk: its picture, its pieces, and what is known about the piece that is chosen. */
export function DiskSection({
  disk,
  mode,
  findings,
}: {
  readonly disk: DiskMap;
  readonly mode: ReplicationMode;
  readonly findings: readonly Finding[];
}) {
  const { compatibility: text, common } = useTexts();
  const { report } = useReportTexts();
  const format = useFormats();
  const [chosen, setChosen] = useState<string | null>(null);
  const pieces = piecesOf(disk);
  const piece = pieces.find(({ name }) => name !== "" && name === chosen);
  return (
    <Section
      title={
        <>
          <span className="mono">{disk.id}</span>{" "}
          <span className="dim disk-facts">
            {[
              disk.sizeBytes === null ? common.unknown : format.bytes(disk.sizeBytes),
              disk.partitionTable === null ? null : report.tables[disk.partitionTable],
              disk.model,
              report.treatments[disk.treatment],
            ]
              .filter((part) => part !== null)
              .join(" · ")}
          </span>
        </>
      }
    >
      <DiskBars disk={disk} mode={mode} chosen={chosen} onChoose={setChosen} />
      <DiskLegend />
      <div className="table-overflow">
        <table className="results-table pieces-table" aria-label={format.labelled(text.pieces, disk.id)}>
          <thead>
            <tr>
              <th scope="col">{text.piece.device}</th>
              <th scope="col">{text.piece.content}</th>
              <th scope="col">{text.piece.where}</th>
              <th scope="col" className="num">
                {text.piece.size}
              </th>
              <th scope="col" className="num">
                {text.piece.used}
              </th>
              <th scope="col">{format.labelled(text.piece.happens, report.modes[mode])}</th>
            </tr>
          </thead>
          <tbody>
            {pieces.map((each, index) => (
              <tr key={index} data-chosen={each.name !== "" && each.name === chosen ? "" : undefined}>
                <td className={each.container === null ? "" : "piece-inside"}>
                  {each.kind === "free" ? (
                    report.free
                  ) : (
                    <button
                      type="button"
                      className="text-button mono"
                      aria-pressed={each.name === chosen}
                      onClick={() => setChosen(each.name === chosen ? null : each.name)}
                    >
                      {shortDeviceName(each.name)}
                    </button>
                  )}
                </td>
                <td>
                  {each.kind === "extended"
                    ? report.extended
                    : each.kind === "boot-area"
                      ? report.bootArea
                      : each.kind === "free"
                        ? ""
                        : (each.content ?? report.undetermined)}
                </td>
                <td className="mono">{each.mountPoints.join(", ")}</td>
                <td className="num">
                  {each.sizeBytes === null ? common.unknown : format.bytes(each.sizeBytes)}
                </td>
                <td className="num">
                  {each.usedBytes === null || each.kind === "free"
                    ? ""
                    : each.sizeBytes === null || each.sizeBytes === 0
                      ? format.bytes(each.usedBytes)
                      : text.usedShare(
                          format.bytes(each.usedBytes),
                          format.percent(each.usedBytes / each.sizeBytes),
                        )}
                </td>
                <td>{each.kind === "free" ? "" : <EffectBadge effect={each.effects[mode]} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {disk.omittedRegions > 0 ? (
        <p className="dim">{report.omittedRegions(format.integer(disk.omittedRegions))}</p>
      ) : null}
      <div role="status" aria-live="polite" className="stack">
        {piece === undefined ? (
          <p className="dim">{text.choosePiece}</p>
        ) : (
          <>
            <h3>{text.findingsOf(piece.name)}</h3>
            <FindingList
              findings={findingsAbout(piece, findings)}
              mode={mode}
              nothing={text.noFindingsOf}
              isOpen
            />
          </>
        )}
      </div>
    </Section>
  );
}

function DiskLegend() {
  const { legend } = useTexts().compatibility;
  return (
    <ul className="disk-legend">
      {(["fs", "used", "swap", "container", "boot", "unknown", "free"] as const).map((key) => (
        <li key={key}>
          <span className={`disk-key key-${key}`} aria-hidden />
          {legend[key]}
        </li>
      ))}
    </ul>
  );
}
