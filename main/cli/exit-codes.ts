import type { Failure } from "../../common/result.ts";

/** Exit codes of `sma`, documented in `sma help exit-codes` and the README. Scripts rely on them. */
export const exitCodes = {
  done: 0,
  /** A defect, or a failure without a code of its own here. */
  failed: 1,
  usage: 2,
  /** The assessment found a blocker, or `doctor` something missing. */
  blocked: 3,
  notFound: 4,
  /** The source could not be reached, or refused the login or its host key is not accepted. */
  unreachable: 5,
  /** Source and replica differ, the replica did not boot, or a receipt does not hold. */
  unproven: 6,
  /** Another process runs the job, or the job's state does not allow this. */
  conflict: 7,
  /** Ctrl-C; a job stays resumable. */
  interrupted: 130,
} as const;

export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [0, "done"],
  [1, "failed"],
  [2, "wrong usage or invalid input"],
  [3, "blocked: the assessment or doctor found what stops a migration"],
  [4, "no such source, job or file"],
  [5, "the source cannot be reached, or refuses the login, or its host key is not accepted"],
  [6, "not proved: source and replica differ, the result did not boot, or a receipt does not hold"],
  [7, "conflict: another process runs the job, or its state does not allow this"],
  [130, "interrupted; the job can be resumed"],
];

export function exitCodeOf(failure: Failure): number {
  switch (failure.code) {
    case "input-invalid":
    case "bundle-invalid":
    case "confirmation-missing":
      return exitCodes.usage;
    case "assessment-blocker":
    case "tool-missing":
      return exitCodes.blocked;
    case "not-found":
      return exitCodes.notFound;
    case "host-unreachable":
    case "host-name-unknown":
    case "host-key-unknown":
    case "host-key-changed":
    case "authentication-failed":
    case "key-unreadable":
    case "algorithm-mismatch":
    case "sudo-failed":
    case "root-required":
    case "shell-unusable":
      return exitCodes.unreachable;
    case "replica-differs":
    case "target-did-not-boot":
    case "receipt-invalid":
    case "content-differs":
      return exitCodes.unproven;
    case "already-exists":
    case "job-exists":
    case "limit-reached":
    case "no-slot":
    case "job-state":
    case "job-held-elsewhere":
    case "cutover-state":
    case "port-in-use":
      return exitCodes.conflict;
    case "cancelled":
      return exitCodes.interrupted;
    default:
      return exitCodes.failed;
  }
}
