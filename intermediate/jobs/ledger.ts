import { lstat, readFile, rm, rmdir, unlink } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { z } from "zod";
import { fail, FailureError, ok, type Result, type Saying } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { preparedName, replaceFile, syncDirectoryOf } from "../durable-file.ts";
import { SerialQueue } from "../serial-queue.ts";
import { errorCode, storageFailure } from "../volume/storage-failure.ts";

export const ledgerFileName = "ledger.json";

/** `scratch`: a directory that goes with whatever is in it; nothing of it is told by name. */
const entrySchema = z.object({
  path: z.string().min(1),
  kind: z.enum(["file", "directory", "scratch"]),
});
type Entry = z.infer<typeof entrySchema>;
const ledgerSchema = z.object({
  format: z.literal(1),
  entries: z.array(entrySchema),
  /** Set before the first file goes, so that a deletion that was cut short is finished after a restart. */
  removing: z.object({ keep: z.array(z.string()) }).nullable(),
});
type Content = z.infer<typeof ledgerSchema>;

/**
 * What a job has created in its directory, written down durably before it is created. Removal touches exactly these
 * names, never follows a symbolic link and leaves anything else (and the directories that hold it) where it is.
 */
export class Ledger {
  readonly #directory: string;
  readonly #queue = new SerialQueue();
  #content: Content;

  private constructor(directory: string, content: Content) {
    this.#directory = directory;
    this.#content = content;
  }

