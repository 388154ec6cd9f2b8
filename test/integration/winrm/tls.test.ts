import { afterEach, beforeAll, expect, it } from "vitest";
import { winrmAddressSchema, type WinrmAddress } from "../../../common/domain/winrm.ts";
import type { WinrmEnvironment } from "../../../main/remote/winrm/connector.ts";
import { describeCertificate } from "../../../main/remote/winrm/transport/certificate-pin.ts";
import { makeCertificate, type TestCertificate } from "../../support/winrm/certificates.ts";
import type { WinrmEndpointOptions } from "../../support/winrm/endpoint.ts";
import { administrator, connect, startLab, type WinrmLab } from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";

let certificate: TestCertificate;
let other: TestCertificate;
beforeAll(() => {
  certificate = makeCertificate();
  other = makeCertificate();
});

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function lab(endpoint: Partial<WinrmEndpointOptions> = {}) {
  const started = await startLab({ endpoint: { tls: certificate, ...endpoint } });
  cleanUps.push(() => started.stop());
  return started;
}

const fingerprint = (of: TestCertificate) => describeCertificate(of.certificateDer).fingerprint;

function address(
  started: WinrmLab,
  pinned: string | null,
  method: "negotiate" | "basic" = "negotiate",
): WinrmAddress {
  const user = method === "basic" ? "Administrator" : "CORP\\Administrator";
  return {
    kind: "winrm",
    scheme: "https",
    host: "127.0.0.1",
    port: started.endpoint.port,
    authentication: { method, user, passwordEntry: "windows" },
    certificate: pinned,
    legacyAlgorithms: false,
  };
}

async function outcome(connecting: ReturnType<typeof connect>) {
  const session = await connecting;
  if (session.ok) await session.value.close();
  return session.ok ? "connected" : session.failure.code;
}

describeWithNtlm("a login over HTTPS", () => {
  it.each([
    ["SHA-256", [], "sha256"],
    ["SHA-384", ["-sha384"], "sha384"],
    ["SHA-512", ["-sha512"], "sha512"],
    ["SHA-1, for which SHA-256 stands in", ["-sha1"], "sha256"],
    ["RSA-PSS with SHA-384", ["-sha384", "-sigopt", "rsa_padding_mode:pss"], "sha384"],
    ["ECDSA with SHA-256", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "sha256"],
  ] as const)("is bound to a certificate signed with %s", async (_, flags, bindingHash) => {
    const signed = makeCertificate(flags);
    const started = await lab({ tls: signed, bindingHash });
    expect(await outcome(connect(address(started, fingerprint(signed))))).toBe("connected");
    expect(started.endpoint.errors).toEqual([]);
  });

  it("is refused when somebody between shows a certificate of their own", async () => {
    const started = await lab({ boundCertificateDer: other.certificateDer });
    expect(await outcome(connect(address(started, fingerprint(certificate))))).toBe("authentication-failed");
    expect(started.endpoint.logins).toBe(0);
  });

  it("carries commands on several connections to the same certificate", async () => {
    const started = await lab();
    const session = await connect(address(started, fingerprint(certificate)));
    if (!session.ok) throw new Error(session.failure.message);
    const outputs = await Promise.all(["a", "b", "c"].map((word) => session.value.run(["echo", word])));
    expect(outputs.every((output) => output.ok)).toBe(true);
    await session.value.close();
  });
});

describeWithNtlm("the certificate of a server", () => {
  const asking = (answer: boolean, log: unknown[]): Partial<WinrmEnvironment> => ({
    decideCertificate: async (question) => {
      log.push(question.certificate.fingerprint);
      return answer;
    },
    pinCertificate: async (_, accepted) => {
      log.push(`pinned ${accepted}`);
    },
  });

  it("is asked about on first sight, pinned once and not asked about again", async () => {
    const started = await lab();
    const log: unknown[] = [];
    const session = await connect(address(started, null), { environment: asking(true, log) });
    if (!session.ok) throw new Error(session.failure.message);
    await Promise.all([session.value.run(["echo", "1"]), session.value.run(["echo", "2"])]);
    await session.value.close();
    expect(log).toEqual([fingerprint(certificate), `pinned ${fingerprint(certificate)}`]);
  });

  it("may be looked at for so long that the server hangs up meanwhile", async () => {
    const started = await lab();
    const decideCertificate = async () => {
      started.endpoint.cutConnections();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return true;
    };
    expect(await outcome(connect(address(started, null), { environment: { decideCertificate } }))).toBe(
      "connected",
    );
  });

  it("that is not accepted gets no login, and the failure shows what Windows calls its thumbprint", async () => {
    const started = await lab();
    const log: unknown[] = [];
    const session = await connect(address(started, null), { environment: asking(false, log) });
    expect(session).toMatchObject({ ok: false, failure: { code: "host-key-unknown" } });
    expect(session.ok ? "" : session.failure.remedy).toMatch(/[0-9A-F]{40}/);
    expect(log).toEqual([fingerprint(certificate)]);
    expect(started.endpoint.logins).toBe(0);
  });

  it("that changed is refused without asking, and the login does not begin", async () => {
    const started = await lab();
    const log: unknown[] = [];
    const session = await connect(address(started, fingerprint(other)), { environment: asking(true, log) });
    expect(session).toMatchObject({ ok: false, failure: { code: "host-key-changed" } });
    expect(log).toEqual([]);
    expect(started.endpoint.actions).toEqual([]);
  });

  it("is missing where the port speaks plain HTTP, and that is said", async () => {
    const plain = await startLab();
    cleanUps.push(() => plain.stop());
    const session = await connect(address(plain, null));
    expect(session).toMatchObject({ ok: false, failure: { code: "host-unreachable" } });
    expect(session.ok ? "" : session.failure.message).toContain("does not speak TLS");
  });
});

describeWithNtlm("Basic", () => {
  it("logs in over TLS", async () => {
    const started = await lab({ allowBasic: true });
    expect(await outcome(connect(address(started, fingerprint(certificate), "basic")))).toBe("connected");
  });

  it("fails with a wrong password as every login does", async () => {
    const started = await lab({ allowBasic: true });
    const wrong = connect(address(started, fingerprint(certificate), "basic"), { password: "wrong" });
    expect(await outcome(wrong)).toBe("authentication-failed");
  });

  it("is no address over plain HTTP", () => {
    const service = { kind: "winrm", host: "winbox", port: 5985, scheme: "http" };
    const login = { user: administrator.user, passwordEntry: "windows" };
    expect(
      winrmAddressSchema.safeParse({ ...service, authentication: { ...login, method: "basic" } }).success,
    ).toBe(false);
    expect(
      winrmAddressSchema.safeParse({ ...service, authentication: { ...login, method: "negotiate" } }).success,
    ).toBe(true);
  });
});
