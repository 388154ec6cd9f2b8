import { readdir } from "node:fs/promises";

/** The platforms for which there is an agent, in order. In a package their checksums stand beside them. */
export async function builtAgents(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
}
