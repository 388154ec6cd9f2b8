import { constants } from "node:fs";
import { mkdir, open, readFile, writeFile, type FileHandle } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { errorCode, storageFailure } from "../volume/storage-failure.ts";

const holderFileName = "intermediate.pid";

/** The data directory, held by this process until `release`. */
export interface HeldDirectory {
  readonly path: string;
  readonly jobsPath: string;
  readonly logPath: string;
  release(): Promise<void>;
}

/**
 * Makes the data directory (0700) and takes hold of it: two daemons on one manifest would destroy it. The hold is a
 * socket in the kernel's abstract namespace named after the directory's device and inode, so it vanishes with the
 * process however that dies; the directory is kept open meanwhile, because the inode of one that was removed would be
 * given to another. `already-exists` where another process of this host (and network namespace) holds it.
 */
export async function holdDataDirectory(path: string): Promise<Result<HeldDirectory>> {
  const jobsPath = join(path, "jobs");
  let directory: FileHandle | undefined;
  try {
    await mkdir(jobsPath, { recursive: true, mode: 0o700 });
    directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const { dev, ino } = await directory.stat();
    const lock = await listenAbstract(`sma-intermediate-${dev}-${ino}`);
    const holderPath = join(path, holderFileName);
    if (lock === undefined) {
      await directory.close();
      const holder = await readFile(holderPath, "utf8").catch(() => "unknown");
      return fail(
        "already-exists",
        told({ kind: "folder-in-use", holder: holder.trim(), path }),
        { path, holder: holder.trim() },
        told({ kind: "stop-other-intermediate" }),
      );
    }
    await writeFile(holderPath, `${process.pid}\n`, { mode: 0o600 });
    const held = directory;
    const release = async (): Promise<void> => {
      await new Promise((resolve) => lock.close(resolve));
      await held.close();
    };
    return ok({ path, jobsPath, logPath: join(path, "intermediate.log"), release });
  } catch (error) {
    await directory?.close();
    return storageFailure(error, "use", path);
  }
}

/** Undefined where the name is taken. */
function listenAbstract(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error) => {
      if (errorCode(error) === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen({ path: `\0${name}` }, () => resolve(server));
  });
}
