/**
 * A virtual disk's content, whatever its format: qemu-nbd opens it, this is the client. Only what is needed
 * of the protocol (github.com/NetworkBlockDevice/nbd, doc/proto.md): fixed newstyle, export by name, simple replies.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { spawnTool } from "./run-tool.ts";

/** A disk's bytes. `close` may be called twice. */
export interface DiskContent {
  readonly sizeBytes: number;
  /** Fills `into` from `offset`. Calls are answered in order. */
  read(offset: number, into: Buffer): Promise<Result<void>>;
  close(): Promise<void>;
}

/** A disk that can be changed too. What was written is durable after `flush`. */
export interface WritableContent extends DiskContent {
  write(offset: number, bytes: Buffer): Promise<Result<void>>;
  flush(): Promise<Result<void>>;
}

const greetingMagic = 0x4e42444d41474943n;
const optionMagic = 0x49484156454f5054n;
const fixedNewstyle = 1;
const noZeroes = 2;
const optionExportName = 1;
const requestMagic = 0x25609513;
const replyMagic = 0x67446698;
const commandRead = 0;
const commandWrite = 1;
const commandDisconnect = 2;
const commandFlush = 3;
/** What every server takes in one request. */
const requestMost = 1_048_576;
const connectTries = 500;

/** QEMU's description of a disk (`-blockdev`): an object, so that no file name can be read as a protocol. */
export type BlockNode = Readonly<Record<string, unknown>>;

/**
 * Opens `node` read-only. `tool-missing`, or `image-failed` with what qemu-nbd said of the file. qemu-nbd ends with
 * this process.
 */
export function openContent(node: BlockNode, signal: AbortSignal): Promise<Result<DiskContent>> {
  return open(node, ["--read-only"], signal);
}

/** As `openContent`, but the topmost file may be written. */
export function openWritable(node: BlockNode, signal: AbortSignal): Promise<Result<WritableContent>> {
  return open(node, [], signal);
}

async function open(
  node: BlockNode,
  access: readonly string[],
  signal: AbortSignal,
): Promise<Result<WritableContent>> {
  const folder = await mkdtemp(join(tmpdir(), "sma-nbd-"));
  const socketPath = join(folder, "socket");
  const argv = [...access, `--socket=${socketPath}`];
  const started = await spawnTool(
    "qemu-nbd",
    [...argv, `json:${JSON.stringify(node)}`],
    ["ignore", "ignore", "pipe"],
  );
  if (!started.ok) {
    await rm(folder, { recursive: true, force: true });
    return started;
  }
  const child = started.value;
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  let running = true;
  const ended = new Promise<void>((settle) =>
    child.once("close", () => {
      running = false;
      settle();
    }),
  );
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  for (let tries = 0; tries < connectTries && running && !signal.aborted; tries += 1) {
    const socket = await dial(socketPath);
    if (socket === null) {
      await sleep(20);
      continue;
    }
    const stream = new ByteStream(socket);
    const sizeBytes = await shakeHands(stream);
    if (sizeBytes !== null) return ok(new NbdContent(sizeBytes, stream, end));
    break;
  }
  await end();
  if (signal.aborted) return fail("cancelled", told({ kind: "opening-stopped" }));
  const output = complaint.trim();
  return fail("image-failed", told({ kind: "image-unopened", text: output.split("\n").at(-1) ?? "" }), {
    tool: "qemu-nbd",
    output,
  });
}

function dial(path: string): Promise<Socket | null> {
  return new Promise((settle) => {
    const socket = connect({ path });
    socket.once("connect", () => settle(socket));
    socket.once("error", () => settle(null));
  });
}

/** The export's size, or null where the other side does not speak the protocol. */
async function shakeHands(stream: ByteStream): Promise<number | null> {
  const greeting = await stream.take(18);
  if (greeting === null || greeting.readBigUInt64BE(0) !== greetingMagic) return null;
  if (greeting.readBigUInt64BE(8) !== optionMagic) return null;
  const flags = greeting.readUInt16BE(16) & (fixedNewstyle | noZeroes);
  const answer = Buffer.alloc(20);
  answer.writeUInt32BE(flags, 0);
  answer.writeBigUInt64BE(optionMagic, 4);
  answer.writeUInt32BE(optionExportName, 12);
  stream.write(answer);
  const facts = await stream.take(10 + ((flags & noZeroes) === 0 ? 124 : 0));
  if (facts === null) return null;
  const size = facts.readBigUInt64BE(0);
  return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : null;
}

