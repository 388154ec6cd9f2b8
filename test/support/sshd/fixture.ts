/** What the tests of the SSH layer share: a folder, servers and accounts that are gone afterwards. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import type { SshHop, SshSource } from "../../../common/domain/source.ts";
import { ok, type Result } from "../../../common/result.ts";
import type { RemoteEnvironment, RemoteSession } from "../../../main/remote/contract.ts";
import { createSshConnector, type SshConnectorOptions } from "../../../main/remote/ssh/connector.ts";
import { environmentWith, hopTo, sourceAt } from "./source.ts";
import {
  currentUser,
  findSshd,
  isRoot,
  makeKey,
  startSshd,
  type HostKeyType,
  type SshdOptions,
  type SshdServer,
} from "./sshd.ts";
import { addUser, type TestUser } from "./users.ts";

/** A suite that needs a real sshd; says loudly where there is none. */
export const describeSshd = findSshd() === null ? skipLoudly("openssh-server is not installed") : describe;

/** A suite that makes accounts; says loudly where it may not. */
export const describeRoot =
  findSshd() === null
    ? skipLoudly("openssh-server is not installed")
    : isRoot
      ? describe
      : skipLoudly("not root: no throw-away accounts can be made");

export function skipLoudly(why: string): typeof describe.skip {
  return ((
    name: string,
    ...rest: Parameters<typeof describe.skip> extends [unknown, ...infer R] ? R : never
  ) => {
    console.warn(`SKIPPED: "${name}": ${why}`);
    return describe.skip(name, ...rest);
  }) as typeof describe.skip;
}

export interface Account {
  readonly name: string;
  readonly home: string;
}

export interface KeyFile {
  readonly path: string;
  readonly publicPath: string;
}

export class SshFixture {
  /** Others may look in: sshd reads authorized keys as the user who logs in. */
  readonly directory = mkdtempSync(join(tmpdir(), "sma-ssh-test-"));
  readonly #cleanUps: (() => Promise<void> | void)[] = [];
  #keyCount = 0;
  #account: Account | null = null;

  constructor() {
    chmodSync(this.directory, 0o755);
  }

  /** Undone in reverse order by {@link cleanUp}. */
  onCleanUp(act: () => Promise<void> | void): void {
    this.#cleanUps.push(act);
  }

  async cleanUp(): Promise<void> {
    for (const act of this.#cleanUps.splice(0).toReversed()) await act();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async sshd(options: SshdOptions = {}): Promise<SshdServer> {
    const server = await startSshd(options);
    this.onCleanUp(() => server.stop());
    return server;
  }

  user(options: { readonly shell?: string } = {}): TestUser {
    const user = addUser(options);
    this.onCleanUp(() => user.remove());
    return user;
  }

  /**
   * The account that ordinary tests log in to: a throw-away one as root (root's own profile is not ours to run and to
   * kill), otherwise that of whoever runs the tests.
   */
  account(): Account {
    this.#account ??= isRoot ? this.user() : { name: currentUser(), home: homedir() };
    return this.#account;
  }

  key(
    type: HostKeyType = "ed25519",
    options: { passphrase?: string; format?: "openssh" | "PEM" | "PKCS8" } = {},
  ): KeyFile {
    const path = join(this.directory, `key-${(this.#keyCount += 1)}`);
    makeKey(path, {
      type,
      passphrase: options.passphrase ?? "",
      ...(options.format && { format: options.format }),
    });
    return { path, publicPath: `${path}.pub` };
  }

  /** A server that lets {@link account} in with a key; works without being root. */
  async keyServer(options: SshdOptions = {}): Promise<{ readonly server: SshdServer; readonly hop: SshHop }> {
    const key = this.key();
    const authorized = join(this.directory, `authorized-${this.#keyCount}`);
    copyFileSync(key.publicPath, authorized);
    chmodSync(authorized, 0o644);
    const server = await this.sshd({
      ...options,
      config: [...(options.config ?? []), `AuthorizedKeysFile ${authorized}`],
    });
    const hop = hopTo(server, this.account().name, { authentication: { keyFiles: [key.path] } });
    return { server, hop };
  }

  async connect(
    source: SshSource,
    environment: RemoteEnvironment = environmentWith(),
    options: Partial<SshConnectorOptions> & {
      readonly timeoutMs?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Result<RemoteSession>> {
    const { timeoutMs = 10_000, signal, ...connectorOptions } = options;
    const connector = createSshConnector({
      homeDirectory: this.directory,
      sshAgentSocket: null,
      ...connectorOptions,
    });
    const connected = await connector.connect(source, environment, {
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!connected.ok) return connected;
    if (connected.value.platform !== "posix") throw new Error("a POSIX source was expected");
    return ok(connected.value);
  }

  /** A session that must come to be; closed at clean-up. */
  async session(
    source: SshSource,
    environment: RemoteEnvironment = environmentWith(),
    options: Parameters<SshFixture["connect"]>[2] = {},
  ): Promise<RemoteSession> {
    const result = await this.connect(source, environment, options);
    if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
    this.onCleanUp(() => result.value.close());
    return result.value;
  }

  /** A session of {@link account}. */
  async ownSession(
    options: SshdOptions = {},
  ): Promise<{ readonly session: RemoteSession; readonly server: SshdServer }> {
    const { server, hop } = await this.keyServer(options);
    return { server, session: await this.session(sourceAt(hop)) };
  }
}
