import { fail, ok, type Result } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { unescapeXml } from "./xml-text.ts";

/** An element with its prefixes resolved. */
export interface XmlElement {
  /** Empty where it has none. */
  readonly namespace: string;
  readonly name: string;
  /** Keyed `name`, or `{namespace}name` for those with a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own text, without that of its children. */
  readonly text: string;
}

export interface XmlLimits {
  readonly maxCharacters: number;
  readonly maxDepth: number;
  readonly maxElements: number;
  readonly maxAttributes: number;
}

const defaultLimits: XmlLimits = {
  maxCharacters: 16 * 1024 * 1024,
  maxDepth: 64,
  maxElements: 100_000,
  maxAttributes: 64,
};

/**
 * Reads a document of elements, attributes, text, CDATA and comments: what SOAP may contain. There is no DTD, no
 * processing instruction and no entity beyond the five of XML itself, so nothing can be expanded, fetched or run.
 * Fails with `protocol-violation`, naming the position, on anything else, on XML that is not well-formed and beyond
 * the limits.
 */
export function readXml(text: string, limits: Partial<XmlLimits> = {}): Result<XmlElement> {
  const { maxCharacters, ...rest } = { ...defaultLimits, ...limits };
  if (text.length > maxCharacters) return malformed(`it is longer than ${maxCharacters} characters`, 0);
  const reader = new Reader(text, { maxCharacters, ...rest });
  try {
    return ok(reader.document());
  } catch (error) {
    if (error instanceof Malformed) return malformed(error.message, error.position);
    throw error;
  }
}

class Malformed extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

function malformed(why: string, position: number) {
  return fail("protocol-violation", told({ kind: "xml-malformed", position }), { position, why });
}

interface OpenElement {
  readonly element: {
    namespace: string;
    name: string;
    attributes: Map<string, string>;
    children: XmlElement[];
    text: string;
  };
  readonly tagName: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

const xmlNamespace = "http://www.w3.org/XML/1998/namespace";
const namePattern =
  /[A-Za-z_\u00c0-\ufffd][A-Za-z0-9_.\-\u00b7-\ufffd]*(?::[A-Za-z_\u00c0-\ufffd][A-Za-z0-9_.\-\u00b7-\ufffd]*)?/y;
const spacePattern = /[ \t\r\n]*/y;

class Reader {
  readonly #text: string;
  readonly #limits: XmlLimits;
  readonly #open: OpenElement[] = [];
  #position = 0;
  #elements = 0;
  #root: XmlElement | null = null;

