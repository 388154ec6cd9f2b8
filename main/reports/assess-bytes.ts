/** One input's bytes to its assessment: the part of a run that does the work, in processes of its own. */
import type { AssessedInput } from "../../common/domain/report.ts";
import { unknownFacts, type Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
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
  return fail(
    "bundle-invalid",
    `${input}: nothing in it is known here: neither a bundle nor a tool's output`,
    {
      file: input,
      field: "",
    },
  );
}

const longestClientFile = 16 * 1024 * 1024;

/** A file of another migration client says nothing about a machine; what it does say helps more than "not a bundle". */
function foreignClientFile(bytes: Uint8Array, input: string): Result<Facts> | null {
  if (bytes.length > longestClientFile) return null;
  const { text } = decodeText(bytes);
  if (looksLikeJson(bytes) && looksLikeClientConfig(text)) {
    const config = readClientConfig(text, input);
    if (!config.ok) return config;
    const keys = config.value.holdsKeys ? "; it holds the cloud account's keys, so keep it to yourself" : "";
    return fail(
      "bundle-invalid",
      `${input}: a migration client's settings, not what a machine is like${keys}`,
      { file: input, field: "" },
      "Collect a bundle on the server itself with the collector.",
    );
  }
  const [error] = clientErrorsIn(text);
  if (error === undefined) return null;
  return fail(
    "bundle-invalid",
    `${input}, line ${error.line}: a migration client's log or status, not what a machine is like. It says "${error.keyword}": ${error.advice}`,
    { file: input, line: error.line, field: "" },
    "Do what the message advises, and collect a bundle on the server itself with the collector.",
  );
}

/** First bytes of what bundles are sent in. */
const containers: readonly (readonly [RegExp, string])[] = [
  [/^PK(\x03\x04|\x05\x06)/, "a ZIP archive"],
  [/^\x1f\x8b/, "compressed by gzip"],
  [/^\xfd7zXZ/, "compressed by xz"],
  [/^BZh\d/, "compressed by bzip2"],
  [/^\x28\xb5\x2f\xfd/, "compressed by zstd"],
  [/^7z\xbc\xaf/, "a 7-Zip archive"],
  [/^Rar!/, "a RAR archive"],
];

/** A bundle in an archive is not unpacked here, and one behind a greeting is not cut out: what is in it is the admin's word. */
function wrappedBundle(bytes: Uint8Array, input: string): Result<Facts> | null {
  const first = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  const container = containers.find(([pattern]) => pattern.test(first))?.[1];
  if (container !== undefined) {
    return fail(
      "bundle-invalid",
      `${input}: it is ${container}`,
      { file: input, field: "" },
      "Unpack it and give the files that are in it.",
    );
  }
  const before = /^([\s\S]*?\n)\s*\{\s*"format"\s*:\s*1\b/.exec(opening(bytes))?.[1];
  if (before === undefined) return null;
  const lines = before.split("\n").length - 1;
  return fail(
    "bundle-invalid",
    `${input}: ${lines === 1 ? "a line stands" : `${lines} lines stand`} before the bundle, which begins in line ${lines + 1}`,
    { file: input, field: "line 1" },
    "Remove what stands before the first brace: a greeting of the login shell, or warnings of ssh. Let the collector write into a file on the server.",
  );
}

/** False where a text was taken for some tool's output and said nothing: a family without evidence is a guess. */
function holdsFacts(facts: Facts): boolean {
  const told = (of: Facts): string =>
    JSON.stringify(
      {
        ...of,
        os: of.os.evidence.length === 0 ? { ...of.os, family: null, distro: null } : of.os,
        collection: null,
      },
      (key, value: unknown) => (key === "evidence" ? null : value),
    );
  return told(facts) !== told(unknownFacts());
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
