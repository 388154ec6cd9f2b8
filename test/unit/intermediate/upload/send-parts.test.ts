/** Parts of a file on their way to a storage whose connections break. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sendParts } from "../../../../intermediate/upload/send-parts.ts";
import { selfSigned } from "../../../support/alibaba-cloud/certificate.ts";

const bytes = randomBytes(4 * 1024 * 1024);
let folder = "";
let server: Server;
let authorityPem = "";
let take: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sma-parts-"));
  await writeFile(join(folder, "image"), bytes);
  const { key, cert } = selfSigned();
  authorityPem = cert;
  server = createServer({ key, cert }, (request, response) => take(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

function send(length: number, signal = new AbortController().signal) {
  const { port } = server.address() as AddressInfo;
  return sendParts({
    path: join(folder, "image"),
    parts: [{ number: 1, offset: 0, length, url: `https://127.0.0.1:${port}/1` }],
    authorityPem,
    signal,
    onProgress: () => undefined,
  });
}

function accept(request: IncomingMessage, response: ServerResponse): void {
  const md5 = createHash("md5");
  request.on("data", (piece: Buffer) => md5.update(piece));
  request.on("end", () => response.writeHead(200, { etag: `"${md5.digest("hex")}"` }).end());
}

it("sends a part again whose connection was cut", async () => {
  let requests = 0;
  take = (request, response) => {
    requests += 1;
    if (requests === 1) request.once("data", () => request.socket.destroy());
    else accept(request, response);
  };
  expect(await send(bytes.length)).toMatchObject({ ok: true, value: [{ number: 1, bytes: bytes.length }] });
  expect(requests).toBe(2);
});

it("stops in the middle of a part where it is told to", async () => {
  const stop = new AbortController();
  take = (request) => request.once("data", () => stop.abort());
  expect(await send(bytes.length, stop.signal)).toMatchObject({ ok: false, failure: { code: "cancelled" } });
});