  /** The ledger of an existing job directory; a new one where the directory has none. */
  static async open(directory: string): Promise<Result<Ledger>> {
    const path = join(directory, ledgerFileName);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if (errorCode(error) !== "ENOENT") return storageFailure(error, "read", path);
      return ok(new Ledger(directory, { format: 1, entries: [], removing: null }));
    }
    const parsed = ledgerSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      return fail(
        "state-damaged",
        told({ kind: "ledger-unreadable", path }),
        { path },
        told({ kind: "remove-job-folder" }),
      );
    }
    return ok(new Ledger(directory, parsed.data));
  }

  /** What a removal that was cut short had been told to keep; undefined where none was begun. */
  get unfinishedRemoval(): readonly string[] | undefined {
    return this.#content.removing?.keep;
  }

  /**
   * Writes down that the job is about to create `path` (absolute, within the job's directory). Repeating is harmless.
   * Throws a FailureError: `already-exists` where something is there that the job did not make, `input-invalid` for a
   * path outside or through a symbolic link.
   */
  claim(path: string, kind: Entry["kind"] = "file"): Promise<void> {
    return this.claimAll([{ path, kind }]);
  }

  /** As `claim`, for several paths with one write. */
  async claimAll(claims: readonly Entry[]): Promise<void> {
    await this.#queue.run(async () => {
      const fresh: Entry[] = [];
      for (const { path, kind } of claims) {
        const name = this.#nameOf(path);
        if (this.#content.entries.some((entry) => entry.path === name)) continue;
        await this.#refuseLinks(name);
        if ((await statusOf(path)) !== undefined) {
          throw refusal("already-exists", told({ kind: "path-not-the-jobs", path }), path);
        }
        fresh.push({ path: name, kind });
      }
      if (fresh.length > 0)
        await this.#save({ ...this.#content, entries: [...this.#content.entries, ...fresh] });
    });
  }

  /** Removes one file that the job made; the ledger forgets it afterwards. A file that is not there is no failure. */
  async discard(path: string): Promise<Result<void>> {
    return this.#queue.run(async () => {
      const name = this.#nameOf(path);
      const entry = this.#content.entries.find((candidate) => candidate.path === name);
      if (entry === undefined) return ok();
      const left = await this.#removeEntry(entry);
      if (left !== undefined) return fail("storage-failed", left, { path });
      await this.#save({
        ...this.#content,
        entries: this.#content.entries.filter((other) => other !== entry),
      });
      return ok();
    });
  }

  /** Names directly in `directory` (absolute, within the job's) that the job made. */
  namesIn(directory: string): string[] {
    const parent = this.#nameOf(directory);
    return this.#content.entries
      .filter((entry) => dirname(entry.path) === parent)
      .map((entry) => basename(entry.path));
  }

  /** Removes a directory that the job made and what the job made in it; gives the files that went. */
  async discardTree(path: string): Promise<Result<string[]>> {
    return this.#queue.run(async () => {
      const name = this.#nameOf(path);
      const isInside = (entry: Entry): boolean =>
        entry.path === name || entry.path.startsWith(`${name}${sep}`);
      const gone: Entry[] = [];
      let left: Saying | undefined;
      for (const entry of this.#content.entries.filter(isInside).toReversed()) {
        left = await this.#removeEntry(entry);
        if (left !== undefined) break;
        gone.push(entry);
      }
      // What is gone is forgotten even where the rest could not go.
      await this.#save({
        ...this.#content,
        entries: this.#content.entries.filter((entry) => !gone.includes(entry)),
      });
      if (left !== undefined) return fail("storage-failed", left, { path });
      return ok(
        gone.filter((entry) => entry.kind === "file").map((entry) => join(this.#directory, entry.path)),
      );
    });
  }

  /**
   * Removes everything in the ledger, then the ledger and the job's directory. Entries in a directory named in `keep`,
   * and that directory, stay. `storage-failed` names what could not or must not be removed; the ledger then stays too,
   * and removing may be tried again.
   */
  async removeAll(keep: readonly string[]): Promise<Result<void>> {
    return this.#queue.run(async () => {
      await this.#save({ ...this.#content, removing: { keep: [...keep] } });
      const kept = (entry: Entry): boolean =>
        keep.some((name) => entry.path === name || entry.path.startsWith(`${name}${sep}`));
      const left: Saying[] = [];
      for (const entry of this.#content.entries.toReversed()) {
        if (kept(entry)) continue;
        const reason = await this.#removeEntry(entry);
        if (reason !== undefined) left.push(reason);
      }
      if (left.length > 0) {
        return fail("storage-failed", told({ kind: "not-all-removed", left }), {
          left: left.map(({ what }) => what),
        });
      }
      return this.#removeSelf(this.#content.entries.some(kept));
    });
  }

  async #removeSelf(keepDirectory: boolean): Promise<Result<void>> {
    const own = join(this.#directory, ledgerFileName);
    try {
      await unlinkIfThere(preparedName(own));
      await unlinkIfThere(own);
      if (!keepDirectory) await rmdir(this.#directory);
      return ok();
    } catch (error) {
      if (errorCode(error) === "ENOTEMPTY") {
        return fail("storage-failed", told({ kind: "foreign-files-left", path: this.#directory }), {
          path: this.#directory,
        });
      }
      return storageFailure(error, "remove", this.#directory);
    }
  }

  /** Undefined when the entry is gone for good, whatever happens to this machine now, else why it is not. */
  async #removeEntry(entry: Entry): Promise<Saying | undefined> {
    const path = join(this.#directory, entry.path);
    try {
      await this.#refuseLinks(entry.path);
      const status = await statusOf(path);
      if (status === undefined) return undefined;
      const expected = entry.kind === "file" ? status.isFile() : status.isDirectory();
      if (!expected) return told({ kind: "no-longer-that", path, what: entry.kind });
      if (entry.kind === "scratch") await rm(path, { recursive: true, force: true });
      else await (entry.kind === "file" ? unlink(path) : rmdir(path));
      // The ledger may forget a name only when the folder has durably forgotten it.
      await syncDirectoryOf(path);
      return undefined;
    } catch (error) {
      if (errorCode(error) === "ENOTEMPTY") return told({ kind: "foreign-files-in", path });
      return told({ kind: "tool-said", text: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Refuses a name any of whose parents within the job's directory is a symbolic link or no directory. */
  async #refuseLinks(name: string): Promise<void> {
    for (let parent = dirname(name); parent !== "."; parent = dirname(parent)) {
      const status = await statusOf(join(this.#directory, parent));
      if (status !== undefined && !status.isDirectory()) {
        const path = join(this.#directory, parent);
        throw refusal("input-invalid", told({ kind: "no-directory-of-its-own", path }), path);
      }
    }
  }

  #nameOf(path: string): string {
    const name = relative(this.#directory, path);
    if (name === "" || isAbsolute(name) || name.split(sep).includes("..")) {
      throw refusal("input-invalid", told({ kind: "path-outside", path, folder: this.#directory }), path);
    }
    return name;
  }

  async #save(content: Content): Promise<void> {
    const path = join(this.#directory, ledgerFileName);
    try {
      await replaceFile(path, `${JSON.stringify(content, null, 1)}\n`);
    } catch (error) {
      throw new FailureError(storageFailure(error, "write", path).failure);
    }
    this.#content = content;
  }
}

function refusal(code: "already-exists" | "input-invalid", message: Saying, path: string): FailureError {
  return new FailureError(fail(code, message, { path }).failure);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function statusOf(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
