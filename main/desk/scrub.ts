/** What looks like a secret, wherever it stands: the last line behind the rule that secrets are never logged. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    "[private key]",
  ],
  [/\b(Bearer|Basic|NTLM|Negotiate) [A-Za-z0-9+/=_.~-]{8,}/g, "$1 [redacted]"],
  [
    /((?:\\?")?(?:pass(?:word|phrase|wd)?|secret|token|api[-_]?key|authorization|cookie)(?:\\?")?\s*[:=]\s*)(?:\\?"(?:[^"\\]|\\[^"])*\\?"|[^\s",;}\]]+)/gi,
    "$1[redacted]",
  ],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@"]+):[^\s/@"]+@/gi, "$1:[redacted]@"],
  [/\b(?:LTAI|AKIA|ASIA)[A-Z0-9]{12,}\b/gi, "[access key]"],
];

/** Fields of this name are left out whatever they hold. Names of vault entries (`passwordEntry`) are no secrets. */
const secretField =
  /^(?:pass(?:word|phrase|wd)?|secret|token|api[-_]?key|private[-_]?key|authorization|cookie)$/i;

/** Shorter ones would be found in ordinary words. */
const shortestKnown = 4;

/** Forms in which a secret may stand in a text. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    Buffer.from(secret, "utf8").toString("base64"),
    encodeURIComponent(secret),
  ];
}

/** Removes the known secrets in any of their forms, and what looks like one. */
export function createScrubber(known: readonly string[]): (text: string) => string {
  const forms = known.filter((secret) => secret.length >= shortestKnown).flatMap(formsOf);
  // Longest first, so that no secret leaves a part of another behind.
  const ordered = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return (text) => {
    let scrubbed = text;
    for (const form of ordered) scrubbed = scrubbed.replaceAll(form, "[redacted]");
    for (const [pattern, replacement] of patterns) scrubbed = scrubbed.replaceAll(pattern, replacement);
    return scrubbed;
  };
}

/** The value with every text in it scrubbed, names of fields included. */
export function scrubValue(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map((inner) => scrubValue(inner, scrub));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      scrub(key),
      secretField.test(key) && typeof inner === "string" ? "[redacted]" : scrubValue(inner, scrub),
    ]),
  );
}
