/** A disk, before and after, as bars to scale. The table of pieces beside it says the same in words. */
import { useElementSize } from "@mantine/hooks";
import type { DiskMap, Region } from "../../common/domain/assessment.ts";
import type { ReplicationMode } from "../../common/domain/finding.ts";
import { useFormats, useReportTexts, useTexts } from "../texts/use-texts.ts";
import {
  classOfPiece,
  classOfRegion,
  placeRegions,
  scaleBytesOf,
  shortDeviceName,
  targetRegions,
  textWidth,
  type PlacedRegion,
  type PlacedVolume,
} from "../../common/domain/disk-layout.ts";
import "./disk-map.css";

const barHeight = 58;
const innerTop = 22;

export function DiskBars({
  disk,
  mode,
  chosen,
  onChoose,
  isSourceOnly = false,
}: {
  readonly disk: DiskMap;
  readonly mode: ReplicationMode;
  /** Name of the piece that is looked at. */
  readonly chosen: string | null;
  onChoose(name: string): void;
  /** What comes of it is drawn elsewhere. */
  readonly isSourceOnly?: boolean;
}) {
  const { compatibility: text } = useTexts();
  const after = targetRegions(disk, mode);
  return (
    <div className="disk-bars">
      <Bar
        disk={disk}
        mode={mode}
        regions={disk.before}
        name={text.source}
        note=""
        nothing={text.noTarget}
        chosen={chosen}
        onChoose={onChoose}
      />
      {isSourceOnly ? null : (
        <Bar
          disk={disk}
          mode={mode}
          regions={after}
          name={text.target}
          note={disk.treatment !== "copied" ? "" : mode === "block" ? text.asSource : text.shorter}
          nothing={disk.treatment === "copied" ? text.noTarget : text.notCopied}
          chosen={chosen}
          onChoose={onChoose}
        />
      )}
    </div>
  );
}

function Bar({
  disk,
  mode,
  regions,
  name,
  note,
  nothing,
  chosen,
  onChoose,
}: {
  readonly disk: DiskMap;
  readonly mode: ReplicationMode;
  readonly regions: readonly Region[];
  readonly name: string;
  readonly note: string;
  readonly nothing: string;
  readonly chosen: string | null;
  onChoose(name: string): void;
}) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const format = useFormats();
  const bar = placeRegions(regions, scaleBytesOf(disk, [mode]), Math.max(width, 100));
  return (
    <div className="disk-bar">
      <div className="row">
        <strong>{name}</strong>
        <span className="dim">{note}</span>
      </div>
      <div ref={ref} className="disk-bar-place">
        {regions.length === 0 ? (
          <div className="disk-nothing">{nothing}</div>
        ) : width === 0 ? null : (
          <svg
            width={width}
            height={barHeight + 6}
            viewBox={`0 -3 ${width} ${barHeight + 6}`}
            role="img"
            aria-label={format.labelled(name, disk.id)}
          >
            {bar.regions.map((placed, index) => (
              <RegionShape key={index} placed={placed} chosen={chosen} onChoose={onChoose} />
            ))}
            {bar.extended === null ? null : (
              <rect
                className="piece-extended"
                x={bar.extended.x + 1}
                y={-2}
                width={Math.max(1, bar.extended.width - 2)}
                height={barHeight + 4}
              />
            )}
          </svg>
        )}
      </div>
    </div>
  );
}

