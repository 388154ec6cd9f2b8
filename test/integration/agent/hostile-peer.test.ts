import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { startImpostor, type Impostor } from "../../support/agent/impostor.ts";
import { launchDocument, pushAgent, type PushedAgent } from "../../support/agent/pushed-agent.ts";
import { newAuthority } from "../../support/agent/receiving-side.ts";

/** An intermediate with the right certificate that breaks the protocol: what does the agent say to it? */

const job = "hostile001";
const authority = await newAuthority();
const shown = await authority.issue({ role: "intermediate", commonName: job, validDays: 30 });
const own = await authority.issue({ role: "agent", commonName: job, validDays: 30 });
const folder = mkdtempSync(join(tmpdir(), "sma-hostile-"));
const disk = join(folder, "disk");
writeFileSync(disk, randomBytes(200_000));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vectors = readFileSync(join(import.meta.dirname, "../../vectors/frames.txt"), "utf8")
  .split("\n")
  .map((line) => line.split("\t"));

const types = { welcome: 2, plan: 3, passStart: 5, known: 7, abort: 15, ack: 37, attached: 33 } as const;
const abortCodes = { protocol: 1, version: 2, noSpace: 7 } as const;

function frame(type: number, sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.write("SMA1", "latin1");
  header.writeUInt16LE(type, 4);
  header.writeUInt32LE(payload.length, 8);
  header.writeUInt32LE(sequence, 12);
  return Buffer.concat([header, payload]);
}

function welcome(version: number, dataPort: number): Buffer {
  const payload = Buffer.alloc(45);
  payload.writeUInt16LE(version, 0);
  payload.writeUInt16LE(dataPort, 26);
  payload.writeUInt8(1, 28);
  payload.writeUInt32LE(5_000, 29);
  payload.writeUInt32LE(16, 33);
  return payload;
}

function plan(path: string): Buffer {
  const payload = Buffer.alloc(17 + 12 + path.length);
  payload.writeUInt32LE(65_536, 0);
  payload.writeUInt16LE(1, 15);
  payload.writeUInt16LE(path.length, 27);
  payload.write(path, 29);
  return payload;
}

function passStart(diskId: number, pass = 1): Buffer {
  const payload = Buffer.alloc(7);
  payload.writeUInt16LE(diskId, 0);
  payload.writeUInt32LE(pass, 2);
  return payload;
}

interface SeenFrame {
  readonly type: number;
  readonly payload: Buffer;
}

