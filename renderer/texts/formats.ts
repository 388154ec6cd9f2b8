import type { Formats, Language } from "../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../common/domain/report-text/formats.ts";

/** What screens need beyond what reports need. */
export interface ScreenFormats extends Formats {
  /** `67.1 MiB/s`. */
  rate(bytesPerSecond: number): string;
  /** Of a share from 0 to 1. */
  percent(share: number): string;
  /** `5 min. ago`, from milliseconds since 1970. */
  ago(epochMs: number, nowMs: number): string;
  /** Time of day with seconds. */
  clock(epochMs: number): string;
  /** `Progress: Copy the disks`. */
  labelled(label: string, value: string): string;
  /** `3:07:10`: for values that change every second and must not jump. */
  stopwatch(seconds: number): string;
}

const agoUnits = [
  { unit: "day", seconds: 86_400 },
  { unit: "hour", seconds: 3_600 },
  { unit: "minute", seconds: 60 },
] as const;

export function createScreenFormats(
  language: Language,
  timeZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone,
): ScreenFormats {
  const formats = createFormats(language, timeZone);
  const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const clocks = new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone, hour12: false });
  return {
    ...formats,
    rate: (bytesPerSecond) => `${formats.bytes(bytesPerSecond)}/${language === "en" ? "s" : "秒"}`,
    // 99.6 % is not done.
    percent: (share) => percents.format(share >= 1 ? 1 : Math.min(0.99, Math.floor(share * 100) / 100)),
    ago(epochMs, nowMs) {
      const seconds = Math.max(0, (nowMs - epochMs) / 1000);
      for (const { unit, seconds: length } of agoUnits) {
        if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
      }
      return relative.format(0, "second");
    },
    labelled: (label, value) => `${label}${language === "en" ? ": " : "："}${value}`,
    clock: (epochMs) => clocks.format(epochMs),
    stopwatch(seconds) {
      const whole = Math.max(0, Math.round(seconds));
      const pad = (value: number) => String(value).padStart(2, "0");
      const hours = Math.floor(whole / 3600);
      const rest = `${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
      return hours > 0 ? `${hours}:${rest}` : rest;
    },
  };
}
