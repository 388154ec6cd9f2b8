/** What this machine can and cannot do, said before it matters. */
import type { Diagnosis } from "../../common/api/procedures.ts";
import type { PortFindings } from "../../common/domain/port-finding.ts";
import { ok, type Result } from "../../common/result.ts";
import { checks } from "./checks.ts";

export interface DoctorSurroundings {
  /** For replicas and images. */
  readonly directory: string;
  /** That new jobs propose. */
  readonly ports: { readonly control: number; readonly data: number };
  /** Whether an intermediate could listen on them. */
  lookAtPorts(): Promise<PortFindings>;
  readonly agentsDirectory: string;
  readonly signal: AbortSignal;
}

/** One thing to look at. `check` only looks: it changes nothing and takes seconds at most. */
export interface DoctorCheck {
  readonly id: string;
  title(surroundings: DoctorSurroundings): string;
  check(surroundings: DoctorSurroundings): Promise<Pick<Diagnosis, "verdict" | "detail" | "remedy" | "said">>;
}

export async function diagnose(surroundings: DoctorSurroundings): Promise<Result<Diagnosis[]>> {
  const diagnoses: Diagnosis[] = [];
  for (const { id, title, check } of checks) {
    diagnoses.push({ id, title: title(surroundings), ...(await check(surroundings)) });
  }
  return ok(diagnoses);
}
