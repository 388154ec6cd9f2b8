import { X509Certificate } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import { beforeAll, expect, it } from "vitest";
import { unwrap } from "../../../../common/result.ts";
import {
  createAuthority,
  openAuthority,
  serverName,
  type Authority,
  type Identity,
} from "../../../../main/pki/authority.ts";

const now = () => Date.now();
let identity: Identity;
let authority: Authority;
beforeAll(async () => {
  identity = await createAuthority(now());
  authority = unwrap(openAuthority(identity, now));
});

it("issues RSA-2048 certificates that chain to the installation's CA and name their bearer", async () => {
  const issued = await authority.issue({ role: "agent", commonName: "job0000001", validDays: 30 });
  const certificate = new X509Certificate(issued.certificatePem);
  const ca = new X509Certificate(identity.certificatePem);
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(certificate.subject.split("\n")).toEqual([
    `O=${authority.installation}`,
    "OU=sma-agent",
    "CN=job0000001",
  ]);
  expect(certificate.serialNumber.toLowerCase()).toBe(issued.serial);
});

it("puts the server name into certificates of intermediates alone", async () => {
  const server = await authority.issue({ role: "intermediate", commonName: "job0000001", validDays: 30 });
  const client = await authority.issue({ role: "agent", commonName: "job0000001", validDays: 30 });
  expect(new X509Certificate(server.certificatePem).subjectAltName).toBe(`DNS:${serverName("job0000001")}`);
  expect(new X509Certificate(client.certificatePem).subjectAltName).toBeUndefined();
});

it("gives every certificate another serial number", async () => {
  const issued = await Promise.all(
    Array.from({ length: 4 }, () =>
      authority.issue({ role: "agent", commonName: "job0000001", validDays: 1 }),
    ),
  );
  expect(new Set(issued.map(({ serial }) => serial)).size).toBe(issued.length);
});

it("makes certificates that TLS accepts on both sides", async () => {
  const server = await authority.issue({ role: "intermediate", commonName: "job0000001", validDays: 30 });
  const client = await authority.issue({ role: "agent", commonName: "job0000001", validDays: 30 });
  const listener = createServer({
    ca: authority.certificatePem,
    cert: server.certificatePem,
    key: server.key.reveal(),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const seen = new Promise<TLSSocket>((resolve) => listener.once("secureConnection", resolve));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  const socket = connect({
    host: "127.0.0.1",
    port: typeof address === "object" && address !== null ? address.port : 0,
    servername: serverName("job0000001"),
    ca: authority.certificatePem,
    cert: client.certificatePem,
    key: client.key.reveal(),
  });
  await new Promise<void>((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  expect(socket.authorized).toBe(true);
  expect((await seen).getPeerCertificate().subject.OU).toBe("sma-agent");
  socket.destroy();
  listener.close();
});

it("refuses a CA whose key is another's", async () => {
  const other = await createAuthority(now());
  const opened = openAuthority({ certificatePem: identity.certificatePem, key: other.key }, now);
  expect(opened).toMatchObject({ ok: false, failure: { code: "state-damaged" } });
});
