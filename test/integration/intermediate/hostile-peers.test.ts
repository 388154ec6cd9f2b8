import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { encodeFrame } from "../../../intermediate/protocol/codec.ts";
import type { Frame, FrameOf } from "../../../intermediate/protocol/frames.ts";
import { leafOf } from "../../../intermediate/replica/tree-hash.ts";
import { DaemonBench, installation, isOver, jobId, makeDisk } from "../../support/intermediate/daemon.ts";
import { FramePeer } from "../../support/intermediate/frame-peer.ts";
import type { ReferenceAgent } from "../../support/intermediate/reference-agent.ts";
import {
  createTestAuthority,
  type TestCertificate,
  type TestIdentity,
} from "../../support/intermediate/test-pki.ts";

const chunkBytes = 65_536;
const dayMs = 86_400_000;

let bench: DaemonBench;
const agents: ReferenceAgent[] = [];
beforeEach(() => {
  bench = new DaemonBench();
});
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await bench.dispose();
});

const disks = [makeDisk(0, 60, 31)];

async function greeted(overrides: Parameters<DaemonBench["agent"]>[1] = {}): Promise<ReferenceAgent> {
  const agent = await bench.agent(disks, overrides);
  agents.push(agent);
  await agent.greet();
  return agent;
}

/** An agent in pass 1 that reports nothing by itself: its data connection is the test's. */
async function inFirstPass(): Promise<{ agent: ReferenceAgent; data: FramePeer }> {
  const agent = await greeted();
  await bench.admin.statusWhen(jobId, (status) => status.disks[0]?.state === "syncing");
  const data = agent.data[0];
  if (data === undefined) throw new Error("no data connection");
  return { agent, data };
}

function chunk(index: number, changes: Partial<FrameOf<"CHUNK">> = {}): FrameOf<"CHUNK"> {
  const raw = disks[0]?.bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes) ?? Buffer.alloc(0);
  const payload = zstdCompressSync(raw);
  return {
    type: "CHUNK",
    disk: 0,
    pass: 1,
    chunk: index,
    rawLength: raw.length,
    codec: 1,
    hash: leafOf(raw),
    payload,
    ...changes,
  };
}

