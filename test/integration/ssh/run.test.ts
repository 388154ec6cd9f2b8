import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { existsSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { isAlive } from "../../support/sshd/processes.ts";
import { environmentWith, sourceAt } from "../../support/sshd/source.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** Counts and hashes what it is given. */
class Digest extends Writable {
  readonly #hash = createHash("sha256");
  bytes = 0;
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    done();
  }
  hex(): string {
    return this.#hash.digest("hex");
  }
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describeSshd("running commands", () => {
  test("every character reaches the program unchanged, alone and together", async () => {
    const { session } = await fixture.ownSession();
    const characters = Array.from({ length: 0x17f }, (_, code) => String.fromCodePoint(code + 1));
    const words = [
      ...characters,
      characters.join(""),
      characters.toReversed().join(""),
      "\n\n",
      "é\u{1F600}\uFFFD",
    ];
    const stdoutTo = new (class extends Writable {
      readonly chunks: Buffer[] = [];
      override _write(chunk: Buffer, _encoding: string, done: () => void): void {
        this.chunks.push(chunk);
        done();
      }
    })();
    valueOf(await session.run(["printf", "%s\\0", ...words], { stdoutTo }));
    expect(Buffer.concat(stdoutTo.chunks).toString("utf8")).toBe(words.map((word) => `${word}\0`).join(""));
  });

  test("a NUL and a program that would be an option are refused before anything is sent", async () => {
    const { session } = await fixture.ownSession();
    expect(failureOf(await session.run(["echo", "a\0b"])).code).toBe("input-invalid");
    expect(failureOf(await session.script("echo \0", [])).code).toBe("input-invalid");
    expect(failureOf(await session.run(["-c", "evil"])).code).toBe("input-invalid");
    expect(failureOf(await session.run([""])).code).toBe("input-invalid");
  });

  test("a non-zero exit is a value; so are a missing program and a signal", async () => {
    const { session } = await fixture.ownSession();
    expect(valueOf(await session.script("exit 42", []))).toMatchObject({ exitCode: 42 });
    expect(valueOf(await session.run(["no-such-program-here"]))).toMatchObject({ exitCode: 127 });
    expect(valueOf(await session.run(["sh", "-c", "kill -TERM $$"]))).toMatchObject({ exitCode: 128 + 15 });
    expect(valueOf(await session.script("if then", [])).exitCode).not.toBe(0);
  });

  test("a command without input gets its end at once", async () => {
    const { session } = await fixture.ownSession();
    expect(valueOf(await session.run(["cat"]))).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  });

  test("a command that does not read its input does not stop", async () => {
    const { session } = await fixture.ownSession();
    const stdin = Buffer.alloc(30 * mebibyte);
    expect(valueOf(await session.run(["true"], { stdin }))).toMatchObject({ exitCode: 0 });
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65536));
      },
    });
    expect(valueOf(await session.run(["true"], { stdin: endless }))).toMatchObject({ exitCode: 0 });
  });

  test("an input that fails is the command's failure", async () => {
    const { session } = await fixture.ownSession();
    const stdin = new Readable({
      read() {
        this.destroy(new Error("the disk went away"));
      },
    });
    const failure = failureOf(await session.run(["cat"], { stdin }));
    expect(failure).toMatchObject({
      code: "command-failed",
      message: expect.stringContaining("the disk went away"),
    });
  });

  test("output beyond the limit is an error, not a truncation, and the command ends", async () => {
    const { session } = await fixture.ownSession();
    const failure = failureOf(await session.run(["yes"], { maxOutputBytes: 100_000 }));
    expect(failure).toMatchObject({ code: "command-failed", context: { maxOutputBytes: 100_000 } });
    expect(valueOf(await session.run(["echo", "still here"])).stdout).toBe("still here\n");
  });

  test("100 MiB pass in and out unchanged", async () => {
    const { session } = await fixture.ownSession();
    const block = Buffer.from(
      Array.from({ length: mebibyte }, (_, index) => (index * 7 + (index >> 8)) & 0xff),
    );
    const expected = createHash("sha256");
    for (let index = 0; index < 100; index += 1) expected.update(block);
    const started = performance.now();
    const output = new Digest();
    const stdin = Readable.from(
      (function* () {
        for (let index = 0; index < 100; index += 1) yield block;
      })(),
    );
    valueOf(await session.run(["cat"], { stdin, stdoutTo: output, timeoutMs: 170_000 }));
    const seconds = (performance.now() - started) / 1000;
    console.info(
      `ssh: 100 MiB in and out at once in ${seconds.toFixed(1)} s: ${(100 / seconds).toFixed(0)} MiB/s each way`,
    );
    expect(output.bytes).toBe(100 * mebibyte);
    expect(output.hex()).toBe(expected.digest("hex"));
  });

  test("a slow reader is waited for and loses nothing", async () => {
    const { session } = await fixture.ownSession();
    let bytes = 0;
    const slow = new Writable({
      highWaterMark: 1024,
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        setImmediate(done);
      },
    });
    valueOf(await session.run(["head", "-c", String(20 * mebibyte), "/dev/zero"], { stdoutTo: slow }));
    await new Promise<void>((resolve) => slow.end(resolve));
    expect(bytes).toBe(20 * mebibyte);
  });

  test("an output that cannot be kept any more ends the command and is named", async () => {
    const { session } = await fixture.ownSession();
    const stdoutTo = new Writable({
      write: (_chunk, _encoding, done) => done(new Error("the disk is full here")),
    });
    const failure = failureOf(await session.run(["yes"], { stdoutTo }));
    expect(failure).toMatchObject({
      code: "command-failed",
      message: expect.stringContaining("the disk is full here"),
    });
  });

  test("cancelling ends the command on the source, and what it started", async () => {
    const { session } = await fixture.ownSession();
    const pids = join(fixture.account().home, "pids");
    const abort = new AbortController();
    const running = session.script('sleep 600 & echo "$$ $!" > "$1"; wait', [pids], { signal: abort.signal });
    await waitUntil(() => existsSync(pids) && readFileSync(pids, "utf8").endsWith("\n"));
    const processes = readFileSync(pids, "utf8").trim().split(" ").map(Number);
    expect(processes.map(isAlive)).toEqual([true, true]);
    abort.abort();
    expect(failureOf(await running).code).toBe("cancelled");
    await waitUntil(() => !processes.some(isAlive));
    expect(failureOf(await session.run(["true"], { signal: abort.signal })).code).toBe("cancelled");
    expect(valueOf(await session.run(["true"])).exitCode).toBe(0);
  });

  test("a cancelled command removes what it made, although the session is closed at once", async () => {
    const { session } = await fixture.ownSession();
    const made = join(fixture.account().home, "made");
    const abort = new AbortController();
    const running = session.script(
      // Tidying up takes longer than a moment on a busy source.
      'trap "sleep 1.5; rm -r $1" 0; trap "exit 143" 15; mkdir "$1"; sleep 600 & wait',
      [made],
      { signal: abort.signal },
    );
    await waitUntil(() => existsSync(made));
    abort.abort();
    expect(failureOf(await running).code).toBe("cancelled");
    await session.close();
    expect(existsSync(made)).toBe(false);
  });

  test("a command that takes too long is ended and named", async () => {
    const { session } = await fixture.ownSession();
    const failure = failureOf(await session.run(["sleep", "600"], { timeoutMs: 300 }));
    expect(failure).toMatchObject({ code: "command-failed", context: { cause: "timed out" } });
  });

  test("many commands at a time keep apart and stay within the server's limit of sessions", async () => {
    for (const limit of [2, 10]) {
      const { session } = await fixture.ownSession({ config: [`MaxSessions ${limit}`] });
      const outputs = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          session.script('sleep 0.05; cat; echo "$1"', [String(index)], {
            stdin: Buffer.from(`in ${index} `),
          }),
        ),
      );
      expect(outputs.map((output) => valueOf(output).stdout)).toEqual(
        outputs.map((_, index) => `in ${index} ${index}\n`),
      );
    }
  });

  test("closing a session fails what still runs", async () => {
    const { session } = await fixture.ownSession();
    const running = session.run(["sleep", "600"]);
    await session.run(["true"]);
    await session.close();
    expect(failureOf(await running).code).toBe("connection-lost");
    await session.close();
  });

  test("the source's PATH holds the folders of system tools also for ordinary users", async () => {
    const { session } = await fixture.ownSession();
    const path = valueOf(await session.script("echo $PATH", []))
      .stdout.trim()
      .split(":");
    expect(path).toEqual(expect.arrayContaining(["/usr/sbin", "/sbin"]));
  });

  test("a port of the assistant's is reached from the source's loopback", async () => {
    const service = createServer((socket) => socket.end("hello from the assistant"));
    service.listen(0, "127.0.0.1");
    await once(service, "listening");
    fixture.onCleanUp(() => void service.close());
    const address = service.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const { session } = await fixture.ownSession();
    const { remotePort } = valueOf(await session.forwardFromRemote(address.port));
    const { stdout } = await run("bash", ["-c", `cat < /dev/tcp/127.0.0.1/${remotePort}`]);
    expect(stdout).toBe("hello from the assistant");
  });

  test("a server that forbids forwarding is named with the setting to change", async () => {
    const { session } = await fixture.ownSession({ config: ["AllowTcpForwarding no"] });
    const failure = failureOf(await session.forwardFromRemote(1));
    expect(failure.remedy).toContain("AllowTcpForwarding");
  });

  test("a rekey in the middle of a transfer changes nothing", async () => {
    const { server, hop } = await fixture.keyServer({ config: ["RekeyLimit 1M"] });
    const session = await fixture.session(
      sourceAt({ ...hop, hostKey: server.fingerprint("ed25519") }),
      environmentWith(),
    );
    const stdin = Buffer.alloc(8 * mebibyte, "rekey");
    const output = new Digest();
    valueOf(await session.run(["cat"], { stdin, stdoutTo: output }));
    expect(output.hex()).toBe(createHash("sha256").update(stdin).digest("hex"));
  });
});
