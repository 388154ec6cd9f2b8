import type { FailureCode } from "./failure-codes.ts";
import { failureCatalogue } from "./failure-codes.ts";
import type { KeptRemark, Said } from "./domain/remark-base.ts";

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
 * What a failure is told with: a remark that has words in every language, made by `told`. A bare sentence is none, so
 * that no failure speaks one language alone.
 */
export interface Saying {
  readonly what: string;
  readonly said: KeptRemark;
}

/** Builds a failure from its catalogue entry. `remedy` replaces the catalogue's where a better one is known. */
export function failure(
  code: FailureCode,
  message: Saying,
  context: FailureContext = {},
  remedy?: Saying,
): Failure {
  const entry = failureCatalogue[code];
  return {
    code,
    message: message.what,
    remedy: remedy?.what ?? entry.remedy,
    retryable: entry.retryable,
    context,
    said: { message: message.said, ...(remedy === undefined ? {} : { remedy: remedy.said }) },
  };
}

export function fail(
  code: FailureCode,
  message: Saying,
  context: FailureContext = {},
  remedy?: Saying,
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
