/**
 * What the screens see of the engine, whichever host they run in. The window implements it over IPC, `sma serve` over
 * HTTP and a WebSocket; `renderer/bridge.ts` chooses.
 */
import type { Result } from "../result.ts";
import type { AssistantEvent, ProcedureInput, ProcedureName, ProcedureOutput } from "./procedures.ts";

/** An event with its place in the engine's order; numbers grow by one and are never given twice. */
export interface NumberedEvent {
  readonly seq: number;
  readonly event: AssistantEvent;
}

export type BridgeMessage =
  | ({ readonly type: "event" } & NumberedEvent)
  /** `lost`: the engine does not answer; the bridge tries again by itself. `signed-out`: this browser must sign in. */
  | { readonly type: "connection"; readonly state: "open" | "lost" | "signed-out" }
  /**
   * Read anew what is on the screen: always once after the first connection, then whenever events were missed
   * (another engine process, or away for too long).
   */
  | { readonly type: "resync" };

/** As much of an AbortSignal as the bridge uses; common/ knows no runtime that would define the whole. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Where a window stands in an engine's events; `engine` is "" where it has heard of none. */
export interface EventPlace {
  readonly engine: string;
  readonly after: number;
}

/** Name of the element by which `sma serve` tells a page its place: the engine, a space, the last event's number. */
export const eventPlaceMeta = "event-place";

export interface Bridge {
  readonly host: "electron" | "serve";
  /**
   * True where the page came with its place in the engine's events and follows from there: what is read before the
   * connection stands misses nothing.
   */
  readonly isPlaced: boolean;
  /** Never throws: a lost engine is the failure `engine-unreachable`. Aborting gives `cancelled`. */
  call<N extends ProcedureName>(
    name: N,
    input: ProcedureInput<N>,
    signal?: CancelSignal,
  ): Promise<Result<ProcedureOutput<N>>>;
  /** Gives each event once and in order, across reconnects. The first message tells the connection's state. */
  subscribe(listener: (message: BridgeMessage) => void): () => void;
}

/** What a window that follows the engine gets: a greeting, batches of events, a sign of life, or that it is gone. */
export type EventFrame =
  | { readonly type: "hello"; readonly engine: string; readonly seq: number; readonly resync: boolean }
  | { readonly type: "events"; readonly events: readonly NumberedEvent[] }
  | { readonly type: "alive" }
  /** Said by the window's main process: the engine ended, and is started again. */
  | { readonly type: "lost" };

/**
 * What the preload puts on `window.sma`: plain functions, because neither signals nor classes pass between the
 * worlds of a window.
 */
export interface PreloadApi {
  readonly host: "electron";
  call(callId: number, name: string, input: unknown): Promise<unknown>;
  cancel(callId: number): void;
  /** `after` and `engine` say what this window has seen; frames follow until the returned function is called. */
  follow(
    position: { readonly engine: string; readonly after: number },
    listener: (frame: unknown) => void,
  ): () => void;
}
