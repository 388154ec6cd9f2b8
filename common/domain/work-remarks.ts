/** Kinds of remarks on what a running step is at, for its progress line; see remark.ts. */
import { z } from "zod";
import { toldSchema, bootStageSchema } from "./remark-base.ts";

const text = z.string();
const nothing: z.ZodType<object> = z.object({});

export const workRemarks = {
  starting: nothing,
  done: nothing,

  "connecting-to-source": nothing,
  "collecting-facts": nothing,
  "choosing-disks": nothing,
  "asking-cloud": nothing,
  "counting-left-out": nothing,
  "starting-intermediate": nothing,
  "trying-ports": nothing,
  "uploading-agent": nothing,
  "starting-agent": nothing,

  copying: nothing,
  "checking-again": z.object({ pass: z.number().int().nonnegative() }),
  paused: nothing,
  "awaiting-window": z.object({ from: text, to: text }),
  "awaiting-agent": nothing,
  "reading-back": z.object({ disk: text }),

  "opening-replica": nothing,
  "bringing-files": z.object({ mountPoint: text }),
  "comparing-files": z.object({ mountPoint: text }),
  "reading-new-disk": nothing,

  "making-overlays": nothing,
  "making-basic-disks": nothing,
  "starting-appliance": nothing,
  "looking-for-system": nothing,
  "mounting-system": z.object({ system: text }),
  /** By the id of a conversion's step. */
  "converting-step": z.object({ step: text }),
  "looking-into-initramfs": z.object({ kernel: text }),
  "adding-drivers": z.object({ drivers: z.array(text) }),
  "writing-grub-configuration": nothing,
  "installing-boot-loader": z.object({ firmware: z.enum(["bios", "uefi"]) }),
  "opening-windows": nothing,
  "putting-windows-drivers": nothing,

  "preparing-check-in": nothing,
  "booting-copy": z.object({ stage: bootStageSchema, isEmulated: z.boolean(), lastLine: text.nullable() }),
  "trying-repair": z.object({ repair: text, because: toldSchema }),
  repairing: z.object({ repair: text, doing: toldSchema }),

  "making-image": z.object({ format: text }),
  "comparing-image": z.object({ format: text }),
  "hashing-images": nothing,
  "checking-snapshot": nothing,
  "imaging-snapshot": nothing,
  "uploading-images": nothing,
  "uploading-disk": z.object({ disk: z.number().int().nonnegative() }),
  "importing-image": nothing,

  "removing-agent": nothing,
  "removing-replica": nothing,
  "removing-receipt": nothing,
  "removing-from-cloud": nothing,
  "releasing-source": nothing,

  /** What the demo's server is at until it is ready. */
  "demo-building-agent": nothing,
  "demo-boot-loader": nothing,
  "demo-waiting": nothing,
  "demo-booting": z.object({ seconds: z.number() }),
  "demo-answers": z.object({ seconds: z.number() }),
  "demo-state-useless": nothing,
  "demo-keeping-state": nothing,
};
