import type { Catalogue } from "../catalogue.ts";
import { boot } from "./boot.ts";
import { failures } from "./failures.ts";
import { report } from "./report.ts";
import { running } from "./running.ts";
import { storage } from "./storage.ts";
import { system } from "./system.ts";
import { screenFailures } from "./screen-failures.ts";

export const english: Catalogue = {
  language: "en",
  name: "English",
  findings: { ...system, ...storage, ...boot, ...running },
  failures,
  screenFailures,
  report,
};
