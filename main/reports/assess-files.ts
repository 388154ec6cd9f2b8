/**
 * Assesses many inputs: bundle files, folders of them, saved tool output, and the rows of a fleet CSV. Each bad input
 * is a failure that names file, line and field; the rest goes on. Inputs are read one by one and forgotten.
 */
import { open, readdir, readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, extname, isAbsolute, join, relative } from "node:path";
import { bundleLimits } from "../../common/domain/bundle.ts";
import { compareFindings, finding } from "../../common/domain/finding.ts";
import type { AssessedInput } from "../../common/domain/report.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, failure, ok, type Failure, type Result } from "../../common/result.ts";
import { defaultEstimateOptions, type EstimateOptions } from "../compatibility/estimate.ts";
import { targetLimits, type TargetLimits } from "../compatibility/target-limits.ts";
import { decodeText } from "../inventory/decode.ts";
import type { AssessResult } from "./assess-bytes.ts";
import { createAssessPool, type AssessPool } from "./assess-pool.ts";
import { parseFleetCsv, stemOf, type FleetRow } from "./fleet-csv.ts";

/** Opens bundles that were encrypted for the walk out of an air-gapped network. */
export interface BundleDecryptor {
  isEncrypted(bytes: Uint8Array): boolean;
  decrypt(bytes: Uint8Array): Promise<Result<Uint8Array>>;
}

export interface AssessInputsOptions {
  readonly target?: TargetLimits;
  readonly estimate?: EstimateOptions;
  readonly decryptor?: BundleDecryptor;
  /** Rows of a fleet CSV that name a live host; without it such a row is a failure. */
  readonly assessHost?: (row: FleetRow) => Promise<AssessedInput>;
  /** A fleet CSV, besides the paths. */
  readonly csvPath?: string;
  /** Processes; default: as many as the machine has processors, at most 4. */
  readonly workers?: number;
  /** For one input; default 60 s. */
  readonly timeLimitMs?: number;
  readonly signal?: AbortSignal;
}

/** Files of these kinds are taken from a folder; a file that is named itself is taken whatever it is called. */
const folderEndings = new Set([".json", ".txt", ".out", ".log", ".sealed"]);

type Plan =
  | { readonly kind: "file"; readonly id: string; readonly path: string; readonly bandwidth: number | null }
  | { readonly kind: "host"; readonly row: FleetRow }
  | { readonly kind: "failed"; readonly id: string; readonly input: string; readonly failure: Failure };

/** Results come in the order of the inputs. Ends early when `signal` aborts. */
export async function* assessInputs(
  paths: readonly string[],
  options: AssessInputsOptions = {},
): AsyncGenerator<AssessedInput, void, undefined> {
  const size = Math.max(1, options.workers ?? Math.min(4, availableParallelism()));
  const pool = createAssessPool({ size, timeLimitMs: options.timeLimitMs ?? 60_000, memoryMiB: 2048 });
  const hosts = new Map<string, string>();
  // A window keeps every process busy and the order, and no more inputs in memory than that.
  const running: Promise<AssessResult>[] = [];
  try {
    for await (const plan of plansOf(paths, options)) {
      if (options.signal?.aborted) return;
      running.push(execute(plan, pool, options));
      if (running.length > size)
        yield withDuplicates(await (running.shift() as Promise<AssessResult>), hosts);
    }
    while (running.length > 0) {
      if (options.signal?.aborted) return;
      yield withDuplicates(await (running.shift() as Promise<AssessResult>), hosts);
    }
  } finally {
    await pool.close();
  }
}

// ----------------------------------------------------------------------------------------------------- inputs

async function* plansOf(
  paths: readonly string[],
  options: AssessInputsOptions,
): AsyncGenerator<Plan, void, undefined> {
  const ids = new Set<string>();
  const unique = (wanted: string, path: string): string => {
    let id = wanted;
    if (ids.has(id)) id = `${basename(dirname(path))}/${wanted}`;
    for (let number = 2; ids.has(id); number++) id = `${wanted}-${number}`;
    ids.add(id);
    return id;
  };
  for (const path of paths) {
    const found = await filesOf(path);
    if (!found.ok) {
      yield { kind: "failed", id: unique(stemOf(path), path), input: path, failure: found.failure };
      continue;
    }
    for (const file of found.value) {
      yield { kind: "file", id: unique(stemOf(file), file), path: file, bandwidth: null };
    }
  }
  if (options.csvPath !== undefined) yield* fleetPlans(options.csvPath, unique);
}

/** The file itself, or a folder's files in the order of their names, without its subfolders. */
async function filesOf(path: string): Promise<Result<readonly string[]>> {
  const kind = await stat(path).catch(() => null);
  if (kind === null)
    return fail(
      "not-found",
      told({ kind: "no-such-path", path }),
      { file: path },
      told({ kind: "check-file" }),
    );
  if (kind.isFile()) return ok([path]);
  if (!kind.isDirectory())
    return fail("input-invalid", told({ kind: "neither-file-nor-folder", path }), { file: path });
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
  if (entries === null) return fail("input-invalid", told({ kind: "folder-unread", path }), { file: path });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .filter((entry) => folderEndings.has(extname(entry.name).toLowerCase()))
    .map((entry) => entry.name)
    .sort();
  if (files.length === 0) {
    return fail("not-found", told({ kind: "folder-without-bundle", path }), { file: path });
  }
  return ok(files.map((name) => join(path, name)));
}

