import type { Catalogue } from "../catalogue.ts";
import { boot } from "./boot.ts";
import { failures } from "./failures.ts";
import { report } from "./report.ts";
import { running } from "./running.ts";
import { storage } from "./storage.ts";
import { system } from "./system.ts";
import { screenFailures } from "./screen-failures.ts";

export const simplifiedChinese: Catalogue = {
  language: "zh-CN",
  name: "简体中文",
  findings: { ...system, ...storage, ...boot, ...running },
  failures,
  screenFailures,
  report,
};
