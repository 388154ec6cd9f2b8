/**
 * Reads a Linux guest's text consoles out of its memory. A kernel keeps every virtual console as an array of cells,
 * two bytes each (character, attribute), whatever draws them: a framebuffer with any font, or nothing at all (a kernel
 * without a driver for the graphics mode that the boot loader left shows nothing on the screen, and its login prompt
 * is there all the same). The array is a slab allocation of at least 4,000 bytes, so it begins on a page.
 */
import type { FileHandle } from "node:fs/promises";

const pageBytes = 4_096;
const scanBytes = 8 * 1_048_576;
/** 80 × 25: a console has at least as many cells. */
const fewestCells = 2_000;
const mostCells = 320 * 120;
/** Grey on black, as the console starts; shifted by one where the font has 512 glyphs. */
const usualAttributes = new Set([0x07, 0x0e]);
const blank = 0x20;

/** Columns and rows of text modes and of usual graphics modes with 8×16 and 16×32 glyphs. */
const geometries: readonly (readonly [columns: number, rows: number])[] = [
  ...([25, 30, 43, 50, 60] as const).map((rows) => [80, rows] as const),
  ...([25, 43, 50, 60] as const).map((rows) => [132, rows] as const),
  ...(
    [
      [800, 600],
      [1024, 768],
      [1152, 864],
      [1280, 720],
      [1280, 768],
      [1280, 800],
      [1280, 960],
      [1280, 1024],
      [1360, 768],
      [1366, 768],
      [1400, 1050],
      [1440, 900],
      [1600, 900],
      [1600, 1200],
      [1680, 1050],
      [1920, 1080],
      [1920, 1200],
      [2560, 1440],
      [2560, 1600],
    ] as const
  ).flatMap(([width, height]) => [[width >> 3, height >> 4] as const, [width >> 4, height >> 5] as const]),
];

/** The consoles of one guest. Scanning all memory costs time, so what was found is looked at first. */
export class ConsoleMemory {
  readonly #memory: FileHandle;
  readonly #found = new Set<number>();

  constructor(memory: FileHandle) {
    this.#memory = memory;
  }

  /** Texts of the consoles that earlier scans found and that still are consoles. */
  async readKnown(): Promise<string[]> {
    const texts: string[] = [];
    const buffer = Buffer.alloc(mostCells * 2);
    for (const offset of this.#found) {
      const { bytesRead } = await this.#memory.read(buffer, 0, buffer.length, offset);
      const text = consoleAt(buffer.subarray(0, bytesRead), 0);
      if (text !== null) texts.push(text);
    }
    return texts;
  }

  /** Looks at all of the guest's memory. Takes a part of a second for each GiB on an idle machine. */
  async scan(signal: AbortSignal): Promise<void> {
    // A console that begins at the end of one part goes on in the next: parts overlap by a console's size.
    const buffer = Buffer.alloc(scanBytes + mostCells * 2);
    for (let offset = 0; !signal.aborted; offset += scanBytes) {
      const { bytesRead } = await this.#memory.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) return;
      for (const at of findConsoles(buffer.subarray(0, bytesRead), scanBytes)) this.#found.add(offset + at);
    }
  }

  async close(): Promise<void> {
    await this.#memory.close();
  }
}

/** Offsets of consoles that begin in the first `limit` bytes. */
export function findConsoles(memory: Buffer, limit: number): number[] {
  const found: number[] = [];
  for (let page = 0; page < Math.min(limit, memory.length); page += pageBytes) {
    const attribute = memory[page + 1] ?? 0;
    if (!usualAttributes.has(attribute)) continue;
    if (memory[page + 3] !== attribute || memory[page + 5] !== attribute) continue;
    if (consoleAt(memory, page) !== null) found.push(page);
  }
  return found;
}

/** The text of the console whose cells begin at `offset`, a line a row; null where there is none or it is empty. */
export function consoleAt(memory: Buffer, offset: number): string | null {
  let cells = 0;
  let usual = 0;
  let blanks = 0;
  let written = 0;
  for (let at = offset; at + 1 < memory.length && cells < mostCells; at += 2) {
    const character = memory[at] ?? 0;
    const attribute = memory[at + 1] ?? 0;
    // No console has blinking or invisible text by itself: that is where the array ends.
    if (attribute === 0 || attribute >= 0x80) break;
    cells += 1;
    if (usualAttributes.has(attribute)) usual += 1;
    if (character === blank) blanks += 1;
    else if (character > blank && character < 0x7f) written += 1;
  }
  const isConsole = cells >= fewestCells && usual * 10 >= cells * 6 && (blanks + written) * 20 >= cells * 19;
  if (!isConsole || written === 0) return null;
  const text = memory.subarray(offset, offset + cells * 2);
  const columns = likelyColumns(text, cells);
  const lines: string[] = [];
  for (let row = 0; row * columns < cells; row += 1) {
    let line = "";
    for (let cell = row * columns; cell < Math.min(cells, (row + 1) * columns); cell += 1) {
      const character = text[cell * 2] ?? blank;
      line += character > blank && character < 0x7f ? String.fromCharCode(character) : " ";
    }
    lines.push(line.trimEnd());
  }
  return lines.join("\n").trimEnd();
}

/** Of the geometries with this many cells, the one in which most lines begin at the left edge. */
function likelyColumns(text: Buffer, cells: number): number {
  const isBlank = (cell: number): boolean => (text[cell * 2] ?? blank) === blank;
  let best = 80;
  let bestScore = -1;
  for (const [columns, rows] of geometries) {
    // What follows the array in its slab may look like a few more cells.
    const rest = cells - columns * rows;
    if (rest < 0 || rest > 64) continue;
    let score = 0;
    for (let row = 0; row < rows; row += 1) {
      const first = row * columns;
      if (!isBlank(first) && (row === 0 || isBlank(first - 1))) score += 1;
    }
    if (score > bestScore) {
      best = columns;
      bestScore = score;
    }
  }
  return best;
}
