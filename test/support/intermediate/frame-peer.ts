import { connect, type TLSSocket } from "node:tls";
import { encodeFrame } from "../../../intermediate/protocol/codec.ts";
import { FrameReader } from "../../../intermediate/protocol/frame-reader.ts";
import type { Frame, FrameName, FrameOf, Side } from "../../../intermediate/protocol/frames.ts";
import type { TestIdentity } from "./test-pki.ts";

export interface PeerOptions {
  readonly port: number;
  readonly jobId: string;
  readonly caPem: string;
  readonly identity: TestIdentity;
  readonly protocol: "sma-control/1" | "sma-data/1";
  /** Default: the job's. */
  readonly serverName?: string;
}

/** The agent's end of one connection, for well-behaved and misbehaving agents alike. */
export class FramePeer {
  readonly socket: TLSSocket;
  /** Everything that arrived and was not taken yet. */
  readonly #inbox: Frame[] = [];
  #sequence = 0;
  #wake: () => void = () => undefined;
  isClosed = false;

  private constructor(socket: TLSSocket, side: Side) {
    this.socket = socket;
    const reader = new FrameReader(side);
    socket.on("data", (piece: Buffer) => {
      reader.append(Buffer.from(piece));
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        if (!next.ok) throw new Error(`the intermediate broke the protocol: ${next.problem.detail}`);
        this.#inbox.push(keep(next.value));
      }
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** Connects and waits for the handshake; rejects where it fails. */
  static async connect(options: PeerOptions): Promise<FramePeer> {
    const socket = connect({
      host: "127.0.0.1",
      port: options.port,
      servername: options.serverName ?? `${options.jobId}.job.sma.internal`,
      ca: options.caPem,
      cert: options.identity.certificatePem,
      key: options.identity.keyPem,
      ALPNProtocols: [options.protocol],
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed during the handshake")));
    });
    return new FramePeer(socket, options.protocol === "sma-control/1" ? "control-i2a" : "data-i2a");
  }

  send(frame: Frame): void {
    this.sendRaw(encodeFrame(frame, this.#sequence));
    this.#sequence = (this.#sequence + 1) >>> 0;
  }

  /** Bytes as they are; the caller answers for header and sequence. */
  sendRaw(bytes: Buffer): void {
    if (!this.isClosed) this.socket.write(bytes);
  }

  async drained(): Promise<void> {
    while (!this.isClosed && this.socket.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          this.socket.off("drain", settle);
          this.socket.off("close", settle);
          resolve();
        };
        this.socket.on("drain", settle);
        this.socket.on("close", settle);
      });
    }
  }

  /** The next frame, or undefined once the connection is closed and everything was taken. */
  async receive(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#inbox.shift();
      if (frame !== undefined || this.isClosed) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next frame of a type; PING is answered, other types (but ABORT) are passed over. */
  async expect<N extends FrameName>(name: N): Promise<FrameOf<N>> {
    for (;;) {
      const frame = await this.receive();
      if (frame === undefined) throw new Error(`the connection closed while ${name} was expected`);
      if (frame.type === name) return frame as unknown as FrameOf<N>;
      if (frame.type === "PING") this.send({ type: "PONG", token: frame.token });
      if (frame.type === "ABORT")
        throw new Error(`ABORT ${frame.code} while ${name} was expected: ${frame.reason}`);
    }
  }

  /** Resolves when the other side has closed; fails the caller's test by its time limit where it never does. */
  async closed(): Promise<void> {
    while (!this.isClosed) await this.receive();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Byte fields are views that the reader reuses: what is kept must be copied. */
function keep(frame: Frame): Frame {
  if (frame.type === "KNOWN") {
    return { ...frame, runs: frame.runs.map((run) => ({ ...run, hashes: Buffer.from(run.hashes) })) };
  }
  return frame.type === "WELCOME" ? { ...frame, sessionId: Buffer.from(frame.sessionId) } : frame;
}
