import { X509Certificate } from "node:crypto";

/** Names and addresses that a certificate is for, without wildcards. */
export function namesOfCertificate(pem: string): string[] {
  const alternatives = new X509Certificate(pem).subjectAltName ?? "";
  return alternatives
    .split(", ")
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1] ?? "")
    .filter((name) => name !== "" && !name.includes("*"));
}
