/** Cutovers as they stand some weeks on: one tried, one handed over, one given up to. */
import type { CutoverEvent } from "../../../common/domain/cutover.ts";
import { cutoverSteps } from "../../../common/domain/cutover-steps.ts";
import type { Remark } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { unwrap } from "../../../common/result.ts";
import type { CutoverStore } from "../../../main/store/cutover-store.ts";

export interface SeededCutovers {
  /** Its drill passed. */
  readonly tried: string;
  readonly cutOver: string;
  readonly finalised: string;
}

export function seedCutovers(
  store: CutoverStore,
  jobs: SeededCutovers,
  nameOf: (job: string) => string,
  later: (seconds: number) => number,
): void {
  const apply = (job: string, event: CutoverEvent, said: Remark) => {
    unwrap(store.apply(job, event, {}, told(said)));
  };
  const evidenceOf = (job: string) =>
    told({ kind: "boot-login", view: "serial", text: `${nameOf(job)} login:` });
  const at = () => new Date(later(40)).toISOString();
  const drill = (job: string) => {
    const instance = `${nameOf(job)}-drill`;
    const evidence = evidenceOf(job);
    apply(job, { type: "drill-started", instance }, { kind: "drill-begun", instance });
    later(70);
    apply(job, { type: "drill-judged", passed: true }, { kind: "drill-passed", evidence });
    apply(job, { type: "drill-cleared", at: at(), evidence }, { kind: "instance-removed", instance });
  };
  const cutOver = (job: string) => {
    drill(job);
    const instance = nameOf(job);
    const evidence = evidenceOf(job);
    apply(job, { type: "cutover-started", instance }, { kind: "cutover-begun", instance });
    for (const step of cutoverSteps.slice(1)) {
      later(9);
      apply(job, { type: "step-started", step }, { kind: "cutover-step", step, instance, disks: 2 });
    }
    apply(job, { type: "cut-over", at: at(), evidence }, { kind: "cut-over", evidence });
  };
  drill(jobs.tried);
  cutOver(jobs.cutOver);
  cutOver(jobs.finalised);
  apply(jobs.finalised, { type: "finalised", at: at() }, { kind: "finalised" });
}
