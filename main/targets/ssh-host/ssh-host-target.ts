/**
 * Another Linux machine as the place where replicas and images live. The assistant starts the intermediate there over
 * SSH and then talks to it as to any other: mutual TLS on the control port. Sources send to that machine directly.
 */
import { isAbsolute } from "node:path/posix";
import type { SshHostTarget } from "../../../common/domain/plan.ts";
import { fail, failure, ok, type Failure, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { SourceSession } from "../../remote/contract.ts";
import type { IntermediateAccess, TargetAdapter } from "../contract.ts";
import {
  ensureAnswering,
  IntermediateStarter,
  oneAtATime,
  readReady,
  shutDown,
  startTimeoutMs,
  type StarterOptions,
} from "../intermediate-start.ts";

export interface SshHostTargetOptions extends StarterOptions {
  /** Opens a session to the machine `hostId`. */
  connectHost(hostId: string, signal: AbortSignal): Promise<Result<SourceSession>>;
  /** The name or address under which this machine reaches `hostId`; null where it is not known any more. */
  addressOf(hostId: string): string | null;
}

/** What the script below ends with where it cannot do its work. */
const ends = { folder: 21, program: 22, silent: 23 };

/**
 * Starts program $2 for folder $1 so that it outlives the session, gives it standard input, and prints the first line
 * that it says within $3 seconds, or its last words. The document, which holds a key, only ever passes through pipes.
 */
const startScript = `
umask 077
mkdir -p -- "$1" && [ -w "$1" ] || exit ${ends.folder}
command -v -- "$2" >/dev/null 2>&1 || exit ${ends.program}
between=$(mktemp -d "$1/.start-XXXXXX") || exit ${ends.folder}
trap 'rm -rf -- "$between"' EXIT
mkfifo -- "$between/in" || exit ${ends.folder}
setsid -- "$2" <"$between/in" >"$between/out" 2>"$between/err" &
daemon=$!
cat >"$between/in"
waited=0
while [ ! -s "$between/out" ] && kill -0 "$daemon" 2>/dev/null && [ "$waited" -lt "$3" ]; do
  sleep 1
  waited=$((waited + 1))
done
[ -s "$between/out" ] && { head -n 1 -- "$between/out"; exit 0; }
kill "$daemon" 2>/dev/null
tail -c 2000 -- "$between/err" >&2
exit ${ends.silent}
`;

export function createSshHostTarget(options: SshHostTargetOptions): TargetAdapter {
  const starter = new IntermediateStarter(options);
  const inTurn = oneAtATime();

  const connect = async (target: SshHostTarget): Promise<Result<IntermediateAccess>> => {
    const host = options.addressOf(target.hostId);
    if (host === null) {
      return fail(
        "not-found",
        told({ kind: "target-host-gone", host: target.hostName }),
        { host: target.hostName },
        told({ kind: "add-host-again" }),
      );
    }
    return ok({
      client: await starter.client(host, target),
      controlPort: target.controlPort,
      dataPort: target.dataPort,
      addresses: target.advertisedAddresses.length > 0 ? target.advertisedAddresses : [host],
    });
  };

  const start = async (target: SshHostTarget, signal: AbortSignal): Promise<Result<void>> => {
    if (!isAbsolute(target.directory)) {
      return fail("input-invalid", told({ kind: "folder-not-absolute", folder: target.directory }), {
        directory: target.directory,
      });
    }
    const document = await starter.startDocument(target);
    const session = await options.connectHost(target.hostId, signal);
    if (!session.ok) return session;
    try {
      if (session.value.platform !== "posix") {
        return fail("input-invalid", told({ kind: "target-host-no-linux", host: target.hostName }), {
          host: target.hostName,
        });
      }
      const seconds = startTimeoutMs / 1000;
      const ran = await session.value.script(
        startScript,
        [target.directory, target.program, String(seconds)],
        { stdin: Buffer.from(JSON.stringify(document)), timeoutMs: 2 * startTimeoutMs, signal },
      );
      if (!ran.ok) return ran;
      return ran.value.exitCode === 0
        ? readReady(ran.value.stdout.trim())
        : { ok: false, failure: whyNot(target, ran.value.exitCode, ran.value.stderr.trim()) };
    } finally {
      await session.value.close();
    }
  };

  return {
    constraints: { maximumDiskBytes: 64 * 1024 ** 4, maximumDisks: 64 },
    delivery: null,

    ensureIntermediate(target, signal) {
      if (target.kind !== "ssh-host") throw new TypeError("not a target reached over SSH");
      return inTurn(async () => {
        const access = await connect(target);
        if (!access.ok) return access;
        const answering = await ensureAnswering(access.value, target, () => start(target, signal));
        return answering.ok ? answering : { ok: false, failure: withFirewall(target, answering.failure) };
      });
    },

    async releaseIntermediate(target) {
      if (target.kind !== "ssh-host") throw new TypeError("not a target reached over SSH");
      const access = await connect(target);
      return access.ok ? shutDown(access.value.client, target) : ok();
    },
  };
}

function whyNot(target: SshHostTarget, exitCode: number, said: string): Failure {
  const context = { host: target.hostName, directory: target.directory, program: target.program, said };
  if (exitCode === ends.folder) {
    return failure(
      "input-invalid",
      told({ kind: "folder-not-writable", host: target.hostName, folder: target.directory }),
      context,
      told({ kind: "choose-writable-folder" }),
    );
  }
  if (exitCode === ends.program) {
    return failure(
      "tool-missing",
      told({ kind: "no-program-on-host", program: target.program, host: target.hostName }),
      context,
      told({ kind: "install-package-there" }),
    );
  }
  return failure(
    "intermediate-failed",
    told({
      kind: "intermediate-not-started-on",
      host: target.hostName,
      text: said === "" ? `exit status ${exitCode}` : said,
    }),
    context,
    told({ kind: "run-by-hand", program: target.program }),
  );
}

/** It was started and said that it is ready: then something between here and there keeps us apart. */
function withFirewall(target: SshHostTarget, reason: Failure): Failure {
  if (reason.code !== "intermediate-unreachable") return reason;
  return {
    ...reason,
    remedy: `Let this machine and the sources reach TCP ports ${target.controlPort} and ${target.dataPort} of ${target.hostName}.`,
  };
}
