/** Kinds of remarks on what a person entered; see remark.ts. */
import { z } from "zod";
import { hostProblems, loginNameProblems } from "./network-names.ts";

const text = z.string();
const nothing: z.ZodType<object> = z.object({});

export const entryRemarks = {
  "host-missing": nothing,
  "host-wrong": z.object({ text, problem: z.enum(hostProblems).exclude(["empty"]) }),
  "login-name-wrong": z.object({ problem: z.enum(loginNameProblems) }),
  "port-wrong": z.object({ text }),
  /** A further word of a line that reads like an address of its own. */
  "name-is-address": z.object({ text }),
};

export type EntryRemark = {
  [K in keyof typeof entryRemarks]: { readonly kind: K } & z.output<(typeof entryRemarks)[K]>;
}[keyof typeof entryRemarks];
