/** What an agent on a Windows source says of itself, and why it cannot be started. */
import { fail, ok, type Failure, type Result, type Saying } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import type { AgentPlacement } from "../../migrations/services.ts";
import { agentStatusSchema, type FoundAgent } from "../agent-placement.ts";
import type { WindowsSession } from "../contract.ts";
import { isProgramMissing, startErrorOf } from "./start-error.ts";

// winerror.h: what a start is refused with by antivirus, AppLocker and application control, and for a wrong processor.
const infected = new Set([225, 226]);
const forbidden = new Set([5, 1260, 4551, 4556]);
const wrongProcessor = new Set([193, 216]);

/** Why the agent could not be started, as a failure that names the guard of the source that did it. */
export function explainStart(failure: Failure, placement: AgentPlacement): Failure {
  const error = startErrorOf(failure);
  const context = { directory: placement.directory, ...(error === null ? {} : { windowsError: error }) };
  const blocked = (why: Saying, remedy: Saying) => fail("agent-blocked", why, context, remedy).failure;
  if (isProgramMissing(failure)) {
    return blocked(
      told({ kind: "agent-removed-by-antivirus" }),
      told({ kind: "exclude-folder", folder: placement.directory }),
    );
  }
  if (error === null) return failure;
  if (infected.has(error)) {
    return blocked(
      told({ kind: "agent-taken-for-malware" }),
      told({ kind: "exclude-folder", folder: placement.directory }),
    );
  }
  if (forbidden.has(error)) {
    return blocked(
      told({ kind: "agent-forbidden-by-policy" }),
      told({ kind: "allow-program", path: placement.agentPath }),
    );
  }
  if (wrongProcessor.has(error)) {
    return fail("no-agent-for-platform", told({ kind: "agent-of-other-processor" }), context).failure;
  }
  return failure;
}

/** The agent always says why it ends, unless somebody else ends it. */
export function endedAtOnce(exitCode: number, { directory }: AgentPlacement): Result<never> {
  return fail(
    "agent-blocked",
    told({ kind: "agent-ended-at-once", status: exitCode }),
    { exitCode, directory },
    told({ kind: "exclude-folder", folder: directory }),
  );
}

/** Asks the agent in its folder. */
export async function askStatus(
  session: WindowsSession,
  placement: AgentPlacement,
): Promise<Result<FoundAgent>> {
  const asked = await session.run([placement.agentPath, "status"], { elevated: true });
  if (!asked.ok) {
    const { code, message } = explainStart(asked.failure, placement);
    if (code !== "agent-blocked") return asked;
    return ok({ ...placement, running: false, status: null, lastError: message });
  }
  const status = parseStatus(asked.value.stdout);
  const running = asked.value.exitCode === 0;
  return ok({ ...placement, running, status, lastError: status?.lastError ?? null });
}

function parseStatus(stdout: string): FoundAgent["status"] {
  try {
    const parsed = agentStatusSchema.safeParse(JSON.parse(stdout.trim()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Of a folder without the program. */
export const programGone = "the agent's program is gone from its folder: antivirus may have removed it";
