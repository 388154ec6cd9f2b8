/**
 * What `~/.ssh/config` and the system's configuration say about a host, as far as a source needs it. After
 * ssh_config(5): for each option the first value that matches counts, except IdentityFile, which adds up.
 */
import { access, glob, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

export interface SshHostConfiguration {
  /** The real host name or address. */
  readonly hostName: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** In the order in which they are tried; the usual files that exist where nothing is configured. */
  readonly identityFiles: string[];
  /** Only the configured keys, not all that ssh-agent holds. */
  readonly identitiesOnly: boolean;
  /** `[user@]host[:port]`, first to be passed first; hosts may be aliases themselves. */
  readonly jumpHosts: string[];
  /** What the configuration says that could not be followed, for people. */
  readonly notes: string[];
}

export interface SshConfigOptions {
  readonly homeDirectory: string;
  /** Stands for ~/.ssh/config, for a text that comes from elsewhere. */
  readonly userConfig?: readonly ConfigLine[];
  /** Default /etc/ssh/ssh_config. */
  readonly systemConfigPath?: string;
  /** For `${NAME}` in paths. Default the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** One line of a configuration, taken apart. */
export interface ConfigLine {
  /** Lower case. */
  readonly keyword: string;
  readonly words: readonly string[];
  /** For messages: file and line number. */
  readonly where: string;
}

const maxIncludeDepth = 16;
const maxJumpHosts = 8;
const usualKeys = ["id_rsa", "id_ecdsa", "id_ed25519"];

/** Resolves a host or alias. Files that do not exist say nothing; what cannot be followed becomes a note. */
export async function resolveSshHost(
  alias: string,
  options: SshConfigOptions,
): Promise<SshHostConfiguration> {
  return resolve(alias, options, []);
}

async function resolve(
  alias: string,
  options: SshConfigOptions,
  passed: readonly string[],
): Promise<SshHostConfiguration> {
  const { homeDirectory, systemConfigPath = "/etc/ssh/ssh_config" } = options;
  const reader = new ConfigReader(alias, options);
  const ownFolder = join(homeDirectory, ".ssh");
  if (options.userConfig === undefined) await reader.read(join(ownFolder, "config"), ownFolder, 0);
  else await reader.take(options.userConfig, ownFolder, 0);
  await reader.read(systemConfigPath, "/etc/ssh", 0);
  const { notes } = reader;

  const portText = reader.first("port");
  const port = portText === undefined ? undefined : Number(portText);
  const isPort = port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535;
  if (port !== undefined && !isPort) notes.push(`Port ${portText} of ${alias} is no port and was ignored`);
  const user = reader.first("user");
  const hostName = expandTokens(reader.first("hostname") ?? "%h", { "%": "%", h: alias });

  const tokens = {
    "%": "%",
    h: hostName,
    n: alias,
    r: user ?? "",
    p: String(isPort ? port : 22),
    d: homeDirectory,
    u: userInfo().username,
  };
  const environment = options.environment ?? process.env;
  const configured = reader.identityFiles.map((path) => expandPath(path, homeDirectory, tokens, environment));
  const identityFiles = configured.length > 0 ? configured : await existingKeys(homeDirectory);

  const proxyCommand = reader.first("proxycommand");
  const proxyJump = reader.first("proxyjump");
  if (proxyJump === undefined && proxyCommand !== undefined && proxyCommand !== "none") {
    notes.push(`ProxyCommand of ${alias} is not followed; give the jump hosts with ProxyJump instead`);
  }
  const jumpHosts =
    proxyJump === undefined || proxyJump === "none"
      ? []
      : await expandJumps(proxyJump, [...passed, alias], options, notes);
  return {
    hostName,
    user,
    port: isPort ? port : undefined,
    identityFiles,
    identitiesOnly: reader.first("identitiesonly") === "yes",
    jumpHosts,
    notes,
  };
}

/** The first jump host may itself have jump hosts, which come before it. */
async function expandJumps(
  proxyJump: string,
  passed: readonly string[],
  options: SshConfigOptions,
  notes: string[],
): Promise<string[]> {
  const jumps = proxyJump
    .split(",")
    .map((jump) => jump.trim().replace(/^ssh:\/\//, ""))
    .filter((jump) => jump !== "");
  const first = jumps[0];
  if (first === undefined) return [];
  const firstAlias = aliasOf(first);
  if (passed.includes(firstAlias) || passed.length > maxJumpHosts) {
    notes.push(`ProxyJump goes in a circle at ${firstAlias}, which was left out`);
    return jumps.filter((jump) => !passed.includes(aliasOf(jump)));
  }
  const before = await resolve(firstAlias, options, passed);
  notes.push(...before.notes);
  return [...before.jumpHosts, ...jumps];
}

function aliasOf(jump: string): string {
  return jump.replace(/^.*@/, "").replace(/:\d+$/, "");
}

class ConfigReader {
  readonly notes: string[] = [];
  readonly identityFiles: string[] = [];
  readonly #alias: string;
  readonly #options: SshConfigOptions;
  readonly #values = new Map<string, string>();

  constructor(alias: string, options: SshConfigOptions) {
    this.#alias = alias;
    this.#options = options;
  }

  first(keyword: string): string | undefined {
    return this.#values.get(keyword);
  }

  /** `folder` is what relative Includes are relative to. */
  async read(file: string, folder: string, depth: number, applies = true): Promise<void> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if (code !== "ENOENT") this.notes.push(`${file} cannot be read`);
      return;
    }
    await this.take(parseConfig(text, file), folder, depth, applies);
  }

  async take(lines: readonly ConfigLine[], folder: string, depth: number, applies = true): Promise<void> {
    let matches = applies;
    for (const { keyword, words, where } of lines) {
      if (keyword === "host") {
        matches = applies && matchesHost(this.#alias, words);
      } else if (keyword === "match") {
        matches = applies && words.length === 1 && words[0] === "all";
        if (!matches) this.notes.push(`${where}: Match is not followed; what it sets was ignored`);
      } else if (keyword === "include") {
        await this.#include(words, folder, depth, matches, where);
      } else if (matches) {
        this.#set(keyword, words);
      }
    }
  }

  #set(keyword: string, words: readonly string[]): void {
    const value = keyword === "proxycommand" ? words.join(" ") : words[0];
    if (value === undefined) return;
    if (keyword === "identityfile") {
      if (!this.identityFiles.includes(value) && value !== "none") this.identityFiles.push(value);
    } else if (!this.#values.has(keyword)) {
      this.#values.set(keyword, value);
    }
  }

  async #include(
    words: readonly string[],
    folder: string,
    depth: number,
    matches: boolean,
    where: string,
  ): Promise<void> {
    if (depth >= maxIncludeDepth) {
      this.notes.push(`${where}: Include goes too deep and was not followed`);
      return;
    }
    const { homeDirectory, environment = process.env } = this.#options;
    for (const word of words) {
      const pattern = expandPath(word, homeDirectory, { "%": "%", d: homeDirectory }, environment);
      const files: string[] = [];
      for await (const file of glob(isAbsolute(pattern) ? pattern : join(folder, pattern))) files.push(file);
      for (const file of files.toSorted()) await this.read(file, folder, depth + 1, matches);
    }
  }
}

/** Takes a configuration apart: comments and empty lines gone, quotes resolved, `keyword=value` understood. */
export function parseConfig(text: string, file: string): ConfigLine[] {
  return text.split(/\r?\n/).flatMap((line, index): ConfigLine[] => {
    const match = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line);
    if (match?.[1] === undefined) return [];
    return [
      { keyword: match[1].toLowerCase(), words: splitWords(match[2] ?? ""), where: `${file}:${index + 1}` },
    ];
  });
}

