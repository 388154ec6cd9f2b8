import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The URIs of one-line (`*.list`) apt sources. */
export function urisOfSourcesList(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const entry = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S/.exec(line);
    return entry?.[1] === undefined ? [] : [entry[1]];
  });
}

/** The URIs of deb822 (`*.sources`) apt sources; switched-off stanzas do not count. */
export function urisOfDeb822(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const lines = stanza.split("\n").filter((line) => !line.startsWith("#"));
    if (lines.some((line) => /^enabled:\s*(no|false)\s*$/i.test(line))) return [];
    const start = lines.findIndex((line) => /^uris:/i.test(line));
    if (start < 0) return [];
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => !/^\s/.test(line));
    const value = [lines[start]?.replace(/^uris:/i, "") ?? "", ...rest.slice(0, end < 0 ? rest.length : end)];
    return value
      .join(" ")
      .split(/\s+/)
      .filter((uri) => uri !== "");
  });
}

/** Keeps what may hold a Debian pool: web addresses, those that look like a Debian archive first and alone if there are any. */
export function debianBases(uris: readonly string[]): string[] {
  const web = [...new Set(uris.map((uri) => uri.replace(/\/+$/, "")))].filter((uri) =>
    /^https?:\/\//.test(uri),
  );
  const debian = web.filter((uri) => /\/debian(-security)?$/.test(uri));
  return debian.length > 0 ? debian : web;
}

/**
 * Base addresses of the Debian mirrors that this machine's apt uses; `SMA_DEBIAN_MIRROR` (addresses separated by
 * blanks) replaces them, for machines that are not Debian.
 */
export async function mirrorBases(environment: NodeJS.ProcessEnv, aptFolder = "/etc/apt"): Promise<string[]> {
  const chosen = environment["SMA_DEBIAN_MIRROR"]?.split(/\s+/).filter((uri) => uri !== "") ?? [];
  if (chosen.length > 0) return chosen.map((uri) => uri.replace(/\/+$/, ""));
  const parts = await readdir(join(aptFolder, "sources.list.d")).catch(() => []);
  const used = parts.filter((name) => /\.(list|sources)$/.test(name)).sort();
  const files = ["sources.list", ...used.map((name) => join("sources.list.d", name))];
  const uris: string[] = [];
  for (const file of files) {
    const text = await readFile(join(aptFolder, file), "utf8").catch(() => "");
    uris.push(...(file.endsWith(".sources") ? urisOfDeb822(text) : urisOfSourcesList(text)));
  }
  return debianBases(uris);
}
