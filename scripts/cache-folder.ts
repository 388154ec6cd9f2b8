import { homedir } from "node:os";
import { join } from "node:path";

/** The user's cache directory of this project. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const base = environment["XDG_CACHE_HOME"];
  return join(
    base !== undefined && base !== "" ? base : join(homedir(), ".cache"),
    "server-migration-assistant",
  );
}
