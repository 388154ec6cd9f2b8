/** The options that say how to reach a source, shared by `source add`, `assess` and `migrate`. */
import { randomBytes } from "node:crypto";
import { homedir, userInfo } from "node:os";
import type { ProcedureInput, ProcedureOutput } from "../../common/api/procedures.ts";
import type { Elevation, SshAuthentication, SshHop } from "../../common/domain/source.ts";
import { unwrap, type Result } from "../../common/result.ts";
import { Secret } from "../../common/secret.ts";
import type { Assistant } from "../assistant.ts";
import { resolveSshHost } from "../remote/ssh/ssh-config.ts";
import { readDestination } from "../sources/read-destination.ts";
import {
  contentOf,
  flag,
  number,
  text,
  texts,
  UsageError,
  type CommandContext,
  type CommandOption,
  type OptionValues,
} from "./command.ts";
import { wantsWinrm, winrmAddressFrom, winrmOptions } from "./winrm-options.ts";

export const sourceOptions = {
  name: { type: "string", value: "NAME", description: "name of the source (default: its host)" },
  port: {
    type: "string",
    short: "p",
    value: "PORT",
    description: "port (default: SSH 22 or what ~/.ssh/config says, WinRM 5985 or 5986)",
  },
  user: { type: "string", short: "l", value: "USER", description: "login name" },
  identity: {
    type: "string",
    short: "i",
    multiple: true,
    value: "FILE",
    description: "private key file; may be given several times",
  },
  "ssh-agent": { type: "boolean", description: "also try the keys of the running ssh-agent" },
  "ask-password": { type: "boolean", description: "ask for the login password" },
  "password-file": {
    type: "string",
    value: "FILE",
    description: "read the login password from FILE (- for standard input)",
  },
  "ask-key-passphrase": { type: "boolean", description: "ask for the private key's passphrase" },
  "key-passphrase-file": {
    type: "string",
    value: "FILE",
    description: "read the private key's passphrase from FILE",
  },
  elevate: {
    type: "string",
    value: "HOW",
    choices: ["none", "sudo", "su"],
    description: "how to become root (default: sudo for users other than root)",
  },
  "ask-sudo-password": { type: "boolean", description: "ask for the password of sudo or su" },
  "sudo-password-file": {
    type: "string",
    value: "FILE",
    description: "read the password of sudo or su from FILE",
  },
  jump: {
    type: "string",
    short: "J",
    multiple: true,
    value: "[USER@]HOST[:PORT]",
    description: "go through this host first; up to three, in order",
  },
  "accept-host-key": {
    type: "string",
    multiple: true,
    value: "SHA256:…",
    description: "accept the host key with this fingerprint when it is first seen",
  },
  "legacy-algorithms": {
    type: "boolean",
    description: "allow SHA-1, CBC and group1, or TLS 1.0 and 1.1, for servers that know nothing newer",
  },
  ...winrmOptions,
  tag: { type: "string", multiple: true, value: "TAG", description: "label of the source" },
} as const satisfies Record<string, CommandOption>;

