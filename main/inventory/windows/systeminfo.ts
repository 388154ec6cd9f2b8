import { type Capture, type Line, linesOf, textOrNull } from "../capture.ts";
import { parseSize } from "../sizes.ts";
import { splitCsv } from "./records.ts";
import { parseWindowsVersion } from "./versions.ts";

/** What systeminfo tells, found by place and shape: its labels are in the system's language. */
export interface SystemInfo {
  readonly hostName: string | null;
  readonly osName: string;
  readonly osNameLine: Line;
  /** `6.3.9600`. */
  readonly version: string;
  readonly versionLine: Line;
  readonly servicePack: string | null;
  /** `Standalone Server` and the like, in any language. */
  readonly configuration: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly systemType: string | null;
  readonly machineLine: Line | null;
  readonly bios: string | null;
  /** `ja`, `fr`, `en-us`. */
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly totalMemoryBytes: number | null;
  readonly availableMemoryBytes: number | null;
  readonly memoryLine: Line | null;
}

interface Field {
  readonly value: string;
  readonly line: Line;
}

/**
 * Order of the first fields in every Windows since XP: host name, OS name, OS version, OS maker, configuration, build
 * type, owner, organisation, product id, install date, boot or up time, maker, model, type. The version has a shape of
 * its own, and everything is counted from it.
 */
export function parseSystemInfo(capture: Capture): SystemInfo | null {
  const fields = readFields(capture);
  const versionAt = fields.findIndex((field) => /^\d{1,2}\.\d\.\d{3,5}(\s|$)/.test(field.value));
  const version = fields[versionAt];
  const name = fields[versionAt - 1];
  if (!version || !name) return null;
  const numbers = parseWindowsVersion(version.value);
  if (!numbers || !/windows|hyper-v|azure stack/i.test(name.value)) return null;
  const at = (offset: number): Field | null => fields[versionAt + offset] ?? null;
  const typeAt = fields.findIndex(
    (field, index) =>
      index > versionAt &&
      /^(x64|x86|arm64|arm|itanium|ia64|em64t|amd64)\W/i.test(field.value) &&
      /PC|ПК|電腦|计算机|コンピュ/i.test(field.value),
  );
  // Maker and model stand right before the type, eleven lines below the version. Much nearer, lines were cut out, and
  // what stands there is something else, such as the maker of the operating system.
  const isCut = typeAt > 0 && typeAt - versionAt < 8;
  const manufacturer = isCut ? null : typeAt > 0 ? fields[typeAt - 2] : at(9);
  const model = isCut ? null : typeAt > 0 ? fields[typeAt - 1] : at(10);
  const locale = fields.find(
    (field, index) => index > versionAt && /^[a-z]{2,3}(-[a-z]{2,4}){0,2};\S/i.test(field.value),
  );
  const localeAt = locale ? fields.indexOf(locale) : -1;
  const zone = fields.slice(Math.max(0, localeAt)).find((field) => /\((UTC|GMT)/i.test(field.value));
  const memory = fields.filter(
    (field, index) =>
      index > versionAt && /^\d[\d\s.,'’\u00a0\u202f\ufffd]*\s?(MB|Mo|МБ|MiB|Мб|KB|GB)$/i.test(field.value),
  );
  const size = (field: Field | undefined): number | null =>
    field ? (parseSize(field.value.replaceAll("\ufffd", " "))?.bytes ?? null) : null;
  return {
    hostName: textOrNull(at(-2)?.value),
    osName: name.value,
    osNameLine: name.line,
    version: `${numbers.major}.${numbers.minor}.${numbers.build}`,
    versionLine: version.line,
    servicePack: /(?:Service Pack|SP)\s?(\d)/i.exec(version.value)?.[1] ?? null,
    configuration: textOrNull(at(2)?.value),
    manufacturer: textOrNull(manufacturer?.value),
    model: textOrNull(model?.value),
    systemType: typeAt > 0 ? (fields[typeAt]?.value ?? null) : null,
    machineLine: manufacturer?.line ?? null,
    bios: biosOf(fields, typeAt),
    locale: locale ? (locale.value.split(";")[0] ?? null) : null,
    timeZone: zone?.value ?? null,
    totalMemoryBytes: size(memory[0]),
    availableMemoryBytes: size(memory[1]),
    memoryLine: memory[0]?.line ?? null,
  };
}

/** The BIOS stands between the processors and the Windows directory. */
function biosOf(fields: readonly Field[], typeAt: number): string | null {
  const directoryAt = fields.findIndex((field) => /^[A-Z]:\\\w+$/i.test(field.value));
  if (typeAt < 0 || directoryAt <= typeAt) return null;
  return textOrNull(fields[directoryAt - 1]?.value);
}

/** Top-level `label: value` lines, list items and continuation lines left out; `/fo csv` and `/fo list` too. */
function readFields(capture: Capture): readonly Field[] {
  const lines = linesOf(capture).filter((line) => line.text.trim() !== "");
  const csv = lines.find((line) => /^"[^"]*","[^"]*","\d{1,2}\.\d\.\d{3,5}[^"]*",/.test(line.text));
  if (csv) return splitCsv(csv.text).map((value) => ({ value, line: csv }));
  const fields: Field[] = [];
  for (const line of lines) {
    if (/^\s/.test(line.text)) continue;
    // A label may hold a colon (French), so the one before the widest gap counts; some languages write the wide colon.
    const match =
      /^(.{2,60}?)\s?[:：](?:\s{2,}|\s*$)(.*)$/.exec(line.text) ??
      /^([^:：]{2,60})[:：]\s*(.*)$/.exec(line.text);
    if (match) fields.push({ value: (match[2] ?? "").trim(), line });
  }
  return fields;
}