function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"([^"]*)"|'([^']*)'|(#.*)|(\S+)/g)) {
    if (match[3] !== undefined) break;
    words.push(match[1] ?? match[2] ?? match[4] ?? "");
  }
  return words;
}

/** True where some pattern matches and no negated one does. */
export function matchesHost(host: string, patterns: readonly string[]): boolean {
  let isMatched = false;
  for (const pattern of patterns.flatMap((word) => word.split(","))) {
    const isNegated = pattern.startsWith("!");
    const wild = (isNegated ? pattern.slice(1) : pattern).replace(/[.+^${}()|[\]\\]/g, "\\$&");
    const isHit = new RegExp(`^${wild.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i").test(host);
    if (isHit && isNegated) return false;
    isMatched ||= isHit;
  }
  return isMatched;
}

function expandTokens(text: string, tokens: Readonly<Record<string, string>>): string {
  return text.replaceAll(/%(.)/g, (whole: string, name: string) => tokens[name] ?? whole);
}

function expandPath(
  path: string,
  homeDirectory: string,
  tokens: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const home = path === "~" || path.startsWith("~/") ? homeDirectory + path.slice(1) : path;
  const withEnvironment = home.replaceAll(
    /\$\{(\w+)\}/g,
    (whole: string, name: string) => environment[name] ?? whole,
  );
  return expandTokens(withEnvironment, tokens);
}

async function existingKeys(homeDirectory: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of usualKeys) {
    const file = join(homeDirectory, ".ssh", name);
    try {
      await access(file);
      found.push(file);
    } catch {
      // Not every key that is tried by custom exists.
    }
  }
  return found;
}
