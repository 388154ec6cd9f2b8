import type { Catalogue } from "../catalogue.ts";
import { boot } from "./boot.ts";
import { conversionSteps } from "./conversion-steps.ts";
import { failures } from "./failures.ts";
import { findingNames } from "./finding-names.ts";
import { log } from "./log.ts";
import { news } from "./news.ts";
import { bootStages, remarks } from "./remarks.ts";
import { report } from "./report.ts";
import { running } from "./running.ts";
import { storage } from "./storage.ts";
import { system } from "./system.ts";

export const english: Catalogue = {
  language: "en",
  name: "English",
  findings: { ...system, ...storage, ...boot, ...running },
  findingNames,
  failures,
  conversionSteps,
  log,
  news,
  remarks,
  bootStages,
  report,
};