  constructor(text: string, limits: XmlLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): XmlElement {
    if (this.#text.startsWith("\ufeff")) this.#position = 1;
    if (this.#text.startsWith("<?xml ", this.#position)) this.#skipPast("?>");
    while (this.#position < this.#text.length) this.#next();
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw this.#error(`<${unclosed.tagName}> is not closed`);
    if (this.#root === null) throw this.#error("there is no element");
    return this.#root;
  }

  #next(): void {
    const text = this.#text;
    if (text[this.#position] !== "<") this.#characters();
    else if (text.startsWith("<!--", this.#position)) this.#comment();
    else if (text.startsWith("<![CDATA[", this.#position)) this.#append(this.#between("<![CDATA[", "]]>"));
    else if (text.startsWith("<!", this.#position)) throw this.#error("document types are not allowed");
    else if (text.startsWith("<?", this.#position))
      throw this.#error("processing instructions are not allowed");
    else if (text.startsWith("</", this.#position)) this.#endTag();
    else this.#startTag();
  }

  #characters(): void {
    const end = this.#text.indexOf("<", this.#position);
    const raw = this.#text.slice(this.#position, end < 0 ? undefined : end);
    const content = unescapeXml(raw);
    if (content === null) throw this.#error("an entity or character that is not allowed");
    if (this.#open.length === 0 && content.trim() !== "")
      throw this.#error("text outside of the document's element");
    if (this.#open.length > 0) this.#append(content);
    this.#position += raw.length;
  }

  #comment(): void {
    this.#between("<!--", "-->");
  }

  #append(content: string): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) throw this.#error("text outside of the document's element");
    parent.element.text += content;
  }

  #startTag(): void {
    if (this.#root !== null && this.#open.length === 0) throw this.#error("a second document element");
    if (this.#open.length >= this.#limits.maxDepth) throw this.#error("elements are nested too deeply");
    if (++this.#elements > this.#limits.maxElements) throw this.#error("there are too many elements");
    this.#position += 1;
    const tagName = this.#match(namePattern, "an element's name");
    const written = this.#attributes();
    const prefixes = this.#prefixesOf(written);
    const { namespace, name } = this.#resolve(tagName, prefixes, true);
    const element = {
      namespace,
      name,
      attributes: this.#resolveAttributes(written, prefixes),
      children: [],
      text: "",
    };
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.element.children.push(element);
    if (this.#text.startsWith("/>", this.#position)) this.#position += 2;
    else if (this.#text[this.#position] === ">") {
      this.#position += 1;
      this.#open.push({ element, tagName, prefixes });
    } else throw this.#error(`the tag <${tagName}> does not end`);
  }

  #endTag(): void {
    this.#position += 2;
    const tagName = this.#match(namePattern, "an element's name");
    this.#match(spacePattern, "space");
    if (this.#text[this.#position] !== ">") throw this.#error(`the tag </${tagName}> does not end`);
    if (this.#open.at(-1)?.tagName !== tagName)
      throw this.#error(`</${tagName}> closes nothing that is open`);
    this.#position += 1;
    this.#open.pop();
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const space = this.#match(spacePattern, "space");
      const next = this.#text[this.#position];
      if (next === ">" || next === "/" || next === undefined) return attributes;
      if (space === "") throw this.#error("no space before an attribute");
      const name = this.#match(namePattern, "an attribute's name");
      if (attributes.has(name)) throw this.#error(`the attribute ${name} occurs twice`);
      if (attributes.size >= this.#limits.maxAttributes)
        throw this.#error("an element has too many attributes");
      attributes.set(name, this.#attributeValue());
    }
  }

  #attributeValue(): string {
    this.#match(spacePattern, "space");
    if (this.#text[this.#position] !== "=") throw this.#error("an attribute without a value");
    this.#position += 1;
    this.#match(spacePattern, "space");
    const quote = this.#text[this.#position];
    if (quote !== '"' && quote !== "'") throw this.#error("an attribute's value without quotes");
    const raw = this.#between(quote, quote);
    const value = raw.includes("<") ? null : unescapeXml(raw);
    if (value === null) throw this.#error("an entity or character that is not allowed");
    return value;
  }

  #prefixesOf(written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const inherited = this.#open.at(-1)?.prefixes ?? new Map([["xml", xmlNamespace]]);
    const declared = [...written].filter(([name]) => name === "xmlns" || name.startsWith("xmlns:"));
    if (declared.length === 0) return inherited;
    return new Map([...inherited, ...declared.map(([name, uri]) => [name.slice(6), uri] as const)]);
  }

  #resolveAttributes(
    written: ReadonlyMap<string, string>,
    prefixes: ReadonlyMap<string, string>,
  ): Map<string, string> {
    const resolved = new Map<string, string>();
    for (const [qualified, value] of written) {
      if (qualified === "xmlns" || qualified.startsWith("xmlns:")) continue;
      const { namespace, name } = this.#resolve(qualified, prefixes, false);
      const key = namespace === "" ? name : `{${namespace}}${name}`;
      if (resolved.has(key)) throw this.#error(`the attribute ${name} occurs twice`);
      resolved.set(key, value);
    }
    return resolved;
  }

  #resolve(qualified: string, prefixes: ReadonlyMap<string, string>, useDefault: boolean) {
    const colon = qualified.indexOf(":");
    if (colon < 0) return { namespace: useDefault ? (prefixes.get("") ?? "") : "", name: qualified };
    const namespace = prefixes.get(qualified.slice(0, colon));
    if (namespace === undefined) throw this.#error(`the prefix of ${qualified} is not declared`);
    return { namespace, name: qualified.slice(colon + 1) };
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#error(`${what} was expected`);
    this.#position += found.length;
    return found;
  }

  /** What stands between two marks, the first of which is at the position; goes past the second. */
  #between(start: string, end: string): string {
    const from = this.#position + start.length;
    const to = this.#text.indexOf(end, from);
    if (to < 0) throw this.#error(`${end} is missing`);
    this.#position = to + end.length;
    return this.#text.slice(from, to);
  }

  #skipPast(mark: string): void {
    const end = this.#text.indexOf(mark, this.#position);
    if (end < 0) throw this.#error(`${mark} is missing`);
    this.#position = end + mark.length;
  }

  #error(message: string): Malformed {
    return new Malformed(message, this.#position);
  }
}
