import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { openSession, startLab, type LabOptions } from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import type { WindowsProgram } from "../../support/winrm/windows-machine.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: LabOptions = {}) {
  const lab = await startLab(options);
  cleanUps.push(() => lab.stop());
  const session = await openSession(lab);
  cleanUps.push(() => session.close());
  const target = lab.machine.path("C:\\agent.exe");
  return { lab, session, target };
}

const path = "C:\\agent.exe";
const content = randomBytes(2_000_003);
const sends = (actions: readonly string[]) => actions.filter((action) => action === "Send").length;

describeWithNtlm("an upload", () => {
  it("arrives whole under its name, and nothing of it stays beside", async () => {
    const { session, target } = await open();
    const progress: number[] = [];
    const uploaded = await session.upload(content, path, { onProgress: (done) => progress.push(done) });
    expect(uploaded).toEqual({ ok: true });
    expect(readFileSync(target).equals(content)).toBe(true);
    expect(existsSync(`${target}.sma-part`)).toBe(false);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(content.length);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it.each([
    [150, 108_000],
    [500, 370_000],
  ])(
    "fills the envelopes of a server that takes %d kB, so that few round trips are needed",
    async (kilobytes, filled) => {
      const { lab, session } = await open({ shells: { maxEnvelopeKilobytes: kilobytes } });
      const before = sends(lab.endpoint.actions);
      await session.upload(content, path);
      const scripts = 1;
      expect(sends(lab.endpoint.actions) - before - scripts).toBeLessThanOrEqual(
        Math.ceil(content.length / filled),
      );
      expect(lab.endpoint.errors).toEqual([]);
    },
  );

  it("of an empty file makes an empty file", async () => {
    const { session, target } = await open();
    expect(await session.upload(Buffer.alloc(0), path)).toEqual({ ok: true });
    expect(readFileSync(target).length).toBe(0);
  });

  it("replaces what was there only once it is whole", async () => {
    const { lab, session, target } = await open();
    writeFileSync(target, "old");
    const cancelled = new AbortController();
    const broken = await session.upload(content, path, {
      signal: cancelled.signal,
      onProgress: (done, total) => {
        if (done > total / 2) cancelled.abort();
      },
    });
    expect(broken).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect(readFileSync(target, "utf8")).toBe("old");
    expect(lab.service.runningCommands).toBe(0);
    expect(await session.upload(content, path)).toEqual({ ok: true });
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it("goes on in a new session where the connection broke", async () => {
    const { lab, session, target } = await open();
    const broken = await session.upload(content, path, {
      onProgress: (done, total) => {
        if (done > total / 2) lab.endpoint.cutConnections();
      },
    });
    expect(broken).toMatchObject({ ok: false, failure: { code: "connection-lost", retryable: true } });
    const kept = readFileSync(`${target}.sma-part`).length;
    expect(kept).toBeGreaterThan(content.length / 2 - 200_000);

    const next = await openSession(lab);
    const progress: number[] = [];
    expect(await next.upload(content, path, { onProgress: (done) => progress.push(done) })).toEqual({
      ok: true,
    });
    expect(progress[0]).toBeGreaterThanOrEqual(kept);
    expect(readFileSync(target).equals(content)).toBe(true);
    await next.close();
  });

  it("starts over where something else lies under its temporary name", async () => {
    const { session, target } = await open();
    writeFileSync(`${target}.sma-part`, randomBytes(1_000_000));
    const progress: number[] = [];
    expect(await session.upload(content, path, { onProgress: (done) => progress.push(done) })).toEqual({
      ok: true,
    });
    expect(progress[0]).toBe(0);
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  it("starts over where more lies under its temporary name than there is", async () => {
    const { session, target } = await open();
    writeFileSync(`${target}.sma-part`, Buffer.concat([content, Buffer.from("more")]));
    expect(await session.upload(content, path)).toEqual({ ok: true });
    expect(readFileSync(target).equals(content)).toBe(true);
  });

  const answering =
    (line: string): WindowsProgram =>
    async (_, { stdin, stdout }) => {
      for await (const chunk of stdin) void chunk;
      stdout.write(`${line}\r\n`);
      return 0;
    };
  const otherHash = createHash("sha256").update("other").digest("hex");

  it.each([
    ["the source has another checksum", `sma-upload differs ${otherHash}`, "upload-corrupt"],
    ["the source's disk is full", "sma-upload failed 112 There is not enough space on the disk.", "no-space"],
    ["the folder may not be written", "sma-upload failed 5 Access to the path is denied.", "command-failed"],
    ["the script did not get to its end", "", "command-failed"],
  ])("fails by name when %s", async (_, line, code) => {
    const { session, target } = await open({
      machine: { scripts: { "sma upload receive": answering(line) } },
    });
    const uploaded = await session.upload(content, path);
    expect(uploaded).toMatchObject({ ok: false, failure: { code } });
    expect(existsSync(target)).toBe(false);
  });

  it("into a folder that is not there fails with the path", async () => {
    const { session } = await open();
    const uploaded = await session.upload(content, "C:\\nowhere\\agent.exe");
    expect(uploaded).toMatchObject({
      ok: false,
      failure: { code: "command-failed", context: { path: "C:\\nowhere\\agent.exe" } },
    });
  });
});
