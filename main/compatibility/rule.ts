import type { DiskMap, Estimate, Support } from "../../common/domain/assessment.ts";
import type { BlockDevice, Evidence, Facts } from "../../common/domain/facts.ts";
import type { Finding, FindingCode } from "../../common/domain/finding.ts";
import type { OsMatrix } from "./os-matrix.ts";
import type { StorageGraph } from "./storage-graph.ts";
import type { TargetLimits } from "./target-limits.ts";

/** What a rule may look at besides the facts: all of it derived from them or chosen by the admin. */
export interface RuleContext {
  readonly graph: StorageGraph;
  readonly matrix: OsMatrix;
  readonly support: Support;
  readonly disks: readonly DiskMap[];
  readonly estimate: Estimate;
  readonly target: TargetLimits;
}

/**
 * One check. `applies` says whether the question makes sense for this source at all; `check` answers it with no
 * finding (all is well) or with findings, of which one may say that it could not be determined. Both are pure.
 */
export interface Rule {
  readonly id: FindingCode;
  applies(facts: Facts, context: RuleContext): boolean;
  check(facts: Facts, context: RuleContext): readonly Finding[];
}

/** The lines that a device was read from; where a reader kept none, what the model says of it. */
export function evidenceOf(device: BlockDevice): readonly Evidence[] {
  if (device.evidence.length > 0) return device.evidence;
  const words = [device.id, device.kind, device.partition?.type, device.content?.type, device.layout];
  return [{ source: "block devices", line: null, text: words.filter((word) => word != null).join(" ") }];
}

/** Evidence of an absence: where the fact would have been read, had it been collected. */
export function notCollected(...sources: readonly string[]): readonly Evidence[] {
  return sources.map((source) => ({ source, line: null, text: "(not collected)" }));
}

export const isLinux = (facts: Facts): boolean => facts.os.family === "linux";
export const isWindows = (facts: Facts): boolean => facts.os.family === "windows";
