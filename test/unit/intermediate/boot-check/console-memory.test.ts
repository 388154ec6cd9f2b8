import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  consoleAt,
  ConsoleMemory,
  findConsoles,
} from "../../../../intermediate/boot-check/console-memory.ts";

/** The cells of a console as a kernel keeps them. */
function cells(columns: number, rows: number, lines: readonly string[], attribute = 0x07): Buffer {
  const buffer = Buffer.alloc(columns * rows * 2);
  for (let cell = 0; cell < columns * rows; cell += 1) {
    const character = lines[Math.floor(cell / columns)]?.charCodeAt(cell % columns);
    buffer[cell * 2] = Number.isNaN(character) ? 0x20 : (character ?? 0x20);
    buffer[cell * 2 + 1] = attribute;
  }
  return buffer;
}

const screen = ["Debian GNU/Linux 12 web tty1", "", "web login:"];

describe("a kernel's console in memory", () => {
  it.each([
    ["VGA text", 80, 25, 0x07],
    ["1024×768", 128, 48, 0x07],
    ["1280×800", 160, 50, 0x07],
    ["1920×1080, a font of 512 glyphs", 240, 67, 0x0e],
  ])("of %s is read line by line", (_what, columns, rows, attribute) => {
    const memory = Buffer.alloc(1 << 17, 0);
    cells(columns, rows, screen, attribute).copy(memory, 8_192);
    expect(findConsoles(memory, memory.length)).toEqual([8_192]);
    expect(consoleAt(memory, 8_192)?.split("\n")).toEqual(screen);
  });

  it("is told from blank consoles, programs' text and cells that do not begin on a page", () => {
    const memory = Buffer.alloc(1 << 16, 0);
    cells(80, 25, []).copy(memory, 0);
    Buffer.from("plain text, one byte a character. ".repeat(200)).copy(memory, 8_192);
    Buffer.from("sixteen bits a character, as Windows has it. ".repeat(80), "utf16le").copy(memory, 16_384);
    cells(80, 25, screen).copy(memory, 32_768 + 512);
    expect(findConsoles(memory, memory.length)).toEqual([]);
  });

  it("keeps coloured words", () => {
    const memory = cells(80, 25, screen);
    for (let cell = 0; cell < 6; cell += 1) memory[cell * 2 + 1] = 0x02;
    expect(consoleAt(memory, 0)).toContain("Debian GNU/Linux 12 web tty1");
  });
});

describe("a guest's memory", () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "sma-memory-"))));
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is scanned across the parts in which it is read, and followed afterwards", async () => {
    const path = join(directory, "memory");
    const memory = Buffer.alloc(24 * 1_048_576, 0);
    const at = 8 * 1_048_576 - 4_096;
    cells(240, 67, ["booting"]).copy(memory, at);
    await writeFile(path, memory);
    const consoles = new ConsoleMemory(await open(path, "r"));
    try {
      await consoles.scan(new AbortController().signal);
      expect(await consoles.readKnown()).toEqual(["booting"]);
      const writer = await open(path, "r+");
      await writer.write(cells(240, 67, ["web login:"]), 0, undefined, at);
      await writer.close();
      expect(await consoles.readKnown()).toEqual(["web login:"]);
    } finally {
      await consoles.close();
    }
  });
});
