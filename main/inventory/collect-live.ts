import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "../../common/domain/bundle.ts";
import type { Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { RemoteSession, RunOptions, RunOutput, SourceSession } from "../remote/contract.ts";
import { readBundle } from "./bundle-reader.ts";
import { runWindowsCollector } from "./collect-windows.ts";
import { factsFromBundle } from "./facts-from-bundle.ts";

export interface CollectLiveOptions {
  /** Folder with the collectors, in a checkout resources/collectors. */
  readonly collectorsDirectory: string;
  /** Milliseconds since the epoch by the assistant's clock. */
  readonly clock: () => number;
  readonly signal?: AbortSignal;
  /** Outbound connections that the source should try, e.g. to the intermediate's ports. */
  readonly endpoints?: readonly { readonly host: string; readonly port: number }[];
}

export interface CollectedSource {
  readonly bundle: Bundle;
  readonly facts: Facts;
}

// Seconds on a server; minutes on one that is emulated or busy.
const collectorTimeoutMs = 600_000;
const maxBundleBytes = 32 * 1024 * 1024;

/**
 * Runs the source's collector through an open session, as root where the source's elevation allows it and otherwise
 * with what the login may read: the facts then say so. Writes nothing on the source but the collector's own scratch
 * files.
 */
export async function collectLive(
  session: SourceSession,
  options: CollectLiveOptions,
): Promise<Result<CollectedSource>> {
  const parameters = (options.endpoints ?? []).map((endpoint) => `${endpoint.host}:${endpoint.port}`);
  const runOptions = {
    timeoutMs: collectorTimeoutMs,
    maxOutputBytes: maxBundleBytes,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const startedMs = options.clock();
  const run =
    session.platform === "windows"
      ? await runWindowsCollector(session, options.collectorsDirectory, parameters, runOptions)
      : await runLinuxCollector(session, options.collectorsDirectory, parameters, runOptions);
  if (!run.ok) return run;
  const collected = fromOutput(session.description, run.value);
  if (!collected.ok) return collected;
  return ok({
    bundle: collected.value,
    facts: withClockOffset(factsFromBundle(collected.value), startedMs, options.clock()),
  });
}

async function runLinuxCollector(
  session: RemoteSession,
  collectorsDirectory: string,
  parameters: readonly string[],
  options: RunOptions,
): Promise<Result<RunOutput>> {
  const script = await readFile(join(collectorsDirectory, "collect-linux.sh"), "utf8");
  const run = await session.script(script, parameters, { ...options, elevated: true });
  const mayRunUnprivileged =
    !run.ok && (run.failure.code === "sudo-failed" || run.failure.code === "root-required");
  return mayRunUnprivileged ? session.script(script, parameters, options) : run;
}

function fromOutput(description: string, output: RunOutput): Result<Bundle> {
  // A login banner or noisy profile may stand before the document.
  const start = output.stdout.indexOf('{"format":');
  if (start < 0) {
    return fail(
      "command-failed",
      told({ kind: "collector-wrote-nothing", source: description, status: output.exitCode }),
      { source: description, exitCode: output.exitCode, stderr: output.stderr.slice(-2000) },
    );
  }
  return readBundle(new TextEncoder().encode(output.stdout.slice(start)), description);
}

/**
 * The collector states the source's time when it starts; half of what the whole run took bounds the error, so an
 * offset below that says nothing and is given as measured all the same.
 */
function withClockOffset(facts: Facts, startedMs: number, endedMs: number): Facts {
  const statedMs = Date.parse(facts.collection.collectedAt ?? "");
  if (!Number.isFinite(statedMs)) return facts;
  const beforeMs = statedMs - startedMs;
  const afterMs = statedMs - endedMs;
  // Within the run: no offset that could be told from its duration.
  const offsetMs = beforeMs < 0 ? beforeMs : afterMs > 0 ? afterMs : 0;
  const evidence = {
    source: "collectedAt",
    line: null,
    text: `${facts.collection.collectedAt} at the source, ${new Date(startedMs).toISOString()} here`,
  };
  return {
    ...facts,
    clock: {
      ...facts.clock,
      offsetSeconds: Math.round(offsetMs / 1000),
      evidence: [evidence, ...facts.clock.evidence],
    },
  };
}
