/** A planned disk to scale. The right edge of every partition is a slider: by hand, by arrow keys, in words beside it. */
import { useElementSize } from "@mantine/hooks";
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { classOfPiece, textWidth } from "../../common/domain/disk-layout.ts";
import { mebibyte } from "../../common/domain/target-layout.ts";
import type { PlannedDisk, PlannedPartition } from "../store/layout-edit.ts";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import "./disk-map.css";

const barHeight = 58;
/** Narrower than this a partition cannot be seen, and its edge not be taken. */
const smallestWidth = 12;
/** Beyond what is proposed, to grow into. */
const spareShare = 1.25;
const largestBytes = 64 * 1024 ** 4;

/** What the hand sets is round: nobody wants a partition of 20,481 MiB. */
function stepOf(sizeBytes: number): number {
  if (sizeBytes >= 64 * 1024 * mebibyte) return 1024 * mebibyte;
  if (sizeBytes >= 4 * 1024 * mebibyte) return 256 * mebibyte;
  return 16 * mebibyte;
}

/** How a partition is called: by its mount point, or by what it is for. */
export function usePartitionName(): (planned: PlannedPartition) => string {
  const { layout: text } = useTexts().compatibility;
  return ({ partition }) =>
    partition.role === "swap" || partition.role === "bios-boot"
      ? text.roles[partition.role]
      : partition.mountPoint;
}

interface Place {
  readonly planned: PlannedPartition;
  readonly x: number;
  readonly width: number;
}

function place(disk: PlannedDisk, bytesPerPixel: number): readonly Place[] {
  let x = 0;
  return disk.partitions
    .filter(({ joinedInto }) => joinedInto === null)
    .map((planned) => {
      const width = Math.max(smallestWidth, planned.partition.sizeBytes / bytesPerPixel);
      const placed = { planned, x, width };
      x += width;
      return placed;
    });
}

export function PlannedBar({
  disk,
  label,
  proposedBytes,
  onResize,
}: {
  readonly disk: PlannedDisk;
  readonly label: string;
  /** The disk as it was proposed: the scale must not run away under the hand. */
  readonly proposedBytes: number;
  onResize(partition: PlannedPartition, sizeBytes: number): void;
}) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(measured, 100);
  const [held, setHeld] = useState<number | null>(null);
  const fitting = (Math.max(proposedBytes * spareShare, disk.sizeBytes * 1.05) + 1) / width;
  const bytesPerPixel = held ?? fitting;
  const places = place(disk, bytesPerPixel);
  if (places.length === 0) return null;
  return (
    <div ref={ref} className="planned-bar-place">
      {measured === 0 ? null : (
        <svg
          className="planned-bar"
          width={width}
          height={barHeight + 6}
          viewBox={`0 -3 ${width} ${barHeight + 6}`}
          role="group"
          aria-label={label}
        >
          {places.map((placed) => (
            <PartitionShape key={placed.planned.key} placed={placed} />
          ))}
          {places.map((placed) =>
            placed.planned.edit === null ? null : (
              <Grip
                key={placed.planned.key}
                placed={placed}
                bytesPerPixel={bytesPerPixel}
                onHold={(isHeld) => setHeld(isHeld ? fitting : null)}
                onResize={(sizeBytes) => onResize(placed.planned, sizeBytes)}
              />
            ),
          )}
        </svg>
      )}
    </div>
  );
}

function PartitionShape({ placed }: { readonly placed: Place }) {
  const format = useFormats();
  const name = usePartitionName()(placed.planned);
  const { planned, x, width } = placed;
  const { partition, usedBytes, problem } = planned;
  const content =
    partition.role === "data"
      ? partition.filesystem
      : partition.role === "esp"
        ? "vfat"
        : partition.role === "swap"
          ? "swap"
          : null;
  const kind = partition.role === "bios-boot" ? "boot" : classOfPiece("partition", content);
  const lines = [
    name,
    [partition.role === "swap" ? "" : (content ?? ""), format.bytes(partition.sizeBytes)]
      .filter(Boolean)
      .join(" · "),
  ];
  const used = Math.min(1, usedBytes / Math.max(1, partition.sizeBytes)) * Math.max(0, width - 2);
  return (
    <g className={problem === null ? "piece" : "piece piece-wrong"}>
      <title>{lines.join("\n")}</title>
      <rect
        className={`piece-box piece-${kind}`}
        x={x + 0.5}
        y={0.5}
        width={Math.max(1, width - 1)}
        height={barHeight - 1}
      />
      {used < 1 ? null : <rect className="piece-used" x={x + 1} y={barHeight - 7} width={used} height={5} />}
      {lines.map((line, index) =>
        textWidth(line) > width - 18 ? null : (
          <text
            key={index}
            className={index === 0 ? "piece-name" : "piece-detail"}
            x={x + 6}
            y={20 + index * 16}
          >
            {line}
          </text>
        ),
      )}
    </g>
  );
}

function Grip({
  placed,
  bytesPerPixel,
  onHold,
  onResize,
}: {
  readonly placed: Place;
  readonly bytesPerPixel: number;
  onHold(isHeld: boolean): void;
  onResize(sizeBytes: number): void;
}) {
  const { layout: text } = useTexts().compatibility;
  const format = useFormats();
  const name = usePartitionName()(placed.planned);
  const { partition, leastBytes } = placed.planned;
  const from = useRef<{ readonly x: number; readonly sizeBytes: number } | null>(null);
  const at = placed.x + placed.width;
  const round = (wanted: number): number => {
    const step = stepOf(wanted);
    return Math.min(largestBytes, Math.max(leastBytes, Math.round(wanted / step) * step));
  };
  const down = (event: PointerEvent<SVGGElement>) => {
    event.preventDefault();
    event.currentTarget.focus();
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, sizeBytes: partition.sizeBytes };
    onHold(true);
  };
  const move = (event: PointerEvent<SVGGElement>) => {
    if (from.current === null) return;
    const size = round(from.current.sizeBytes + (event.clientX - from.current.x) * bytesPerPixel);
    if (size !== partition.sizeBytes) onResize(size);
  };
  const up = () => {
    from.current = null;
    onHold(false);
  };
  const press = (event: KeyboardEvent) => {
    const step = stepOf(partition.sizeBytes);
    const wanted: Readonly<Record<string, number>> = {
      ArrowRight: partition.sizeBytes + step,
      ArrowUp: partition.sizeBytes + step,
      ArrowLeft: partition.sizeBytes - step,
      ArrowDown: partition.sizeBytes - step,
      PageUp: partition.sizeBytes + 10 * step,
      PageDown: partition.sizeBytes - 10 * step,
      Home: leastBytes,
    };
    const size = wanted[event.key];
    if (size === undefined) return;
    event.preventDefault();
    onResize(event.key === "Home" ? leastBytes : round(size));
  };
  return (
    <g
      className="planned-grip"
      role="slider"
      tabIndex={0}
      aria-label={text.resize(name)}
      aria-orientation="horizontal"
      aria-valuemin={Math.round(leastBytes / mebibyte)}
      aria-valuemax={Math.round(largestBytes / mebibyte)}
      aria-valuenow={Math.round(partition.sizeBytes / mebibyte)}
      aria-valuetext={format.bytes(partition.sizeBytes)}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={press}
    >
      <rect x={at - 7} y={-2} width={12} height={barHeight + 4} />
      <line x1={at - 2} x2={at - 2} y1={18} y2={barHeight - 18} />
    </g>
  );
}
