/** Brings the lists of a tree, as the helper machine wrote them, into one sorted file: they may be larger than memory. */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fail, unwrap } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { spawnTool } from "../qemu/run-tool.ts";
import { storageFailure } from "../volume/storage-failure.ts";
import { partsOf, recordsOf, treeLists, type TreeRecords } from "./tree-records.ts";

const sortMemory = "48M";
const lastBytes = 2_000;

const textOf = (path: string): AsyncIterable<string> =>
  createReadStream(path, "latin1") as AsyncIterable<string>;

async function* allRecords(work: string, name: string): AsyncGenerator<Buffer> {
  for (const list of treeLists)
    for await (const records of recordsOf(list, textOf(join(work, `${name}.${list}`))))
      if (records.length > 0) yield Buffer.from(`${records.join("\0")}\0`, "latin1");
}

/** Sorts `<name>.meta` and its kin of the folder `work`. Throws a FailureError. */
export async function sortLists(work: string, name: string, signal: AbortSignal): Promise<TreeRecords> {
  const sorted = join(work, `${name}.sorted`);
  try {
    for (const list of treeLists) await access(join(work, `${name}.${list}`));
    const how = ["-z", "-S", sortMemory, "-T", work, "-o", sorted];
    const child = unwrap(await spawnTool("sort", how, ["pipe", "ignore", "pipe"]));
    const ended = new Promise<number>((settle) => child.once("close", (code) => settle(code ?? 1)));
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-lastBytes)));
    // What sort says of its end counts for more than that it did not read on.
    const input = child.stdin;
    if (input !== null)
      await pipeline(Readable.from(allRecords(work, name)), input, { signal }).catch((error: unknown) => {
        if (signal.aborted) unwrap(fail("cancelled", told({ kind: "comparing-stopped" })));
        if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
      });
    if ((await ended) !== 0)
      unwrap(fail("layout-failed", told({ kind: "lists-unsorted", text: said.trim() }), { output: said }));
    return partsOf(textOf(sorted), "\0");
  } catch (error) {
    if (error instanceof Error && "errno" in error) return unwrap(storageFailure(error, "read", work));
    throw error;
  }
}
