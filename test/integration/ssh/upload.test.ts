import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeRoot, describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import type { SshdOptions } from "../../support/sshd/sshd.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

/** A folder that the account may write, and nothing else is in. */
function ownFolder(): string {
  const folder = join(fixture.directory, "target");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  return folder;
}

const ways: readonly [string, SshdOptions][] = [
  ["through SFTP", {}],
  ["through the shell where there is no SFTP", { sftp: "none" }],
  ["through the shell where SFTP breaks off", { sftp: "broken" }],
];

describeSshd.each(ways)("uploading %s", (_name, options) => {
  test("arrives whole, under its name alone, with exactly the mode that was asked for", async () => {
    const { session } = await fixture.ownSession(options);
    const folder = ownFolder();
    for (const [index, size] of [0, 1, 32768, 32769, 5_000_003].entries()) {
      const content = randomBytes(size);
      const path = join(folder, `file ${index} it's`);
      const seen: number[] = [];
      valueOf(await session.upload(content, path, { mode: 0o751, onProgress: (done) => seen.push(done) }));
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(statSync(path).mode & 0o7777).toBe(0o751);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1) ?? 0).toBe(size);
    }
    expect(readdirSync(folder)).toHaveLength(5);
  });

  test("replaces an existing file, keeping its name and not its mode", async () => {
    const { session } = await fixture.ownSession(options);
    const path = join(ownFolder(), "there");
    valueOf(await session.upload(Buffer.from("old and longer"), path, { mode: 0o600 }));
    valueOf(await session.upload(Buffer.from("new"), path, { mode: 0o644 }));
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o7777).toBe(0o644);
  });

  test("replaces a symbolic link itself and leaves alone what it leads to", async () => {
    const { session } = await fixture.ownSession(options);
    const folder = ownFolder();
    const victim = join(fixture.directory, "victim");
    writeFileSync(victim, "precious", { mode: 0o666 });
    chmodSync(victim, 0o666);
    symlinkSync(victim, join(folder, "link"));
    valueOf(await session.upload(Buffer.from("uploaded"), join(folder, "link"), { mode: 0o600 }));
    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(readFileSync(join(folder, "link"), "utf8")).toBe("uploaded");
  });

  test("a folder that is missing or may not be written is named, and nothing stays behind", async () => {
    const { session } = await fixture.ownSession(options);
    const missing = failureOf(
      await session.upload(Buffer.from("x"), "/no/such/folder/file", { mode: 0o600 }),
    );
    expect(missing).toMatchObject({
      code: "command-failed",
      message: expect.stringContaining("/no/such/folder"),
    });
    const relative = failureOf(await session.upload(Buffer.from("x"), "file", { mode: 0o600 }));
    expect(relative).toMatchObject({ code: "input-invalid", context: { field: "remotePath" } });
    const mode = failureOf(await session.upload(Buffer.from("x"), "/tmp/file", { mode: 0o17777 }));
    expect(mode).toMatchObject({ code: "input-invalid", context: { field: "mode" } });
  });

  test("cancelling leaves nothing behind, and the session usable", async () => {
    const { session } = await fixture.ownSession(options);
    const folder = ownFolder();
    const abort = new AbortController();
    const result = await session.upload(randomBytes(40_000_000), join(folder, "file"), {
      mode: 0o600,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(failureOf(result).code).toBe("cancelled");
    expect(valueOf(await session.run(["ls", "-A", folder])).stdout).toBe("");
  });

  test("a link that drops in the middle is connection-lost, and the final name does not appear", async () => {
    const { session, server } = await fixture.ownSession(options);
    const folder = ownFolder();
    let isDropped = false;
    const result = await session.upload(randomBytes(40_000_000), join(folder, "file"), {
      mode: 0o600,
      onProgress: (done) => {
        if (isDropped || done < 1_000_000) return;
        isDropped = true;
        server.killConnections();
      },
    });
    expect(isDropped).toBe(true);
    expect(failureOf(result).code).toBe("connection-lost");
    expect(readdirSync(folder)).not.toContain("file");
  });
});

describeRoot("uploading to a full filesystem", () => {
  test.each(ways)("%s names the filesystem and leaves nothing behind", async (_name, options) => {
    const mount = join(fixture.directory, "small");
    mkdirSync(mount);
    const { session } = await fixture.ownSession({
      ...options,
      privateMounts: [["-t", "tmpfs", "-o", "size=1m,mode=1777", "tmpfs", mount]],
    });
    const failure = failureOf(await session.upload(randomBytes(3_000_000), `${mount}/file`, { mode: 0o600 }));
    expect(failure).toMatchObject({ code: "no-space", context: { filesystem: mount } });
    expect(valueOf(await session.run(["ls", "-A", mount])).stdout).toBe("");
  });
});

describeRoot("a source that damages what it stores", () => {
  test("is found out by the checksum, and the file does not appear", async () => {
    // The stand-in for a bad disk: a cat that changes a byte of everything that passes.
    const folder = join(fixture.directory, "bin");
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, "cat"), "#!/bin/sh\nexec tr a b\n", { mode: 0o755 });
    const { session } = await fixture.ownSession({
      sftp: "none",
      config: [`SetEnv PATH=${folder}:/usr/bin:/bin`],
    });
    const target = ownFolder();
    const result = await session.upload(Buffer.from("banana"), join(target, "file"), { mode: 0o600 });
    expect(failureOf(result).code).toBe("upload-corrupt");
    expect(readdirSync(target)).toEqual([]);
  });
});
