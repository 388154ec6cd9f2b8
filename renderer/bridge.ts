/**
 * The one way from the screens to the engine. Two hosts implement it: the window's preload script (`window.sma`) and,
 * in a browser, HTTP and a WebSocket to `sma serve`. Nothing else in renderer/ knows which host it runs in.
 */
import {
  eventPlaceMeta,
  type Bridge,
  type BridgeMessage,
  type EventFrame,
  type EventPlace,
  type PreloadApi,
} from "../common/api/bridge.ts";
import type { ProcedureInput, ProcedureName, ProcedureOutput } from "../common/api/procedures.ts";
import { failure, type Result } from "../common/result.ts";

declare global {
  interface Window {
    readonly sma?: PreloadApi;
  }
}

export function createBridge(): Bridge {
  return window.sma === undefined
    ? createServeBridge(window.location, placeOfPage(window.document))
    : createWindowBridge(window.sma);
}

const nowhere: EventPlace = { engine: "", after: 0 };

function placeOfPage(page: Document): EventPlace {
  const told = page.querySelector<HTMLMetaElement>(`meta[name="${eventPlaceMeta}"]`)?.content ?? "";
  const [, engine, after] = /^(\S+) (\d+)$/.exec(told) ?? [];
  return engine === undefined ? nowhere : { engine, after: Number(after) };
}

function cancelled<T>(): Result<T> {
  return {
    ok: false,
    failure: failure("cancelled", { what: "no longer wanted", said: { kind: "no-longer-wanted" } }),
  };
}

function unreachable<T>(detail: string): Result<T> {
  return {
    ok: false,
    failure: failure("engine-unreachable", {
      what: `the assistant's engine did not answer: ${detail}`,
      said: { kind: "engine-no-answer", text: detail },
    }),
  };
}

/** Turns frames into messages, gives each event once, and remembers where to go on after a break. */
class FrameReader {
  readonly #listeners = new Set<(message: BridgeMessage) => void>();
  #state: "open" | "lost" | "signed-out" | null = null;
  #engine: string;
  #after: number;

  constructor(place: EventPlace) {
    this.#engine = place.engine;
    this.#after = place.after;
  }

  get position(): EventPlace {
    return { engine: this.#engine, after: this.#after };
  }

  add(listener: (message: BridgeMessage) => void): () => void {
    this.#listeners.add(listener);
    if (this.#state !== null) listener({ type: "connection", state: this.#state });
    return () => this.#listeners.delete(listener);
  }

  become(state: "open" | "lost" | "signed-out"): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#send({ type: "connection", state });
  }

  read(frame: EventFrame): void {
    if (frame.type === "lost") this.become("lost");
    if (frame.type === "hello") {
      const isFirst = this.#engine === "";
      // What was before is read with everything else: told once more, it would be news again.
      if (frame.resync || frame.engine !== this.#engine) this.#after = frame.seq;
      this.#engine = frame.engine;
      this.become("open");
      if (frame.resync && !isFirst) this.#send({ type: "resync" });
    }
    if (frame.type === "events") {
      for (const numbered of frame.events) {
        if (numbered.seq <= this.#after) continue;
        this.#after = numbered.seq;
        this.#send({ type: "event", ...numbered });
      }
    }
  }

  #send(message: BridgeMessage): void {
    this.#listeners.forEach((listener) => listener(message));
  }
}

function createWindowBridge(api: PreloadApi): Bridge {
  const reader = new FrameReader(nowhere);
  let calls = 0;
  let following = false;
  return {
    host: "electron",
    isPlaced: false,
    async call<N extends ProcedureName>(name: N, input: ProcedureInput<N>, signal?: AbortSignal) {
      if (signal?.aborted) return cancelled<ProcedureOutput<N>>();
      calls += 1;
      const callId = calls;
      const cancel = () => api.cancel(callId);
      signal?.addEventListener("abort", cancel, { once: true });
      try {
        return (await api.call(callId, name, input)) as Result<ProcedureOutput<N>>;
      } catch (error) {
        return unreachable<ProcedureOutput<N>>(String(error));
      } finally {
        signal?.removeEventListener("abort", cancel);
      }
    },
    subscribe(listener) {
      if (!following) {
        following = true;
        api.follow(reader.position, (frame) => reader.read(frame as EventFrame));
      }
      return reader.add(listener);
    },
  };
}

/** Seconds between two attempts to reach the engine again; the last one stays. */
const retrySeconds = [0.25, 0.5, 1, 2, 4] as const;
/** The engine gives a sign of life every ten seconds. */
const silentAfterMs = 25_000;

function createServeBridge(location: Location, place: EventPlace): Bridge {
  const reader = new FrameReader(place);
  let attempts = 0;
  let following = false;

  const connect = () => {
    const { engine, after } = reader.position;
    const url = new URL(`events?engine=${encodeURIComponent(engine)}&after=${after}`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    const socket = new WebSocket(url);
    let silence: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(silence);
      reader.become("lost");
      const wait = retrySeconds[Math.min(attempts, retrySeconds.length - 1)] ?? 4;
      attempts += 1;
      setTimeout(connect, wait * 1000);
    };
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        // A laptop that slept holds a connection that nobody is at the other end of, and a browser waits for a minute
        // for that end to agree to its close.
        over();
        socket.close();
      }, silentAfterMs);
    };
    heard();
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (isOver) return;
      attempts = 0;
      heard();
      reader.read(JSON.parse(data) as EventFrame);
    });
    socket.addEventListener("close", over);
  };

  return {
    host: "serve",
    isPlaced: place.engine !== "",
    async call<N extends ProcedureName>(name: N, input: ProcedureInput<N>, signal?: AbortSignal) {
      try {
        const response = await fetch(new URL(`api/${name}`, location.href), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(input),
          credentials: "same-origin",
          ...(signal === undefined ? {} : { signal }),
        });
        if (response.status === 401) reader.become("signed-out");
        const answer: unknown = await response.json();
        return answer as Result<ProcedureOutput<N>>;
      } catch (error) {
        if (signal?.aborted) return cancelled<ProcedureOutput<N>>();
        return unreachable<ProcedureOutput<N>>(error instanceof Error ? error.message : String(error));
      }
    },
    subscribe(listener) {
      if (!following) {
        following = true;
        connect();
      }
      return reader.add(listener);
    },
  };
}
