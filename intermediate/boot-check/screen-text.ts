/**
 * Reads the text on a machine's screen. Guests are booted as they are, and most write to their screen alone; in VGA
 * text mode and on Linux's framebuffer console alike the glyphs are those of the VGA ROM, so a picture of the screen
 * can be read by comparing cells. The glyphs are taken at run time from the VGA BIOS that QEMU brings.
 */
import { readFile } from "node:fs/promises";

const glyphHeight = 16;
const glyphCount = 256;

/** Row bitmaps of the 256 glyphs, most significant bit leftmost. */
export type VgaFont = ReadonlyMap<string, string>;

/** The letters A and B as every VGA ROM has them; they tell where the font lies. */
const letterA = Buffer.from("000010386cc6c6fec6c6c6c600000000", "hex");
const letterB = Buffer.from("0000fc6666667c66666666fc00000000", "hex");

const romPaths = [
  "/usr/share/seabios/vgabios-stdvga.bin",
  "/usr/share/qemu/vgabios-stdvga.bin",
  "/usr/share/seavgabios/vgabios-stdvga.bin",
  "/usr/local/share/qemu/vgabios-stdvga.bin",
];

/** Finds the 8×16 font in a VGA BIOS; null where there is none. */
export function fontInRom(rom: Buffer): VgaFont | null {
  for (let at = rom.indexOf(letterA); at >= 0; at = rom.indexOf(letterA, at + 1)) {
    const base = at - "A".charCodeAt(0) * glyphHeight;
    const isFont =
      base >= 0 &&
      base + glyphCount * glyphHeight <= rom.length &&
      rom.subarray(at + glyphHeight, at + 2 * glyphHeight).equals(letterB);
    if (!isFont) continue;
    const font = new Map<string, string>();
    for (let code = 0x20; code < 0x7f; code += 1) {
      const glyph = rom.subarray(base + code * glyphHeight, base + (code + 1) * glyphHeight);
      font.set(glyph.toString("hex"), String.fromCharCode(code));
    }
    return font;
  }
  return null;
}

/** The font of the VGA BIOS installed with QEMU; null where none is found: then only serial can be read. */
export async function loadVgaFont(): Promise<VgaFont | null> {
  for (const path of romPaths) {
    const rom = await readFile(path).catch(() => null);
    const font = rom === null ? null : fontInRom(rom);
    if (font !== null) return font;
  }
  return null;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, rows from the top. */
  readonly pixels: Buffer;
}

/** Reads a binary PPM (P6, 8 bits a channel), as QEMU's screendump writes it; null where it is not one. */
export function parsePpm(file: Buffer): Picture | null {
  const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(file.subarray(0, 64).toString("latin1"));
  if (header === null) return null;
  const [width, height] = [Number(header[1]), Number(header[2])];
  const pixels = file.subarray(header[0].length);
  return pixels.length >= width * height * 3 ? { width, height, pixels } : null;
}

/** A pixel counts as lit from this value of its strongest channel on, of 255: coloured text is text too. */
const litFrom = 96;
/** Cells that differ from every glyph by more pixels than this are not text. */
const tolerance = 4;

/** The text on the screen, one line a row of cells; what is not a known glyph is a blank. */
export function readScreen(picture: Picture, font: VgaFont): string {
  // VGA text mode shows its glyphs nine pixels wide, the ninth being blank for letters.
  const isTextMode = picture.width === 720 && picture.height % 400 === 0;
  const cellWidth = isTextMode ? 9 : 8;
  const lines: string[] = [];
  for (let top = 0; top + glyphHeight <= picture.height; top += glyphHeight) {
    let line = "";
    for (let left = 0; left + 8 <= picture.width; left += cellWidth)
      line += readCell(picture, left, top, font);
    lines.push(line.trimEnd());
  }
  return lines.join("\n").trimEnd();
}

function readCell({ pixels, width }: Picture, left: number, top: number, font: VgaFont): string {
  const rows = Buffer.alloc(glyphHeight);
  for (let y = 0; y < glyphHeight; y += 1) {
    let bits = 0;
    for (let x = 0; x < 8; x += 1) {
      const at = ((top + y) * width + left + x) * 3;
      const brightness = Math.max(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
      bits = (bits << 1) | (brightness >= litFrom ? 1 : 0);
    }
    rows[y] = bits;
  }
  const exact = font.get(rows.toString("hex"));
  if (exact !== undefined) return exact;
  return nearest(rows, font);
}

/** The glyph that differs least; kernels draw a few letters slightly unlike the ROM, and a cursor underlines. */
function nearest(rows: Buffer, font: VgaFont): string {
  // An underline cursor fills the lowest rows of its cell.
  const withoutCursor = Buffer.from(rows);
  if (rows[14] === 0xff) withoutCursor.fill(0, 13);
  let best = " ";
  let bestDistance = tolerance + 1;
  for (const [hex, letter] of font) {
    const glyph = Buffer.from(hex, "hex");
    let distance = 0;
    for (let y = 0; y < glyphHeight && distance < bestDistance; y += 1) {
      distance += bitCount((withoutCursor[y] ?? 0) ^ (glyph[y] ?? 0));
    }
    if (distance < bestDistance) {
      best = letter;
      bestDistance = distance;
    }
  }
  return best;
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
