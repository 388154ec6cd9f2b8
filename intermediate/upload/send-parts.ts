/**
 * Sends parts of a file to signed addresses, each with one PUT, and compares the checksum that the storage answers with
 * what was read. The addresses are all the permission that there is: no credentials are known here.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { pipeline, Transform } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { PartToSend, SentPart } from "../../common/api/intermediate-tasks.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { storageFailure } from "../volume/storage-failure.ts";

export interface SendOrder {
  readonly path: string;
  readonly parts: readonly PartToSend[];
  /** PEM of the authority that the storage's certificate is signed by; null: the public ones. */
  readonly authorityPem: string | null;
  readonly signal: AbortSignal;
  /** Bytes of these parts that have arrived. */
  onProgress(bytes: number): void;
}

const idleMs = 60_000;
const mostTries = 5;
const atOnce = 2;
const mostReplyBytes = 65_536;

/** All parts, or why not; then some may have arrived, and may be sent again. */
export async function sendParts(order: SendOrder): Promise<Result<SentPart[]>> {
  const { authorityPem } = order;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: atOnce,
    ...(authorityPem === null ? {} : { ca: authorityPem }),
  });
  const sent: SentPart[] = [];
  const waiting = [...order.parts];
  let failed: Result<never> | null = null;
  let arrived = 0;
  const work = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined && failed === null; part = waiting.shift()) {
      const done = await sendPart(order, part, agent);
      if (!done.ok) {
        failed = done;
        return;
      }
      sent.push(done.value);
      arrived += part.length;
      order.onProgress(arrived);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    agent.destroy();
  }
  return failed ?? ok(sent.toSorted((a, b) => a.number - b.number));
}

async function sendPart(order: SendOrder, part: PartToSend, agent: Agent): Promise<Result<SentPart>> {
  for (let attempt = 1; ; attempt += 1) {
    const done = await sendOnce(order, part, agent);
    if (done.ok || !done.failure.retryable || attempt === mostTries || order.signal.aborted) return done;
    await delay(250 * 2 ** attempt, undefined, { signal: order.signal }).catch(() => undefined);
  }
}

function sendOnce(order: SendOrder, part: PartToSend, agent: Agent): Promise<Result<SentPart>> {
  const { signal, path } = order;
  const { number, offset, length } = part;
  const host = new URL(part.url).host;
  return new Promise((resolve) => {
    const lost = (why: string): void =>
      resolve(
        signal.aborted
          ? fail("cancelled", told({ kind: "upload-to-cloud-stopped" }))
          : fail("cloud-unreachable", told({ kind: "part-not-arrived", part: number, host, text: why }), {
              host,
              part: number,
            }),
      );
    const md5 = createHash("md5");
    const options = { method: "PUT", agent, signal, timeout: idleMs, headers: { "content-length": length } };
    const sent = httpsRequest(part.url, options, (reply) => {
      let text = "";
      reply.setEncoding("latin1");
      reply.on("data", (piece: string) => {
        if (text.length < mostReplyBytes) text += piece;
      });
      reply.on("error", (error) => lost(error.message));
      reply.on("end", () => {
        const status = reply.statusCode ?? 0;
        if (status < 200 || status > 299) return resolve(refused(status, text, number, host));
        const etag = String(reply.headers["etag"] ?? "")
          .replaceAll('"', "")
          .toUpperCase();
        if (etag === md5.digest("hex").toUpperCase()) return resolve(ok({ number, etag, bytes: length }));
        resolve(
          fail("upload-corrupt", told({ kind: "part-altered", part: number, host }), {
            host,
            part: number,
          }),
        );
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`nothing moved for ${idleMs / 1000} s`)));
    let requestError: Error | null = null;
    sent.on("error", (error) => {
      requestError = error;
      lost(error.message);
    });
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        md5.update(chunk);
        done(null, chunk);
      },
    });
    const file = createReadStream(path, {
      start: offset,
      end: offset + length - 1,
      highWaterMark: 1024 ** 2,
    });
    file.on("error", (error) => {
      // The pipeline ends the file with whatever ended the request.
      if (error === requestError || !("errno" in error)) return lost(error.message);
      resolve(storageFailure(error, "read the image", path));
    });
    file.on("end", () => {
      if (file.bytesRead !== length) sent.destroy(new Error("the file ended early"));
    });
    // What goes wrong is told by the request or the file.
    pipeline(file, hashing, sent, () => undefined);
  });
}

function refused(status: number, text: string, part: number, host: string): Result<never> {
  const code = /<Code>([\w.]{1,64})<\/Code>/.exec(text)?.[1] ?? `HTTP ${status}`;
  const requestId = /<RequestId>(\w{1,64})<\/RequestId>/.exec(text)?.[1] ?? "";
  const context = { host, part, cloudCode: code, requestId, httpStatus: status };
  if (status >= 500 || status === 429)
    return fail("cloud-unreachable", told({ kind: "part-not-now", host, part, code }), context);
  if (code === "NoSuchUpload")
    return fail(
      "not-found",
      told({ kind: "upload-over", part }),
      context,
      told({ kind: "resume-begins-anew" }),
    );
  if (/Expired|Token|AccessKey|Signature/.test(code) || /expired/i.test(text))
    return fail(
      "cloud-credentials",
      told({ kind: "part-permission-ended", part, code }),
      context,
      told({ kind: "resume-new-permissions" }),
    );
  return fail("cloud-permission", told({ kind: "part-refused", host, part, code }), context);
}
