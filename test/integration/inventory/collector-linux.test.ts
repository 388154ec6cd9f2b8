import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bundle } from "../../../common/domain/bundle.ts";
import { unwrap } from "../../../common/result.ts";
import { readBundle } from "../../../main/inventory/bundle-reader.ts";
import { factsFromBundle } from "../../../main/inventory/facts-from-bundle.ts";

const script = resolve(import.meta.dirname, "../../../resources/collectors/collect-linux.sh");

const shells: readonly (readonly [name: string, command: readonly [string, ...string[]]])[] = [
  ["dash", ["dash"]],
  ["bash", ["bash"]],
  ["bash as a POSIX shell", ["bash", "--posix"]],
  ["BusyBox ash", ["busybox", "ash"]],
];

function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$0"', program]).status === 0;
}

const isRoot = process.getuid?.() === 0;
/** What the collector that ran as that process left behind; others may run on this machine at the same time. */
const leftovers = (processId: number): readonly string[] =>
  ["/dev/shm", "/run", "/tmp"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name === `sma-collect.${processId}`));

interface Collected {
  readonly bundle: Bundle;
  readonly stdout: string;
  readonly processId: number;
}

function collect(
  shell: readonly [string, ...string[]],
  options: {
    readonly asNobody?: boolean;
    readonly path?: string;
    readonly parameters?: readonly string[];
  } = {},
): Collected {
  const [program, ...before] = shell;
  const path = options.path ?? process.env["PATH"] ?? "";
  const run = spawnSync(program, [...before, "-s", "--", ...(options.parameters ?? [])], {
    input: readFileSync(script),
    env: { PATH: path, HOME: "/" },
    maxBuffer: 64 * 1024 * 1024,
    cwd: "/",
    ...(options.asNobody === true ? { uid: 65534, gid: 65534 } : {}),
  });
  expect(run.status, run.stderr.toString()).toBe(0);
  return {
    bundle: unwrap(readBundle(run.stdout, program)),
    stdout: run.stdout.toString("latin1"),
    processId: run.pid,
  };
}

