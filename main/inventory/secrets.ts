const secretKey = /pass|pwd|secret|psk$|token|credential|key\d*$|cak$|^pin$/i;

/**
 * Takes out what may be a secret from text that a source gave although the collectors leave it out: pasted fstab
 * lines, mount options, kernel command lines.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(
      /([\w-]{1,64})(\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,]+)/g,
      (whole: string, key: string, separator: string) =>
        secretKey.test(key) ? `${key}${separator}[removed]` : whole,
    )
    .replace(/(\/\/[^\s/:@]+):[^\s/]+@/g, "$1:[removed]@")
    .replace(/\biscsi:[^\s@]{1,256}@/g, "iscsi:[removed]@");
}
