import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { escapeXml } from "./xml-text.ts";

/** An element to be written. `name` carries its prefix; the envelope's root declares them all. */
export interface XmlNode {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content?: string | readonly XmlNode[];
}

/** Fails with `input-invalid` where a text holds a character that XML cannot carry, naming the element. */
export function writeXml(node: XmlNode): Result<string> {
  const parts: string[] = [];
  const unwritable = write(node, parts);
  if (unwritable === null) return ok(parts.join(""));
  return fail("input-invalid", told({ kind: "control-character-for-winrm", name: unwritable }), {
    field: unwritable,
  });
}

/** Returns the name of the first element or attribute that cannot be written; null where all went well. */
function write(node: XmlNode, parts: string[]): string | null {
  parts.push(`<${node.name}`);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    const escaped = escapeXml(value);
    if (escaped === null) return name;
    parts.push(` ${name}="${escaped}"`);
  }
  parts.push(">");
  if (typeof node.content === "string") {
    const escaped = escapeXml(node.content);
    if (escaped === null) return node.name;
    parts.push(escaped);
  } else {
    for (const childNode of node.content ?? []) {
      const unwritable = write(childNode, parts);
      if (unwritable !== null) return unwritable;
    }
  }
  parts.push(`</${node.name}>`);
  return null;
}
