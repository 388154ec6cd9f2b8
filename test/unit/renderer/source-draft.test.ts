import { describe, expect, it } from "vitest";
import { sourceAddressSchema, type Source } from "../../../common/domain/source.ts";
import {
  addressOf,
  draftOfSource,
  emptySourceDraft,
  parseJumpHost,
  sourceProblems,
  type SourceDraft,
} from "../../../renderer/features/sources/source-draft.ts";

const draftWith = (change: Partial<SourceDraft>): SourceDraft => ({
  ...emptySourceDraft(),
  host: "db1.example",
  keyFile: "/root/.ssh/id_ed25519",
  ...change,
});
const noSecrets = { password: null, keyPassphrase: null, elevation: null };
const asSource = (draft: SourceDraft, entries = noSecrets): Source => ({
  id: "0123456789abcdef",
  name: "db1",
  tags: [...draft.tags],
  addedAt: "2026-01-01T00:00:00.000Z",
  address: addressOf(draft, entries, null),
});

describe("the form of a source", () => {
  it("says what is wrong, by field", () => {
    expect(sourceProblems(draftWith({ host: "" }), [], true).host).toBe("required");
    expect(sourceProblems(draftWith({ host: "a b" }), [], true).host).toBe("host");
    expect(sourceProblems(draftWith({ host: "🙂" }), [], true).host).toBe("host");
    expect(sourceProblems(draftWith({ port: "0" }), [], true).port).toBe("port");
    expect(sourceProblems(draftWith({ user: "root:secret" }), [], true).user).toBe("user");
    expect(sourceProblems(draftWith({ login: "password" }), [], true).password).toBe("required");
    expect(sourceProblems(draftWith({ login: "password" }), [], false)).toEqual({});
    expect(sourceProblems(draftWith({ jumpHosts: "a\nb\nc\nd" }), [], true).jumpHosts).toBe("jump-hosts");
    expect(sourceProblems(draftWith({ name: "db1" }), [asSource(draftWith({}))], true).name).toBe("taken");
  });

  it("becomes an address that the engine takes, for every way in", () => {
    const password = { ...noSecrets, password: "entry" };
    const cases: readonly (readonly [Partial<SourceDraft>, typeof noSecrets | typeof password])[] = [
      [{}, noSecrets],
      [{ login: "agent", user: "admin", elevation: "sudo" }, noSecrets],
      [{ login: "password", jumpHosts: "ops@gate:2222\n10.0.0.1" }, password],
      [{ kind: "winrm-http", port: "5985", login: "password", user: ".\\Administrator" }, password],
      [{ kind: "winrm-https", port: "5986", login: "password", user: "CORP\\admin", legacy: true }, password],
    ];
    for (const [change, entries] of cases)
      expect(
        sourceAddressSchema.safeParse(addressOf(draftWith(change), entries, null)).error,
      ).toBeUndefined();
  });

  it("comes back from a source as it was typed, without its secrets", () => {
    const draft = draftWith({ jumpHosts: "ops@gate:2222", elevation: "sudo", legacy: true, tags: ["a"] });
    expect(draftOfSource(asSource(draft))).toEqual({ ...draft, name: "db1" });
  });

  it("keeps secrets and pinned keys where nothing new was typed", () => {
    const draft = draftWith({ login: "password" });
    const before = addressOf(draft, { ...noSecrets, password: "kept" }, null);
    if (before.kind !== "ssh") throw new Error("not ssh");
    const pin = `SHA256:${"a".repeat(43)}`;
    const pinned = { ...before, host: { ...before.host, hostKey: pin } };
    const after = addressOf(draft, noSecrets, pinned);
    expect(after.kind === "ssh" && after.host.authentication.passwordEntry).toBe("kept");
    expect(after.kind === "ssh" && after.host.hostKey).toBe(pin);
    const moved = addressOf({ ...draft, host: "other.example" }, noSecrets, pinned);
    expect(moved.kind === "ssh" && moved.host.hostKey).toBeNull();
  });

  it("reads jump hosts as people write them", () => {
    expect(parseJumpHost("gate")).toEqual({ user: null, host: "gate", port: 22 });
    expect(parseJumpHost("ops@[fe80::1]:2222")).toEqual({ user: "ops", host: "fe80::1", port: 2222 });
    for (const wrong of ["", "a b", "gate:70000", "@gate", "gate;rm"])
      expect(parseJumpHost(wrong)).toBeNull();
  });
});
