import { inEnglish } from "../in-english.ts";
import type { Elevation, SshHop, SshSource } from "../../../common/domain/source.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import type { RemoteEnvironment } from "../../../main/remote/contract.ts";

/** A hop to a server on loopback; by default it knows no way to log in and no host key. */
export function hopTo(
  server: { readonly host: string; readonly port: number },
  user: string,
  given: Partial<Omit<SshHop, "authentication">> & {
    readonly authentication?: Partial<SshHop["authentication"]>;
  } = {},
): SshHop {
  return {
    host: server.host,
    port: server.port,
    hostKey: null,
    legacyAlgorithms: false,
    ...given,
    authentication: {
      user,
      keyFiles: [],
      useSshAgent: false,
      passwordEntry: null,
      keyPassphraseEntry: null,
      ...given.authentication,
    },
  };
}

export function sourceAt(
  host: SshHop,
  options: { readonly jumpHosts?: readonly SshHop[]; readonly elevation?: Elevation } = {},
): SshSource {
  return {
    id: "testsource1",
    name: "test source",
    tags: [],
    addedAt: "2026-01-01T00:00:00Z",
    address: {
      kind: "ssh",
      jumpHosts: [...(options.jumpHosts ?? [])],
      host,
      elevation: options.elevation ?? { method: "none" },
    },
  };
}

export interface RecordingEnvironment extends RemoteEnvironment {
  /** Fingerprints that were asked about, in order. */
  readonly asked: string[];
  /** `host:port fingerprint` of every key that was pinned. */
  readonly pinned: string[];
}

/** Knows the given vault entries and answers every question about a host key with `accept`. */
export function environmentWith(
  secrets: Readonly<Record<string, string>> = {},
  options: {
    readonly accept?: (fingerprint: string) => boolean | Promise<boolean>;
    readonly answerPrompt?: RemoteEnvironment["answerPrompt"];
  } = {},
): RecordingEnvironment {
  const asked: string[] = [];
  const pinned: string[] = [];
  const { accept = () => true, answerPrompt } = options;
  return {
    asked,
    pinned,
    async secret(entry): Promise<Result<Secret>> {
      const text = secrets[entry];
      return text === undefined
        ? fail("not-found", inEnglish(`no vault entry ${entry}`))
        : ok(new Secret(text));
    },
    async decideHostKey({ fingerprint }) {
      asked.push(fingerprint);
      return accept(fingerprint);
    },
    async pinHostKey(hop, fingerprint) {
      pinned.push(`${hop.host}:${hop.port} ${fingerprint}`);
    },
    ...(answerPrompt === undefined ? {} : { answerPrompt }),
  };
}
