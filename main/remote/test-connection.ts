import type { z } from "zod";
import type { connectionTestSchema } from "../../common/api/procedures.ts";
import { loginOf, type Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { RemoteSession, SourceSession, WindowsSession } from "./contract.ts";

const question = 'printf "%s\\n" "$(id -un)" "$(id -u)" "$(uname -sr)" "$(uname -m)"';

type ConnectionTest = z.infer<typeof connectionTestSchema>;

/** Connects to a source, asks who and what it is, elevated as a migration would be, and disconnects. */
export async function testConnection(
  services: { connect(source: Source, signal: AbortSignal): Promise<Result<SourceSession>> },
  source: Source,
  signal: AbortSignal,
): Promise<Result<ConnectionTest>> {
  const session = await services.connect(source, signal);
  if (!session.ok) return session;
  try {
    return session.value.platform === "windows"
      ? await askWindows(session.value, loginOf(source).user, signal)
      : await askPosix(session.value, signal);
  } finally {
    await session.value.close();
  }
}

async function askPosix(session: RemoteSession, signal: AbortSignal): Promise<Result<ConnectionTest>> {
  const output = await session.script(question, [], { elevated: true, signal });
  if (!output.ok) return output;
  const [user, uid, kernel, architecture] = output.value.stdout.trimEnd().split("\n");
  if (
    output.value.exitCode !== 0 ||
    user === undefined ||
    kernel === undefined ||
    architecture === undefined
  ) {
    return fail("shell-unusable", told({ kind: "shell-answers-nothing" }), {
      output: output.value.stdout.slice(0, 200),
    });
  }
  return ok({ description: session.description, user, isRoot: uid === "0", kernel, architecture });
}

/** With what every Windows has: no PowerShell is needed to be told that it is missing. */
async function askWindows(
  session: WindowsSession,
  login: string,
  signal: AbortSignal,
): Promise<Result<ConnectionTest>> {
  const version = await session.run(["ver"], { signal });
  if (!version.ok) return version;
  const administrator = await session.isAdministrator();
  if (!administrator.ok) return administrator;
  return ok({
    description: session.description,
    user: login,
    isRoot: administrator.value,
    kernel: version.value.stdout.trim() || "Windows",
    architecture: session.architecture,
  });
}
