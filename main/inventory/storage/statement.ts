import type { Evidence } from "../../../common/domain/facts.ts";
import type { DeviceClaim } from "./device-draft.ts";
import type { DeviceGraph } from "./device-graph.ts";

/** What one line of a tool's output says of one device. Parsers of storage tools return these. */
export interface DeviceStatement {
  readonly name: string;
  readonly claim: DeviceClaim;
  readonly evidence: Evidence | null;
}

export function tellGraph(graph: DeviceGraph, statements: readonly DeviceStatement[]): void {
  for (const { name, claim, evidence } of statements) graph.claim(name, claim, evidence);
}
