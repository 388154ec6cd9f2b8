import type { Texts } from "../catalogue.ts";
import { cloudAccount } from "./cloud-account.ts";
import { common } from "./common.ts";
import { monitor } from "./monitor.ts";
import { settings } from "./settings.ts";
import { shell } from "./shell.ts";
import { sources } from "./sources.ts";
import { compatibility } from "./compatibility.ts";
import { wizard } from "./wizard.ts";
import { cutover } from "./cutover.ts";
import { start } from "./start.ts";

export const simplifiedChinese: Texts = {
  common,
  cloudAccount,
  shell,
  start,
  cutover,
  wizard,
  compatibility,
  sources,
  monitor,
  settings,
};
