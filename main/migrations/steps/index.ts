import type { Step } from "../step.ts";
import { bootCheck } from "./boot-check.ts";
import { cleanUp } from "./clean-up.ts";
import { convert } from "./convert.ts";
import { deliver } from "./deliver.ts";
import { image } from "./image.ts";
import { preflight } from "./preflight.ts";
import { provision } from "./provision.ts";
import { push } from "./push.ts";
import { receipt } from "./receipt.ts";
import { sync } from "./sync.ts";
import { verify } from "./verify.ts";

/** A migration, in order. */
export const migrationSteps: readonly Step[] = [
  preflight,
  provision,
  push,
  sync,
  verify,
  convert,
  bootCheck,
  image,
  deliver,
  receipt,
  cleanUp,
];
