import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AssistantEvent } from "../../common/api/procedures.ts";
import type { sourceProcedures } from "../../common/api/source-procedures.ts";
import { pinOf, withoutPins, type Source, type SshHop } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { Secret } from "../../common/secret.ts";
import type { ProcedureHandlers } from "../procedures.ts";
import type { CredentialVault } from "../settings/vault.ts";
import type { SourceStore } from "../store/source-store.ts";
import { usesProfile, withProfile, type CredentialStore } from "./credential-store.ts";
import type { HostKeyQuestions } from "./host-key-questions.ts";
import { planImport } from "./import-sources.ts";
import { readCsvList, readPastedList, readSshConfigList } from "./read-source-list.ts";
import { checkEntries, entriesOf, sourceEntryPrefix } from "./source-entries.ts";

export interface SourceHandlerDependencies {
  readonly sources: SourceStore;
  readonly credentials: CredentialStore;
  readonly questions: HostKeyQuestions;
  readonly vault: CredentialVault;
  emit(event: AssistantEvent): void;
  readonly newId: () => string;
  readonly clock: () => number;
}

export function createSourceHandlers(
  dependencies: SourceHandlerDependencies,
): Pick<ProcedureHandlers, keyof typeof sourceProcedures> {
  const { sources, credentials, questions, vault, emit, newId, clock } = dependencies;

  const findAll = (names: readonly string[]): Result<Source[]> => {
    const found: Source[] = [];
    for (const name of names) {
      const source = sources.find(name);
      if (!source.ok) return source;
      found.push(source.value);
    }
    return ok(found);
  };
  const changeAll = (names: readonly string[], change: (source: Source) => Source): Result<Source[]> => {
    const found = findAll(names);
    if (!found.ok) return found;
    const changed = found.value.map(change);
    sources.updateAll(changed);
    return ok(changed);
  };

  return {
    "source.import": async (input, signal) => {
      const lines =
        input.format === "csv"
          ? readCsvList(input.text)
          : input.format === "lines"
            ? readPastedList(input.text)
            : await readSshConfigList(input.text, { homeDirectory: homedir(), signal });
      if (!lines.ok) return lines;
      const planned = planImport(lines.value, {
        defaults: input.defaults,
        existing: sources.list(),
        credential: (name) => credentials.access(name),
        newId,
        addedAt: new Date(clock()).toISOString(),
      });
      if (!input.dryRun && planned.sources.length > 0) sources.addAll(planned.sources);
      return ok(planned.result);
    },

    "source.update": async (input) => {
      const found = sources.find(input.source);
      if (!found.ok) return found;
      const before = found.value;
      const name = input.name ?? before.name;
      if (name !== before.name && sources.find(name).ok)
        return fail("already-exists", told({ kind: "source-exists", name }), { field: "name", name });
      const address = input.address === undefined ? before.address : keepPins(input.address, before.address);
      const checked = checkEntries(address);
      if (!checked.ok) return checked;
      const after: Source = { ...before, name, address, tags: unique(input.tags ?? before.tags) };
      sources.update(after);
      await removeUnused(vault, entriesOf(before.address), sources.list());
      return ok(after);
    },
    "source.tag": (input) =>
      Promise.resolve(
        changeAll(input.sources, (source) => ({
          ...source,
          tags: unique([...source.tags.filter((tag) => !input.remove.includes(tag)), ...input.add]),
        })),
      ),
    "source.use-credential": async (input) => {
      const access = credentials.access(input.credential);
      if (access === null)
        return fail("not-found", told({ kind: "no-profile", name: input.credential }), {
          name: input.credential,
        });
      const before = findAll(input.sources);
      if (!before.ok) return before;
      const changed = changeAll(input.sources, (source) => withProfile(source, access));
      await removeUnused(
        vault,
        before.value.flatMap(({ address }) => entriesOf(address)),
        sources.list(),
      );
      return changed;
    },
    "source.ssh-config": async () => {
      const path = join(homedir(), ".ssh", "config");
      const text = await readFile(path, "utf8").catch(() => null);
      return text === null
        ? fail("not-found", told({ kind: "file-absent-or-unread", path }), { path })
        : ok({ path, text });
    },

    "credential.list": () => Promise.resolve(ok(credentials.list(sources.list()))),
    "credential.set": async (input) => {
      const access = await credentials.set(input);
      if (!access.ok) return access;
      const users = sources.list().filter((source) => usesProfile(source, input.name));
      sources.updateAll(users.map((source) => withProfile(source, access.value)));
      emit({ type: "credentials-changed" });
      const view = credentials.list(sources.list()).find(({ name }) => name === input.name);
      return view === undefined ? fail("internal", told({ kind: "profile-not-kept" })) : ok(view);
    },
    "credential.remove": async (input) => {
      const users = sources.list().filter((source) => usesProfile(source, input.name));
      if (users.length > 0)
        return fail(
          "job-state",
          told({ kind: "profile-in-use", count: users.length, name: input.name }),
          { name: input.name, sources: users.slice(0, 20).map(({ name }) => name) },
          told({ kind: "give-other-profile" }),
        );
      const removed = await credentials.remove(input.name);
      if (removed.ok) emit({ type: "credentials-changed" });
      return removed;
    },
    "secret.put": async (input) => {
      const entry = `${sourceEntryPrefix}${randomBytes(8).toString("hex")}/${input.purpose}`;
      const put = await vault.put(entry, new Secret(input.secret));
      return put.ok ? ok({ entry }) : put;
    },

    "host-key.list": () => Promise.resolve(ok(questions.list())),
    "host-key.answer": (input) => Promise.resolve(questions.answer(input.id, input.accept)),
    "host-key.pin": (input) => {
      const found = sources.find(input.source);
      if (!found.ok) return Promise.resolve(found);
      const pinned = withHostKey(found.value, input.host, input.port, input.fingerprint);
      if (pinned === null)
        return Promise.resolve(
          fail("not-found", told({ kind: "not-through-hop", where: `${input.host}:${input.port}` }), {
            field: "host",
          }),
        );
      sources.update(pinned);
      return Promise.resolve(ok(pinned));
    },
  };
}

