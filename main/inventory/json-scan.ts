/** What a JSON text is like before it is parsed: how deep it is nested, and whether an object contradicts itself. */
export interface JsonScan {
  readonly depth: number;
  /** Path of the first key that its object has twice with different values: `files["/etc/fstab"]`; null without one. */
  readonly contradiction: string | null;
}

/** Only so deep are keys remembered; deeper documents are refused by their depth. */
const keyDepth = 64;

interface Open {
  /** Every key with its value as written; null for an array. */
  readonly members: Map<string, Span> | null;
  key: string;
  valueStart: number;
}
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads strings and brackets and nothing else, so that it costs one pass whatever the text is. JSON.parse would keep the
 * last of two equal keys without a word: two readers of one bundle could see different machines. A value that stands
 * there twice and is the same both times does no harm.
 */
export function scanJson(text: string): JsonScan {
  const open: Open[] = [];
  let depth = 0;
  let deepest = 0;
  let contradiction: string | null = null;
  const endValue = (end: number): void => {
    const object = depth <= keyDepth ? open.at(-1) : undefined;
    if (contradiction !== null || !object?.members || object.valueStart < 0) return;
    const before = object.members.get(object.key);
    const value = { start: object.valueStart, end };
    object.valueStart = -1;
    if (before === undefined) object.members.set(object.key, value);
    else if (written(text, before) !== written(text, value))
      contradiction = fieldName(open.map(({ key }) => key));
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const start = at;
      at = endOfString(text, at);
      const object = depth <= keyDepth ? open.at(-1) : undefined;
      if (!object?.members || object.valueStart >= 0 || contradiction !== null) continue;
      const colon = colonAfter(text, at);
      if (colon < 0) continue;
      object.key = unquoted(text.slice(start, at + 1));
      object.valueStart = colon + 1;
      at = colon;
    } else if (code === 0x2c) endValue(at);
    else if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth > deepest) deepest = depth;
      if (depth <= keyDepth)
        open.push({ members: code === 0x7b ? new Map() : null, key: "", valueStart: -1 });
    } else if (code === 0x5d || code === 0x7d) {
      endValue(at);
      if (depth <= keyDepth) open.pop();
      depth--;
    }
  }
  return { depth: deepest, contradiction };
}

function written(text: string, { start, end }: Span): string {
  return text.slice(start, end).trim();
}

/** Where the closing quote stands; the text's length where it is missing. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return text.length;
}

/** Where the colon behind a key stands; -1 where a string is none. */
function colonAfter(text: string, end: number): number {
  for (let at = end + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return at;
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return -1;
  }
  return -1;
}

/** `"a\u002fb"` and `"a/b"` are the same key. */
function unquoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** A path into a document as people write it: `commands["df -P"].stdout`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === "string" && /^[A-Za-z_]\w*$/.test(part)
        ? `${index === 0 ? "" : "."}${part}`
        : `[${JSON.stringify(String(part).slice(0, 120))}]`,
    )
    .join("");
}
