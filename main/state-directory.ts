import { homedir } from "node:os";
import { join } from "node:path";

/** `$SMA_STATE_DIR`, or the platform's place for a user's application data. */
export function defaultStateDirectory(environment: NodeJS.ProcessEnv): string {
  const name = "server-migration-assistant";
  const chosen = environment["SMA_STATE_DIR"];
  if (chosen !== undefined && chosen !== "") return chosen;
  if (process.platform === "win32") return join(environment["LOCALAPPDATA"] ?? homedir(), name);
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", name);
  const dataHome = environment["XDG_DATA_HOME"];
  return join(
    dataHome !== undefined && dataHome !== "" ? dataHome : join(homedir(), ".local", "share"),
    name,
  );
}
