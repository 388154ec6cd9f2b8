import { beforeAll, describe, expect, it } from "vitest";
import { canonicalJson, type SignedReceipt } from "../../../../common/domain/receipt.ts";
import { unwrap } from "../../../../common/result.ts";
import { createAuthority, openAuthority, type Authority } from "../../../../main/pki/authority.ts";
import { signReceipt } from "../../../../main/receipts/issue-receipt.ts";
import { receiptPage } from "../../../../main/receipts/receipt-html.ts";
import { checkSignature } from "../../../../main/receipts/signature.ts";
import { sampleReceipt } from "../../../support/sample-receipt.ts";

let authority: Authority;
let other: Authority;
let signed: SignedReceipt;

async function signedBy(
  by: Authority,
  role: "receipt" | "agent",
  commonName: string,
): Promise<SignedReceipt> {
  const signer = await by.issue({ role, commonName, validDays: 30 });
  const receipt = { ...sampleReceipt, installation: by.installation };
  const keys = { certificatePem: signer.certificatePem, keyPem: signer.key.reveal() };
  return signReceipt(receipt, by.certificatePem, keys);
}

beforeAll(async () => {
  const now = (): number => Date.parse(sampleReceipt.issuedAt);
  [authority, other] = (await Promise.all(
    [0, 1].map(async () => unwrap(openAuthority(await createAuthority(now()), now))),
  )) as [Authority, Authority];
  signed = await signedBy(authority, "receipt", sampleReceipt.job.id);
});

const check = (document: unknown, trusted: string | null = null) =>
  checkSignature(JSON.stringify(document), trusted);
const refused = (why: RegExp) => ({
  ok: false,
  failure: { code: "receipt-invalid", message: expect.stringMatching(why) as string },
});

describe("a receipt", () => {
  it("holds as it was signed, however its JSON is laid out", () => {
    const turned = {
      signature: signed.signature,
      receipt: Object.fromEntries(Object.entries(signed.receipt).toReversed()),
    };
    for (const document of [signed, turned])
      expect(check(document, authority.certificatePem)).toMatchObject({ ok: true });
  });

  it("does not hold with anything in it changed, not even fields that this version does not know", () => {
    const { receipt } = signed;
    const [disk] = receipt.disks;
    const changed: unknown[] = [
      { ...receipt, issuedAt: "2026-01-02T03:04:06Z" },
      { ...receipt, disks: [{ ...disk, sourceTreeHash: "0".repeat(64) }] },
      { ...receipt, boot: null },
      { ...receipt, addition: 1 },
    ];
    for (const each of changed)
      expect(check({ ...signed, receipt: each })).toMatchObject(refused(/changed after/));
  });

  it("is refused under an authority that did not issue it", async () => {
    expect(check(signed, other.certificatePem)).toMatchObject(refused(/issued under the authority/));
    const forged = await signedBy(other, "receipt", sampleReceipt.job.id);
    const dressed = {
      ...forged,
      receipt: signed.receipt,
      signature: { ...forged.signature, authorityPem: authority.certificatePem },
    };
    expect(check(dressed, authority.certificatePem)).toMatchObject(refused(/not issued by the authority/));
  });

  it("is refused where an agent's key, or another job's, signed it", async () => {
    expect(check(await signedBy(authority, "agent", sampleReceipt.job.id))).toMatchObject(
      refused(/not this receipt's/),
    );
    expect(check(await signedBy(authority, "receipt", "anotherjob1"))).toMatchObject(
      refused(/not this receipt's/),
    );
  });

  it("is refused, with the field named, where it is no receipt", () => {
    expect(checkSignature("hello", null)).toMatchObject(refused(/not JSON/));
    expect(check({ ...signed, receipt: { ...signed.receipt, disks: [] } })).toMatchObject(
      refused(/receipt\.disks/),
    );
    expect(check({ ...signed, signature: { ...signed.signature, certificatePem: "x" } })).toMatchObject(
      refused(/certificate cannot be read/),
    );
  });

  it("becomes a page that lets no source speak as markup", () => {
    const hostile = {
      ...signed.receipt,
      source: { ...signed.receipt.source, name: "<script>alert(1)</script>" },
    };
    const page = receiptPage(
      { ...signed, receipt: hostile },
      { sha256: "a", authorityFingerprint: "b", signerFingerprint: "c" },
    );
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;");
  });
});

it("signs sorted keys without spaces", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "é\n" }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"é\\n","d":null}]}',
  );
});
