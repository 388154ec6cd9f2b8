import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let made: { readonly key: string; readonly cert: string } | null = null;

/** For 127.0.0.1, made once for each process. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  if (made !== null) return made;
  const folder = mkdtempSync(join(tmpdir(), "sma-cloud-cert-"));
  const [keyPath, certPath] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "3650",
  ];
  const names = ["-subj", "/CN=cloud stand-in", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", [...request, ...names, "-keyout", keyPath, "-out", certPath], { stdio: "pipe" });
  made = { key: readFileSync(keyPath, "utf8"), cert: readFileSync(certPath, "utf8") };
  rmSync(folder, { recursive: true, force: true });
  return made;
}
