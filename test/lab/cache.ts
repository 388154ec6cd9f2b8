import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** `${XDG_CACHE_HOME:-$HOME/.cache}/server-migration-assistant/lab` */
export function labDirectory(): string {
  const xdg = process.env["XDG_CACHE_HOME"];
  const cache = xdg !== undefined && xdg.startsWith("/") ? xdg : join(homedir(), ".cache");
  return join(cache, "server-migration-assistant", "lab");
}

/** Where things are that live only as long as the process that made them; the name carries its pid. */
export const workDirectory = (): string => join(labDirectory(), "work");

/** 16 hex digits over files' contents and further facts: another recipe is another cache entry. */
export async function recipeHash(files: readonly string[], facts: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const part of [
    ...facts.map((fact) => Buffer.from(fact)),
    ...(await Promise.all(files.map((file) => readFile(file)))),
  ]) {
    hash.update(`${part.length}\n`).update(part);
  }
  return hash.digest("hex").slice(0, 16);
}

/** A new directory of this process. {@link sweepWork} removes it after this process's death if nobody did before. */
export async function makeWorkDirectory(purpose: string): Promise<string> {
  await mkdir(workDirectory(), { recursive: true, mode: 0o700 });
  return mkdtemp(join(workDirectory(), `${process.pid}-${purpose}-`));
}

/** Puts a finished directory in its place. Where another process was faster, its result stays. */
export async function publish(built: string, place: string): Promise<void> {
  try {
    await rename(built, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    await rm(built, { recursive: true, force: true });
  }
}

/** Work directories whose process is gone. */
export async function abandonedWork(): Promise<string[]> {
  const names = await readdir(workDirectory()).catch((): string[] => []);
  return names
    .filter((name) => !isAlive(Number.parseInt(name, 10)))
    .map((name) => join(workDirectory(), name));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
