import { posix } from "node:path";
import { siblingsApart, zones } from "./import-rules.ts";

// Statements at the start of a line, as the formatter writes them; type-only imports count, which is why no bundler
// can answer this.
const clause = String.raw`(?:type\s+)?(?:\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*(?:\{[^}]*\}|\*\s+as\s+\w+))?)\s+from\s+`;
const importPattern = new RegExp(
  String.raw`^(?:import|export)\s+(?:${clause})?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)`,
  "gm",
);

function zoneOf(file: string) {
  return zones
    .filter(({ folder }) => isWithin(file, folder))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

const isWithin = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);

/** Violations of the import table in one file, as `file:line: what`. */
export function checkImports(file: string, text: string): string[] {
  const zone = zoneOf(file);
  if (zone === undefined) return [];
  const problems: string[] = [];
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[1] ?? match[2] ?? "";
    const line = text.slice(0, match.index).split("\n").length;
    const complain = (what: string) => problems.push(`${file}:${line}: ${what}`);

    if (specifier.startsWith("node:")) {
      if (!zone.mayUseNode) complain(`${zone.folder} runs without Node: ${specifier}`);
    } else if (specifier.startsWith(".")) {
      const imported = posix.join(posix.dirname(file), specifier);
      const allowed = [zone.folder, ...zone.mayImport].some((folder) => isWithin(imported, folder));
      if (!allowed) complain(`${zone.folder} must not import ${imported}`);
      for (const parent of siblingsApart) {
        const own = file.startsWith(`${parent}/`) ? file.split("/")[parent.split("/").length] : undefined;
        const other = imported.startsWith(`${parent}/`)
          ? imported.split("/")[parent.split("/").length]
          : undefined;
        if (own !== undefined && other !== undefined && own !== other)
          complain(`${parent}/${own} must not import ${parent}/${other}`);
      }
    } else {
      const name = specifier.startsWith("@")
        ? specifier.split("/").slice(0, 2).join("/")
        : specifier.split("/")[0];
      if (!zone.packages.includes(name ?? "")) complain(`${zone.folder} must not import the package ${name}`);
    }
  }
  return problems;
}