class NbdContent implements WritableContent {
  readonly sizeBytes: number;
  readonly #stream: ByteStream;
  readonly #end: () => Promise<void>;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(sizeBytes: number, stream: ByteStream, end: () => Promise<void>) {
    this.sizeBytes = sizeBytes;
    this.#stream = stream;
    this.#end = end;
  }

  read(offset: number, into: Buffer): Promise<Result<void>> {
    return this.#inParts(commandRead, offset, into);
  }

  write(offset: number, bytes: Buffer): Promise<Result<void>> {
    return this.#inParts(commandWrite, offset, bytes);
  }

  flush(): Promise<Result<void>> {
    return this.#enqueue(() => this.#request(commandFlush, 0, Buffer.alloc(0)));
  }

  #enqueue(act: () => Promise<Result<void>>): Promise<Result<void>> {
    const turn = this.#queue.then(act);
    this.#queue = turn;
    return turn;
  }

  #inParts(
    command: typeof commandRead | typeof commandWrite,
    offset: number,
    bytes: Buffer,
  ): Promise<Result<void>> {
    return this.#enqueue(async () => {
      if (this.#closed || offset + bytes.length > this.sizeBytes) {
        return fail("storage-failed", told({ kind: "image-lacks-bytes", length: bytes.length, offset }), {
          offset,
        });
      }
      for (let done = 0; done < bytes.length; done += requestMost) {
        const part = bytes.subarray(done, done + requestMost);
        const answered = await this.#request(command, offset + done, part);
        if (!answered.ok) return answered;
      }
      return ok();
    });
  }

  /** `part` is filled by a read and sent with a write. */
  async #request(command: number, offset: number, part: Buffer): Promise<Result<void>> {
    const failed = (): Result<void> =>
      fail("storage-failed", told({ kind: "image-unread-at", offset }), { offset });
    const request = Buffer.alloc(28);
    request.writeUInt32BE(requestMagic, 0);
    request.writeUInt16BE(command, 6);
    request.writeBigUInt64BE(BigInt(offset), 16);
    request.writeUInt32BE(part.length, 24);
    this.#stream.write(request);
    // A copy: the caller may reuse its buffer once this settles, the socket may hold it longer.
    if (command === commandWrite) this.#stream.write(Buffer.from(part));
    const reply = await this.#stream.take(16);
    if (reply === null || reply.readUInt32BE(0) !== replyMagic || reply.readUInt32BE(4) !== 0)
      return failed();
    if (command === commandRead && !(await this.#stream.fill(part))) return failed();
    return ok();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#queue;
    this.#closed = true;
    const request = Buffer.alloc(28);
    request.writeUInt32BE(requestMagic, 0);
    request.writeUInt16BE(commandDisconnect, 6);
    this.#stream.write(request);
    this.#stream.destroy();
    await this.#end();
  }
}

/** A socket's bytes in the amounts that somebody asks for; one asker at a time. */
class ByteStream {
  readonly #socket: Socket;
  #parts: Buffer[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    const over = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on("data", (bytes: Buffer) => {
      this.#parts.push(bytes);
      this.#wake?.();
    });
    socket.on("end", over).on("error", over).on("close", over);
  }

  write(bytes: Buffer): void {
    if (!this.#ended) this.#socket.write(bytes);
  }

  async take(length: number): Promise<Buffer | null> {
    const bytes = Buffer.alloc(length);
    return (await this.fill(bytes)) ? bytes : null;
  }

  /** False where the stream ends before `into` is full. */
  async fill(into: Buffer): Promise<boolean> {
    let done = 0;
    while (done < into.length) {
      const part = this.#parts.shift();
      if (part === undefined) {
        if (this.#ended) return false;
        await new Promise<void>((settle) => (this.#wake = settle));
        this.#wake = null;
        continue;
      }
      const used = part.copy(into, done);
      done += used;
      if (used < part.length) this.#parts.unshift(part.subarray(used));
    }
    return true;
  }

  destroy(): void {
    this.#socket.end();
  }
}
