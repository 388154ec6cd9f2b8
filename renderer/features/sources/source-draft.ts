/** The form of a source as it is typed, and the source that comes of it. Without React, so that it is tested alone. */
import { parseDestination, readPort } from "../../../common/domain/destination.ts";
import { hostProblem, loginNameProblem } from "../../../common/domain/network-names.ts";
import type { Source, SourceAddress, SshHop } from "../../../common/domain/source.ts";

export const sourceKinds = ["ssh", "winrm-http", "winrm-https"] as const;
export type SourceKind = (typeof sourceKinds)[number];
export const loginKinds = ["credential", "key", "password", "agent"] as const;
export type LoginKind = (typeof loginKinds)[number];

export interface SourceDraft {
  readonly kind: SourceKind;
  readonly name: string;
  readonly host: string;
  readonly port: string;
  readonly login: LoginKind;
  readonly profile: string;
  readonly user: string;
  readonly keyFile: string;
  readonly keyPassphrase: string;
  readonly password: string;
  readonly elevation: "none" | "sudo" | "su";
  readonly elevationPassword: string;
  /** One a line. */
  readonly jumpHosts: string;
  readonly legacy: boolean;
  readonly tags: readonly string[];
}

export const defaultPorts: Readonly<Record<SourceKind, string>> = {
  ssh: "22",
  "winrm-http": "5985",
  "winrm-https": "5986",
};

export function emptySourceDraft(): SourceDraft {
  return {
    kind: "ssh",
    name: "",
    host: "",
    port: defaultPorts.ssh,
    login: "key",
    profile: "",
    user: "root",
    keyFile: "",
    keyPassphrase: "",
    password: "",
    elevation: "none",
    elevationPassword: "",
    jumpHosts: "",
    legacy: false,
    tags: [],
  };
}

export function draftOfSource(source: Source): SourceDraft {
  const { address } = source;
  const common = { ...emptySourceDraft(), name: source.name, tags: source.tags };
  if (address.kind === "winrm") {
    return {
      ...common,
      kind: `winrm-${address.scheme}`,
      host: address.host,
      port: String(address.port),
      login: "password",
      user: address.authentication.user,
      legacy: address.scheme === "https" && address.legacyAlgorithms,
    };
  }
  const { host, jumpHosts, elevation } = address;
  const { authentication } = host;
  return {
    ...common,
    host: host.host,
    port: String(host.port),
    login:
      authentication.profile !== undefined
        ? "credential"
        : authentication.passwordEntry !== null
          ? "password"
          : authentication.keyFiles.length > 0
            ? "key"
            : "agent",
    profile: authentication.profile ?? "",
    user: authentication.user,
    keyFile: authentication.keyFiles.join(", "),
    elevation: elevation.method,
    jumpHosts: jumpHosts.map((hop) => `${hop.authentication.user}@${hop.host}:${hop.port}`).join("\n"),
    legacy: host.legacyAlgorithms,
  };
}

export interface JumpHost {
  readonly user: string | null;
  readonly host: string;
  readonly port: number;
}

/** `[user@]host[:port]`; null where it is none. */
export function parseJumpHost(line: string): JumpHost | null {
  const read = parseDestination(line.trim());
  return read.ok ? { ...read.value, port: read.value.port ?? 22 } : null;
}

