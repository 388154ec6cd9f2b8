import type { EventFrame } from "../../common/api/bridge.ts";
import { failure, type Failure, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { EnginePort, ToEngine } from "./messages.ts";

const firstRestartMs = 500;
const longestRestartMs = 15_000;
/** An engine that ends so often before it is ready will not become ready. */
const mostFailedStarts = 4;
const closingPatienceMs = 20_000;
const ended = failure("engine-unreachable", told({ kind: "engine-ended" }));

interface Follower {
  position: { readonly engine: string; readonly after: number };
  readonly listener: (frame: EventFrame) => void;
}

export interface EngineClientOptions {
  /** Starts an engine's process. */
  launch(): EnginePort;
  /** What it is told first. */
  start(): Extract<ToEngine, { type: "start" }>;
  onFailed(failure: Failure): void;
}

/**
 * The main process's side of the engine. An engine that dies is started again; calls that it had not answered fail
 * with `engine-unreachable`, and followers are taken up again where they were. Every call is answered: where no engine
 * will come any more, with why.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #calls = new Map<number, (result: Result<unknown>) => void>();
  readonly #followers = new Map<number, Follower>();
  #port: EnginePort | null = null;
  #isReady = false;
  #waiting: ToEngine[] = [];
  #ids = 0;
  #restartMs = firstRestartMs;
  #failedStarts = 0;
  /** Set once there will be no engine to answer any more. */
  #over: Failure | null = null;
  #closed: (() => void) | null = null;

  constructor(options: EngineClientOptions) {
    this.#options = options;
    this.#launch();
  }

  call(name: string, input: unknown): { readonly result: Promise<Result<unknown>>; cancel(): void } {
    if (this.#over !== null)
      return { result: Promise.resolve({ ok: false, failure: this.#over }), cancel: () => undefined };
    const id = (this.#ids += 1);
    const result = new Promise<Result<unknown>>((resolve) => this.#calls.set(id, resolve));
    this.#send({ type: "call", id, name, input });
    return { result, cancel: () => this.#send({ type: "cancel", id }) };
  }

  follow(
    position: { readonly engine: string; readonly after: number },
    listener: (frame: EventFrame) => void,
  ): () => void {
    const feed = (this.#ids += 1);
    this.#followers.set(feed, { position, listener });
    this.#send({ type: "follow", feed, ...position });
    return () => {
      this.#followers.delete(feed);
      this.#send({ type: "unfollow", feed });
    };
  }

  /** Asks the engine to stop its jobs, which stay resumable, and waits for its end. */
  close(): Promise<void> {
    this.#over ??= ended;
    const port = this.#port;
    if (port === null) {
      this.#answerAll(this.#over);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const impatience = setTimeout(() => port.kill(), closingPatienceMs);
      this.#closed = () => {
        clearTimeout(impatience);
        resolve();
      };
      port.post({ type: "close" });
    });
  }

  #launch(): void {
    const port = this.#options.launch();
    this.#port = port;
    port.onMessage((message) => {
      switch (message.type) {
        case "ready":
          this.#isReady = true;
          this.#restartMs = firstRestartMs;
          this.#failedStarts = 0;
          for (const waiting of this.#waiting.splice(0)) port.post(waiting);
          return;
        case "failed":
          // Starting again would fail in the same way.
          this.#giveUp(message.failure);
          return;
        case "result":
          this.#calls.get(message.id)?.(message.result);
          this.#calls.delete(message.id);
          return;
        case "frame":
          this.#frame(message.feed, message.frame);
          return;
        case "closed":
          return;
      }
    });
    port.onExit(() => this.#gone());
    port.post(this.#options.start());
  }

  #send(message: ToEngine): void {
    if (this.#isReady) this.#port?.post(message);
    else this.#waiting.push(message);
  }

  #frame(feed: number, frame: EventFrame): void {
    const follower = this.#followers.get(feed);
    if (follower === undefined) return;
    if (frame.type === "hello") follower.position = { engine: frame.engine, after: follower.position.after };
    if (frame.type === "events") {
      const last = frame.events.at(-1);
      if (last !== undefined) follower.position = { ...follower.position, after: last.seq };
    }
    follower.listener(frame);
  }

  #giveUp(reason: Failure): void {
    this.#over = reason;
    this.#answerAll(reason);
    this.#options.onFailed(reason);
  }

  #gone(): void {
    if (!this.#isReady) this.#failedStarts += 1;
    this.#port = null;
    this.#isReady = false;
    this.#answerAll(ended);
    this.#closed?.();
    if (this.#over !== null) return;
    if (this.#failedStarts >= mostFailedStarts) {
      this.#giveUp(failure("internal", told({ kind: "engine-ended-often", count: mostFailedStarts })));
      return;
    }
    for (const { listener } of this.#followers.values()) listener({ type: "lost" });
    setTimeout(() => {
      if (this.#over !== null) return;
      this.#launch();
      for (const [feed, { position }] of this.#followers) this.#send({ type: "follow", feed, ...position });
    }, this.#restartMs);
    this.#restartMs = Math.min(this.#restartMs * 2, longestRestartMs);
  }

  #answerAll(reason: Failure): void {
    this.#waiting = [];
    for (const [id, resolve] of this.#calls) {
      this.#calls.delete(id);
      resolve({ ok: false, failure: reason });
    }
  }
}
