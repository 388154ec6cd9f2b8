import type { z } from "zod";
import type { connectionTestSchema } from "../../common/api/procedures.ts";
import type { Source } from "../../common/domain/source.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import type { RemoteSession } from "./contract.ts";

const question = 'printf "%s\\n" "$(id -un)" "$(id -u)" "$(uname -sr)" "$(uname -m)"';

/** Connects to a source, asks who and what it is, elevated as a migration would be, and disconnects. */
export async function testConnection(
  services: { connect(source: Source, signal: AbortSignal): Promise<Result<RemoteSession>> },
  source: Source,
  signal: AbortSignal,
): Promise<Result<z.infer<typeof connectionTestSchema>>> {
  const session = await services.connect(source, signal);
  if (!session.ok) return session;
  try {
    const output = await session.value.script(question, [], { elevated: true, signal });
    if (!output.ok) return output;
    const [user, uid, kernel, architecture] = output.value.stdout.trimEnd().split("\n");
    if (
      output.value.exitCode !== 0 ||
      user === undefined ||
      kernel === undefined ||
      architecture === undefined
    ) {
      return fail("shell-unusable", "the source's shell does not answer simple questions", {
        output: output.value.stdout.slice(0, 200),
      });
    }
    return ok({ description: session.value.description, user, isRoot: uid === "0", kernel, architecture });
  } finally {
    await session.value.close();
  }
}
