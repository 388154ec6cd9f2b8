/**
 * What the screens say. English is written first and gives the shape; the other languages are of its type, so a text
 * that is missing in one of them does not compile.
 */
import type { cloudAccount } from "./en/cloud-account.ts";
import type { common } from "./en/common.ts";
import type { monitor } from "./en/monitor.ts";
import type { settings } from "./en/settings.ts";
import type { shell } from "./en/shell.ts";
import type { sources } from "./en/sources.ts";
import type { compatibility } from "./en/compatibility.ts";
import type { wizard } from "./en/wizard.ts";
import type { cutover } from "./en/cutover.ts";
import type { start } from "./en/start.ts";

export interface Texts {
  readonly common: typeof common;
  readonly cloudAccount: typeof cloudAccount;
  readonly shell: typeof shell;
  readonly start: typeof start;
  readonly cutover: typeof cutover;
  readonly wizard: typeof wizard;
  readonly compatibility: typeof compatibility;
  readonly sources: typeof sources;
  readonly monitor: typeof monitor;
  readonly settings: typeof settings;
}

export type JobRunKindName = "full" | "incremental" | "final";
