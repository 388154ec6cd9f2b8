import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const source = join(import.meta.dirname, "ntlm-acceptor.c");
const buildCache = join(import.meta.dirname, "../../../node_modules/.cache/sma");

/** Why tests against gss-ntlmssp cannot run here; null where they can. */
export function acceptorObstacle(): string | null {
  if (!existsSync("/usr/include/gssapi/gssapi_ext.h")) return "libkrb5-dev is not installed";
  if (!existsSync("/etc/gss/mech.d/mech.ntlmssp.conf")) return "gss-ntlmssp is not installed";
  return null;
}

/** Compiles the acceptor unless this very source was compiled before; gives the program's path. */
export async function buildAcceptor(): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const program = join(buildCache, `ntlm-acceptor-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(buildCache, { recursive: true });
  // Another test process may be at it as well.
  const unfinished = `${program}.${process.pid}`;
  const flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1"];
  await promisify(execFile)("cc", [...flags, "-o", unfinished, source, "-lgssapi_krb5"]);
  renameSync(unfinished, program);
  return program;
}

export interface Account {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** Writes the accounts as gss-ntlmssp reads them. */
export function writeAccounts(path: string, accounts: readonly Account[]): void {
  writeFileSync(
    path,
    accounts.map(({ domain, user, password }) => `${domain}:${user}:${password}\n`).join(""),
    {
      mode: 0o600,
    },
  );
}

export type AcceptAnswer =
  | { readonly kind: "continue"; readonly token: Buffer }
  | { readonly kind: "done"; readonly name: string }
  | { readonly kind: "error"; readonly text: string };

/** The server's side of one NTLM session, in a process of its own. */
export class NtlmAcceptor {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(program: string, accountsFile: string) {
    this.#process = spawn(program, {
      env: {
        ...process.env,
        NTLM_USER_FILE: accountsFile,
        NETBIOS_COMPUTER_NAME: "WINBOX",
        NETBIOS_DOMAIN_NAME: "CORP",
      },
    });
    this.#process.stderr.resume();
    this.#process.stdin.on("error", () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async accept(token: Buffer, channelBindings: Buffer | null): Promise<AcceptAnswer> {
    const [verb, rest] = await this.#ask(
      `accept ${encode(token)} ${encode(channelBindings ?? Buffer.alloc(0))}`,
    );
    if (verb === "continue") return { kind: "continue", token: Buffer.from(rest, "base64") };
    if (verb === "done") {
      // gss-ntlmssp counts the terminator as part of the name.
      return { kind: "done", name: Buffer.from(rest, "base64").toString("utf8").replace(/\0$/, "") };
    }
    return { kind: "error", text: rest };
  }

  /** Opens `signature` and ciphertext; null where they do not verify. */
  async unwrap(sealed: Buffer): Promise<Buffer | null> {
    const [verb, rest] = await this.#ask(`unwrap ${encode(sealed)}`);
    return verb === "plain" ? Buffer.from(rest, "base64") : null;
  }

  /** 16 bytes of signature, then the ciphertext. */
  async wrap(plain: Buffer): Promise<Buffer> {
    const [verb, rest] = await this.#ask(`wrap ${encode(plain)}`);
    if (verb !== "sealed") throw new Error(`the acceptor cannot seal: ${rest}`);
    return Buffer.from(rest, "base64");
  }

  close(): void {
    this.#process.stdin.end();
  }

  #ask(line: string): Promise<[string, string]> {
    const answer = this.#queue.then(async () => {
      this.#process.stdin.write(`${line}\n`);
      const { value, done } = await this.#lines.next();
      if (done === true) return ["error", "the acceptor ended"] satisfies [string, string];
      const space = value.indexOf(" ");
      return [value.slice(0, space), value.slice(space + 1)] satisfies [string, string];
    });
    this.#queue = answer;
    return answer;
  }
}

function encode(bytes: Buffer): string {
  return bytes.length === 0 ? "-" : bytes.toString("base64");
}
