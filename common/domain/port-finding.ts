/** Whether an intermediate could listen on a port of this machine. */
import { z } from "zod";
import { portSchema } from "./network-names.ts";

/** `ours`: the intermediate of the very folder has it, and will be used. */
export const portStates = ["free", "ours", "taken", "not-allowed", "no-such-address"] as const;
export type PortState = (typeof portStates)[number];

export const portFindingSchema = z.object({
  port: portSchema,
  state: z.enum(portStates),
  /** A free port in its place; null where none is needed or would help. */
  proposal: portSchema.nullable(),
});
export type PortFinding = z.infer<typeof portFindingSchema>;

export const portFindingsSchema = z.object({ control: portFindingSchema, data: portFindingSchema });
export type PortFindings = z.infer<typeof portFindingsSchema>;

/** True where a job that wants this port would stop at it. */
export function isInTheWay({ state }: PortFinding): boolean {
  return state !== "free" && state !== "ours";
}
