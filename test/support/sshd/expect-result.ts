import { expect } from "vitest";
import type { Failure, Result } from "../../../common/result.ts";

/** The value of a result that must be a success. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) expect.fail(`${result.failure.code}: ${result.failure.message}`);
  return result.value;
}

/** The failure of a result that must be one. */
export function failureOf(result: Result<unknown>): Failure {
  if (result.ok) expect.fail("a failure was expected");
  return result.failure;
}
