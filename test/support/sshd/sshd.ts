/** A real OpenSSH server of the test's own: own configuration, own host keys, an ephemeral port on loopback. */
import { randomInt } from "node:crypto";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { once } from "node:events";

export const isRoot = process.getuid?.() === 0;

export type HostKeyType = "ed25519" | "ecdsa" | "rsa";

export interface SshdOptions {
  /** Lines of sshd_config; they come first, and the first value of an option counts. */
  readonly config?: readonly string[];
  readonly hostKeys?: readonly HostKeyType[];
  /** The SFTP subsystem: sshd's own (default), not there, or there and failing. */
  readonly sftp?: "internal" | "none" | "broken";
  /** Folder with host keys of an earlier server, to show the same ones. */
  readonly hostKeyDirectory?: string;
  /** Another name for the sshd binary: it is also the name of its PAM service. */
  readonly binary?: string;
  /**
   * Arguments of `mount`, carried out before sshd starts in a mount namespace that only it and its logins see.
   * Needs root.
   */
  readonly privateMounts?: readonly (readonly string[])[];
}

export interface SshdServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly hostKeyDirectory: string;
  fingerprint(type: HostKeyType): string;
  /** What sshd has logged so far. */
  log(): string;
  /** Ends the processes that serve connections, as a lost machine would. */
  killConnections(): void;
  /** Stops them without ending them, as a network that drops everything would. */
  freezeConnections(): void;
  stop(): Promise<void>;
}

const sftpLines = {
  internal: ["Subsystem sftp internal-sftp"],
  none: [],
  broken: ["Subsystem sftp /bin/false"],
} as const;

export function findSshd(): string | null {
  return ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"].find((path) => existsSync(path)) ?? null;
}

export async function startSshd(options: SshdOptions = {}): Promise<SshdServer> {
  const sshd = options.binary ?? findSshd();
  if (sshd === null) throw new Error("no sshd: install openssh-server");
  const directory = mkdtempSync(join(tmpdir(), "sma-sshd-"));
  const hostKeyDirectory = options.hostKeyDirectory ?? directory;
  const types = options.hostKeys ?? ["ed25519"];
  for (const type of types) {
    const file = join(hostKeyDirectory, `host_${type}`);
    if (!existsSync(file)) makeKey(file, { type, passphrase: "" });
  }
  // Its privilege separation wants this folder; it is empty and root's.
  if (isRoot) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });

  const port = await freePort();
  const configFile = join(directory, "sshd_config");
  writeFileSync(
    configFile,
    [
      ...(options.config ?? []),
      `ListenAddress 127.0.0.1:${port}`,
      ...types.map((type) => `HostKey ${join(hostKeyDirectory, `host_${type}`)}`),
      `PidFile ${join(directory, "sshd.pid")}`,
      "UsePAM no",
      "PasswordAuthentication yes",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin yes",
      "StrictModes no",
      "PrintMotd no",
      "MaxStartups 100",
      ...sftpLines[options.sftp ?? "internal"],
      "LogLevel VERBOSE",
      "",
    ].join("\n"),
  );
  const logFile = join(directory, "log");
  const [program = "", ...args] = inNamespace(options.privateMounts ?? [], [
    sshd,
    "-D",
    "-f",
    configFile,
    "-E",
    logFile,
  ]);
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
  try {
    await listening(child, logFile);
  } catch (error) {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }

  return {
    host: "127.0.0.1",
    port,
    hostKeyDirectory,
    fingerprint: (type) => fingerprintOf(join(hostKeyDirectory, `host_${type}.pub`)),
    log: () => readFileSync(logFile, "utf8"),
    killConnections: () => signalChildren(child.pid, "SIGKILL"),
    freezeConnections: () => signalChildren(child.pid, "SIGSTOP"),
    async stop() {
      signalChildren(child.pid, "SIGKILL");
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The command, or one that first makes the mounts in a namespace of its own and then becomes the command. */
function inNamespace(mounts: readonly (readonly string[])[], command: readonly string[]): readonly string[] {
  if (mounts.length === 0) return command;
  const quote = (words: readonly string[]) =>
    words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const script = [...mounts.map((mount) => `mount ${quote(mount)}`), `exec ${quote(command)}`].join(" && ");
  return ["unshare", "--mount", "sh", "-c", script];
}

async function listening(child: ChildProcess, logFile: string): Promise<void> {
  for (;;) {
    const log = existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
    if (log.includes("Server listening on")) return;
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Every descendant of the listening sshd belongs to one of its connections. */
function signalChildren(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  for (const child of descendantsOf(pid)) {
    try {
      process.kill(child, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function descendantsOf(pid: number): number[] {
  let children: number[];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/**
 * A port of 127.0.0.1 that nothing uses. It lies below those that Linux gives to outgoing connections, so that it is
 * still free when a test comes back to it a while later.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    if (await isFree(port)) return port;
  }
}

const givenPorts = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(port, "127.0.0.1");
  if (!(await bound)) return false;
  server.close();
  await once(server, "close");
  return true;
}

export function makeKey(
  file: string,
  options: {
    readonly type: HostKeyType;
    readonly passphrase: string;
    readonly format?: "openssh" | "PEM" | "PKCS8";
  },
): void {
  const { type, passphrase, format = "openssh" } = options;
  const bits = type === "rsa" ? ["-b", "2048"] : [];
  const form = format === "openssh" ? [] : ["-m", format];
  execFileSync("ssh-keygen", [
    "-q",
    "-t",
    type,
    ...bits,
    ...form,
    "-N",
    passphrase,
    "-C",
    "test",
    "-f",
    file,
  ]);
}

export function fingerprintOf(publicKeyFile: string): string {
  const line = execFileSync("ssh-keygen", ["-l", "-f", publicKeyFile], { encoding: "utf8" });
  return line.split(" ")[1] ?? "";
}

/** The user that runs the tests. */
export function currentUser(): string {
  return userInfo().username;
}
