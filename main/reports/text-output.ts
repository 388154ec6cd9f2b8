/** Where report text goes: standard output, or a file that appears only when it is complete. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";

/** `write` resolves when the text is taken, so that a slow disk or pipe slows the producer down. */
export interface TextOutput {
  write(text: string): Promise<void>;
}

export function streamOutput(stream: Writable): TextOutput {
  return {
    async write(text) {
      if (!stream.write(text)) await once(stream, "drain");
    },
  };
}

export interface TextFile extends TextOutput {
  /** Puts the file in its place, replacing an older one. */
  complete(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Writes beside `path` and renames at the end: a report that is half written is never taken for a whole one. */
export function openTextFile(path: string): TextFile {
  const partial = `${path}.partial`;
  const stream = createWriteStream(partial, { encoding: "utf8", mode: 0o600 });
  // `write` and `complete` meet the error too; without a listener it would end the process before they do.
  stream.on("error", () => undefined);
  const output = streamOutput(stream);
  return {
    async write(text) {
      if (stream.errored) throw stream.errored;
      await output.write(text);
    },
    async complete() {
      stream.end();
      await finished(stream);
      await rename(partial, path);
    },
    async abandon() {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}
