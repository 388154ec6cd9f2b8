import type { FailureCode } from "./failure-codes.ts";
import { failureCatalogue } from "./failure-codes.ts";
import type { KeptRemark, Said, Told } from "./domain/remark-base.ts";

/** Facts about a failure that a person or a script may want: host names, paths, byte counts. Never secrets. */
export type FailureContext = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * An expected failure. It is data: it crosses process and host boundaries unchanged and is shown to the admin.
 * Only bugs throw.
 */
export interface Failure {
  readonly code: FailureCode;
  /** One sentence: what happened and why. */
  readonly message: string;
  /** One sentence: what the admin can do next. */
  readonly remedy: string;
  /** True when the same act may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly context: FailureContext;
  /** Message and remedy as data, for other languages, where the place that failed told them so. */
  readonly said?: Said | undefined;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function ok(): Result<void>;
export function ok<T>(value: T): Result<T>;
export function ok<T>(value?: T): Result<T | void> {
  return { ok: true, value };
}

/**
 * Builds a failure from its catalogue entry. `remedy` replaces the catalogue's where a better one is known. A message
 * or remedy that is a remark has words in every language; bare ones are English.
 */
export function failure(
  code: FailureCode,
  message: string | Told,
  context: FailureContext = {},
  remedy?: string | Told,
): Failure {
  const entry = failureCatalogue[code];
  const said = { message: saidOf(message), remedy: saidOf(remedy) };
  return {
    code,
    message: wordsOf(message),
    remedy: remedy === undefined ? entry.remedy : wordsOf(remedy),
    retryable: entry.retryable,
    context,
    ...(said.message === undefined && said.remedy === undefined ? {} : { said }),
  };
}

const wordsOf = (text: string | Told): string => (typeof text === "string" ? text : text.what);
const saidOf = (text: string | Told | undefined): KeptRemark | undefined =>
  typeof text === "object" ? text.said : undefined;

export function fail(
  code: FailureCode,
  message: string | Told,
  context: FailureContext = {},
  remedy?: string | Told,
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: failure(code, message, context, remedy) };
}

/** Carries a failure through code that can only throw (callbacks of libraries). Catch it at the seam with `attempt`. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(carried: Failure) {
    super(`${carried.code}: ${carried.message}`);
    this.name = "FailureError";
    this.failure = carried;
  }
}

/** The value, or a thrown {@link FailureError}. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FailureError(result.failure);
}

/** Runs `act`; a thrown {@link FailureError} becomes a failed result, any other error stays thrown (a bug). */
export async function attempt<T>(act: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await act());
  } catch (error) {
    if (error instanceof FailureError) return { ok: false, failure: error.failure };
    throw error;
  }
}

/** Makes a `switch` over a union exhaustive at compile time. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