async function* fleetPlans(
  csvPath: string,
  unique: (wanted: string, path: string) => string,
): AsyncGenerator<Plan, void, undefined> {
  const bytes = await readFile(csvPath).catch(() => null);
  const failed = (id: string, problem: Failure): Plan => ({
    kind: "failed",
    id: unique(id, csvPath),
    input: csvPath,
    failure: problem,
  });
  if (bytes === null) {
    yield failed(
      stemOf(csvPath),
      failure(
        "not-found",
        told({ kind: "path-unread", path: csvPath }),
        { file: csvPath },
        told({ kind: "check-file" }),
      ),
    );
    return;
  }
  const fleet = parseFleetCsv(decodeText(bytes).text, csvPath);
  if (!fleet.ok) {
    yield failed(stemOf(csvPath), fleet.failure);
    return;
  }
  for (const row of fleet.value.rows) {
    const id = unique(row.name, csvPath);
    if (row.bundle === null) {
      yield { kind: "host", row: { ...row, name: id } };
      continue;
    }
    const path = isAbsolute(row.bundle) ? row.bundle : join(dirname(csvPath), row.bundle);
    yield { kind: "file", id, path, bandwidth: row.bandwidthBytesPerSecond };
  }
  for (const { name, failure: problem } of fleet.value.bad) yield failed(name, problem);
}

// -------------------------------------------------------------------------------------------------- execution

async function execute(plan: Plan, pool: AssessPool, options: AssessInputsOptions): Promise<AssessResult> {
  const lost = (id: string, input: string, problem: Failure): AssessResult => ({
    assessed: { kind: "failed", id, input, failure: problem },
    host: null,
  });
  switch (plan.kind) {
    case "failed":
      return lost(plan.id, plan.input, plan.failure);
    case "host": {
      const { row } = plan;
      if (options.assessHost) return { assessed: await options.assessHost(row), host: null };
      const context = { file: options.csvPath ?? "", line: row.line, field: "host" };
      return lost(
        row.name,
        row.host ?? "",
        failure("input-invalid", told({ kind: "live-hosts-not-here", line: row.line }), context),
      );
    }
    case "file": {
      const input = displayPath(plan.path);
      const bytes = await readInput(plan.path, input, options);
      if (!bytes.ok) return lost(plan.id, input, bytes.failure);
      const estimate = options.estimate ?? defaultEstimateOptions;
      return pool.run({
        id: plan.id,
        input,
        bytes: bytes.value,
        choices: {
          target: options.target ?? targetLimits["alibaba-cloud"],
          estimate:
            plan.bandwidth === null ? estimate : { ...estimate, bandwidthBytesPerSecond: plan.bandwidth },
        },
      });
    }
  }
}

function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}

async function readInput(
  path: string,
  input: string,
  { decryptor }: AssessInputsOptions,
): Promise<Result<Uint8Array>> {
  // A sealed bundle is Base64, a third larger than what is in it.
  const limitBytes = decryptor ? bundleLimits.documentBytes * 1.4 : bundleLimits.documentBytes;
  const content = await readLimited(path, limitBytes);
  if (content === null)
    return fail(
      "not-found",
      told({ kind: "path-unread", path: input }),
      { file: input },
      told({ kind: "check-file" }),
    );
  if (content === "too-large") {
    return fail(
      "bundle-invalid",
      told({ kind: "file-larger-than-bundle", file: input, most: bundleLimits.documentBytes }),
      { file: input, field: "" },
    );
  }
  if (!decryptor?.isEncrypted(content)) return ok(content);
  const plain = await decryptor.decrypt(content);
  if (plain.ok) return plain;
  return {
    ok: false,
    failure: {
      ...plain.failure,
      message: `${input}: ${plain.failure.message}`,
      context: { ...plain.failure.context, file: input },
    },
  };
}

/** Reads no more than a bundle may have, whatever the file turns into while it is read. */
async function readLimited(path: string, limitBytes: number): Promise<Uint8Array | "too-large" | null> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      if (size > limitBytes) return "too-large";
      const buffer = new Uint8Array(size);
      let filled = 0;
      while (filled < size) {
        const { bytesRead } = await handle.read(buffer, filled, size - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

// ------------------------------------------------------------------------------------------------- duplicates

/** Names that installers give to every machine. */
const commonName =
  /^(localhost|ubuntu|debian|centos|fedora|linux|raspberrypi|template|test|vagrant|fauxhai)(\.|$)/i;

function withDuplicates({ assessed, host }: AssessResult, hosts: Map<string, string>): AssessedInput {
  if (assessed.kind === "failed" || host === null || commonName.test(host.name)) return assessed;
  const key = `${host.name.toLowerCase()}\u0000${host.macs.join(",")}`;
  const other = hosts.get(key);
  if (other === undefined) {
    hosts.set(key, assessed.input);
    return assessed;
  }
  const duplicate = finding("duplicate-host", {
    severity: "warning",
    subject: { kind: "system", name: host.name },
    effects: "unaffected",
    evidence: [{ source: other, line: null, text: host.name }],
    params: { host: host.name, other },
  });
  return {
    ...assessed,
    assessment: {
      ...assessed.assessment,
      findings: [...assessed.assessment.findings, duplicate].sort(compareFindings),
    },
  };
}
