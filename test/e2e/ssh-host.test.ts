/** Another machine as the target: a second sshd, behind which the assistant starts the intermediate. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copied, imageHash, imageOf, onlyJob } from "../support/job-views.ts";
import { startLocalSource, until, type LocalSource, type TestAssistant } from "../support/local-source.ts";
import { hashFile, writeMixedDisk } from "../support/mixed-disk.ts";
import { projectDirectory } from "../support/run-sma.ts";
import { currentUser, startSshd, type SshdServer } from "../support/sshd/sshd.ts";

const mebibyte = 1024 * 1024;
let source: LocalSource;
let store: SshdServer;
let disk: string;
/** What the installed package has in /usr/bin; it also notes over which connection it was started. */
let program: string;

beforeAll(async () => {
  source = await startLocalSource();
  store = await startSshd({
    config: [`AuthorizedKeysFile ${join(source.directory, "authorized_keys")}`, "PermitRootLogin yes"],
  });
  disk = join(source.directory, "disk.img");
  writeMixedDisk(disk, 12 * mebibyte + 512, "to another machine");
  program = join(source.directory, "sma intermediate");
  const entry = join(projectDirectory, "intermediate", "index.ts");
  writeFileSync(
    program,
    `#!/bin/sh\necho "$SSH_CONNECTION" > "$0.started"\nexec '${process.execPath}' '${entry}'\n`,
    { mode: 0o755 },
  );
});
afterAll(async () => {
  await store.stop();
  await source.stop();
});

async function assistantWithStore(): Promise<TestAssistant> {
  const assistant = await source.newAssistant();
  const address = `${currentUser()}@127.0.0.1:${store.port}`;
  const added = await assistant.run([
    ...["source", "add", address, "--name", "store", "--identity", source.keyFile, "--elevate", "none"],
  ]);
  expect(added.exitCode, added.stderr).toBe(0);
  await assistant.run(["source", "test", "store", "--accept-host-key", store.fingerprint("ed25519")]);
  return assistant;
}

const onStore = ["--target-host", "store"];

describe.concurrent("a target host", () => {
  it("gets the intermediate over SSH, keeps replica and image, and is left without any process of it", async () => {
    const assistant = await assistantWithStore();
    const result = await assistant.run(
      assistant.migrateArguments(disk, [...onStore, "--target-program", program]),
    );
    expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
    const job = await onlyJob(assistant);
    expect(job.plan.target).toMatchObject({ kind: "ssh-host", hostName: "store" });
    expect(imageHash(imageOf(job))).toBe(hashFile(disk));
    // The last word of SSH_CONNECTION is the server's port.
    expect(readFileSync(`${program}.started`, "utf8").trim().split(" ").at(-1)).toBe(String(store.port));
    expect(readdirSync(assistant.targetDirectory).filter((name) => name.startsWith(".start-"))).toEqual([]);
    const pid = readFileSync(join(assistant.targetDirectory, "intermediate.pid"), "utf8").trim();
    await until(() => !existsSync(`/proc/${pid}`));
  });

  it("gets it again where it was killed, and only what was not acknowledged travels again", async () => {
    const assistant = await assistantWithStore();
    const running = assistant.start(
      assistant.migrateArguments(disk, [...onStore, "--target-program", program, "--limit", "500k"]),
    );
    await copied(assistant, 0.2);
    process.kill(
      Number(readFileSync(join(assistant.targetDirectory, "intermediate.pid"), "utf8")),
      "SIGKILL",
    );
    const result = await running.result;
    expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
    expect(imageHash(imageOf(await onlyJob(assistant)))).toBe(hashFile(disk));
  });

  it("without the program or a folder to write to is a failure that says which, and what to do", async () => {
    const assistant = await assistantWithStore();
    const missing = await assistant.run(
      assistant.migrateArguments(disk, [...onStore, "--target-program", "sma-not-installed"]),
    );
    expect(missing.exitCode).not.toBe(0);
    expect(missing.stderr).toContain("there is no program sma-not-installed on store");
    expect(missing.stderr).toContain("--target-program");
    expect((await assistant.run(["job", "cancel", (await onlyJob(assistant)).id, "--yes"])).exitCode).toBe(0);

    const nowhere = await assistant.run(
      assistant.migrateArguments(disk, [
        ...[...onStore, "--target-program", program, "--directory", "/proc/no-such-folder"],
      ]),
    );
    expect(nowhere.stderr).toContain("cannot write to /proc/no-such-folder");
    expect(nowhere.stderr).toContain("--directory");
  });

  it("wants a folder by its full path, and a machine that is reached over SSH", async () => {
    const assistant = await assistantWithStore();
    const relative = await assistant.run(assistant.migrateArguments(disk, [...onStore, "--directory", "x"]));
    expect(relative.stderr).toContain("absolute path");
    const unknown = await assistant.run(assistant.migrateArguments(disk, ["--target-host", "nobody"]));
    expect(unknown.stderr).toContain("nobody");
    expect(await assistant.ask("job.list", {})).toEqual([]);
  });
});
