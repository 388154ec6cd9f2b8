/** Kinds of remarks on checks of this machine and of a place in a cloud, and what helps; see remark.ts. */
import { z } from "zod";
import { toldSchema } from "./remark-base.ts";

const text = z.string();
const texts = z.array(text);
const count = z.number().int().nonnegative();
const nothing: z.ZodType<object> = z.object({});

const machineRemarks = {
  works: nothing,
  "node-too-old": z.object({ version: text }),
  "start-by-npm": nothing,
  "agents-for": z.object({ platforms: texts }),
  "no-agent-built": nothing,
  "build-agent": nothing,
  "no-images-here": nothing,
  "no-boot-checks-here": nothing,
  "kvm-not-on": z.object({ platform: text }),
  "kvm-absent": nothing,
  "kvm-forbidden": nothing,
  "kvm-broken": nothing,
  "enable-virtualisation": nothing,
  "join-kvm-group": nothing,
  "conversion-impossible": z.object({ because: toldSchema }),
  "port-free": nothing,
  "port-ours": nothing,
  "address-not-here": z.object({ address: text }),
  /** `option` is the command line's. */
  "choose-other-port": z.object({ option: text, proposal: count }),
  "free-space": z.object({ freeBytes: count, path: text }),
  "choose-larger-filesystem": nothing,
  "folder-impossible": z.object({ path: text }),
  "choose-other-folder": nothing,
};

const cloudRemarks = {
  "region-not-there": z.object({ region: text }),
  "choose-one-of": z.object({ names: texts }),
  "actions-tried": z.object({ count }),
  /** `byRole`: those that ECS may not do because a role of its own is missing. */
  "actions-denied": z.object({ actions: texts, byRole: texts }),
  "let-user-do": nothing,
  "bucket-is-in": z.object({ bucket: text, region: text }),
  "bucket-elsewhere": z.object({ bucket: text, region: text, target: text }),
  "choose-near-bucket": nothing,
  "nothing-named": z.object({ name: text }),
  "choose-from-list": z.object({ command: text }),
  "vswitch-is-in": z.object({ vSwitch: text, zone: text, vpc: text }),
  "vswitch-elsewhere": z.object({ vSwitch: text, vpc: text, wanted: text }),
  "vswitch-full": z.object({ vSwitch: text }),
  "choose-of-vpc": nothing,
  "choose-other-or-free": nothing,
  "group-elsewhere": z.object({ group: text }),
  "instance-locked": z.object({ locks: texts }),
  "lift-lock": nothing,
};

export const checkRemarks = { ...machineRemarks, ...cloudRemarks };
