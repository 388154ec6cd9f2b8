import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "../../common/domain/bundle.ts";
import type { Facts } from "../../common/domain/facts.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { RemoteSession, RunOutput } from "../remote/contract.ts";
import { readBundle } from "./bundle-reader.ts";
import { factsFromBundle } from "./facts-from-bundle.ts";

export interface CollectLiveOptions {
  /** Folder with collect-linux.sh, in a checkout resources/collectors. */
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
 * Runs the Linux collector through an open session, as root where the source's elevation allows it and otherwise with
 * what the login may read: the facts then say so. Writes nothing on the source but the collector's own scratch files.
 */
export async function collectLive(
  session: RemoteSession,
  options: CollectLiveOptions,
): Promise<Result<CollectedSource>> {
  const script = await readFile(join(options.collectorsDirectory, "collect-linux.sh"), "utf8");
  const parameters = (options.endpoints ?? []).map((endpoint) => `${endpoint.host}:${endpoint.port}`);
  const runOptions = {
    timeoutMs: collectorTimeoutMs,
    maxOutputBytes: maxBundleBytes,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const startedMs = options.clock();
  let run = await session.script(script, parameters, { ...runOptions, elevated: true });
  const mayRunUnprivileged =
    !run.ok && (run.failure.code === "sudo-failed" || run.failure.code === "root-required");
  if (mayRunUnprivileged) run = await session.script(script, parameters, runOptions);
  if (!run.ok) return run;
  const collected = fromOutput(session.description, run.value);
  if (!collected.ok) return collected;
  return ok({
    bundle: collected.value,
    facts: withClockOffset(factsFromBundle(collected.value), startedMs, options.clock()),
  });
}

function fromOutput(description: string, output: RunOutput): Result<Bundle> {
  // A login banner or noisy profile may stand before the document.
  const start = output.stdout.indexOf('{"format":');
  if (start < 0) {
    return fail(
      "command-failed",
      `the collector wrote no bundle on ${description} (exit ${output.exitCode})`,
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
