import { parseDestination, type Destination } from "../../common/domain/destination.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { fail, ok, type Result } from "../../common/result.ts";

/** `[user@]host[:port]`; the failure says what is wrong with which `field`. */
export function readDestination(given: string): Result<Destination> {
  const parsed = parseDestination(given);
  if (parsed.ok) return ok(parsed.value);
  const { field, why } = parsed.problem;
  return fail("input-invalid", told(why), { field });
}