function framesIn(bytes: Buffer): SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    if (at + 16 + length > bytes.length) break;
    frames.push({ type: bytes.readUInt16LE(at + 4), payload: bytes.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return frames;
}

const abortCode = (server: Impostor): number | undefined =>
  framesIn(server.received())
    .find((seen) => seen.type === types.abort)
    ?.payload.readUInt16LE(0);

/** Lets an agent meet a server that answers HELLO with `answer`, and gives both to `act`. */
async function meet(
  answer: (socket: TLSSocket) => void,
  act: (agent: PushedAgent, server: Impostor) => Promise<void>,
): Promise<void> {
  const agent = pushAgent();
  const server = await startImpostor({
    certificatePem: shown.certificatePem,
    keyPem: shown.key.reveal(),
    protocols: ["sma-control/1", "sma-data/1"],
    onConnection: (socket) => socket.once("data", () => answer(socket)),
  });
  try {
    const document = launchDocument({
      job,
      host: "127.0.0.1",
      controlPort: server.port,
      time: Math.floor(Date.now() / 1000),
      retrySeconds: 0,
      nice: 0,
      ionice: 0,
      ca: authority.certificatePem,
      certificate: own.certificatePem,
      key: own.key.reveal(),
    });
    expect((await agent.run(["run"], document)).exitCode).toBe(0);
    await act(agent, server);
  } finally {
    await agent.discard();
    await server.stop();
  }
}

const hasEnded = (agent: PushedAgent) =>
  agent.waitFor(({ state, lastError }) => lastError !== null && (state === "retrying" || state === "failed"));

const badFrames = vectors.flatMap(([kind, side, name, hex, why]) =>
  kind === "bad" && side === "control-i2a" && name !== undefined && hex !== undefined && why !== undefined
    ? [{ name, hex, why }]
    : [],
);

test("answers every bad control frame of the golden vectors with ABORT protocol, and goes on trying", async () => {
  expect(badFrames.length).toBeGreaterThan(30);
  const queue = [...badFrames];
  const worker = async (): Promise<void> => {
    for (let bad = queue.shift(); bad !== undefined; bad = queue.shift()) {
      const { hex, name, why } = bad;
      await meet(
        (socket) => socket.write(Buffer.from(hex, "hex")),
        async (agent, server) => {
          const status = await hasEnded(agent);
          while (abortCode(server) === undefined) await sleep(20);
          expect
            .soft({ name, state: status.state, code: abortCode(server) })
            .toEqual({ name, state: "retrying", code: 1 });
          expect.soft(status.lastError, name).toMatch(new RegExp(`^protocol: .*wrong ${why}`));
        },
      );
    }
  };
  await Promise.all([worker(), worker(), worker()]);
});

test("gives up on an intermediate of a version that it does not speak", () =>
  meet(
    (socket) => socket.write(frame(types.welcome, 0, welcome(2, 1))),
    async (agent, server) => {
      expect((await hasEnded(agent)).state).toBe("failed");
      while (abortCode(server) === undefined) await sleep(20);
      expect(abortCode(server)).toBe(abortCodes.version);
    },
  ));

/** The control side of a session that goes well up to its plan; data connections get ATTACHED and then `data`. */
function converse(control: readonly Buffer[], data?: Buffer): (socket: TLSSocket) => void {
  return (socket) => {
    if (socket.alpnProtocol === "sma-data/1") {
      socket.write(frame(types.attached, 0, Buffer.alloc(0)));
      if (data !== undefined) socket.write(data);
      return;
    }
    const port = socket.localPort ?? 0;
    const parts = [frame(types.welcome, 0, welcome(1, port)), ...control];
    socket.write(Buffer.concat(parts));
  };
}

const planned = frame(types.plan, 1, plan(disk));

const violations: Record<string, (socket: TLSSocket) => void> = {
  "a second WELCOME": converse([frame(types.welcome, 1, welcome(1, 1))]),
  "a second PLAN": converse([planned, frame(types.plan, 2, plan(disk))]),
  "a pass before the plan": converse([frame(types.passStart, 1, passStart(0))]),
  "a pass over a disk that is not planned": converse([planned, frame(types.passStart, 2, passStart(9))]),
  "a pass while a pass runs": converse([
    planned,
    frame(types.passStart, 2, passStart(0)),
    frame(types.passStart, 3, passStart(0)),
  ]),
  "an acknowledgement of what was not sent": converse(
    [planned],
    frame(types.ack, 1, Buffer.from("000001000000010000000000000000000100000000".slice(0, 40), "hex")),
  ),
};

for (const [what, answer] of Object.entries(violations)) {
  test(`answers ${what} with ABORT protocol`, () =>
    meet(answer, async (agent, server) => {
      const status = await hasEnded(agent);
      expect(status).toMatchObject({ state: "retrying" });
      expect(status.lastError).toMatch(/^protocol: /);
      // Both kinds of connection write into one record here: ABORT is looked for in its bytes.
      expect(server.received().includes(Buffer.from([0x53, 0x4d, 0x41, 0x31, types.abort, 0]))).toBe(true);
    }));
}

test("the memory of a pass that runs is not given to another", () =>
  meet(
    converse([
      planned,
      frame(types.passStart, 2, passStart(0, 1)),
      frame(types.passStart, 3, passStart(0, 2)),
    ]),
    async (agent) => {
      expect((await hasEnded(agent)).lastError).toBe("protocol: PASS_START while a pass runs");
      expect(agent.log()).toContain("pass 1 of disk 0");
      expect(agent.log()).not.toContain("pass 2 of disk 0");
    },
  ));

test("waits and tries again when the intermediate has no space, and says why meanwhile", () => {
  const reason = "the volume is full";
  const payload = Buffer.alloc(4 + reason.length);
  payload.writeUInt16LE(abortCodes.noSpace, 0);
  payload.writeUInt16LE(reason.length, 2);
  payload.write(reason, 4);
  return meet(
    (socket) => socket.write(frame(types.abort, 0, payload)),
    async (agent) => {
      expect(await hasEnded(agent)).toMatchObject({ state: "retrying", lastError: `no-space: ${reason}` });
    },
  );
});
