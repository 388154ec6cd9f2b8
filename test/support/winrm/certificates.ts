import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
  readonly certificateDer: Buffer;
}

/** A self-signed certificate made by openssl; `flags` choose key and signature, e.g. `["-sha384"]`. */
export function makeCertificate(flags: readonly string[] = ["-sha256"]): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), "sma-certificate-"));
  const keyFile = join(folder, "key.pem");
  const certFile = join(folder, "cert.pem");
  try {
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=winbox"];
    execFileSync("openssl", [...request, ...flags, "-keyout", keyFile, "-out", certFile], { stdio: "pipe" });
    const cert = readFileSync(certFile, "utf8");
    return {
      key: readFileSync(keyFile, "utf8"),
      cert,
      certificateDer: Buffer.from(new X509Certificate(cert).raw),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
