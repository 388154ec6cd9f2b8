/** Takes lists of sources apart: CSV, pasted lines, an ssh configuration. Knows nothing of what is registered. */
import { parseDestination, readPort, type Destination } from "../../common/domain/destination.ts";
import { loginNameProblem } from "../../common/domain/network-names.ts";
import type { EntryRemark } from "../../common/domain/entry-remarks.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, failure, ok, type Failure, type Result } from "../../common/result.ts";
import { parseCsvRecords } from "../reports/fleet-csv.ts";
import { parseConfig, resolveSshHost } from "../remote/ssh/ssh-config.ts";
import { readDestination } from "./read-destination.ts";
import { wordTable } from "../../common/word-table.ts";

const sourceKinds = ["ssh", "winrm", "winrm-http"] as const;

/** What a line says of a source; null is what it leaves open. */
export interface ListedSource {
  readonly name: string;
  /** `winrm` is over TLS, `winrm-http` with sealed messages over plain HTTP. */
  readonly kind: (typeof sourceKinds)[number];
  readonly destination: Destination;
  readonly credential: string | null;
  readonly keyFiles: readonly string[];
  readonly jumpHosts: readonly Destination[];
  readonly tags: readonly string[];
  readonly elevation: "none" | "sudo" | null;
  readonly legacyAlgorithms: boolean;
}

export type SourceListLine =
  | { readonly line: number; readonly kind: "source"; readonly source: ListedSource }
  | { readonly line: number; readonly kind: "invalid"; readonly failure: Failure }
  | { readonly line: number; readonly kind: "skipped"; readonly why: Told };

export const importColumns = [
  "name",
  "kind",
  "host",
  "port",
  "user",
  "credential",
  "key_file",
  "jump",
  "tags",
  "elevate",
  "legacy_algorithms",
] as const;
type ImportColumn = (typeof importColumns)[number];

/** What other tools' exports call these columns. */
const synonyms = wordTable<ImportColumn>({
  hostname: "host",
  host_name: "host",
  address: "host",
  ip: "host",
  username: "user",
  login: "user",
  tag: "tags",
  labels: "tags",
});

const mostLines = 100_000;
const mostConfigHosts = 5000;

