import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExcludeSavings, LayoutProposal } from "../common/api/layout-procedures.ts";
import { checkLayout, settleLayout } from "../common/domain/check-layout.ts";
import { deriveLayout, layoutBasisOf } from "../common/domain/derive-layout.ts";
import { excludeListName } from "../common/domain/exclude-list.ts";
import type { Facts } from "../common/domain/facts.ts";
import type { Source } from "../common/domain/source.ts";
import type { FilePlan } from "../common/domain/target-layout.ts";
import { sayingOf, told } from "../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../common/result.ts";
import { measureExcludes } from "./migrations/exclude-savings.ts";
import { excludesFor } from "./migrations/file-layout.ts";
import type { MigrationServices } from "./migrations/services.ts";
import type { RemoteSession } from "./remote/contract.ts";

export interface LayoutChoices {
  readonly diskPaths: readonly string[];
  readonly files: FilePlan;
}

type Services = Pick<MigrationServices, "connect" | "survey" | "clock" | "excludesDirectory">;

/** What an installation's own list of a system volume says. */
export async function defaultExcludes(folder: string): Promise<Result<{ readonly text: string }>> {
  const path = join(folder, excludeListName("linux", null));
  try {
    return ok({ text: await readFile(path, "utf8") });
  } catch (error) {
    return fail(
      "not-found",
      told({ kind: "excludes-unread", text: String(error) }),
      { path },
      told({ kind: "check-file" }),
    );
  }
}

/** Asks a source what it has and plans file replication's partitions for it. */
export async function proposeLayout(
  services: Services,
  source: Source,
  choices: LayoutChoices,
  signal: AbortSignal,
): Promise<Result<LayoutProposal>> {
  return withFacts(services, source, signal, (_session, facts) => {
    const basis = layoutBasisOf(facts, choices.diskPaths);
    const proposed = deriveLayout(facts, basis);
    const collectedAt = new Date(services.clock()).toISOString();
    const settled = settleLayout(proposed, choices.files, basis);
    if (settled.ok)
      return Promise.resolve(ok({ basis, proposed, layout: settled.value, problems: [], collectedAt }));
    const layout = choices.files.layout ?? proposed;
    const found = checkLayout(layout, basis);
    const field = String(settled.failure.context["field"] ?? "files");
    const own = [{ field, message: sayingOf(settled.failure) }];
    const problems = found.length > 0 ? found : own;
    return Promise.resolve(ok({ basis, proposed, layout, problems, collectedAt }));
  });
}

/** Counts on a source what file replication would leave out. */
export async function measureSavings(
  services: Services,
  source: Source,
  choices: LayoutChoices,
  signal: AbortSignal,
): Promise<Result<ExcludeSavings>> {
  return withFacts(services, source, signal, async (session, facts) => {
    const basis = layoutBasisOf(facts, choices.diskPaths);
    const excludes = await excludesFor({ basis }, choices.files, services.excludesDirectory);
    const lists = await measureExcludes(session, basis, excludes, signal);
    if (!lists.ok) return lists;
    return ok({ lists: lists.value, collectedAt: new Date(services.clock()).toISOString() });
  });
}

async function withFacts<T>(
  services: Services,
  source: Source,
  signal: AbortSignal,
  act: (session: RemoteSession, facts: Facts) => Promise<Result<T>>,
): Promise<Result<T>> {
  const session = await services.connect(source, signal);
  if (!session.ok) return session;
  try {
    if (session.value.platform === "windows")
      return fail("input-invalid", told({ kind: "files-only-linux" }), {
        field: "source",
      });
    const survey = await services.survey(session.value, source, signal);
    return survey.ok ? await act(session.value, survey.value.facts) : survey;
  } finally {
    await session.value.close();
  }
}
