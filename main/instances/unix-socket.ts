import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { basename, dirname } from "node:path";

/**
 * Connects to a Unix socket whose path may be longer than the 107 bytes that the kernel takes: its folder is opened and
 * the socket named through that. Null where nobody listens.
 */
export async function connectUnix(path: string): Promise<Socket | null> {
  const folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY).catch(() => null);
  if (folder === null) return null;
  try {
    return await new Promise<Socket | null>((settle) => {
      const socket = connect({ path: `/proc/self/fd/${folder.fd}/${basename(path)}` });
      socket.once("connect", () => settle(socket));
      socket.once("error", () => settle(null));
    });
  } finally {
    await folder.close();
  }
}