const invalid = (line: number, failure: Failure): SourceListLine => ({ line, kind: "invalid", failure });
const parts = (text: string) =>
  text
    .split(/[;|]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** A wrong header fails as a whole; a wrong row is one line's failure. */
export function readCsvList(text: string): Result<SourceListLine[]> {
  const records = parseCsvRecords(text.replace(/^\ufeff/, ""));
  const [header, ...rows] = records;
  if (header === undefined)
    return fail("input-invalid", told({ kind: "list-empty" }), { field: "text", line: 1 });
  const columns: ImportColumn[] = [];
  for (const field of header.fields) {
    const given = field
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_");
    const column = synonyms[given] ?? importColumns.find((known) => known === given);
    if (column === undefined || columns.includes(column)) {
      return fail(
        "input-invalid",
        told({
          kind: "list-column-wrong",
          line: header.line,
          column: field.slice(0, 60),
          why: told({ kind: column === undefined ? "column-unknown" : "column-twice" }),
        }),
        { field: field.slice(0, 60), line: header.line },
        told({ kind: "first-line-names-columns", columns: importColumns }),
      );
    }
    columns.push(column);
  }
  if (!columns.includes("host"))
    return fail(
      "input-invalid",
      told({ kind: "list-without-host", line: header.line }),
      { field: "host", line: header.line },
      told({ kind: "first-line-names-columns", columns: importColumns }),
    );
  if (rows.length > mostLines)
    return fail("input-invalid", told({ kind: "list-too-long", most: mostLines }), {
      field: "text",
      line: mostLines,
    });

  return ok(
    rows.map(({ line, fields, isBroken }) => {
      if (isBroken) return invalid(line, wrongField("host", told({ kind: "quote-not-closed" })));
      if (fields.length > columns.length)
        return invalid(
          line,
          wrongField(
            "host",
            told({ kind: "more-fields-than-columns", count: fields.length, most: columns.length }),
          ),
        );
      const value = (column: ImportColumn) => fields[columns.indexOf(column)]?.trim() ?? "";
      const source = sourceOfRow(value);
      return source.ok ? { line, kind: "source", source: source.value } : invalid(line, source.failure);
    }),
  );
}

function wrongField(field: string, why: Told): Failure {
  return failure("input-invalid", told({ kind: "field-wrong", field, why }), { field });
}

function wrongEntry(field: string, why: EntryRemark): Failure {
  return failure("input-invalid", told(why), { field });
}

function sourceOfRow(value: (column: ImportColumn) => string): Result<ListedSource> {
  const bad = (field: string, why: Told) => ({ ok: false as const, failure: wrongField(field, why) });
  const entry = (field: string, why: EntryRemark) => ({
    ok: false as const,
    failure: wrongEntry(field, why),
  });
  const kindText = value("kind").toLowerCase();
  const kind = kindText === "" ? "ssh" : sourceKinds.find((known) => known === kindText);
  if (kind === undefined)
    return bad("kind", told({ kind: "none-of", given: kindText.slice(0, 40), known: sourceKinds }));
  if (value("host") === "") return bad("host", told({ kind: "value-empty" }));
  const given = readDestination(value("host"));
  if (!given.ok) return given;
  const portText = value("port");
  const port = portText === "" ? given.value.port : readPort(portText);
  if (portText !== "" && port === null)
    return entry("port", { kind: "port-wrong", text: portText.slice(0, 40) });
  const user = value("user") === "" ? given.value.user : value("user");
  const userProblem = user === null ? null : loginNameProblem(user, kind === "ssh" ? "ssh" : "winrm");
  if (userProblem !== null) return entry("user", { kind: "login-name-wrong", problem: userProblem });
  const name = value("name") === "" ? given.value.host : value("name");
  if (name.length > 128) return bad("name", told({ kind: "longer-than", most: 128 }));
  const jumpHosts: Destination[] = [];
  for (const jump of parts(value("jump"))) {
    const hop = readDestination(jump);
    if (!hop.ok) return { ok: false, failure: { ...hop.failure, context: { field: "jump" } } };
    jumpHosts.push(hop.value);
  }
  if (jumpHosts.length > 3) return bad("jump", told({ kind: "three-jump-hosts" }));
  const tags = parts(value("tags"));
  if (tags.some((tag) => tag.length > 64) || tags.length > 32)
    return bad("tags", told({ kind: "tags-too-many" }));
  const elevate = value("elevate").toLowerCase();
  if (elevate !== "" && elevate !== "none" && elevate !== "sudo")
    return bad("elevate", told({ kind: "neither-none-nor-sudo", given: elevate.slice(0, 40) }));
  const legacy = value("legacy_algorithms").toLowerCase();
  if (!["", "yes", "no", "true", "false", "1", "0"].includes(legacy))
    return bad("legacy_algorithms", told({ kind: "neither-yes-nor-no", given: legacy.slice(0, 40) }));
  return ok({
    name,
    kind,
    destination: { user, host: given.value.host, port },
    credential: value("credential") === "" ? null : value("credential"),
    keyFiles: parts(value("key_file")),
    jumpHosts,
    tags,
    elevation: elevate === "" ? null : elevate,
    legacyAlgorithms: ["yes", "true", "1"].includes(legacy),
  });
}

/** One `[user@]host[:port] [name]` a line; `#` begins a comment. Lines of /etc/hosts kind are not meant. */
export function readPastedList(text: string): Result<SourceListLine[]> {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  if (lines.length > mostLines)
    return fail("input-invalid", told({ kind: "list-too-long", most: mostLines }), {
      field: "text",
      line: mostLines,
    });
  return ok(
    lines.flatMap((content, index): SourceListLine[] => {
      const line = index + 1;
      const [target, ...name] = content
        .replace(/(^|\s)#.*$/, "")
        .trim()
        .replace(/^ssh\s+/, "")
        .split(/[\s,;]+/)
        .filter((word) => word !== "");
      if (target === undefined) return [];
      const destination = readDestination(target.replace(/^ssh:\/\//, ""));
      if (!destination.ok) return [invalid(line, destination.failure)];
      const second = name.find(isAddress);
      if (second !== undefined)
        return [invalid(line, wrongEntry("name", { kind: "name-is-address", text: second.slice(0, 80) }))];
      const wanted = name.join(" ") || destination.value.host;
      if (wanted.length > 128)
        return [invalid(line, wrongField("name", told({ kind: "longer-than", most: 128 })))];
      return [{ line, kind: "source", source: { ...plain, name: wanted, destination: destination.value } }];
    }),
  );
}

/** A word that has a user or a port, right or wrong, is none of a name. */
const isAddress = (word: string): boolean =>
  word.includes("@") || /:\d+$/.test(word) || (word.includes(":") && parseDestination(word).ok);

const plain: Omit<ListedSource, "name" | "destination"> = {
  kind: "ssh",
  credential: null,
  keyFiles: [],
  jumpHosts: [],
  tags: [],
  elevation: null,
  legacyAlgorithms: false,
};

/** Every host that the configuration calls by a full name; patterns only add to those. */
export async function readSshConfigList(
  text: string,
  options: { readonly homeDirectory: string; readonly signal: AbortSignal },
): Promise<Result<SourceListLine[]>> {
  const userConfig = parseConfig(text, "config");
  const found: SourceListLine[] = [];
  const seen = new Set<string>();
  for (const { keyword, words, where } of userConfig) {
    if (keyword !== "host") continue;
    const line = Number(where.slice(where.lastIndexOf(":") + 1));
    for (const alias of words) {
      if (/[*?!]/.test(alias)) {
        found.push({ line, kind: "skipped", why: told({ kind: "is-pattern", name: alias.slice(0, 60) }) });
        continue;
      }
      if (seen.has(alias)) continue;
      seen.add(alias);
      if (seen.size > mostConfigHosts)
        return fail("input-invalid", told({ kind: "too-many-hosts", most: mostConfigHosts }), {
          field: "text",
          line,
        });
      if (options.signal.aborted) return fail("cancelled", told({ kind: "import-taken-back" }));
      const source = await configuredSource(alias, userConfig, options.homeDirectory);
      found.push(source.ok ? { line, kind: "source", source: source.value } : invalid(line, source.failure));
    }
  }
  return ok(found);
}

async function configuredSource(
  alias: string,
  userConfig: ReturnType<typeof parseConfig>,
  homeDirectory: string,
): Promise<Result<ListedSource>> {
  const host = await resolveSshHost(alias, { homeDirectory, userConfig });
  const checked = readDestination(host.hostName);
  if (!checked.ok) return checked;
  const jumpHosts: Destination[] = [];
  for (const jump of host.jumpHosts) {
    const hop = readDestination(jump);
    if (!hop.ok) return { ok: false, failure: { ...hop.failure, context: { field: "jump" } } };
    const resolved = await resolveSshHost(hop.value.host, { homeDirectory, userConfig });
    jumpHosts.push({
      user: hop.value.user ?? resolved.user ?? null,
      host: resolved.hostName,
      port: hop.value.port ?? resolved.port ?? null,
    });
  }
  if (jumpHosts.length > 3)
    return { ok: false, failure: wrongField("jump", told({ kind: "three-jump-hosts" })) };
  return ok({
    ...plain,
    name: alias,
    destination: { user: host.user ?? null, host: checked.value.host, port: host.port ?? null },
    keyFiles: host.identityFiles,
    jumpHosts,
  });
}
