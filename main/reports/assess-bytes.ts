/** One input's bytes to its assessment: the part of a run that does the work, in processes of its own. */
import type { AssessedInput } from "../../common/domain/report.ts";
import { unknownFacts, type Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { assess } from "../compatibility/assess.ts";
import type { EstimateOptions } from "../compatibility/estimate.ts";
import type { TargetLimits } from "../compatibility/target-limits.ts";
import { readBundle } from "../inventory/bundle-reader.ts";
import { looksLikeClientConfig, readClientConfig } from "../inventory/client-config.ts";
import { clientErrorsIn } from "../inventory/client-errors.ts";
import { decodeText } from "../inventory/decode.ts";
import { factsFromBundle } from "../inventory/facts-from-bundle.ts";
import { factsFromText } from "../inventory/facts-from-text.ts";

/** Plain data, so that it passes between processes. */
export interface AssessmentChoices {
  readonly target: TargetLimits;
  readonly estimate: EstimateOptions;
}

export interface AssessTask {
  readonly id: string;
  /** The input's path, as the admin gave it. */
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly choices: AssessmentChoices;
}

export interface AssessResult {
  readonly assessed: AssessedInput;
  /** Host name and network addresses, by which the same host is recognised in another input. */
  readonly host: { readonly name: string; readonly macs: readonly string[] } | null;
}

/** Judges a bundle, or saved output of a tool. Pure. */
export function assessBytes({ id, input, bytes, choices }: AssessTask): AssessResult {
  const facts = factsOf(bytes, input);
  if (!facts.ok) return { assessed: { kind: "failed", id, input, failure: facts.failure }, host: null };
  const { hostName } = facts.value.os;
  const macs = (facts.value.network.interfaces ?? [])
    .filter((nic) => nic.isVirtual !== true && nic.mac !== null && !/^(00:){5}00$/.test(nic.mac))
    .map((nic) => nic.mac ?? "");
  return {
    assessed: { kind: "assessed", id, input, assessment: assess(id, facts.value, choices) },
    host: hostName === null || hostName === "" ? null : { name: hostName, macs: macs.sort() },
  };
}

function factsOf(bytes: Uint8Array, input: string): Result<Facts> {
  const bundle = readBundle(bytes, input);
  if (bundle.ok && saysAnything(bundle.value)) return ok(factsFromBundle(bundle.value));
  // What calls itself a bundle is judged as one: a damaged bundle is not some tool's output.
  if (!bundle.ok && looksLikeBundle(bytes)) return bundle;
  const wrapped = wrappedBundle(bytes, input);
  if (wrapped !== null) return wrapped;
  const text = factsFromText(bytes, { fileName: input });
  if (text.ok && holdsFacts(text.value)) return text;
  const foreign = foreignClientFile(bytes, input);
  if (foreign !== null) return foreign;
  if (!bundle.ok && (bytes.length === 0 || looksLikeJson(bytes))) return bundle;
  if (!text.ok) return text;
  return fail("bundle-invalid", told({ kind: "nothing-known-in-it", file: input }), {
    file: input,
    field: "",
  });
}

const longestClientFile = 16 * 1024 * 1024;

/** A file of another migration client says nothing about a machine; what it does say helps more than "not a bundle". */
function foreignClientFile(bytes: Uint8Array, input: string): Result<Facts> | null {
  if (bytes.length > longestClientFile) return null;
  const { text } = decodeText(bytes);
  if (looksLikeJson(bytes) && looksLikeClientConfig(text)) {
    const config = readClientConfig(text, input);
    if (!config.ok) return config;
    const kind = config.value.holdsKeys ? "client-settings-with-keys" : "client-settings";
    return fail(
      "bundle-invalid",
      told({ kind, file: input }),
      { file: input, field: "" },
      told({ kind: "collect-on-server" }),
    );
  }
  const [error] = clientErrorsIn(text);
  if (error === undefined) return null;
  return fail(
    "bundle-invalid",
    told({ kind: "client-log", file: input, line: error.line, keyword: error.keyword, advice: error.advice }),
    { file: input, line: error.line, field: "" },
    told({ kind: "follow-advice-and-collect" }),
  );
}

/** First bytes of what bundles are sent in. */
const containers: readonly (readonly [RegExp, Told])[] = [
  [/^PK(\x03\x04|\x05\x06)/, told({ kind: "zip-archive" })],
  [/^\x1f\x8b/, told({ kind: "compressed-by-gzip" })],
  [/^\xfd7zXZ/, told({ kind: "compressed-by-xz" })],
  [/^BZh\d/, told({ kind: "compressed-by-bzip2" })],
  [/^\x28\xb5\x2f\xfd/, told({ kind: "compressed-by-zstd" })],
  [/^7z\xbc\xaf/, told({ kind: "seven-zip-archive" })],
  [/^Rar!/, told({ kind: "rar-archive" })],
];

/** A bundle in an archive is not unpacked here, and one behind a greeting is not cut out: what is in it is the admin's word. */
function wrappedBundle(bytes: Uint8Array, input: string): Result<Facts> | null {
  const first = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  const container = containers.find(([pattern]) => pattern.test(first))?.[1];
  if (container !== undefined) {
    return fail(
      "bundle-invalid",
      told({ kind: "is-packed", file: input, what: container }),
      { file: input, field: "" },
      told({ kind: "unpack-it" }),
    );
  }
  const before = /^([\s\S]*?\n)\s*\{\s*"format"\s*:\s*1\b/.exec(opening(bytes))?.[1];
  if (before === undefined) return null;
  const lines = before.split("\n").length - 1;
  return fail(
    "bundle-invalid",
    told({ kind: "lines-before-bundle", file: input, lines, first: lines + 1 }),
    { file: input, field: "line 1" },
    told({ kind: "remove-what-stands-before" }),
  );
}

/** False where a text was taken for some tool's output and said nothing: a family without evidence is a guess. */
function holdsFacts(facts: Facts): boolean {
  const written = (of: Facts): string =>
    JSON.stringify(
      {
        ...of,
        os: of.os.evidence.length === 0 ? { ...of.os, family: null, distro: null } : of.os,
        collection: null,
      },
      (key, value: unknown) => (key === "evidence" ? null : value),
    );
  return written(facts) !== written(unknownFacts());
}

function saysAnything(bundle: { readonly files: object; readonly commands: object }): boolean {
  return Object.keys(bundle.files).length + Object.keys(bundle.commands).length > 0;
}

/** Decoded as Latin-1, in which every byte is a character, and with NUL dropped for UTF-16. */
const opening = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, 4096)).toString("latin1").replaceAll("\0", "");

function looksLikeBundle(bytes: Uint8Array): boolean {
  return looksLikeJson(bytes) && /"(format|collectedAt|collector|files|commands)"\s*:/.test(opening(bytes));
}

function looksLikeJson(bytes: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*\{/.test(opening(bytes));
}