function RegionShape({
  placed,
  chosen,
  onChoose,
}: {
  readonly placed: PlacedRegion;
  readonly chosen: string | null;
  onChoose(name: string): void;
}) {
  const { report } = useReportTexts();
  const format = useFormats();
  const { region, x, width, volumes } = placed;
  const kind = classOfRegion(region);
  const size = region.sizeBytes === null ? "" : format.bytes(region.sizeBytes);
  const where = region.mountPoints[0];
  const title = region.kind === "free" ? report.free : shortDeviceName(region.name);
  const what =
    region.kind === "free"
      ? ""
      : region.kind === "boot-area"
        ? report.bootArea
        : region.kind === "extended"
          ? report.extended
          : (region.content ?? (volumes.length > 0 ? "" : report.undetermined));
  const names = [
    where === undefined ? title : `${title} ${where}`,
    where ?? "",
    title,
    numberOf(region.name),
  ];
  const lines = [
    names.find((text) => text !== "" && fits(text, width)) ?? "",
    [what, size].filter(Boolean).join(" · "),
  ];
  return (
    <g
      className={region.name !== "" && region.name === chosen ? "piece piece-chosen" : "piece"}
      onClick={() => (region.name === "" ? undefined : onChoose(region.name))}
    >
      <title>{[names[0], lines[1]].join("\n")}</title>
      <rect
        className={`piece-box piece-${kind}`}
        x={x + 0.5}
        y={0.5}
        width={Math.max(1, width - 1)}
        height={barHeight - 1}
      />
      {volumes.length === 0 ? (
        <>
          <UsedStrip used={region.usedBytes} size={region.sizeBytes} x={x} y={barHeight - 7} width={width} />
          <Label lines={lines} x={x} y={20} width={width} />
        </>
      ) : (
        <>
          <Label
            lines={[lines.find((line) => line !== "" && fits(line, width)) ?? ""]}
            x={x}
            y={15}
            width={width}
          />
          {volumes.map((volume, index) => (
            <VolumeShape key={index} placed={volume} chosen={chosen} onChoose={onChoose} />
          ))}
        </>
      )}
    </g>
  );
}

function VolumeShape({
  placed,
  chosen,
  onChoose,
}: {
  readonly placed: PlacedVolume;
  readonly chosen: string | null;
  onChoose(name: string): void;
}) {
  const format = useFormats();
  const { volume, x, width } = placed;
  const { swap } = useTexts().compatibility.legend;
  const where = volume.mountPoints[0] ?? shortDeviceName(volume.name);
  const isSwap = volume.content === "swap";
  const lines = [`${where} · ${format.bytes(volume.sizeBytes ?? 0)}`, where, isSwap ? swap : ""];
  return (
    <g
      className={volume.name === chosen ? "piece piece-chosen" : "piece"}
      onClick={(event) => {
        event.stopPropagation();
        onChoose(volume.name);
      }}
    >
      <title>{`${volume.name}\n${volume.content ?? ""} ${format.bytes(volume.sizeBytes ?? 0)}`}</title>
      <rect
        className={`piece-box piece-${classOfPiece("volume", volume.content)}`}
        x={x + 0.5}
        y={innerTop}
        width={Math.max(1, width - 1)}
        height={barHeight - innerTop - 3}
      />
      <UsedStrip used={volume.usedBytes} size={volume.sizeBytes} x={x} y={barHeight - 9} width={width} />
      <Label
        lines={[lines.find((line) => line !== "" && fits(line, width)) ?? ""]}
        x={x}
        y={innerTop + 16}
        width={width}
      />
    </g>
  );
}

function UsedStrip({
  used,
  size,
  x,
  y,
  width,
}: {
  readonly used: number | null;
  readonly size: number | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}) {
  if (used === null || size === null || size === 0) return null;
  const share = Math.min(1, used / size) * Math.max(0, width - 2);
  return share < 1 ? null : <rect className="piece-used" x={x + 1} y={y} width={share} height={5} />;
}

/** Whether a label has room in a piece, with a little of it on both sides. */
const fits = (text: string, width: number): boolean => textWidth(text) <= width - 6;

/** `1` of `/dev/sda1`, for pieces that have room for no more. */
const numberOf = (name: string): string => /\d+$/.exec(name)?.[0] ?? "";

function Label({
  lines,
  x,
  y,
  width,
}: {
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
}) {
  return lines.map((line, index) =>
    line === "" || !fits(line, width) ? null : (
      <text
        key={index}
        className={index === 0 ? "piece-name" : "piece-detail"}
        x={x + Math.min(6, (width - textWidth(line)) / 2)}
        y={y + index * 16}
      >
        {line}
      </text>
    ),
  );
}
