import type { LayoutProposal } from "../common/api/layout-procedures.ts";
import { checkLayout, settleLayout } from "../common/domain/check-layout.ts";
import { deriveLayout, layoutBasisOf } from "../common/domain/derive-layout.ts";
import type { Source } from "../common/domain/source.ts";
import type { FilePlan } from "../common/domain/target-layout.ts";
import { fail, ok, type Result } from "../common/result.ts";
import type { MigrationServices } from "./migrations/services.ts";

/** Asks a source what it has and plans file replication's partitions for it. */
export async function proposeLayout(
  services: Pick<MigrationServices, "connect" | "survey" | "clock">,
  source: Source,
  choices: { readonly diskPaths: readonly string[]; readonly files: FilePlan },
  signal: AbortSignal,
): Promise<Result<LayoutProposal>> {
  const session = await services.connect(source, signal);
  if (!session.ok) return session;
  try {
    if (session.value.platform === "windows")
      return fail("input-invalid", "file replication is for Linux sources; Windows disks travel as blocks", {
        field: "source",
      });
    const survey = await services.survey(session.value, source, signal);
    if (!survey.ok) return survey;
    const { facts } = survey.value;
    const basis = layoutBasisOf(facts, choices.diskPaths);
    const proposed = deriveLayout(facts, basis);
    const collectedAt = new Date(services.clock()).toISOString();
    const settled = settleLayout(proposed, choices.files, basis);
    if (settled.ok) return ok({ basis, proposed, layout: settled.value, problems: [], collectedAt });
    const layout = choices.files.layout ?? proposed;
    const found = checkLayout(layout, basis);
    const { message, context } = settled.failure;
    const own = [{ field: String(context["field"] ?? "files"), message }];
    return ok({ basis, proposed, layout, problems: found.length > 0 ? found : own, collectedAt });
  } finally {
    await session.value.close();
  }
}
