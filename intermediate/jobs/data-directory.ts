import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { fail, ok, type Result } from "../../common/result.ts";
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
 * process however that dies. `already-exists` where another process of this host (and network namespace) holds it.
 */
export async function holdDataDirectory(path: string): Promise<Result<HeldDirectory>> {
  const jobsPath = join(path, "jobs");
  try {
    await mkdir(jobsPath, { recursive: true, mode: 0o700 });
    const { dev, ino } = await stat(path);
    const lock = await listenAbstract(`sma-intermediate-${dev}-${ino}`);
    const holderPath = join(path, holderFileName);
    if (lock === undefined) {
      const holder = await readFile(holderPath, "utf8").catch(() => "unknown");
      return fail(
        "already-exists",
        `another intermediate (process ${holder.trim()}) uses ${path}`,
        { path, holder: holder.trim() },
        "Stop the other intermediate, or start this one with another data directory.",
      );
    }
    await writeFile(holderPath, `${process.pid}\n`, { mode: 0o600 });
    const release = (): Promise<void> => new Promise((resolve) => lock.close(() => resolve()));
    return ok({ path, jobsPath, logPath: join(path, "intermediate.log"), release });
  } catch (error) {
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
