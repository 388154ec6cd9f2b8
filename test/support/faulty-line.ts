import { createConnection, createServer, type Server, type Socket } from "node:net";

/**
 * A line between agent and intermediate that can be cut and that can damage what it carries. It listens on another
 * loopback address under the same port numbers, so that the agent notices nothing of it.
 */
export interface FaultyLine {
  readonly address: string;
  /** Cuts all connections and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  /** Flips one bit of what the agent sends next on `port`, once. */
  corruptNext(port: number): void;
  /** Sends again what the agent has just sent on `port`, once, as somebody who recorded it would. */
  replayNext(port: number): void;
  /** Resets connections at one in so many reads (a share of 1), at most `most` times in all. */
  resetSome(share: number, random: () => number, most: number): void;
  /** Resets one in so many new connections (a share of 1), somewhere in their first `bytes`, as often as it comes. */
  resetConnections(share: number, random: () => number, bytes: number): void;
  /** Carries so many bytes a second of what the agent sends, all connections together. */
  pace(bytesPerSecond: number): void;
  /** Carries nothing more of the connections that there are, and closes none; new ones are carried. */
  goSilent(): void;
  /** How many bytes the agent has sent through it. */
  readonly carriedBytes: number;
  /** How many connections were reset: both ends got a RST and not a FIN. */
  readonly resets: number;
  /** What was done to the bytes on it, in order; `isClosed` once their connection has ended. */
  readonly tampered: readonly { readonly how: "corrupted" | "replayed"; readonly isClosed: boolean }[];
  close(): Promise<void>;
}

export async function startFaultyLine(ports: readonly number[]): Promise<FaultyLine> {
  const address = "127.0.0.2";
  const sockets = new Set<Socket>();
  const toCorrupt = new Set<number>();
  const toReplay = new Set<number>();
  let isCut = false;
  let inReads = { share: 0, random: () => 1, left: 0 };
  let inConnections = { share: 0, random: () => 1, bytes: 0 };
  let resetCount = 0;
  const tampered: { how: "corrupted" | "replayed"; isClosed: boolean }[] = [];
  let silent = new Set<Socket>();
  let carried = 0;
  let pace = { bytesPerSecond: Infinity, freeAt: 0 };

  const serve = (port: number) =>
    createServer((near) => {
      if (isCut) {
        near.resetAndDestroy();
        return;
      }
      const far = createConnection({ host: "127.0.0.1", port });
      const { share, random, bytes: within } = inConnections;
      let untilReset = random() < share ? random() * within : Infinity;
      const reset = (): void => {
        resetCount += 1;
        // Both before either is closed, for closing one closes the other, and that politely.
        far.resetAndDestroy();
        near.resetAndDestroy();
      };
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
      near.on("data", (bytes: Buffer) => {
        carried += bytes.length;
        if (silent.has(near)) return;
        pace.freeAt = Math.max(pace.freeAt, performance.now()) + (bytes.length * 1_000) / pace.bytesPerSecond;
        const restMs = pace.freeAt - performance.now();
        if (restMs > 1) {
          near.pause();
          setTimeout(() => near.resume(), restMs);
        }
        untilReset -= bytes.length;
        if (untilReset < 0) return reset();
        if (inReads.left > 0 && inReads.random() < inReads.share) {
          inReads.left -= 1;
          return reset();
        }
        // Long enough to be disk data and not a handshake.
        const tamper = (how: "corrupted" | "replayed"): void => {
          const act = { how, isClosed: false };
          tampered.push(act);
          near.once("close", () => (act.isClosed = true));
        };
        if (bytes.length > 4096 && toCorrupt.delete(port)) {
          tamper("corrupted");
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x10;
        }
        const isReplayed = bytes.length > 4096 && toReplay.delete(port);
        if (isReplayed) tamper("replayed");
        if (!far.write(isReplayed ? Buffer.concat([bytes, bytes]) : bytes)) {
          near.pause();
          far.once("drain", () =>
            setTimeout(() => near.resume(), Math.max(0, pace.freeAt - performance.now())),
          );
        }
      });
      far.on("end", () => near.end());
      far.on("data", (bytes: Buffer) => {
        if (silent.has(far) || near.write(bytes)) return;
        far.pause();
        near.once("drain", () => far.resume());
      });
    });

  const servers: Server[] = [];
  for (const port of ports) {
    const server = serve(port);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, address, resolve);
    });
    servers.push(server);
  }
  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  return {
    address,
    cut() {
      isCut = true;
      hangUp();
    },
    mend: () => void (isCut = false),
    resetSome: (share, random, most) => void (inReads = { share, random, left: most }),
    resetConnections: (share, random, bytes) => void (inConnections = { share, random, bytes }),
    pace: (bytesPerSecond) => void (pace = { bytesPerSecond, freeAt: 0 }),
    goSilent: () => void (silent = new Set(sockets)),
    corruptNext: (port) => void toCorrupt.add(port),
    replayNext: (port) => void toReplay.add(port),
    get carriedBytes() {
      return carried;
    },
    get resets() {
      return resetCount;
    },
    get tampered() {
      return tampered;
    },
    async close() {
      hangUp();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