export function jumpHostLines(draft: SourceDraft): string[] {
  return draft.jumpHosts
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export type SourceDraftProblem = "required" | "host" | "user" | "port" | "jump-hosts" | "taken" | "too-long";
export type SourceDraftProblems = Partial<Record<keyof SourceDraft, SourceDraftProblem>>;

export function nameOfDraft(draft: SourceDraft): string {
  return draft.name.trim() === "" ? draft.host.trim() : draft.name.trim();
}

/** What is wrong, by field. `isNew`: secrets have to be given; otherwise an empty one stays as it is. */
export function sourceProblems(
  draft: SourceDraft,
  others: readonly Source[],
  isNew: boolean,
): SourceDraftProblems {
  const problems: SourceDraftProblems = {};
  if (draft.host.trim() === "") problems.host = "required";
  else if (hostProblem(draft.host.trim()) !== null) problems.host = "host";
  if (readPort(draft.port.trim()) === null) problems.port = "port";
  const name = nameOfDraft(draft);
  if (name.length > 128) problems.name = "too-long";
  else if (others.some((source) => source.name === name)) problems.name = "taken";
  if (draft.login === "credential") {
    if (draft.profile === "") problems.profile = "required";
  } else if (draft.user.trim() === "") {
    problems.user = "required";
  } else if (loginNameProblem(draft.user.trim(), draft.kind === "ssh" ? "ssh" : "winrm") !== null) {
    problems.user = "user";
  }
  if (draft.login === "key" && draft.keyFile.trim() === "") problems.keyFile = "required";
  if (draft.login === "password" && isNew && draft.password === "") problems.password = "required";
  if (draft.kind === "ssh") {
    if (draft.login !== "credential" && draft.elevation === "su" && isNew && draft.elevationPassword === "")
      problems.elevationPassword = "required";
    const hops = jumpHostLines(draft);
    if (hops.length > 3 || hops.some((line) => parseJumpHost(line) === null))
      problems.jumpHosts = "jump-hosts";
  }
  return problems;
}

/** Vault entries of the secrets that were typed; null where none was. */
export interface SecretEntries {
  readonly password: string | null;
  readonly keyPassphrase: string | null;
  readonly elevation: string | null;
}

/** The address that the draft describes; `before` keeps its entries and pinned keys where nothing new was typed. */
export function addressOf(
  draft: SourceDraft,
  entries: SecretEntries,
  before: SourceAddress | null,
): SourceAddress {
  const host = draft.host.trim();
  const port = Number(draft.port);
  if (draft.kind !== "ssh") {
    const kept = before?.kind === "winrm" ? before : null;
    const authentication = {
      method: "negotiate",
      user: draft.user.trim(),
      passwordEntry: entries.password ?? kept?.authentication.passwordEntry ?? "",
    } as const;
    if (draft.kind === "winrm-http") return { kind: "winrm", scheme: "http", host, port, authentication };
    const isSamePlace = kept?.scheme === "https" && kept.host === host && kept.port === port;
    return {
      kind: "winrm",
      scheme: "https",
      host,
      port,
      authentication,
      certificate: isSamePlace ? kept.certificate : null,
      legacyAlgorithms: draft.legacy,
    };
  }
  const kept = before?.kind === "ssh" ? before : null;
  const keptLogin = kept?.host.authentication;
  const authentication: SshHop["authentication"] = {
    user: draft.user.trim() === "" ? "root" : draft.user.trim(),
    keyFiles:
      draft.login === "key"
        ? draft.keyFile
            .split(",")
            .map((file) => file.trim())
            .filter((file) => file !== "")
        : [],
    useSshAgent: draft.login === "agent",
    passwordEntry: draft.login === "password" ? (entries.password ?? keptLogin?.passwordEntry ?? null) : null,
    keyPassphraseEntry:
      draft.login === "key" ? (entries.keyPassphrase ?? keptLogin?.keyPassphraseEntry ?? null) : null,
  };
  const known = kept === null ? [] : [kept.host, ...kept.jumpHosts];
  const hop = (at: JumpHost): SshHop => ({
    host: at.host,
    port: at.port,
    hostKey: known.find((each) => each.host === at.host && each.port === at.port)?.hostKey ?? null,
    legacyAlgorithms: draft.legacy,
    authentication: at.user === null ? authentication : { ...authentication, user: at.user },
  });
  const keptElevation =
    kept !== null && kept.elevation.method !== "none" ? kept.elevation.passwordEntry : null;
  const elevationEntry = entries.elevation ?? keptElevation;
  return {
    kind: "ssh",
    jumpHosts: jumpHostLines(draft)
      .map(parseJumpHost)
      .filter((each) => each !== null)
      .map(hop),
    host: hop({ user: null, host, port }),
    elevation:
      draft.elevation === "none"
        ? { method: "none" }
        : draft.elevation === "sudo"
          ? { method: "sudo", passwordEntry: elevationEntry }
          : { method: "su", passwordEntry: elevationEntry ?? "" },
  };
}
