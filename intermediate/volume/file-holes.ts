import { createInterface } from "node:readline";
import { spawnTool } from "../qemu/run-tool.ts";

/** The grain at which holes are known. */
const grainBytes = 1_048_576;
/** A smaller file is read sooner than a program is started. */
const askFromBytes = 1_073_741_824;

interface Extent {
  readonly start: number;
  readonly length: number;
  readonly data: boolean;
}

const isExtent = (value: unknown): value is Extent => {
  if (typeof value !== "object" || value === null) return false;
  const { start, length, data } = value as Record<string, unknown>;
  return Number.isSafeInteger(start) && Number.isSafeInteger(length) && typeof data === "boolean";
};

/**
 * The stretches of a raw file that hold data, as its filesystem's own map says (SEEK_DATA, which Node does not offer and
 * qemu-img does). False where they cannot be had, or do not cover the file.
 */
async function eachData(
  path: string,
  sizeBytes: number,
  visit: (offset: number, length: number) => void,
): Promise<boolean> {
  const started = await spawnTool(
    "qemu-img",
    ["map", "--force-share", "--output=json", "-f", "raw", path],
    ["ignore", "pipe", "ignore"],
  );
  if (!started.ok) return false;
  const child = started.value;
  const ended = new Promise<number>((settle) => child.once("close", (code) => settle(code ?? 1)));
  let at = 0;
  let whole = true;
  if (child.stdout === null) return false;
  // One extent a line: a fragmented replica has millions, which must not all be in memory.
  for await (const line of createInterface({ input: child.stdout })) {
    const text = line.replace(/^\[/, "").replace(/[,\]]$/, "");
    if (text.trim() === "") continue;
    const extent = parse(text);
    if (extent?.start !== at) {
      whole = false;
      continue;
    }
    at += extent.length;
    if (extent.data) visit(extent.start, extent.length);
  }
  return (await ended) === 0 && whole && at === sizeBytes;
}

function parse(text: string): Extent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isExtent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where a file has never held anything, so that it reads as zeros without being read: terabytes of holes take hours.
 * What is written through the sink must be noted before it is written. One bit for a mebibyte.
 */
export class FileHoles {
  readonly #path: string;
  readonly #sizeBytes: number;
  /** Set where something may be stored. */
  readonly #stored: Uint8Array;
  #known: boolean;
  #learning: Promise<void> | undefined;

  /** @param isBlank the file is one hole: nothing has to be asked for */
  constructor(path: string, sizeBytes: number, isBlank: boolean) {
    this.#path = path;
    this.#sizeBytes = sizeBytes;
    this.#stored = new Uint8Array(Math.ceil(sizeBytes / grainBytes / 8));
    this.#known = isBlank;
  }

  noteWrite(offset: number, length: number): void {
    if (length <= 0) return;
    const last = Math.floor((offset + length - 1) / grainBytes);
    for (let grain = Math.floor(offset / grainBytes); grain <= last; grain += 1) {
      this.#stored[grain >>> 3] = (this.#stored[grain >>> 3] ?? 0) | (1 << (grain & 7));
    }
  }

  /** True only where the whole range certainly is a hole. The first question may take as long as reading the map does. */
  async covers(offset: number, length: number): Promise<boolean> {
    if (!this.#known) {
      if (this.#sizeBytes < askFromBytes) return false;
      this.#learning ??= this.#learn();
      await this.#learning;
      if (!this.#known) return false;
    }
    return length > 0 && this.holeAt(offset, length) === length;
  }

  /** How many of `length` bytes from `offset` on certainly are a hole, without asking for the map. */
  holeAt(offset: number, length: number): number {
    if (!this.#known || length <= 0) return 0;
    const end = offset + length;
    let grain = Math.floor(offset / grainBytes);
    while (grain * grainBytes < end) {
      const stored = this.#stored[grain >>> 3] ?? 0;
      if (stored === 0) grain = ((grain >>> 3) + 1) << 3;
      else if ((stored & (1 << (grain & 7))) === 0) grain += 1;
      else break;
    }
    return Math.max(0, Math.min(end, grain * grainBytes) - offset);
  }

  /** What is written meanwhile is noted as always, so nothing is lost between the map's making and its use. */
  async #learn(): Promise<void> {
    this.#known = await eachData(this.#path, this.#sizeBytes, (offset, length) =>
      this.noteWrite(offset, length),
    );
  }
}
