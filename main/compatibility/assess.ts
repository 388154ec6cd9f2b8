import type { Assessment } from "../../common/domain/assessment.ts";
import type { Facts } from "../../common/domain/facts.ts";
import { compareFindings, finding, type Finding } from "../../common/domain/finding.ts";
import { planDisks } from "./disk-plan.ts";
import { defaultEstimateOptions, estimateMigration, type EstimateOptions } from "./estimate.ts";
import { judgeOs, osMatrix, type OsMatrix } from "./os-matrix.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { rules as allRules } from "./rules.ts";
import { buildStorageGraph } from "./storage-graph.ts";
import { targetLimits, type TargetLimits } from "./target-limits.ts";

export interface AssessOptions {
  readonly matrix?: OsMatrix;
  readonly target?: TargetLimits;
  readonly estimate?: EstimateOptions;
  readonly rules?: readonly Rule[];
}

/** More findings than this of one rule are counted, not listed. */
const findingsPerRule = 200;

/**
 * Judges one source by its facts. Pure: the same facts and options give the same assessment. `id` is the bundle's
 * file name without its ending, or the source's name.
 */
export function assess(id: string, facts: Facts, options: AssessOptions = {}): Assessment {
  const matrix = options.matrix ?? osMatrix;
  const graph = buildStorageGraph(facts.storage);
  const disks = planDisks(facts, graph);
  const context: RuleContext = {
    graph,
    matrix,
    support: judgeOs(facts.os, matrix),
    disks,
    estimate: estimateMigration(graph, disks, options.estimate ?? defaultEstimateOptions),
    target: options.target ?? targetLimits["alibaba-cloud"],
  };
  const findings = (options.rules ?? allRules)
    .filter((rule) => rule.applies(facts, context))
    .flatMap((rule) => limited(rule, rule.check(facts, context)))
    .sort(compareFindings);
  return {
    id,
    os: facts.os,
    platform: facts.platform.kind,
    support: context.support,
    findings,
    disks,
    estimate: context.estimate,
    collectedAt: facts.collection.collectedAt,
  };
}

function limited(rule: Rule, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= findingsPerRule) return findings;
  const rest = findings.slice(findingsPerRule);
  return [
    ...findings.slice(0, findingsPerRule),
    finding("more-findings", {
      severity: rest.some((each) => each.severity === "blocker") ? "blocker" : "warning",
      subject: { kind: "system", name: rule.id },
      effects: "unknown",
      evidence: rest.flatMap((each) => each.evidence.slice(0, 1)),
      params: { of: rule.id, count: rest.length },
    }),
  ];
}
