import type { UsageFacts } from "../../../common/domain/facts.ts";
import { type Capture, linesOf } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import type { Line } from "../capture.ts";

export interface DfRow {
  readonly filesystem: string;
  readonly type: string | null;
  readonly mountPoint: string;
  readonly usage: UsageFacts;
  readonly line: Line;
}

/**
 * df of coreutils and BusyBox with -P, -k, -h, -H, -T, -i, -B, --output, in any language: the columns are told by their
 * shapes, the block size by the heading. A long device name may stand on a line of its own (df without -P).
 */
export function parseDf(capture: Capture): readonly DfRow[] {
  const rows: DfRow[] = [];
  let blockBytes = 1024;
  let isInodes = false;
  let pending: string | null = null;
  let order: readonly string[] | null = null;
  for (const line of linesOf(capture)) {
    const text = line.text.trimEnd();
    if (text === "" || /^(\S*\/)?df: /.test(text)) continue;
    // A device's name on a line of its own is no heading, not even the first one.
    const isHeader =
      rows.length === 0 && /\S\s+\S/.test(text) && !/\d+%/.test(text) && !/\s\/\S*$/.test(text);
    if (isHeader || /^Filesystem\s/.test(text)) {
      isInodes = /\bI?inodes?\b|\bIUsed\b|inod|\sI[^\s%]*%/i.test(text) && !/\bblocks\b/i.test(text);
      blockBytes = blockSizeOf(text);
      order = /^\s*(?:1B-blocks|Size|1K-blocks)\b/.test(text) ? text.trim().split(/\s+/) : null;
      pending = null;
      continue;
    }
    if (order) continue;
    const joined: string = pending === null ? text : `${pending} ${text.trim()}`;
    pending = null;
    const row =
      /^(.+?)\s+(?:([a-z][\w.]*)\s+)?(\d[\d.,]*[KMGTPE]?i?B?|-)\s+(-?\d[\d.,]*[KMGTPE]?i?B?|-)\s+(-?\d[\d.,]*[KMGTPE]?i?B?|-)\s+(\d+%|-)\s+(\/.*)$/.exec(
        joined,
      );
    if (!row) {
      if (/^\S+$/.test(text)) pending = text;
      continue;
    }
    const amount = (value: string | undefined): number | null => {
      if (value === undefined || value === "-") return null;
      if (/^\d+$/.test(value)) return Number(value) * (isInodes ? 1 : blockBytes);
      return parseSize(value)?.bytes ?? null;
    };
    const [total, used, free] = [amount(row[3]), amount(row[4]), amount(row[5])];
    const usage: UsageFacts = isInodes
      ? {
          totalBytes: null,
          usedBytes: null,
          availableBytes: null,
          inodesTotal: whole(total),
          inodesUsed: whole(used),
        }
      : { totalBytes: total, usedBytes: used, availableBytes: free, inodesTotal: null, inodesUsed: null };
    rows.push({
      filesystem: (row[1] ?? "").trim(),
      type: row[2] ?? null,
      mountPoint: row[7] ?? "",
      usage,
      line,
    });
  }
  return rows;
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

/** `1K-blocks`, `1024-blocks`, `1M-blocks`, `2MB-blocks`, `512-blocks`; anything else is 1 KiB. */
function blockSizeOf(header: string): number {
  const match = /\b(\d+)([KMGT]?)(B?)-/i.exec(header);
  if (!match) return 1024;
  const power = "KMGT".indexOf((match[2] ?? "").toUpperCase()) + 1;
  const base = (match[3] ?? "") === "B" && power > 0 ? 1000 : 1024;
  return Number(match[1]) * (match[2] === "" ? 1 : base ** power);
}
