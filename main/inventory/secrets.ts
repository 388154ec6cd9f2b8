/**
 * Takes out what may be a secret from text that a source gave although the collectors leave it out: pasted fstab
 * lines, mount options, kernel command lines.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(
      /\b(pass(?:word|wd|phrase)?|pwd|secret|psk|token|credentials?|api[_-]?key)(\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;"']+)/gi,
      "$1$2[removed]",
    )
    .replace(/(\/\/[^\s/:@]+):[^\s/@]+@/g, "$1:[removed]@");
}
