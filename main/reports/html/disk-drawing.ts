/** A disk as bars to scale: before, and after in either mode. The table beside it says the same in words. */
import type { DiskMap, InnerVolume, Region } from "../../../common/domain/assessment.ts";
import type { Catalogue, Formats } from "../../../common/domain/report-text/catalogue.ts";
import { contentKindOf } from "../../../common/domain/content-kinds.ts";
import { html, type Html } from "./markup.ts";

const width = 1080;
const barHeight = 46;
const nameHeight = 16;
const gap = 12;
/** Narrower than this a stretch cannot be seen; the others give way. */
const smallestWidth = 4;
/** Less than this left over in an extended partition is alignment. */
const smallestRemainderBytes = 4 * 1024 * 1024;

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
  // One scale for all bars, so that a bar that needs less is shorter.
  const scaleBytes = Math.max(1, disk.sizeBytes ?? 0, ...bars.map((bar) => sumOf(bar.regions)));
  const height = bars.length * (nameHeight + barHeight + gap) - gap;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${titleId}">
    <title id="${titleId}">${text.diskMap}: ${disk.id}</title>
    ${bars.map((bar, index) =>
      drawBar(bar.name, bar.regions, index * (nameHeight + barHeight + gap), scaleBytes, context),
    )}
  </svg>`;
}

function sumOf(regions: readonly Region[]): number {
  return regions.reduce((sum, region) => sum + (region.kind === "extended" ? 0 : (region.sizeBytes ?? 0)), 0);
}

interface Stretch {
  readonly region: Region;
  readonly x: number;
  readonly width: number;
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
  const stretches = place(regions, scaleBytes);
  const extended = regions.find((region) => region.kind === "extended");
  return html`${label}${stretches.map((stretch) => drawStretch(stretch, y, context))}${
    extended ? drawExtended(extended, stretches, y) : null
  }`;
}

/** Widths to scale with a smallest width; where sizes are unknown every stretch is as wide as the others. */
function place(regions: readonly Region[], scaleBytes: number): Stretch[] {
  const drawn = withExtendedRemainder(regions);
  const known = drawn.every((region) => region.sizeBytes !== null);
  const total = known ? Math.max(scaleBytes, 1) : Math.max(drawn.length, 1);
  const raw = drawn.map((region) => (((known ? region.sizeBytes : 1) ?? 0) / total) * width);
  const widened = raw.map((each) => Math.max(each, smallestWidth));
  const excess = Math.max(0, widened.reduce((sum, each) => sum + each, 0) - width);
  const spare = widened.reduce((sum, each) => sum + Math.max(0, each - smallestWidth), 0);
  const stretches: Stretch[] = [];
  let x = 0;
  for (const [index, region] of drawn.entries()) {
    const wide = widened[index] ?? 0;
    const shrunk = spare > 0 ? wide - (Math.max(0, wide - smallestWidth) / spare) * excess : wide;
    stretches.push({ region, x, width: shrunk });
    x += shrunk;
  }
  return stretches;
}

/** The extended container is drawn around its logical partitions; what they leave of it is a stretch of its own. */
function withExtendedRemainder(regions: readonly Region[]): readonly Region[] {
  return regions.flatMap((region, index) => {
    if (region.kind === "extended") return [];
    const container = regions.findLast((each, at) => at < index && each.kind === "extended");
    if (
      !container ||
      !isInside(region, container) ||
      regions.slice(index + 1).some((each) => isInside(each, container))
    ) {
      return [region];
    }
    const taken = regions
      .filter((each) => isInside(each, container))
      .reduce((sum, each) => sum + (each.sizeBytes ?? 0), 0);
    const rest = (container.sizeBytes ?? 0) - taken;
    if (rest < smallestRemainderBytes) return [region];
    const remainder: Region = {
      ...region,
      name: "",
      kind: "free",
      startBytes: (region.startBytes ?? 0) + (region.sizeBytes ?? 0),
      sizeBytes: rest,
      content: null,
      mountPoints: [],
      usedBytes: null,
      volumes: [],
    };
    return [region, remainder];
  });
}

function isInside(region: Region, container: Region): boolean {
  const { startBytes: start, sizeBytes: size } = container;
  if (start === null || size === null || region.startBytes === null || region === container) return false;
  return region.startBytes >= start && region.startBytes < start + size;
}

function drawStretch({ region, x, width: wide }: Stretch, y: number, context: DrawingContext): Html {
  const inner = region.volumes.filter((volume) => (volume.sizeBytes ?? 0) > 0);
  const whole = box(classOf(region.kind, region.content), x, y, wide, barHeight);
  const lines = linesOf(region, context);
  if (inner.length === 0) {
    return html`${whole}${usedStrip(region, x, y, wide)}${labels(lines, x, y + 17, wide)}`;
  }
  const innerTotal = inner.reduce((sum, volume) => sum + (volume.sizeBytes ?? 0), 0);
  const room = Math.max(0, wide - 4);
  // Volumes may fill a part of their container only; thin ones may promise more than there is.
  const innerScale = Math.max(innerTotal, region.sizeBytes ?? 0);
  let at = x + 2;
  const boxes = inner.map((volume) => {
    const each = ((volume.sizeBytes ?? 0) / innerScale) * room;
    const drawn = drawInner(volume, at, y + 20, each, context);
    at += each;
    return drawn;
  });
  return html`${whole}${labels(lines.slice(0, 1), x, y + 14, wide)}${boxes}`;
}

function drawInner(volume: InnerVolume, x: number, y: number, wide: number, context: DrawingContext): Html {
  const height = barHeight - 23;
  const name = shortName(volume.name);
  const where = volume.mountPoints[0];
  const lines = [
    [where ?? name, volume.content, context.format.bytes(volume.sizeBytes ?? 0)].filter(Boolean).join(" · "),
    where ?? name,
  ];
  return html`${box(classOf("partition", volume.content), x, y, wide, height)}${usedStrip(volume, x, y + height - barHeight, wide)}${labels([bestFit(lines, wide)], x, y + 14, wide)}`;
}

function drawExtended(extended: Region, stretches: readonly Stretch[], y: number): Html | null {
  const inside = stretches.filter(({ region }) => isInside(region, extended));
  const first = inside[0];
  const last = inside.at(-1);
  if (!first || !last) return null;
  return box("extended", first.x + 1, y - 2, last.x + last.width - first.x - 2, barHeight + 4);
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
    where === undefined ? shortName(region.name) : `${shortName(region.name)} ${where}`,
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

/** A good guess is enough: a label that may not fit is left to the table. */
function textWidth(text: string): number {
  let sum = 0;
  for (const character of text) sum += (character.codePointAt(0) ?? 0) > 0x2e80 ? 12 : 6.6;
  return sum;
}

function shortName(device: string): string {
  return device.replace(/^\/dev\/(mapper\/)?/, "").replace(/^\\\\\.\\/, "");
}

function classOf(kind: Region["kind"], content: string | null): string {
  if (kind === "free") return "free";
  if (kind === "boot-area") return "boot";
  if (kind === "undetermined") return "unknown";
  switch (contentKindOf(content)) {
    case "filesystem":
    case "convertible":
      return "fs";
    case "swap":
      return "swap";
    case "container":
      return "container";
    case "medium":
    case "raw":
    case "none":
      return "boot";
    case "unknown":
      return "unknown";
  }
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
