/** The characters that XML 1.0 can carry (2.2); nothing else can be written or read, not even escaped. */
function isXmlCharacter(codePoint: number): boolean {
  return (
    codePoint === 0x9 ||
    codePoint === 0xa ||
    codePoint === 0xd ||
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}

const namedEntities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Text for element content or a quoted attribute. Carriage returns and tabs become references, because a reader would
 * normalise them. Null where the text has a character that XML cannot carry.
 */
export function escapeXml(text: string): string | null {
  for (const character of text) if (!isXmlCharacter(character.codePointAt(0) ?? 0)) return null;
  return text.replace(/[&<>"'\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Resolves the five named entities and numeric references; null on any other, and on characters XML cannot carry. */
export function unescapeXml(text: string): string | null {
  if (!text.includes("&")) return text;
  let valid = true;
  const result = text.replace(/&([^;&]{0,12})(;?)/g, (_, name: string, semicolon: string) => {
    const character = semicolon === "" ? null : resolveReference(name);
    if (character === null) valid = false;
    return character ?? "";
  });
  return valid ? result : null;
}

function resolveReference(name: string): string | null {
  const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (numeric === null) return Object.hasOwn(namedEntities, name) ? (namedEntities[name] ?? null) : null;
  const codePoint = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
  return isXmlCharacter(codePoint) ? String.fromCodePoint(codePoint) : null;
}
