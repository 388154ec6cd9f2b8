/** The boot check: one boot, and where it fails and that is allowed, known remedies until one boots. */
import type { BootRepair, BootVerdict } from "../../common/domain/boot-verdict.ts";
import { noted, told } from "../../common/domain/report-text/told.ts";
import { ok, type Result } from "../../common/result.ts";
import { applyRemedy, type OverlayCopies } from "../conversion/apply-remedy.ts";
import { remediesFor, type Remedy } from "../conversion/remedies.ts";
import type { TaskImplementations } from "../tasks/implementations.ts";
import { bootOnce } from "./boot-once.ts";

/** Each costs a boot. */
const mostTries = 6;

/**
 * See {@link bootOnce}. With `repair`, remedies for the cause are tried one by one, each on copies of the overlays. One
 * that boots is kept; one that gets the system further, to another cause, is built upon; any other is thrown away. So
 * what is kept is what was needed and no more. The copies take the overlays' places only when the system has booted.
 */
export const checkBoot: TaskImplementations["checkBoot"] = async (options) => {
  const { repair, guest } = options;
  const first = await bootOnce(options);
  if (!first.ok || first.value.booted || !repair || guest?.platform !== "linux") return first;
  const repairs: BootRepair[] = [];
  const tried = new Set<string>();
  let verdict: BootVerdict = first.value;
  let base = options.disks;
  /** Indices in `repairs` of what the base is built on. */
  let foundation: number[] = [];
  const steppingStones: OverlayCopies[] = [];
  const removeStones = async (): Promise<void> => {
    for (const copies of steppingStones) await copies.discard();
  };
  for (;;) {
    const remedy = remediesFor(verdict.cause).find(({ id }) => !tried.has(id));
    if (remedy === undefined || tried.size >= mostTries) break;
    tried.add(remedy.id);
    const attempt = await tryRemedy(remedy, { ...options, disks: base }, verdict);
    if (!attempt.ok) {
      await removeStones();
      return attempt;
    }
    const { copies, changes, outcome } = attempt.value;
    const found = outcome?.found ?? [told({ kind: "repair-nothing" })];
    repairs.push({
      id: remedy.id,
      remedy: remedy.title,
      booted: outcome?.booted === true,
      kept: false,
      evidence: found.map(({ what }) => what).join("; "),
      found,
      changes,
    });
    if (outcome?.booted === true) {
      await copies.keep();
      await removeStones();
      for (const index of [...foundation, repairs.length - 1]) {
        const entry = repairs[index];
        if (entry !== undefined) repairs[index] = { ...entry, kept: true };
      }
      return ok({ ...outcome, repairs });
    }
    if (outcome !== null && outcome.cause !== verdict.cause) {
      verdict = outcome;
      base = copies.disks;
      steppingStones.push(copies);
      foundation = [...foundation, repairs.length - 1];
    } else await copies.discard();
  }
  await removeStones();
  return ok({ ...first.value, repairs });
};

interface Attempt {
  readonly copies: OverlayCopies;
  readonly changes: BootRepair["changes"];
  /** Null where the remedy changed nothing, so that nothing was booted. */
  readonly outcome: BootVerdict | null;
}

async function tryRemedy(
  remedy: Remedy,
  options: Parameters<TaskImplementations["checkBoot"]>[0],
  before: BootVerdict,
): Promise<Result<Attempt>> {
  options.report({
    done: 0,
    total: 0,
    unit: "seconds",
    ...noted({
      kind: "trying-repair",
      repair: remedy.id,
      because: before.found[0] ?? { what: before.evidence },
    }),
  });
  const applied = await applyRemedy(remedy, options);
  if (!applied.ok) return applied;
  const { copies, changes } = applied.value;
  if (changes.length === 0) {
    await copies.discard();
    return ok({ copies, changes, outcome: null });
  }
  const booted = await bootOnce({ ...options, disks: copies.disks });
  if (booted.ok) return ok({ copies, changes, outcome: booted.value });
  await copies.discard();
  return booted;
}
