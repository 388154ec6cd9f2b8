/** HTML that cannot be forgotten to escape: text becomes markup only through {@link html}. */

/** A piece of markup. Only {@link html} and {@link withCode} make one. */
export interface Html {
  readonly markup: string;
}

export type HtmlValue = string | number | Html | null | false;

/** Control characters, and those that turn the direction of text around, would let a host name lie about itself. */
const deceptive =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(deceptive, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function render(value: HtmlValue | readonly HtmlValue[]): string {
  if (value === null || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if ("markup" in value) return value.markup;
  return value.map(render).join("");
}

/** Templates are indented for people; the report need not carry that along. */
const compacted = new WeakMap<TemplateStringsArray, readonly string[]>();

function partsOf(template: TemplateStringsArray): readonly string[] {
  const known = compacted.get(template);
  if (known) return known;
  const parts = template.map((part) => part.replace(/\n\s+/g, "\n"));
  compacted.set(template, parts);
  return parts;
}

/** Tagged template: every value is escaped unless it is markup already; lists are joined, null and false are nothing. */
export function html(
  template: TemplateStringsArray,
  ...values: readonly (HtmlValue | readonly HtmlValue[])[]
): Html {
  const parts = partsOf(template);
  let markup = parts[0] ?? "";
  for (const [index, value] of values.entries()) markup += render(value) + (parts[index + 1] ?? "");
  return { markup };
}

/** Text in which `…` in back quotes is a command, as the message catalogues write it. */
export function withCode(text: string): Html {
  return {
    markup: text
      .split("`")
      .map((part, index) => (index % 2 === 1 ? `<code>${escapeHtml(part)}</code>` : escapeHtml(part)))
      .join(""),
  };
}
