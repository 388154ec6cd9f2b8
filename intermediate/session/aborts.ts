/** How failures and ABORT codes stand for each other on the wire. */
import { fail, type Failure } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { AbortName } from "../protocol/frames.ts";

/** The ABORT that carries a failure to the agent. */
export function abortFor(failure: Failure): AbortName {
  switch (failure.code) {
    case "no-space":
      return "no-space";
    case "storage-failed":
    case "manifest-damaged":
      return "storage";
    case "source-disk-changed":
      return "disk-changed";
    case "source-disk-missing":
      return "disk-missing";
    case "source-read-error":
      return "read-error";
    case "cancelled":
      return "cancelled";
    case "protocol-violation":
      return "protocol";
    case "protocol-mismatch":
      return "version";
    default:
      return "not-ready";
  }
}

/** The agent gives up after some ABORTs; while a job waits to be resumed it must not. */
export function retryLater(failure: Failure): AbortName {
  const name = abortFor(failure);
  return name === "no-space" || name === "storage" ? name : "not-ready";
}

/** The job's failure where an agent's ABORT means that it will not come back by itself. */
export function failureOfAbort(name: AbortName, reason: string): Failure | undefined {
  switch (name) {
    case "disk-missing":
      return fail("source-disk-missing", told({ kind: "agent-disk-missing", text: reason })).failure;
    case "disk-changed":
      return fail("source-disk-changed", told({ kind: "agent-disk-changed", text: reason })).failure;
    case "read-error":
      return fail("source-read-error", told({ kind: "agent-read-error", text: reason })).failure;
    case "version":
      return fail("protocol-mismatch", told({ kind: "agent-other-version", text: reason })).failure;
    case "cancelled":
      return fail("cancelled", told({ kind: "agent-told-to-stop", text: reason })).failure;
    default:
      return undefined;
  }
}
