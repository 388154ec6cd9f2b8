import type { Formats, Language } from "./catalogue.ts";

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

const timeUnits = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
  { unit: "second", seconds: 1 },
] as const;

/** Intl's formatters take milliseconds to make, and most processes that could write a time or a size never do. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** How `language` writes numbers, sizes and times. `timeZone` is an IANA name. */
export function createFormats(language: Language, timeZone: string): Formats {
  const integers = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }));
  const tenths = once(() => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }));
  const times = once(
    () => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone }),
  );
  const zoneName = (epochMs: number): string =>
    new Intl.DateTimeFormat(language, { timeZone, timeZoneName: "short" })
      .formatToParts(epochMs)
      .find((part) => part.type === "timeZoneName")?.value ?? timeZone;
  const durations = once(
    () =>
      new Map(
        timeUnits.map(({ unit }) => [
          unit,
          new Intl.NumberFormat(language, {
            style: "unit",
            unit,
            unitDisplay: "short",
            maximumFractionDigits: 0,
          }),
        ]),
      ),
  );

  return {
    language,
    integer: (value) => integers().format(value),
    bytes(value) {
      let amount = value;
      let unit = 0;
      while (amount >= 1024 && unit < byteUnits.length - 1) {
        amount /= 1024;
        unit++;
      }
      // 1023.96 KiB would be written as 1,024 KiB.
      if (Math.round(amount * 10) / 10 >= 1024 && unit < byteUnits.length - 1) {
        amount /= 1024;
        unit++;
      }
      const number = amount >= 100 || unit === 0 ? integers().format(amount) : tenths().format(amount);
      return `${number}\u00a0${byteUnits[unit]}`;
    },
    duration(seconds) {
      // Two units say enough; the smaller one is rounded so that 59.9 minutes do not become 60.
      const rounded = seconds < 60 ? Math.round(seconds) : Math.round(seconds / 60) * 60;
      const precise = rounded >= 86_400 ? Math.round(rounded / 3_600) * 3_600 : rounded;
      const parts: string[] = [];
      let rest = precise;
      for (const { unit, seconds: length } of timeUnits) {
        const count = Math.floor(rest / length);
        rest -= count * length;
        if (count > 0 && parts.length < 2) parts.push(durations().get(unit)?.format(count) ?? "");
      }
      return parts.length === 0 ? (durations().get("second")?.format(0) ?? "0") : parts.join(" ");
    },
    list: (items) => items.join(language === "en" ? ", " : "、"),
    dateTime: (epochMs) => `${times().format(epochMs)} ${zoneName(epochMs)}`,
  };
}