/** A well-behaved agent afterwards, which tries again as agents do, still ends with the right replica. */
async function expectStateWhole(): Promise<void> {
  let over = false;
  const running = (async () => {
    while (!over) {
      const agent = await bench.agent(disks);
      agents.push(agent);
      await agent.run();
    }
  })();
  expect(await bench.admin.statusWhen(jobId, isOver)).toMatchObject({ phase: "synced", settled: true });
  over = true;
  expect(readFileSync(bench.replicaPath(0)).equals(disks[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  agents.splice(0).forEach((agent) => agent.destroy());
  await running;
}

const range = { disk: 0, pass: 1, firstChunk: 0, count: 1 };
const last = chunk(59);

describe("on a data connection, ABORT protocol answers", () => {
  const frames: readonly (readonly [string, readonly Frame[]])[] = [
    ["a chunk beyond the disk", [chunk(0, { chunk: 60 })]],
    ["a chunk of another disk", [chunk(0, { disk: 1 })]],
    ["a chunk of another pass", [chunk(0, { pass: 2 })]],
    ["a chunk reported twice", [chunk(0), chunk(0)]],
    ["a chunk reported as zero and as data", [{ type: "ZERO", ...range }, chunk(0)]],
    ["a hash that does not match", [chunk(0, { hash: Buffer.alloc(32, 1) })]],
    ["a raw length below the chunk size", [chunk(0, { rawLength: chunkBytes - 1 })]],
    ["a raw length above the disk's last chunk", [{ ...last, rawLength: chunkBytes }]],
    [
      "a payload that decompresses to too much",
      [chunk(0, { payload: zstdCompressSync(Buffer.alloc(chunkBytes * 64)) })],
    ],
    [
      "a payload that decompresses to too little",
      [chunk(0, { payload: zstdCompressSync(Buffer.alloc(100)) })],
    ],
    ["a payload that is no zstd frame", [chunk(0, { payload: Buffer.from("not compressed at all") })]],
    ["a range of zeros beyond the disk", [{ type: "ZERO", ...range, firstChunk: 59, count: 2 }]],
    ["a range of zeros as long as a u32", [{ type: "ZERO", ...range, count: 0xffffffff }]],
    ["an unknown chunk called the same", [{ type: "SAME", ...range }]],
    ["a second ATTACH", [{ type: "ATTACH", sessionId: Buffer.alloc(16), stream: 1 }]],
  ];

  test.each(frames)("%s", async (_, sequence) => {
    await bench.start();
    const tuning = { codec: "zstd", level: 1, rateBytesPerSecond: 0, checksum: "arrival" } as const;
    await bench.putJob(disks, { dataConnections: 1, tuning });
    const { agent, data } = await inFirstPass();
    for (const frame of sequence) data.send(frame);
    await agent.control.closed();
    const status = await bench.admin.statusWhen(jobId, (now) => !now.agent.connected);
    expect(status.agent.lastError).toMatch(/^protocol: /);
    await expectStateWhole();
  });

  const raw: readonly (readonly [string, (sequence: number) => Buffer])[] = [
    ["a replayed sequence", (sequence) => encodeFrame(chunk(0), sequence - 1)],
    ["a skipped sequence", (sequence) => encodeFrame(chunk(0), sequence + 1)],
    ["garbage", () => randomBytes(64)],
    ["an oversized frame", () => Buffer.from("534d413122000000ffffffff01000000", "hex")],
    ["a control frame", (sequence) => encodeFrame({ type: "PING", token: 1n }, sequence)],
  ];
  test.each(raw)("%s", async (_, bytes) => {
    await bench.start();
    await bench.putJob(disks, { dataConnections: 1 });
    const { agent, data } = await inFirstPass();
    data.sendRaw(bytes(1));
    await agent.control.closed();
    const status = await bench.admin.statusWhen(jobId, (now) => !now.agent.connected);
    expect(status.agent.lastError).toMatch(/^protocol: data connection 0/);
    await expectStateWhole();
  });
});

describe("on a control connection, ABORT protocol answers", () => {
  const cases: readonly (readonly [string, Frame])[] = [
    ["a second HELLO", helloFrame()],
    [
      "PLAN_ACCEPTED for the second time",
      { type: "PLAN_ACCEPTED", disks: [{ disk: 0, size: 1, sectorSize: 512 }] },
    ],
    ["a QUERY beyond the disk", { type: "QUERY", ...range, firstChunk: 59, count: 2 }],
    ["GOODBYE before FINISH", { type: "GOODBYE" }],
    [
      "PASS_DONE before everything was reported",
      {
        type: "PASS_DONE",
        disk: 0,
        pass: 1,
        changed: 0,
        same: 0,
        skipped: 60,
        unreadable: 0,
        treeHash: Buffer.alloc(32),
      },
    ],
  ];
  test.each(cases)("%s", async (_, frame) => {
    await bench.start();
    await bench.putJob(disks, { dataConnections: 1 });
    const { agent } = await inFirstPass();
    agent.control.send(frame);
    await agent.control.closed();
    expect((await bench.admin.statusWhen(jobId, (now) => !now.agent.connected)).agent.lastError).toMatch(
      /^protocol: /,
    );
    await expectStateWhole();
  });

  test("a tree hash that is not that of the chunks that were reported", async () => {
    await bench.start();
    await bench.putJob(disks, { dataConnections: 1 });
    const { agent, data } = await inFirstPass();
    for (let index = 0; index < 60; index += 1) {
      const frame = chunk(index);
      data.send(frame);
    }
    await bench.admin.statusWhen(jobId, (status) => status.disks[0]?.doneBytes === disks[0]?.bytes.length);
    const counts = { changed: 60, same: 0, skipped: 0, unreadable: 0 };
    agent.control.send({ type: "PASS_DONE", disk: 0, pass: 1, ...counts, treeHash: Buffer.alloc(32, 9) });
    await agent.control.closed();
    const status = await bench.admin.statusWhen(jobId, (now) => !now.agent.connected);
    expect(status.agent.lastError).toContain("tree hash");
    await expectStateWhole();
  });

  test("more unacknowledged chunks than the window, but not a chunk less", async () => {
    await bench.start({
      window: 8,
      commit: { bytes: 2 ** 30, ageMs: 600_000, chunks: 1_000, rangeChunks: 100_000 },
    });
    await bench.putJob(disks, { dataConnections: 1 });
    const { agent, data } = await inFirstPass();
    for (let index = 0; index < 9; index += 1) data.send(chunk(index));
    await agent.control.closed();
    expect((await bench.admin.statusWhen(jobId, (now) => !now.agent.connected)).agent.lastError).toContain(
      "more than 8",
    );
  });

  test("gives the job up after the fifth session in a row that breaks the rules, until it is resumed", async () => {
    await bench.start();
    await bench.putJob(disks, { dataConnections: 1 });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { agent, data } = await inFirstPass();
      data.send({ type: "SAME", ...range });
      await agent.control.closed();
      await bench.admin.statusWhen(jobId, (now) => !now.agent.connected);
    }
    expect(await bench.admin.status(jobId)).toMatchObject({
      phase: "failed",
      failure: { code: "protocol-violation" },
    });
    unwrap(
      await bench.admin.call("POST", `/v1/jobs/${jobId}/sync`, { mode: "resume", repairDiffering: false }),
    );
    await expectStateWhole();
  });
});

function helloFrame(): FrameOf<"HELLO"> {
  return {
    type: "HELLO",
    lowestVersion: 1,
    highestVersion: 1,
    capabilities: 1n,
    instanceId: Buffer.alloc(16, 3),
    agentVersion: "x",
    platform: "y",
  };
}

describe("certificates", () => {
  const foreign = createTestAuthority(installation);
  const agentOf = (changes: Partial<TestCertificate>): TestCertificate => ({
    unit: "sma-agent",
    commonName: jobId,
    ...changes,
  });
  const refused: readonly (readonly [string, () => TestIdentity])[] = [
    ["of another CA with the same name", () => foreign.issue(agentOf({}))],
    [
      "that expired yesterday",
      () => bench.authority.issue(agentOf({ notAfter: new Date(Date.now() - dayMs / 2) })),
    ],
    [
      "that is valid from tomorrow on",
      () => bench.authority.issue(agentOf({ notBefore: new Date(Date.now() + dayMs / 2) })),
    ],
    ["of another installation", () => bench.authority.issue(agentOf({ organization: "somebody" }))],
    ["of another job", () => bench.authority.issue(agentOf({ commonName: "job00002" }))],
    ["of the assistant", () => bench.authority.issue({ unit: "sma-assistant", commonName: "installation" })],
    ["of an intermediate", () => bench.authority.issue({ unit: "sma-intermediate", commonName: jobId })],
  ];

  async function isRefused(
    identity: TestIdentity,
    protocol: "sma-control/1" | "sma-data/1",
  ): Promise<boolean> {
    const port = protocol === "sma-control/1" ? bench.controlPort : bench.dataPort;
    try {
      const peer = await FramePeer.connect({ port, jobId, caPem: bench.authority.caPem, identity, protocol });
      peer.send(helloFrame());
      const answer = await peer.receive();
      peer.destroy();
      return answer === undefined;
    } catch {
      return true;
    }
  }

  test.each(refused)("%s are refused on both ports", async (_, identity) => {
    await bench.start();
    await bench.putJob(disks);
    expect(await isRefused(identity(), "sma-control/1")).toBe(true);
    expect(await isRefused(identity(), "sma-data/1")).toBe(true);
    // The right one is not: the refusals above have their cause in the certificate.
    expect(await isRefused(bench.authority.issue(agentOf({})), "sma-control/1")).toBe(false);
  });

  test("that were revoked are refused, and their running session ends", async () => {
    await bench.start();
    await bench.putJob(disks);
    const identity = bench.authority.issue(agentOf({}));
    const agent = await greeted({ identity });
    await bench.putJob(disks, { revokedSerials: [identity.serial] });
    await agent.control.closed();
    expect(await isRefused(identity, "sma-control/1")).toBe(true);
  });

  test("of an agent that another one replaces are refused from then on, whatever plan comes later", async () => {
    await bench.start();
    await bench.putJob(disks);
    const revoke = () => bench.admin.call("POST", `/v1/jobs/${jobId}/revoke-agent`, {});
    // Nobody has spoken yet.
    unwrap(await revoke());
    const [former, next] = [bench.authority.issue(agentOf({})), bench.authority.issue(agentOf({}))];
    const agent = await greeted({ identity: former });
    unwrap(await revoke());
    await agent.control.closed();
    unwrap(await revoke());
    await bench.putJob(disks);
    expect(await isRefused(former, "sma-control/1")).toBe(true);
    expect(await isRefused(former, "sma-data/1")).toBe(true);
    await greeted({ identity: next });
  });

  test("of an agent that was launched and never heard are refused once another is launched", async () => {
    await bench.start();
    await bench.putJob(disks);
    const launch = async () => {
      const identity = bench.authority.issue(agentOf({}));
      const nextSerial = identity.serial;
      unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/revoke-agent`, { nextSerial }));
      return identity;
    };
    // Launched before the intermediate knew the job: it was told of the second only.
    const unheard = [bench.authority.issue(agentOf({})), await launch()];
    const running = await launch();
    const agent = await greeted({ identity: running });
    await bench.putJob(disks);
    for (const identity of unheard) {
      expect(await isRefused(identity, "sma-control/1")).toBe(true);
      expect(await isRefused(identity, "sma-data/1")).toBe(true);
    }
    // The one launched last is another matter, also when the same is said twice.
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/revoke-agent`, { nextSerial: running.serial }));
    agent.destroy();
    expect(await isRefused(running, "sma-control/1")).toBe(false);
    const last = await launch();
    expect(await isRefused(running, "sma-control/1")).toBe(true);
    await greeted({ identity: last });
  });

  test("of no job, and of a job that is not here, do not get through the handshake", async () => {
    await bench.start();
    await bench.putJob(disks);
    const identity = bench.authority.issue(agentOf({}));
    for (const serverName of ["job99999.job.sma.internal", "installation.sma.internal"]) {
      const connect = async (): Promise<unknown> => {
        const peer = await FramePeer.connect({
          port: bench.controlPort,
          jobId,
          caPem: bench.authority.caPem,
          identity,
          protocol: "sma-control/1",
          serverName,
        });
        peer.send(helloFrame());
        return peer.receive();
      };
      expect(await connect().catch(() => undefined), serverName).toBeUndefined();
    }
  });

  test("of an agent do not open the admin API", async () => {
    await bench.start();
    await bench.putJob(disks);
    const { AdminClient } = await import("../../support/intermediate/admin-client.ts");
    const asAgent = new AdminClient(bench.controlPort, bench.authority, bench.authority.issue(agentOf({})));
    await expect(asAgent.call("GET", "/v1/status")).rejects.toThrow();
    const stranger = new AdminClient(
      bench.controlPort,
      bench.authority,
      foreign.issue({ unit: "sma-assistant", commonName: "installation" }),
    );
    await expect(stranger.call("GET", "/v1/status")).rejects.toThrow();
    expect(await bench.admin.call("GET", "/v1/status")).toMatchObject({ ok: true, value: { installation } });
  });
});

describe("an agent", () => {
  test.each([
    [2, 9],
    [0, 0],
  ])("that speaks versions %i to %i only is answered ABORT version", async (lowest, highest) => {
    await bench.start();
    await bench.putJob(disks);
    const agent = await bench.agent(disks, { versions: [lowest, highest] });
    expect(await agent.run()).toMatchObject({ kind: "aborted", name: "version" });
    expect((await bench.admin.status(jobId)).agent.lastError).toContain("protocol");
  });

  test("is refused as busy while another holds the job, and replaces itself at once", async () => {
    await bench.start();
    await bench.putJob(disks);
    const instanceId = randomBytes(16);
    const first = await greeted({ instanceId });
    const other = await bench.agent(disks);
    expect(await other.run()).toMatchObject({ kind: "aborted", name: "busy" });
    const again = await bench.agent(disks, { instanceId });
    agents.push(again);
    void again.run();
    expect(await bench.admin.statusWhen(jobId, isOver)).toMatchObject({ phase: "synced" });
    expect(first.control.isClosed).toBe(true);
  });

  test("that falls silent without closing loses the job to the next one", async () => {
    await bench.start({ heartbeatMs: 250 });
    await bench.putJob(disks);
    const silent = await greeted();
    // Half open: nothing is read any more, nothing is closed, PINGs are not answered.
    silent.control.socket.pause();
    const gone = await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    expect(gone.agent.lastError).toContain("heartbeats");
    await expectStateWhole();
  });

  test("that is just coming back when the job is finished is sent away as soon as it is there", async () => {
    await bench.start();
    await bench.putJob(disks);
    await expectStateWhole();
    await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    const late = await bench.agent(disks);
    const run = late.run();
    await bench.admin.statusWhen(jobId, (status) => status.agent.connected);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/finish`, {}));
    expect(await run).toEqual({ kind: "finished", remove: true });
  });

  test("is sent away for good once the job is finished", async () => {
    await bench.start();
    await bench.putJob(disks);
    await expectStateWhole();
    await bench.admin.statusWhen(jobId, (status) => !status.agent.connected);
    unwrap(await bench.admin.call("POST", `/v1/jobs/${jobId}/finish`, {}));
    const late = await bench.agent(disks);
    expect(await late.run()).toMatchObject({ kind: "aborted", name: "cancelled" });
  });

  test("is told when its disk is not the planned one", async () => {
    await bench.start();
    await bench.putJob(disks);
    const agent = await bench.agent([{ id: 0, bytes: Buffer.alloc(4_096) }]);
    expect(await agent.run()).toMatchObject({ kind: "aborted", name: "disk-changed" });
    expect(await bench.admin.status(jobId)).toMatchObject({
      phase: "failed",
      failure: { code: "source-disk-changed" },
    });
  });
});

describe("a peer that takes its time", () => {
  const closed = (connectIt: () => { once(event: "close", act: () => void): unknown }): Promise<void> =>
    new Promise((resolve) => connectIt().once("close", resolve));

  test("is cut off before, in and after the handshake, and in the middle of a request", async () => {
    await bench.start({ handshakeMs: 200, greetingMs: 200, requestMs: 200 });
    await bench.putJob(disks);
    const { controlPort: port } = bench;
    await closed(() => connectTcp(port, "127.0.0.1").on("error", () => undefined));
    const identity = bench.authority.issue({ unit: "sma-agent", commonName: jobId });
    const silentAgent = await FramePeer.connect({
      port,
      jobId,
      caPem: bench.authority.caPem,
      identity,
      protocol: "sma-control/1",
    });
    await silentAgent.closed();
    await closed(() => {
      const socket = connectTls({
        host: "127.0.0.1",
        port,
        servername: "installation.sma.internal",
        ca: bench.authority.caPem,
        cert: bench.assistant.certificatePem,
        key: bench.assistant.keyPem,
      });
      socket.on("error", () => undefined);
      socket.write("PUT /v1/jobs/job00001 HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
      // A byte now and then must not buy more time.
      const drip = setInterval(() => socket.write(" "), 50);
      socket.once("close", () => clearInterval(drip));
      return socket;
    });
    expect(await bench.admin.call("GET", "/v1/status")).toMatchObject({ ok: true });
  });
});

test("an assistant that asks for what is no path is answered, and the daemon goes on", async () => {
  await bench.start();
  for (const path of ["//", "//[", "/v1//status"])
    expect(await bench.admin.call("GET", path), path).toMatchObject({ ok: false });
  expect(await bench.admin.call("GET", "/v1/status")).toMatchObject({ ok: true });
});
