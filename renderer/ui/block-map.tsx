import { useEffect, useRef } from "react";
import { useFormats, useTexts } from "../texts/use-texts.ts";
import { blockKinds, slicesOf, type BlockCell, type BlockKind } from "./block-slices.ts";
import { useAppliedTheme } from "./use-applied-theme.ts";
import "./block-map.css";

const colourOf: Readonly<Record<BlockKind, string>> = {
  failing: "--sma-bad",
  pending: "--sma-neutral-tint",
  sent: "--sma-accent",
  same: "--sma-ok",
  zero: "--sma-boot",
  skipped: "--sma-raised",
};

const cellPixels = 11;
const gapPixels = 2;

/** A disk as cells in its own order. The picture is for the eye; the table under it has the same in figures. */
export function BlockMap({
  label,
  cells,
  chunkBytes,
}: {
  readonly label: string;
  readonly cells: readonly BlockCell[];
  readonly chunkBytes: number;
}) {
  const { monitor } = useTexts();
  const format = useFormats();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useAppliedTheme();

  useEffect(() => {
    const element = canvas.current;
    const frame = element?.parentElement;
    if (element === null || frame === null || frame === undefined) return undefined;
    const draw = () => {
      const pitch = cellPixels + gapPixels;
      const columns = Math.max(1, Math.floor((frame.clientWidth + gapPixels) / pitch));
      const rows = Math.ceil(cells.length / columns);
      const scale = window.devicePixelRatio;
      const [width, height] = [columns * pitch, rows * pitch];
      element.width = Math.round(width * scale);
      element.height = Math.round(height * scale);
      element.style.width = `${width}px`;
      element.style.height = `${height}px`;
      const context = element.getContext("2d");
      if (context === null) return;
      context.scale(scale, scale);
      const style = getComputedStyle(document.documentElement);
      const colours = new Map(blockKinds.map((kind) => [kind, style.getPropertyValue(colourOf[kind])]));
      const border = style.getPropertyValue("--sma-border");
      for (const [index, cell] of cells.entries()) {
        const x = (index % columns) * pitch;
        const y = Math.floor(index / columns) * pitch;
        const slices = slicesOf(cell, cellPixels);
        let bottom = y + cellPixels;
        for (const [kind, height] of slices) {
          bottom -= height;
          context.fillStyle = colours.get(kind) ?? border;
          context.fillRect(x, bottom, cellPixels, height);
        }
        const top = slices.at(-1)?.[0];
        if (top === "skipped" || top === "pending") {
          context.strokeStyle = border;
          context.strokeRect(x + 0.5, y + 0.5, cellPixels - 1, cellPixels - 1);
        }
        if (top === "failing") {
          // A cross, so that it is not told by colour alone.
          context.strokeStyle = style.getPropertyValue("--sma-surface");
          context.beginPath();
          context.moveTo(x + 3, y + 3);
          context.lineTo(x + cellPixels - 3, y + cellPixels - 3);
          context.moveTo(x + cellPixels - 3, y + 3);
          context.lineTo(x + 3, y + cellPixels - 3);
          context.stroke();
        }
      }
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [cells, theme]);

  const totals = new Map(
    blockKinds.map((kind) => [kind, cells.reduce((sum, cell) => sum + cell[kind], 0) * chunkBytes]),
  );
  const perCell =
    cells.length === 0 ? 0 : [...totals.values()].reduce((sum, each) => sum + each, 0) / cells.length;
  return (
    <figure className="block-map">
      <div className="block-frame">
        <canvas ref={canvas} role="img" aria-label={label} />
      </div>
      <figcaption>
        <ul className="block-legend">
          {blockKinds
            .filter((kind) => (totals.get(kind) ?? 0) > 0)
            .map((kind) => (
              <li key={kind}>
                <span className={`block-key block-${kind}`} aria-hidden />
                {monitor.cells[kind]} <strong>{format.bytes(totals.get(kind) ?? 0)}</strong>
              </li>
            ))}
          <li className="dim">{monitor.cellSize(format.bytes(perCell))}</li>
        </ul>
      </figcaption>
    </figure>
  );
}
