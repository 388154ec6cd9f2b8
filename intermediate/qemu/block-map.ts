import { z } from "zod";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { runTool } from "./run-tool.ts";

const entrySchema = z.object({
  start: z.number(),
  length: z.number(),
  /** 0: of the image itself; 1: of what it rests on, and so on. */
  depth: z.number(),
  data: z.boolean(),
  zero: z.boolean(),
  /** Where in its file the run lies as it is; absent where it lies nowhere so. */
  offset: z.number().optional(),
});
export type BlockMapEntry = z.infer<typeof entrySchema>;

/**
 * Tells what lies where in an image, as `qemu-img map` with these arguments does, in order. A fragmented disk of some
 * tebibytes has millions of entries: they are taken as they come and not kept. `tool-missing`, `image-failed`, `cancelled`.
 */
export async function readBlockMap(
  argv: readonly string[],
  signal: AbortSignal,
  take: (entry: BlockMapEntry) => void,
): Promise<Result<void>> {
  let rest = "";
  let misread: string | null = null;
  // One object a line, in brackets and with commas between them.
  const takeLine = (line: string): void => {
    const text = /\{.*\}/.exec(line)?.[0];
    if (text === undefined) return;
    const entry = entrySchema.safeParse(parsed(text));
    if (entry.success) take(entry.data);
    else misread ??= text;
  };
  const mapped = await runTool("qemu-img", ["map", "--output=json", ...argv], {
    signal,
    onOutput: (part, stream) => {
      if (stream !== "stdout") return;
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) takeLine(line);
    },
  });
  if (!mapped.ok) return mapped;
  takeLine(rest);
  if (mapped.value.exitCode === 0 && misread === null) return ok();
  const output = misread ?? mapped.value.stderr.trim();
  return fail("image-failed", told({ kind: "image-unread", text: output.split("\n").at(-1) ?? "" }), {
    tool: "qemu-img",
    output,
  });
}

/** What a handler of a stream throws would end the process. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
