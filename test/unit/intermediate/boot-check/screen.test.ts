import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pngOf } from "../../../../intermediate/boot-check/png.ts";
import {
  loadVgaFont,
  parsePpm,
  readScreen,
  type Picture,
  type VgaFont,
} from "../../../../intermediate/boot-check/screen-text.ts";

/** Draws text as a VGA card does: cells of 9 by 16 pixels in 720 by 400. */
function draw(lines: readonly string[], font: VgaFont, colour: readonly [number, number, number]): Picture {
  const width = 720;
  const height = 400;
  const pixels = Buffer.alloc(width * height * 3);
  const glyphs = new Map([...font].map(([hex, letter]) => [letter, Buffer.from(hex, "hex")]));
  for (const [row, line] of lines.entries()) {
    for (const [column, letter] of [...line].entries()) {
      for (let y = 0; y < 16; y += 1) {
        for (let x = 0; x < 8; x += 1) {
          if ((((glyphs.get(letter)?.[y] ?? 0) >> (7 - x)) & 1) === 0) continue;
          pixels.set(colour, ((row * 16 + y) * width + column * 9 + x) * 3);
        }
      }
    }
  }
  return { width, height, pixels };
}

const font = await loadVgaFont();
if (font === null)
  process.stderr.write("SKIPPED: reading a screen needs the VGA BIOS of the package seabios\n");

describe.skipIf(font === null)("a screen in text mode", () => {
  const lines = [
    "SeaBIOS (version 1.16.2)",
    "",
    "lab-mbr-plain login:",
    "~!@#$%^&*()_+{}|<>?[];',./-=0123456789",
  ];

  it.each([
    ["grey", [170, 170, 170]],
    ["green", [0, 170, 0]],
    ["red", [255, 85, 85]],
  ] as const)("is read where its text is %s", (_name, colour) => {
    expect(readScreen(draw(lines, font ?? new Map(), colour), font ?? new Map()).split("\n")).toEqual(lines);
  });

  it("is read with its cursor behind the prompt", () => {
    const picture = draw(lines, font ?? new Map(), [170, 170, 170]);
    for (let y = 14; y < 16; y += 1) {
      for (let x = 0; x < 8; x += 1) picture.pixels.set([170, 170, 170], ((32 + y) * 720 + 21 * 9 + x) * 3);
    }
    expect(readScreen(picture, font ?? new Map()).split("\n")[2]).toMatch(/^lab-mbr-plain login:[ _]*$/);
  });
});

describe("a picture", () => {
  it("is read from a PPM and written as a PNG with the same pixels", () => {
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const picture = parsePpm(Buffer.concat([Buffer.from("P6\n2 2\n255\n"), pixels]));
    expect(picture).toEqual({ width: 2, height: 2, pixels });
    const png = pngOf(picture ?? { width: 0, height: 0, pixels });
    const data = png.indexOf("IDAT");
    const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
    // A filter byte before each row.
    expect(Buffer.concat([rows.subarray(1, 7), rows.subarray(8, 14)])).toEqual(pixels);
  });

  it("that is cut short is not taken for one", () => {
    expect(parsePpm(Buffer.from("P6\n2 2\n255\nabc"))).toBeNull();
  });
});
