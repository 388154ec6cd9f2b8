/** A disk as bars to scale: before, and after in either mode. The table beside it says the same in words. */
import type { DiskMap, InnerVolume, Region } from "../../../common/domain/assessment.ts";
import type { Catalogue, Formats } from "../../../common/domain/report-text/catalogue.ts";
import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import {
  classOfPiece,
  classOfRegion,
  placeRegions,
  scaleBytesOf,
  shortDeviceName,
  textWidth,
  type PlacedRegion,
} from "../../../common/domain/disk-layout.ts";
import { html, type Html } from "./markup.ts";

const width = 1080;
const barHeight = 46;
const nameHeight = 16;
const gap = 12;

export interface DrawingContext {
  readonly catalogue: Catalogue;
  readonly format: Formats;
}

/** `titleId` must be unique in the document. */
export function drawDisk(disk: DiskMap, titleId: string, context: DrawingContext): Html {
  const text = context.catalogue.report;
  const bars: { readonly name: string; readonly regions: readonly Region[] }[] = [
    { name: text.before, regions: disk.before },
  ];
  if (disk.treatment === "copied") {
    bars.push({ name: `${text.after(text.modes.block)} – ${text.asBefore}`, regions: disk.after.block });
    bars.push({ name: text.after(text.modes.file), regions: disk.after.file });
  }
  const scaleBytes = scaleBytesOf(disk);
  const height = bars.length * (nameHeight + barHeight + gap) - gap;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${titleId}">
    <title id="${titleId}">${text.diskMap}: ${disk.id}</title>
    ${bars.map((bar, index) =>
      drawBar(bar.name, bar.regions, index * (nameHeight + barHeight + gap), scaleBytes, context),
    )}
  </svg>`;
}

function drawBar(
  name: string,
  regions: readonly Region[],
  top: number,
  scaleBytes: number,
  context: DrawingContext,
): Html {
  const y = top + nameHeight;
  const label = html`<text class="bar-name" x="0" y="${top + 11}">${name}</text>`;
  if (regions.length === 0) {
    return html`${label}<rect class="free" x="0.5" y="${y}" width="${width - 1}" height="${barHeight}" />
      <text class="detail" x="10" y="${y + barHeight / 2 + 4}"
        >${context.catalogue.report.nothingNeeded}</text
      >`;
  }
  const bar = placeRegions(regions, scaleBytes, width);
  return html`${label}${bar.regions.map((placed) => drawRegion(placed, y, context))}${
    bar.extended === null
      ? null
      : box("extended", bar.extended.x + 1, y - 2, bar.extended.width - 2, barHeight + 4)
  }`;
}

function drawRegion(
  { region, x, width: wide, volumes }: PlacedRegion,
  y: number,
  context: DrawingContext,
): Html {
  const whole = box(classOfRegion(region), x, y, wide, barHeight);
  const lines = linesOf(region, context);
  if (volumes.length === 0) {
    return html`${whole}${usedStrip(region, x, y, wide)}${labels(lines, x, y + 17, wide)}`;
  }
  const boxes = volumes.map((placed) => drawInner(placed.volume, placed.x, y + 20, placed.width, context));
  return html`${whole}${labels(lines.slice(0, 1), x, y + 14, wide)}${boxes}`;
}

function drawInner(volume: InnerVolume, x: number, y: number, wide: number, context: DrawingContext): Html {
  const height = barHeight - 23;
  const name = shortDeviceName(volume.name);
  const where = volume.mountPoints[0];
  const lines = [
    [where ?? name, volume.content, context.format.bytes(volume.sizeBytes ?? 0)].filter(Boolean).join(" · "),
    where ?? name,
  ];
  return html`${box(classOfPiece("volume", volume.content), x, y, wide, height)}${usedStrip(volume, x, y + height - barHeight, wide)}${labels([bestFit(lines, wide)], x, y + 14, wide)}`;
}

function box(kind: string, x: number, y: number, wide: number, height: number): Html {
  return html`<rect
    class="${kind}"
    x="${px(x + 0.5)}"
    y="${px(y)}"
    width="${px(Math.max(1, wide - 1))}"
    height="${height}"
  />`;
}

function usedStrip(
  of: {
    readonly usedBytes: number | null;
    readonly sizeBytes: number | null;
    readonly content: string | null;
  },
  x: number,
  y: number,
  wide: number,
): Html | null {
  const kind = contentKindOf(of.content);
  if (of.usedBytes === null || !of.sizeBytes || (kind !== "filesystem" && kind !== "convertible"))
    return null;
  const share = Math.min(1, of.usedBytes / of.sizeBytes);
  if (share * wide < 1) return null;
  return html`<rect
    class="used"
    x="${px(x + 1)}"
    y="${px(y + barHeight - 6)}"
    width="${px(Math.max(0.5, share * (wide - 2)))}"
    height="5"
  />`;
}

function linesOf(region: Region, context: DrawingContext): readonly string[] {
  const { report } = context.catalogue;
  const size = region.sizeBytes === null ? "" : context.format.bytes(region.sizeBytes);
  if (region.kind === "free") return [report.free, size];
  const what =
    region.kind === "boot-area"
      ? report.bootArea
      : region.kind === "undetermined" || region.content === null
        ? report.undetermined
        : region.content;
  const where = region.mountPoints[0];
  return [
    where === undefined ? shortDeviceName(region.name) : `${shortDeviceName(region.name)} ${where}`,
    [what, size].filter((part) => part !== "").join(" · "),
  ];
}

function labels(lines: readonly string[], x: number, y: number, wide: number): readonly (Html | null)[] {
  return lines.map((line, index) => {
    if (line === "" || textWidth(line) > wide - 8) return null;
    return html`<text class="${index === 0 ? "name" : "detail"}" x="${px(x + 5)}" y="${px(y + index * 14)}"
      >${line}</text
    >`;
  });
}

function bestFit(candidates: readonly string[], wide: number): string {
  return candidates.find((line) => textWidth(line) <= wide - 8) ?? "";
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
