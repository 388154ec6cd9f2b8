import type { faultRemarks } from "../../../faults/index.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { assess } from "./assess.ts";
import { cloud } from "./cloud.ts";
import { cloudErrors } from "./cloud-errors.ts";
import { desk } from "./desk.ts";
import { images } from "./images.ts";
import { instances } from "./instances.ts";
import { intermediate } from "./intermediate.ts";
import { jobs } from "./jobs.ts";
import { lists } from "./lists.ts";
import { sessions } from "./sessions.ts";
import { usual } from "./usual.ts";
import { winrm } from "./winrm.ts";

/** Failures, and what helps. */
export const faults: Pick<RemarkTexts, keyof typeof faultRemarks> = {
  ...assess,
  ...cloud,
  ...cloudErrors,
  ...desk,
  ...images,
  ...instances,
  ...intermediate,
  ...jobs,
  ...lists,
  ...sessions,
  ...usual,
  ...winrm,
};
