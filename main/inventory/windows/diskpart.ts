import type { Evidence } from "../../../common/domain/facts.ts";
import { type Capture, evidenceOf, linesOf } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import { dynamicWords, extendedWords, logicalWords } from "./partition-words.ts";
import { type Column, consoleSlice, ruledColumns } from "./records.ts";

export interface DiskpartDisk {
  readonly number: number;
  readonly size: ReturnType<typeof parseSize>;
  readonly isDynamic: boolean;
  readonly isGpt: boolean;
  readonly evidence: Evidence;
}

export interface DiskpartPartition {
  /** The disk that was selected; null where the transcript does not show it. */
  readonly disk: number | null;
  /** 0 stands for an extended partition, which has no number of its own. */
  readonly number: number;
  readonly typeText: string;
  readonly isExtended: boolean;
  readonly isLogical: boolean;
  readonly isDynamic: boolean;
  readonly size: ReturnType<typeof parseSize>;
  readonly offset: ReturnType<typeof parseSize>;
  readonly evidence: Evidence;
}

export interface DiskpartVolume {
  readonly number: number;
  readonly letter: string | null;
  readonly label: string | null;
  readonly filesystem: string | null;
  readonly typeText: string;
  readonly size: ReturnType<typeof parseSize>;
  readonly statusText: string;
  readonly infoText: string;
  readonly evidence: Evidence;
}

export interface DiskpartOutput {
  readonly disks: readonly DiskpartDisk[];
  readonly partitions: readonly DiskpartPartition[];
  readonly volumes: readonly DiskpartVolume[];
}

/**
 * `list disk`, `list partition`, `list volume` in any language: a table is told by how many columns its dashes draw
 * (6 for disks, 4 for partitions, 8 for volumes), a column by its place on the console, or by its shape where
 * wide characters move the places.
 */
export function parseDiskpart(capture: Capture): DiskpartOutput {
  const disks: DiskpartDisk[] = [];
  const partitions: DiskpartPartition[] = [];
  const volumes: DiskpartVolume[] = [];
  let columns: readonly Column[] | null = null;
  let selected: number | null = null;
  for (const line of linesOf(capture)) {
    const ruled = ruledColumns(line.text);
    if (ruled) {
      columns = ruled;
      continue;
    }
    const select = /^(?:DISKPART>\s*)?sel\w*\s+disk\s+(\d+)/i.exec(line.text.trim());
    if (select) selected = Number(select[1]);
    if (line.text.trim() === "" || /^DISKPART>/i.test(line.text))
      columns = line.text.trim() === "" ? columns : null;
    if (!columns || line.text.trim() === "") continue;
    const byShape = hasWideText(line.text) ? cellsByShape(line.text, columns.length) : null;
    const cell = (index: number): string => {
      if (byShape) return byShape[index] ?? "";
      const column = columns?.[index];
      return column ? consoleSlice(line.text, column.start, column.end) : "";
    };
    const number = /(\d+)\s*$/.exec(cell(0))?.[1];
    if (number === undefined) continue;
    const evidence = evidenceOf(capture, line);
    if (columns.length === 6) {
      // `Disk M0` is a member of a dynamic group that is not there any more, and none of the disks that are.
      if (/M\d+$/.test(cell(0))) continue;
      disks.push({
        number: Number(number),
        size: parseSize(cell(2)),
        isDynamic: cell(4).includes("*"),
        isGpt: cell(5).includes("*"),
        evidence,
      });
      if (line.text.trimStart().startsWith("*")) selected ??= Number(number);
    } else if (columns.length === 4) {
      const typeText = cell(1);
      partitions.push({
        disk: selected,
        number: Number(number),
        typeText,
        isExtended: number === "0" || extendedWords.test(typeText),
        isLogical: logicalWords.test(typeText) && !dynamicWords.test(typeText),
        isDynamic: dynamicWords.test(typeText),
        size: parseSize(cell(2)),
        offset: parseSize(cell(3)),
        evidence,
      });
    } else if (columns.length === 8) {
      const letter = cell(1);
      volumes.push({
        number: Number(number),
        letter: /^[A-Z]$/.test(letter) ? letter : null,
        label: cell(2) === "" ? null : cell(2),
        filesystem: cell(3) === "" ? null : cell(3),
        typeText: cell(4),
        size: parseSize(cell(5)),
        statusText: cell(6),
        infoText: cell(7),
        evidence,
      });
    }
  }
  return { disks, partitions, volumes };
}

function hasWideText(text: string): boolean {
  return /[\u1100-\ud7a3\uf900-\ufaff\uff00-\uffe6]/.test(text);
}

const size = String.raw`\d+ ?[KMGTP]?B`;
const shapes: Readonly<Record<number, RegExp>> = {
  4: new RegExp(String.raw`^\s*\*?\s*(\D*?\d+)\s{2,}(\S.*?)\s+(${size})\s+(${size})\s*$`),
  6: new RegExp(String.raw`^\s*\*?\s*(\D*?\d+)\s{2,}(\S.*?)\s+(${size})\s+(${size})([ *]*)$`),
  8: new RegExp(
    String.raw`^\s*\*?\s*(\D*?\d+)(?:\s{3,6}([A-Z])(?=\s)|)\s+(?:(\S.*?)\s+)??(NTFS|FAT32|FAT|exFAT|ReFS|CSVFS|CDFS|UDF|RAW)\s+(\S.*?)\s+(${size})\s{2}(.*)$`,
  ),
};

/**
 * The cells of a row in which wide characters stand. Windows pads some of its columns by characters and others by their
 * width, so places on the console do not tell: the shapes of sizes and of filesystems' names do. Null where the row has
 * another shape.
 */
function cellsByShape(text: string, columns: number): readonly string[] | null {
  const match = shapes[columns]?.exec(text.trimEnd());
  if (!match) return null;
  const cells = match.slice(1).map((part) => part ?? "");
  const tail = cells.pop() ?? "";
  if (columns === 4) return [...cells, tail];
  // Counted from the end of the size before them: the star under "Dyn" comes after three blanks, that under "Gpt" after eight.
  if (columns === 6) return [...cells, tail.slice(0, 6), tail.slice(6)];
  return [...cells, ...tail.trim().split(/\s{2,}/)];
}

/** Volume types that only dynamic disks have (simple, spanned, striped, mirror, RAID-5), in the languages known here. */
export function dynamicLayout(typeText: string): string | null {
  const layouts: readonly (readonly [RegExp, string])[] = [
    [/raid-?5/i, "raid5"],
    [/mirror|gespiegelt|spiegel|miroir|en miroir|reflej|mirroring|зеркал|鏡像|镜像|ミラー|미러/i, "mirror"],
    [/strip|stripe|agrégé|seccionado|чередующ|等量|带区|ストライプ|스트라이프/i, "striped"],
    [/spanned|übergreif|fractionné|distribuido|составн|跨距|跨区|スパン|스팬/i, "spanned"],
    [/^simple|^einfach|^simples|semplice|прост|簡單|简单|シンプル|단순/i, "simple"],
  ];
  return layouts.find(([pattern]) => pattern.test(typeText))?.[1] ?? null;
}
