/** The handshake alone, against gss-ntlmssp. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { Secret } from "../../../common/secret.ts";
import { NtlmHandshake } from "../../../main/remote/winrm/ntlm/handshake.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import { buildAcceptor, NtlmAcceptor, writeAccounts } from "../../support/winrm/ntlm-acceptor.ts";

describeWithNtlm("an NTLM handshake", () => {
  let folder: string;
  let acceptor: NtlmAcceptor;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sma-ntlm-"));
    writeAccounts(join(folder, "accounts"), [{ domain: "CORP", user: "user", password: "secret" }]);
    acceptor = new NtlmAcceptor(await buildAcceptor(), join(folder, "accounts"));
  });
  afterEach(() => {
    acceptor.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function authenticate(
    alterNegotiate: (message: Buffer) => void,
    alterAnswer: (message: Buffer) => void,
  ) {
    const handshake = new NtlmHandshake({
      account: { user: "user", domain: "CORP" },
      password: new Secret("secret"),
      workstation: "LAPTOP",
      targetName: "HTTP/winbox",
      channelBindings: null,
      now: () => new Date(),
      randomBytes,
    });
    const negotiate = Buffer.from(handshake.negotiate);
    alterNegotiate(negotiate);
    const offered = await acceptor.accept(negotiate, null);
    if (offered.kind !== "continue") throw new Error(`no challenge but ${offered.kind}`);
    const { message, security } = unwrap(handshake.authenticate(offered.token));
    alterAnswer(message);
    return { verdict: await acceptor.accept(message, null), security };
  }
  const untouched = () => undefined;
  const flip = (offset: number, bit: number) => (message: Buffer) =>
    void message.writeUInt8(message.readUInt8(offset) ^ bit, offset);

  it("is accepted untouched, and both sides can seal and open", async () => {
    const { verdict, security } = await authenticate(untouched, untouched);
    expect(verdict).toEqual({ kind: "done", name: "CORP\\user" });
    for (const text of ["", "x", "y".repeat(100_000)]) {
      const { signature, sealed } = security.seal(Buffer.from(text));
      expect((await acceptor.unwrap(Buffer.concat([signature, sealed])))?.toString()).toBe(text);
      const answer = await acceptor.wrap(Buffer.from(`${text}!`));
      expect(unwrap(security.unseal(answer.subarray(0, 16), answer.subarray(16))).toString()).toBe(
        `${text}!`,
      );
    }
  });

  it("is refused when somebody between altered its first message, because all of it is signed", async () => {
    const { verdict } = await authenticate(flip(32, 1), untouched);
    expect(verdict.kind).toBe("error");
  });

  it.each([
    ["its signature", 75],
    ["its session key", -1],
    ["its flags", 60],
  ])("is refused when somebody between altered %s", async (_, offset) => {
    const alter = (message: Buffer) => flip(offset < 0 ? message.length + offset : offset, 1)(message);
    const { verdict } = await authenticate(untouched, alter);
    expect(verdict.kind).toBe("error");
  });
});
