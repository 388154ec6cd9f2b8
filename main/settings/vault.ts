import type { Result } from "../../common/result.ts";
import type { Secret } from "../../common/secret.ts";

/** Where secrets live: the only place outside memory that ever holds one. Each host brings its own. */
export interface CredentialVault {
  /** `not-found` where there is no such entry, `vault-locked` where the vault's own key is missing or wrong. */
  get(entry: string): Promise<Result<Secret>>;
  /** Durable when it returns. Replaces an entry of that name. */
  put(entry: string, secret: Secret): Promise<Result<void>>;
  /** The names of all entries. */
  entries(): Promise<Result<string[]>>;
  /** Removing what is not there is fine. */
  remove(entry: string): Promise<Result<void>>;
}
