/** What the window's main process and the engine's process say to each other. */
import { z } from "zod";
import type { EventFrame } from "../../common/api/bridge.ts";
import { settingsViewSchema } from "../../common/api/desk-procedures.ts";
import type { Failure, Result } from "../../common/result.ts";

const id = z.number().int().nonnegative();

/** Whatever a window sends passes through here on its way: it is checked again by the procedure's own schema. */
export const toEngineSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("start"),
    stateDirectory: z.string(),
    resourcesDirectory: z.string(),
    intermediateCommand: z.tuple([z.string()], z.string()),
    /** The vault's key as the system's key store gave it; null: the engine reads its file. */
    vaultKey: z.base64().nullable(),
    vaultDescription: settingsViewSchema.shape.vault,
  }),
  z.object({ type: z.literal("call"), id, name: z.string().max(64), input: z.unknown() }),
  z.object({ type: z.literal("cancel"), id }),
  z.object({ type: z.literal("follow"), feed: id, engine: z.string().max(64), after: id }),
  z.object({ type: z.literal("unfollow"), feed: id }),
  z.object({ type: z.literal("close") }),
]);
export type ToEngine = z.input<typeof toEngineSchema>;

export type FromEngine =
  | { readonly type: "ready" }
  /** The engine cannot start at all. */
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "result"; readonly id: number; readonly result: Result<unknown> }
  | { readonly type: "frame"; readonly feed: number; readonly frame: EventFrame }
  | { readonly type: "closed" };

/** A process that was started, as far as messages go. */
export interface EnginePort {
  post(message: ToEngine): void;
  onMessage(listener: (message: FromEngine) => void): void;
  onExit(listener: () => void): void;
  kill(): void;
}