const unique = (tags: readonly string[]) => [...new Set(tags)].slice(0, 32);

/** A pin is what was seen and accepted: a form cannot bring one along, and a host that stays cannot lose it. */
function keepPins(wanted: Source["address"], before: Source["address"]): Source["address"] {
  if (wanted.kind === "winrm") {
    if (wanted.scheme === "http") return wanted;
    const isSame = before.kind === "winrm" && before.host === wanted.host && before.port === wanted.port;
    return { ...wanted, certificate: isSame ? pinOf(before) : null };
  }
  if (before.kind !== "ssh") return withoutPins(wanted);
  const known = [before.host, ...before.jumpHosts];
  const keep = (hop: SshHop): SshHop => ({
    ...hop,
    hostKey: known.find(({ host, port }) => host === hop.host && port === hop.port)?.hostKey ?? null,
  });
  return { ...wanted, host: keep(wanted.host), jumpHosts: wanted.jumpHosts.map(keep) };
}

function withHostKey(source: Source, host: string, port: number, fingerprint: string): Source | null {
  const { address } = source;
  if (address.kind === "winrm") {
    if (address.scheme === "http" || address.host !== host || address.port !== port) return null;
    return { ...source, address: { ...address, certificate: fingerprint } };
  }
  if (![address.host, ...address.jumpHosts].some((hop) => hop.host === host && hop.port === port))
    return null;
  const pin = (hop: SshHop): SshHop =>
    hop.host === host && hop.port === port ? { ...hop, hostKey: fingerprint } : hop;
  return {
    ...source,
    address: { ...address, host: pin(address.host), jumpHosts: address.jumpHosts.map(pin) },
  };
}

/** Removes entries of single sources that no source names any more. */
export async function removeUnused(
  vault: CredentialVault,
  entries: readonly string[],
  left: readonly Source[],
): Promise<void> {
  const used = new Set(left.flatMap(({ address }) => entriesOf(address)));
  for (const entry of new Set(entries))
    if (entry.startsWith(sourceEntryPrefix) && !used.has(entry)) await vault.remove(entry);
}
