import { readXml, type XmlElement } from "./xml-reader.ts";

const header = "#< CLIXML";

/**
 * The text in what PowerShell writes to standard error when its output goes to a pipe: a line `#< CLIXML` and objects
 * in XML (MS-PSRP 2.2.5), of which errors and warnings are kept and progress is dropped. Text before the header is
 * kept, and so is everything where the XML cannot be read.
 */
export function decodeClixml(text: string): string {
  const start = text.indexOf(header);
  if (start < 0) return text;
  const { documents, rest } = splitDocuments(text.slice(start + header.length).trim());
  const objects = documents.map((document) => readXml(document));
  if (objects.length === 0 || objects.some((parsed) => !parsed.ok)) return text;
  const lines = objects.flatMap((parsed) => (parsed.ok ? streamTexts(parsed.value) : []));
  return text.slice(0, start) + lines.join("") + rest;
}

/**
 * A process that starts PowerShell twice writes several documents one after the other, with or without headers; what a
 * program wrote behind the last one is `rest`.
 */
function splitDocuments(xml: string): { readonly documents: readonly string[]; readonly rest: string } {
  const end = "</Objs>";
  const parts = xml.split(end);
  const rest = (parts.pop() ?? "").trim();
  const documents = parts.map((part) => part.replace(header, "").trim() + end);
  // A document that has no end is none, and makes the whole unreadable.
  return rest.includes("<Objs") ? { documents: [...documents, rest], rest: "" } : { documents, rest };
}

const keptStreams = new Set(["error", "warning", "output", "information"]);

function streamTexts(objects: XmlElement): string[] {
  return objects.children
    .filter((element) => keptStreams.has(element.attributes.get("S")?.toLowerCase() ?? ""))
    .map((element) =>
      element.name === "S" ? unescapeString(element.text) : `${describeObject(element)}\r\n`,
    );
}

/** An error or warning that comes as an object instead of as text. */
function describeObject(element: XmlElement): string {
  const own = element.children.find((candidate) => candidate.name === "ToString");
  const message = element.children
    .flatMap((candidate) => candidate.children)
    .find((candidate) => candidate.attributes.get("N") === "Message");
  return unescapeString((own ?? message)?.text ?? "");
}

/** `_xHHHH_` stands for a UTF-16 unit that XML cannot carry or would alter (MS-PSRP 2.2.5.3.2). */
function unescapeString(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, unit: string) =>
    String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
