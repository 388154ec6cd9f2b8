/**
 * The engine in a process of its own, for the Electron window: it goes on when windows close. Talks over Electron's
 * parent port, or over Node's channel where it was forked by Node.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Secret } from "../../common/secret.ts";
import { fail, failure } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { createAssistant, type Assistant } from "../assistant.ts";
import { isProcedureForWindows } from "../serve/procedure-route.ts";
import { FileVault } from "../settings/file-vault.ts";
import { feedEvents } from "./event-feed.ts";
import { EventLog } from "./event-log.ts";
import { toEngineSchema, type FromEngine } from "./messages.ts";
import type { z } from "zod";

/** As much of Electron's utility process as is used here. */
interface ParentPort {
  on(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  postMessage(message: unknown): void;
}
const parentPort = (process as { readonly parentPort?: ParentPort }).parentPort;

const post = (message: FromEngine): void => {
  if (parentPort !== undefined) parentPort.postMessage(message);
  else if (process.connected) process.send?.(message);
};

const engineId = randomBytes(9).toString("base64url");
const log = new EventLog();
const feeds = new Map<number, () => void>();
const calls = new Map<number, AbortController>();
let assistant: Assistant | null = null;

async function start(message: Extract<z.output<typeof toEngineSchema>, { type: "start" }>): Promise<void> {
  const { stateDirectory, vaultKey } = message;
  const opened = await createAssistant({
    stateDirectory,
    resourcesDirectory: message.resourcesDirectory,
    intermediateCommand: message.intermediateCommand,
    decideHostKey: null,
    vault:
      vaultKey === null
        ? null
        : new FileVault({
            vaultPath: join(stateDirectory, "vault.json"),
            keyPath: join(stateDirectory, "vault.key"),
            passphrase: null,
            key: new Secret(vaultKey),
          }),
    vaultPassphrase: null,
    vaultDescription: message.vaultDescription,
    clock: Date.now,
  });
  if (!opened.ok) {
    post({ type: "failed", failure: opened.failure });
    return;
  }
  assistant = opened.value;
  assistant.subscribe((event) => log.append(event));
  assistant.keepSchedule();
  post({ type: "ready" });
}

async function call(id: number, name: string, input: unknown): Promise<void> {
  if (assistant === null || !isProcedureForWindows(name)) {
    const missing = fail("not-found", told({ kind: "no-procedure", name: name.slice(0, 64) }), {
      procedure: name.slice(0, 64),
    });
    post({ type: "result", id, result: missing });
    return;
  }
  const controller = new AbortController();
  calls.set(id, controller);
  const result = await assistant
    // The procedure's own schema checks the input.
    .call(name, input as never, controller.signal)
    .catch((error: unknown) => ({
      ok: false as const,
      failure: failure("internal", told({ kind: "procedure-broke-off", name, text: String(error) })),
    }));
  calls.delete(id);
  post({ type: "result", id, result });
}

async function close(): Promise<void> {
  for (const stop of feeds.values()) stop();
  log.close();
  await assistant?.close();
  post({ type: "closed" });
  setImmediate(() => process.exit(0));
}

function handle(given: unknown): void {
  const parsed = toEngineSchema.safeParse(given);
  if (!parsed.success) return;
  const message = parsed.data;
  switch (message.type) {
    case "start":
      // Whatever it is, somebody is told: an engine that only ended would be started again, and again.
      void start(message).catch((error: unknown) =>
        post({
          type: "failed",
          failure: failure("internal", told({ kind: "engine-cannot-start", text: String(error) })),
        }),
      );
      return;
    case "call":
      void call(message.id, message.name, message.input);
      return;
    case "cancel":
      calls.get(message.id)?.abort();
      return;
    case "follow":
      feeds.get(message.feed)?.();
      feeds.set(
        message.feed,
        feedEvents(log, engineId, message, (frame) => post({ type: "frame", feed: message.feed, frame })),
      );
      return;
    case "unfollow":
      feeds.get(message.feed)?.();
      feeds.delete(message.feed);
      return;
    case "close":
      void close();
      return;
  }
}

if (parentPort !== undefined) parentPort.on("message", ({ data }) => handle(data));
else {
  process.on("message", handle);
  // Without anybody to talk to there is nothing to stay for.
  process.on("disconnect", () => void close());
}