interface Destination {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** `[user@]host[:port]`, with IPv6 addresses in brackets. */
export function parseDestination(given: string): Destination {
  const read = readDestination(given);
  if (!read.ok) throw new UsageError(read.failure.message);
  const { user, host, port } = read.value;
  return { user: user ?? undefined, host, port: port ?? undefined };
}

type NewSource = ProcedureInput<"source.add">;

export function nameOfSource(options: OptionValues, destination: string): string {
  return text(options, "name") ?? parseDestination(destination).host;
}

/** Registers the source that the options describe. Its secrets leave the vault again where that fails. */
export async function addSource(
  context: CommandContext,
  assistant: Assistant,
  destination: string,
): Promise<Result<ProcedureOutput<"source.add">>> {
  const made: string[] = [];
  const vault: SecretKeeper = {
    async put(entry, secret) {
      made.push(entry);
      return assistant.vault.put(entry, secret);
    },
  };
  try {
    const added = await assistant.call("source.add", await sourceFromOptions(context, vault, destination));
    if (added.ok) made.splice(0);
    return added;
  } finally {
    for (const entry of made) await assistant.vault.remove(entry);
  }
}

type SecretKeeper = Pick<Assistant["vault"], "put">;

/** Reads what the options say, asks for secrets that are wanted, and puts those into the vault. */
async function sourceFromOptions(
  context: CommandContext,
  vault: SecretKeeper,
  destination: string,
): Promise<NewSource> {
  const { options } = context;
  const target = parseDestination(destination);
  const name = nameOfSource(options, destination);
  const entryPrefix = `source/${name}/${randomBytes(4).toString("hex")}`;
  if (wantsWinrm(options)) return winrmSource(context, vault, { destination, target, name, entryPrefix });

  const password = await secretFor(
    context,
    vault,
    `${entryPrefix}/password`,
    "password",
    `Password for ${destination}: `,
  );
  const passphrase = await secretFor(
    context,
    vault,
    `${entryPrefix}/key-passphrase`,
    "key-passphrase",
    "Passphrase of the key: ",
  );
  const sudoPassword = await secretFor(
    context,
    vault,
    `${entryPrefix}/sudo-password`,
    "sudo-password",
    "Password for sudo or su: ",
  );

  const configured = await resolveSshHost(target.host, { homeDirectory: homedir() });
  const user = text(options, "user") ?? target.user ?? configured.user ?? userInfo().username;
  const keyFiles = texts(options, "identity");
  const authentication: SshAuthentication = {
    user,
    keyFiles: keyFiles.length > 0 ? keyFiles : configured.identityFiles,
    useSshAgent: flag(options, "ssh-agent") || (password === null && keyFiles.length === 0),
    passwordEntry: password,
    keyPassphraseEntry: passphrase,
  };
  const legacyAlgorithms = flag(options, "legacy-algorithms");

  const jumps = texts(options, "jump").flatMap((given) => given.split(","));
  const viaConfig = jumps.length > 0 ? [] : configured.jumpHosts;
  const jumpHosts: SshHop[] = [];
  for (const jump of [...jumps, ...viaConfig]) {
    const hop = parseDestination(jump);
    const hopConfigured = await resolveSshHost(hop.host, { homeDirectory: homedir() });
    jumpHosts.push({
      host: hopConfigured.hostName,
      port: hop.port ?? hopConfigured.port ?? 22,
      authentication: {
        ...authentication,
        user: hop.user ?? hopConfigured.user ?? user,
        keyFiles: keyFiles.length > 0 ? keyFiles : hopConfigured.identityFiles,
      },
      hostKey: null,
      legacyAlgorithms,
    });
  }

  return {
    name,
    tags: texts(options, "tag"),
    address: {
      kind: "ssh",
      jumpHosts,
      host: {
        host: configured.hostName,
        port: number(options, "port", 1, 65535) ?? target.port ?? configured.port ?? 22,
        authentication,
        hostKey: null,
        legacyAlgorithms,
      },
      elevation: elevationOf(text(options, "elevate"), user, sudoPassword ?? password),
    },
  };
}

/** A Windows source: always with a password, which is asked for where no option gives it. */
async function winrmSource(
  context: CommandContext,
  vault: SecretKeeper,
  given: {
    readonly destination: string;
    readonly target: Destination;
    readonly name: string;
    readonly entryPrefix: string;
  },
): Promise<NewSource> {
  const { destination, target, name, entryPrefix } = given;
  const entry = `${entryPrefix}/password`;
  // Wrong options are told before anything is asked or stored.
  const address = winrmAddressFrom(context.options, target, entry);
  const isGiven = text(context.options, "password-file") !== undefined;
  if (!isGiven && !context.terminal.canAsk)
    throw new UsageError("WinRM logs in with a password: --password-file FILE (- for standard input)");
  const options = isGiven ? context.options : { ...context.options, "ask-password": true };
  await secretFor({ ...context, options }, vault, entry, "password", `Password for ${destination}: `);
  return { name, tags: texts(context.options, "tag"), address };
}

function elevationOf(how: string | undefined, user: string, passwordEntry: string | null): Elevation {
  switch (how ?? (user === "root" ? "none" : "sudo")) {
    case "none":
      return { method: "none" };
    case "sudo":
      return { method: "sudo", passwordEntry };
    case "su":
      if (passwordEntry === null)
        throw new UsageError(
          "--elevate su wants root's password: --ask-sudo-password or --sudo-password-file",
        );
      return { method: "su", passwordEntry };
    default:
      throw new UsageError(`--elevate is none, sudo or su, not "${how}"`);
  }
}

/** The vault entry that now holds the secret; null where none was given. */
async function secretFor(
  context: CommandContext,
  vault: SecretKeeper,
  entry: string,
  option: string,
  question: string,
): Promise<string | null> {
  const file = text(context.options, `${option}-file`);
  let secret: Secret | null = null;
  if (file !== undefined) {
    secret = new Secret((await contentOf(file, `${option}-file`)).replace(/\r?\n$/, ""));
  } else if (flag(context.options, `ask-${option}`)) {
    if (!context.terminal.canAsk)
      throw new UsageError(`--ask-${option} needs a terminal; use --${option}-file`);
    secret = await context.terminal.askSecret(question);
  }
  if (secret === null) return null;
  unwrap(await vault.put(entry, secret));
  return entry;
}
