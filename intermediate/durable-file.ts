import { constants } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes the names in the directory of `path` durable (after a creation, a rename or a removal). */
export async function syncDirectoryOf(path: string): Promise<void> {
  const directory = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes a file durable that a program has written, and its name with it. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncDirectoryOf(path);
}

/** Gives a file that a program has written its name, once its content is durable; the name is too when this resolves. */
export async function putInPlace(prepared: string, path: string): Promise<void> {
  await syncFile(prepared);
  await rename(prepared, path);
  await syncDirectoryOf(path);
}

/** The name under which `replaceFile` prepares a file's next content. */
export const preparedName = (path: string): string => `${path}.new`;

/**
 * Replaces `path` as a whole: after a crash at any moment it has the old content or the new one. The content is on
 * stable storage when the promise resolves. System errors are thrown.
 */
export async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  const prepared = preparedName(path);
  const handle = await open(
    prepared,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(prepared, path);
  await syncDirectoryOf(path);
}
