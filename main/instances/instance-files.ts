/** Files of an instance: each is on the ledger before it is made, and only what stands there is removed. */
import { copyFile, lstat, mkdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail, FailureError, ok, type Result } from "../../common/result.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { CutoverStore } from "../store/cutover-store.ts";

export class InstanceFiles {
  readonly #store: CutoverStore;
  readonly #instance: string;
  readonly folder: string;

  constructor(store: CutoverStore, instance: string, folder: string) {
    this.#store = store;
    this.#instance = instance;
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Writes `name` down, then it may be made. `already-exists` where something of that name is there that is not on the
   * ledger: it is somebody else's and stays.
   */
  async claim(name: string, tag: string): Promise<string> {
    const path = this.path(name);
    const isOurs = this.#store.files(this.#instance).some((entry) => entry.path === path);
    if (!isOurs && (await exists(path))) {
      throw new FailureError(
        fail("already-exists", told({ kind: "instance-path-taken", path }), { path }).failure,
      );
    }
    this.#store.planFile({ instance: this.#instance, tag, path });
    return path;
  }

  /** Makes the instance's folder, on the ledger like everything else. */
  async makeFolder(): Promise<void> {
    await mkdir(dirname(this.folder), { recursive: true, mode: 0o700 });
    const isOurs = this.#store.files(this.#instance).some((entry) => entry.path === this.folder);
    if (!isOurs && (await exists(this.folder))) {
      const why = told({ kind: "folder-not-an-instances", path: this.folder });
      throw new FailureError(fail("already-exists", why, { path: this.folder }).failure);
    }
    this.#store.planFile({ instance: this.#instance, tag: "instance", path: this.folder });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Copies a file of another instance, as `name`; null where there is none. */
  async copyFrom(other: InstanceFiles, file: string, name: string): Promise<string | null> {
    const path = await this.claim(name, "evidence");
    return copyFile(other.path(file), path).then(
      () => path,
      () => null,
    );
  }

  /** Removes the files that `which` picks from the ledger; names in use are the caller's to leave out. */
  async remove(which: (entry: { tag: string; path: string }) => boolean): Promise<Result<void>> {
    const left: Told[] = [];
    // Newest first: a folder after what lies in it.
    for (const entry of this.#store.files(this.#instance).toReversed()) {
      if (!which(entry)) continue;
      const why = await removeOne(entry.path);
      if (why === null) this.#store.forgetFile(this.#instance, entry.path);
      else left.push(why);
    }
    return left.length === 0
      ? ok()
      : fail("instance-failed", told({ kind: "not-all-removed", left }), {
          left: left.map(({ what }) => what),
        });
  }
}

/** Null once it is gone. Never follows a link, never removes a folder that holds anything. */
async function removeOne(path: string): Promise<Told | null> {
  try {
    const status = await lstat(path).catch(() => null);
    if (status === null) return null;
    if (status.isDirectory()) await rmdir(path);
    else await rm(path);
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOTEMPTY"
      ? told({ kind: "foreign-files-in-instance", path })
      : told({ kind: "tool-said", text: String(error) });
  }
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