describe.each(shells)("the Linux collector under %s", (name, shell) => {
  const isThere = isInstalled(shell[0]);
  if (!isThere) console.warn(`SKIPPED the collector under ${name}: not installed`);

  it.skipIf(!isThere)(
    "writes a bundle whose facts agree with /proc and lsblk, and leaves nothing behind",
    () => {
      const { bundle, stdout, processId } = collect(shell);
      expect(stdout).toMatch(/^[\n\x20-\x7e]*$/);
      const facts = factsFromBundle(bundle);
      expect(facts.os.family).toBe("linux");
      expect(facts.os.kernel).toBe(execFileSync("uname", ["-r"], { encoding: "utf8" }).trim());
      const memoryKib = /MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
      expect(facts.memory.totalBytes).toBe(Number(memoryKib) * 1024);
      expect(facts.collection.wasPrivileged).toBe(isRoot);
      for (const line of readFileSync("/proc/partitions", "utf8").split("\n").slice(2)) {
        const [, , kib, device] = line.trim().split(/\s+/);
        // Whatever else runs on this machine makes and ends loop devices between the two looks.
        if (device === undefined || Number(kib) <= 1 || device.startsWith("loop")) continue;
        expect(
          facts.storage.devices.find((candidate) => candidate.id === `/dev/${device}`)?.sizeBytes,
          device,
        ).toBe(Number(kib) * 1024);
      }
      const root = execFileSync("df", ["-P", "-k", "/"], { encoding: "utf8" })
        .trim()
        .split("\n")
        .at(-1)
        ?.split(/\s+/);
      const mounted = facts.storage.mounts.filter((mount) => mount.where === "/").at(-1);
      expect(mounted?.usage?.totalBytes).toBe(Number(root?.[1]) * 1024);
      expect(leftovers(processId)).toEqual([]);
    },
  );

  it.skipIf(!isThere).each([
    ["whoever reads its output goes away", (child: ChildProcess) => void child.stdout?.destroy()],
    ["it is told to end", (child: ChildProcess) => void child.kill("SIGTERM")],
  ])("leaves nothing behind where %s", async (_what, disturb) => {
    const [program, ...before] = shell;
    const child = spawn(program, [...before, script], { stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "exit");
    // The first of its output: by then it has made its folder.
    await once(child.stdout, "data");
    disturb(child);
    expect((await ended)[0]).toBeGreaterThan(128);
    expect(leftovers(child.pid ?? 0)).toEqual([]);
  });

  it.skipIf(!isThere || !isRoot)("runs as nobody and says what it could not read", () => {
    const facts = factsFromBundle(collect(shell, { asNobody: true }).bundle);
    expect(facts.os.distro).not.toBeNull();
    expect(facts.collection.wasPrivileged).toBe(false);
    expect(facts.collection.gaps.some((gap) => gap.reason === "permission-denied")).toBe(true);
  });
});

describe("the Linux collector among hostile commands", () => {
  let folder = "";
  const hostile = Buffer.from([
    ...Buffer.from('NAME="x\\"\\\\ <script>'),
    0x01,
    0x1b,
    0x7f,
    0xff,
    0xfe,
    0xc0,
    0x80,
    0xed,
    0xa0,
    0x80,
    ...Buffer.from("日本語 😀\r\n"),
    0xe6,
    0x97,
  ]);

  function fake(program: string, body: string): void {
    const path = join(folder, "bin", program);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  beforeAll(() => {
    folder = mkdtempSync("/tmp/sma-hostile-");
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bytes"), hostile);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (): string => `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;

  it.each(shells)("keeps arbitrary bytes readable and the document valid under %s", (_name, shell) => {
    fake("lsb_release", `cat ${join(folder, "bytes")}; echo "err \\"$(printf '\\033')" >&2; exit 3`);
    const { bundle } = collect(shell, { path: path() });
    const output = bundle.commands["lsb_release -a"];
    expect(output?.exitCode).toBe(3);
    expect(output?.stdout).toContain('NAME="x\\"\\\\ <script>');
    expect(output?.stdout).toContain("日本語 😀\r\n");
    expect(output?.stderr).toContain('err "');
  });

  it("reads names in the code page of a source that speaks none of UTF-8", () => {
    writeFileSync(
      join(folder, "sjis"),
      Buffer.from([
        ...Buffer.from("Description:\t"),
        0x93,
        0xfa,
        0x96,
        0x7b,
        0x8c,
        0xea,
        0x94,
        0xc5,
        0x83,
        0x56,
        0x83,
        0x58,
        0x83,
        0x65,
        0x83,
        0x80,
        ...Buffer.from(" Linux 3.0\n"),
      ]),
    );
    fake("lsb_release", `cat ${join(folder, "sjis")}`);
    expect(collect(["dash"], { path: path() }).bundle.commands["lsb_release -a"]?.stdout).toContain(
      "日本語版システム",
    );
  });

  it("is not held up by a command that ignores signals and leaves a child with its output open", () => {
    // What a process in uninterruptible sleep looks like to its parent, as with a dead NFS server or hung multipath.
    fake("multipath", 'trap "" 1 2 3 15\n(trap "" 1 2 3 15; sleep 60) &\nwait\nwait');
    const { bundle } = collect(["dash"], { path: path() });
    expect(bundle.commands["multipath -ll"]?.exitCode ?? 124).toBe(124);
    expect(JSON.stringify(bundle.unread)).toMatch(/timed out|not root/);
    expect(
      bundle.commands["ip addr"] ??
        bundle.commands["ifconfig -a"] ??
        bundle.commands["df -P -k"] ??
        bundle.commands["df -P -k -T -l"],
    ).toBeDefined();
  });

  it("says which endpoints can be reached from the source", () => {
    const facts = factsFromBundle(
      collect(["dash"], { parameters: ["127.0.0.1:1", "bad host:1", "127.0.0.1:x"] }).bundle,
    );
    expect(facts.portProbes.map(({ host, port, isReachable }) => [host, port, isReachable])).toEqual([
      ["127.0.0.1", 1, false],
    ]);
  });
});

describe("what the Linux collector leaves out", () => {
  it("cuts secrets out of every kind of configuration that it reads", () => {
    const text = readFileSync(script, "utf8");
    const filter = /^secret_names=[\s\S]*?^without_secrets\(\) \{[\s\S]*?^\}/m.exec(text)?.[0] ?? "";
    expect(filter).not.toBe("");
    const secrets = ["hunter2", "s3cr3t", "K3yK3y", "t0ken"];
    const input = [
      "//nas/share /mnt cifs username=joe,password=hunter2,uid=0 0 0",
      "//nas/share /mnt cifs credentials=/root/hunter2,uid=0 0 0",
      "//nas/share /mnt cifs user=joe,pass=hunter2 0 0",
      "psk=s3cr3t",
      "wifi-sec.psk = s3cr3t",
      "  wpa-psk s3cr3t",
      '        password: "s3cr3t"',
      "KEY1=K3yK3y",
      "WPA_PSK='s3cr3t'",
      "password-flags=1",
      "api_token=t0ken",
      "https://joe:hunter2@repo.example/",
      "https://joe:p@hunter2@repo.example/",
      "psk=a long one, with hunter2 behind a comma",
      'WPA_PSK="two, hunter2"',
      "PresharedKey=K3yK3y=",
      "preshared-key=K3yK3y=",
      "WIRELESS_KEY_0='s:K3yK3y'",
      "mka-cak=K3yK3y",
      "password_ppp0='hunter2'",
      "        private: K3yK3y=",
      "        shared: K3yK3y=",
      '      "net": {password: "one, hunter2", hidden: true}',
      "netroot=iscsi:joe:hunter2@192.0.2.1::3260::iqn.2020-01.example:a quiet",
      "36 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw",
      "UUID=05d927bb-5875-49e3-ada1-7f46cb31c932 / xfs defaults 0 0",
      "BOOTPROTO=dhcp",
      "root=/dev/mapper/vg-root ro quiet",
    ].join("\n");
    for (const [, shell] of shells) {
      const [program, ...before] = shell;
      const run = spawnSync(program, [...before, "-c", `${filter}\nwithout_secrets`], {
        input,
        encoding: "utf8",
      });
      for (const secret of secrets) expect(run.stdout, program).not.toContain(secret);
      expect(run.stdout).toContain("UUID=05d927bb-5875-49e3-ada1-7f46cb31c932 / xfs defaults 0 0");
      expect(run.stdout).toContain("BOOTPROTO=dhcp");
      expect(run.stdout).toContain("root=/dev/mapper/vg-root ro quiet");
      expect(run.stdout).toContain("uid=0");
      expect(run.stdout).toContain("@192.0.2.1::3260::iqn.2020-01.example:a quiet");
      expect(run.stdout).toContain("36 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw");
    }
  });

  it("never opens files that hold keys or password hashes", () => {
    // Of the paths in this loop only the names are listed.
    const text = readFileSync(script, "utf8").replace(/^for mark in .*; do$/m, "");
    expect(text).not.toMatch(
      /\/etc\/(g?shadow|ssh|ssl|pki|krb5|ppp)|\.ssh\/|\bprintenv\b|\/environ\b|iscsid\.conf|grub\.cfg['" ]/,
    );
  });
});
