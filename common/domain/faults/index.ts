/** Kinds of remarks that failures are told in: what happened and why, and what helps. See remark.ts. */
import { assessFaults } from "./assess.ts";
import { cloudFaults } from "./cloud.ts";
import { cloudErrorsFaults } from "./cloud-errors.ts";
import { deskFaults } from "./desk.ts";
import { imagesFaults } from "./images.ts";
import { instancesFaults } from "./instances.ts";
import { intermediateFaults } from "./intermediate.ts";
import { jobsFaults } from "./jobs.ts";
import { listsFaults } from "./lists.ts";
import { sessionsFaults } from "./sessions.ts";
import { usualFaults } from "./usual.ts";
import { winrmFaults } from "./winrm.ts";

export const faultRemarks = {
  ...assessFaults,
  ...cloudFaults,
  ...cloudErrorsFaults,
  ...deskFaults,
  ...imagesFaults,
  ...instancesFaults,
  ...intermediateFaults,
  ...jobsFaults,
  ...listsFaults,
  ...sessionsFaults,
  ...usualFaults,
  ...winrmFaults,
};
