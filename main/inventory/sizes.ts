/**
 * Sizes as tools print them. Tools round, so a size with a fraction or a unit is inexact and gives way to an exact one.
 */
export interface ParsedSize {
  readonly bytes: number;
  readonly isExact: boolean;
}

const binaryPowers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Reads `9.5G`, `1024M`, `500107862016`, `<9.00g`, `8.00 MiB`, `120GB`, `2097152K`, `1 024 Mo`. A comma is a decimal
 * mark where at most two digits follow it. Null where it is no size.
 *
 * `k`, `m`, `g` … alone are powers of 1024 (lsblk, lvm, df). `kB`, `MB`, `GB` are powers of 1000 with
 * `decimal: true` (parted, Linux fdisk before 2.23) and of 1024 otherwise (Windows).
 */
export function parseSize(text: string, options: { readonly decimal?: boolean } = {}): ParsedSize | null {
  const match = /^[<>~]?\s*(\d[\d\u00a0\u202f '’.,]*)\s*([a-zA-Zа-яА-Я]*)$/.exec(text.trim());
  if (!match) return null;
  const digits = normalizeNumber(match[1] ?? "");
  if (digits === null) return null;
  const unit = (match[2] ?? "").toLowerCase();
  const amount = Number(digits);
  if (!Number.isFinite(amount)) return null;
  if (unit === "" || /^(b|o|bytes?|octets?|байт|б)$/.test(unit)) {
    return { bytes: Math.round(amount), isExact: !digits.includes(".") };
  }
  const cyrillic: Readonly<Record<string, string>> = { к: "k", м: "m", г: "g", т: "t" };
  const prefix = cyrillic[unit[0] ?? ""] ?? unit[0] ?? "";
  const power = binaryPowers[prefix];
  if (power === undefined || !/^.(i?[bo]|б|iб|)$/.test(unit)) return null;
  const base = options.decimal === true && unit.length === 2 ? 1000 : 1024;
  return { bytes: Math.round(amount * base ** power), isExact: false };
}

/** Bytes of a size, exact or not. */
export function sizeBytes(
  text: string | null | undefined,
  options: { readonly decimal?: boolean } = {},
): number | null {
  return text === null || text === undefined ? null : (parseSize(text, options)?.bytes ?? null);
}

/** `2 047`, `2,047`, `2.047`, `9,5`, `9.5` → digits with at most one point. */
function normalizeNumber(text: string): string | null {
  const compact = text.replace(/[\s\u00a0\u202f'’]/g, "");
  if (/^\d+$/.test(compact)) return compact;
  const grouped = /^\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:[.,](\d+))?$/.exec(compact);
  // 1.234 is ambiguous; the tools that group digits are the Windows ones, whose sizes in MB are above a thousand.
  if (grouped) {
    const separator = grouped[1] ?? "";
    const parts = compact.split(separator);
    const last = parts.at(-1) ?? "";
    const whole = parts.slice(0, -1).join("") + last.split(/[.,]/)[0];
    return grouped[2] === undefined ? whole : `${whole}.${grouped[2]}`;
  }
  if (/^\d+[.,]\d+$/.test(compact)) return compact.replace(",", ".");
  return null;
}
