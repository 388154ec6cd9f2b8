import type { TransferWindow } from "./run.ts";

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** True at that moment, by the local time of the machine that asks. */
export function isWindowOpen({ from, to }: TransferWindow, atMs: number): boolean {
  const at = new Date(atMs);
  const now = at.getHours() * 60 + at.getMinutes();
  const [opens, closes] = [minutesOf(from), minutesOf(to)];
  return opens < closes ? now >= opens && now < closes : now >= opens || now < closes;
}

/** When the window opens or closes next, in Unix milliseconds; always later than `atMs`. */
export function nextWindowChange(window: TransferWindow, atMs: number): number {
  const time = isWindowOpen(window, atMs) ? window.to : window.from;
  const minutes = minutesOf(time);
  const at = new Date(atMs);
  // Built from calendar fields, so that a day with a change of clocks has its real length.
  const today = new Date(
    at.getFullYear(),
    at.getMonth(),
    at.getDate(),
    Math.floor(minutes / 60),
    minutes % 60,
  ).getTime();
  if (today > atMs) return today;
  return new Date(
    at.getFullYear(),
    at.getMonth(),
    at.getDate() + 1,
    Math.floor(minutes / 60),
    minutes % 60,
  ).getTime();
}
