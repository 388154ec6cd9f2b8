import { userInfo } from "node:os";
import type { ImportLine, ImportResult } from "../../common/api/source-procedures.ts";
import {
  describeLogin,
  type Elevation,
  type Source,
  type SshAuthentication,
  type SshHop,
} from "../../common/domain/source.ts";
import { defaultWinrmPort } from "../../common/domain/winrm.ts";
import type { Destination } from "../../common/domain/destination.ts";
import type { Told } from "../../common/domain/remark.ts";
import { sayingOf, told } from "../../common/domain/report-text/told.ts";
import type { SourceListLine, ListedSource } from "./read-source-list.ts";

export interface ImportContext {
  readonly defaults: {
    readonly user: string | null;
    readonly port: number | null;
    readonly credential: string | null;
    readonly tags: readonly string[];
  };
  readonly existing: readonly Source[];
  /** A profile's way to log in and to become root; null where there is none of that name. */
  credential(
    name: string,
  ): { readonly authentication: SshAuthentication; readonly elevation: Elevation } | null;
  readonly newId: () => string;
  readonly addedAt: string;
}

/** `user@host:port` of each hop, which is what makes two sources the same machine. */
export function addressOf(source: Pick<Source, "address">): string {
  const { address } = source;
  const hops = address.kind === "ssh" ? [...address.jumpHosts, address.host] : [address];
  return hops.map(({ host, port }) => `${host.toLowerCase()}:${port}`).join(" ");
}

/** Decides about each line, and gives the sources that are new. Adds nothing itself. */
export function planImport(
  lines: readonly SourceListLine[],
  context: ImportContext,
): { readonly sources: readonly Source[]; readonly result: ImportResult } {
  const names = new Set(context.existing.map(({ name }) => name));
  const addresses = new Map(context.existing.map((source) => [addressOf(source), source.name]));
  const seen = new Map<string, number>();
  const sources: Source[] = [];

  const decide = (entry: SourceListLine): ImportLine => {
    const base = { line: entry.line, name: null, address: null, field: null, message: null };
    if (entry.kind === "skipped") return { ...base, verdict: "skipped", message: entry.why };
    if (entry.kind === "invalid") {
      const field = entry.failure.context["field"];
      return {
        ...base,
        verdict: "invalid",
        field: typeof field === "string" ? field : null,
        message: sayingOf(entry.failure),
      };
    }
    const made = sourceOf(entry.source, context);
    if ("what" in made)
      return { ...base, name: entry.source.name, verdict: "invalid", field: "credential", message: made };
    const named = {
      ...base,
      name: made.name,
      address: describeLogin(made),
    };
    const address = addressOf(made);
    const earlier = seen.get(`name ${made.name}`) ?? seen.get(`address ${address}`);
    if (earlier !== undefined)
      return { ...named, verdict: "duplicate", message: told({ kind: "line-names-same", line: earlier }) };
    seen.set(`name ${made.name}`, entry.line);
    seen.set(`address ${address}`, entry.line);
    if (names.has(made.name))
      return {
        ...named,
        verdict: "exists",
        field: "name",
        message: told({ kind: "source-exists", name: made.name }),
      };
    const known = addresses.get(address);
    if (known !== undefined)
      return {
        ...named,
        verdict: "exists",
        field: "host",
        message: told({ kind: "address-registered", name: known }),
      };
    sources.push(made);
    return { ...named, verdict: "added" };
  };

  const decided = lines.map(decide);
  return {
    sources,
    result: {
      added: sources.length,
      refused: decided.filter(({ verdict }) => verdict === "invalid").length,
      lines: decided,
    },
  };
}

/** The source, or why there can be none. */
function sourceOf(listed: ListedSource, context: ImportContext): Source | Told {
  const { defaults } = context;
  const credentialName = listed.credential ?? (listed.keyFiles.length > 0 ? null : defaults.credential);
  const profile = credentialName === null ? null : context.credential(credentialName);
  if (credentialName !== null && profile === null) return told({ kind: "no-profile", name: credentialName });

  const authenticationOf = (user: string | null): SshAuthentication =>
    profile === null
      ? {
          user: user ?? defaults.user ?? userInfo().username,
          keyFiles: [...listed.keyFiles],
          useSshAgent: true,
          passwordEntry: null,
          keyPassphraseEntry: null,
        }
      : // A user that the line names goes before the profile's; the rest stays the profile's.
        { ...profile.authentication, user: user ?? profile.authentication.user };
  const hopOf = ({ user, host, port }: Destination): SshHop => ({
    host,
    port: port ?? defaults.port ?? 22,
    authentication: authenticationOf(user),
    hostKey: null,
    legacyAlgorithms: listed.legacyAlgorithms,
  });
  const common = {
    id: context.newId(),
    name: listed.name,
    tags: [...new Set([...defaults.tags, ...listed.tags])].slice(0, 32),
    addedAt: context.addedAt,
  };
  if (listed.kind !== "ssh") {
    const passwordEntry = profile?.authentication.passwordEntry ?? null;
    if (profile === null || passwordEntry === null) return told({ kind: "windows-wants-password" });
    const scheme = listed.kind === "winrm" ? "https" : "http";
    const { user, host, port } = listed.destination;
    const service = {
      kind: "winrm" as const,
      host,
      port: port ?? defaultWinrmPort[scheme],
      authentication: {
        method: "negotiate" as const,
        user: user ?? profile.authentication.user,
        passwordEntry,
      },
    };
    const address =
      scheme === "http"
        ? { ...service, scheme: "http" as const }
        : {
            ...service,
            scheme: "https" as const,
            certificate: null,
            legacyAlgorithms: listed.legacyAlgorithms,
          };
    return { ...common, address };
  }

  const host = hopOf(listed.destination);
  const elevation: Elevation =
    listed.elevation === "none" ||
    (profile === null && listed.elevation === null && host.authentication.user === "root")
      ? { method: "none" }
      : (profile?.elevation ?? { method: "sudo", passwordEntry: host.authentication.passwordEntry });
  return {
    ...common,
    address: {
      kind: "ssh",
      // Ports of jump hosts are their own matter.
      jumpHosts: listed.jumpHosts.map((hop) => ({ ...hopOf(hop), port: hop.port ?? 22 })),
      host,
      elevation,
    },
  };
}
