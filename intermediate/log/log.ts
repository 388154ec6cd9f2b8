import { appendFileSync, renameSync, statSync } from "node:fs";

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Structured events. Fields are named one by one by the caller: never hand in a whole request or document. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

const rotateAtBytes = 8_388_608;
const keptFiles = 3;

/**
 * Appends JSON lines to `path` (mode 0600) and keeps three older files of 8 MiB. Losing log lines must never stop a
 * copy: what cannot be written is dropped.
 */
export function fileLogger(path: string, now: () => Date): Logger {
  let size = sizeOf(path);

  const write = (level: string, event: string, fields: LogFields): void => {
    const line = `${JSON.stringify({ at: now().toISOString(), level, event, ...fields })}\n`;
    try {
      if (size + line.length > rotateAtBytes) {
        rotate(path);
        size = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      size += Buffer.byteLength(line);
    } catch {
      // The disk may be full; the failure itself is reported through the job.
    }
  };

  return {
    info: (event, fields = {}) => write("info", event, fields),
    warn: (event, fields = {}) => write("warn", event, fields),
    error: (event, fields = {}) => write("error", event, fields),
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function rotate(path: string): void {
  for (let older = keptFiles - 1; older >= 1; older -= 1) {
    if (statSync(`${path}.${older}`, { throwIfNoEntry: false }))
      renameSync(`${path}.${older}`, `${path}.${older + 1}`);
  }
  renameSync(path, `${path}.1`);
}
