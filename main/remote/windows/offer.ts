import { once } from "node:events";
import { createServer } from "node:https";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import type { AddressInfo } from "node:net";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { createAuthority, openAuthority } from "../../pki/authority.ts";

/** A file that a source may fetch once. */
export interface Offer {
  readonly host: string;
  readonly port: number;
  /** What stands behind `/` in the address; nobody can guess it. */
  readonly token: string;
  /** SHA-256 of the server's certificate, lower-case hex. */
  readonly fingerprint: string;
  close(): Promise<void>;
}

const validDays = 1;

/**
 * Serves `content` over TLS on an address of this machine, to the first that names the token. The certificate is made for
 * this offer and pinned by its fingerprint, so it needs no authority that anybody knows. Old versions of TLS are taken as
 * well: what is served is no secret, and who fetches proves its SHA-256, which came another way. `host-unreachable`
 * where `host` is not an address of this machine.
 */
export async function openOffer(
  content: Buffer,
  host: string,
  now: () => number = Date.now,
): Promise<Result<Offer>> {
  const authority = openAuthority(await createAuthority(now()), now);
  if (!authority.ok) return authority;
  const identity = await authority.value.issue({
    role: "intermediate",
    commonName: "installation",
    validDays,
  });
  const token = randomBytes(24).toString("hex");
  let isTaken = false;
  const server = createServer(
    {
      cert: identity.certificatePem,
      key: identity.key.reveal(),
      minVersion: "TLSv1",
      ciphers: "DEFAULT:@SECLEVEL=0",
    },
    (request, response) => {
      request.resume();
      if (request.method !== "GET" || request.url !== `/${token}` || isTaken) {
        response.writeHead(404, { "Content-Length": "0", Connection: "close" }).end();
        return;
      }
      isTaken = true;
      response.writeHead(200, { "Content-Length": String(content.length), Connection: "close" }).end(content);
    },
  );
  server.listen(0, host);
  try {
    await once(server, "listening");
  } catch (error) {
    // The source may see this machine under an address that is a router's between them.
    return fail("host-unreachable", told({ kind: "address-not-ours", host, text: String(error) }), { host });
  }
  const { port } = server.address() as AddressInfo;
  const fingerprint = createHash("sha256")
    .update(new X509Certificate(identity.certificatePem).raw)
    .digest("hex");
  return ok({
    host,
    port,
    token,
    fingerprint,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}
