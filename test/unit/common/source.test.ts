import { describe, expect, it } from "vitest";
import {
  describeLogin,
  sourceSchema,
  vaultEntriesOf,
  withoutPins,
  withPin,
  type Source,
} from "../../../common/domain/source.ts";

const pin = `SHA256:${"A".repeat(43)}`;
const other = `SHA256:${"B".repeat(43)}`;
const common = { id: "abcdefgh", name: "srv", tags: [], addedAt: "2026-01-01T00:00:00Z" };

const hop = (host: string, hostKey: string | null) => ({
  host,
  port: 22,
  authentication: {
    user: "root",
    keyFiles: [],
    useSshAgent: false,
    passwordEntry: `${host}/password`,
    keyPassphraseEntry: null,
  },
  hostKey,
  legacyAlgorithms: false,
});
const ssh: Source = sourceSchema.parse({
  ...common,
  address: {
    kind: "ssh",
    jumpHosts: [hop("jump", null)],
    host: hop("srv", null),
    elevation: { method: "su", passwordEntry: "su" },
  },
});
const https: Source = sourceSchema.parse({
  ...common,
  address: {
    kind: "winrm",
    scheme: "https",
    host: "fd00::1",
    port: 5986,
    authentication: { method: "negotiate", user: "CORP\\admin", passwordEntry: "windows" },
    certificate: null,
    legacyAlgorithms: false,
  },
});

describe("a source's address", () => {
  it("is SSH as stored before there was another kind, or WinRM", () => {
    expect(ssh.address.kind).toBe("ssh");
    expect(https.address.kind).toBe("winrm");
  });

  it.each([
    [
      "Basic over HTTP",
      { scheme: "http", authentication: { method: "basic", user: "u", passwordEntry: "e" } },
    ],
    ["no password", { scheme: "http", authentication: { method: "negotiate", user: "u" } }],
    ["a host that is a command", { scheme: "http", host: "a;b" }],
    ["another scheme", { scheme: "ftp" }],
  ])("is refused for WinRM with %s", (_what, change) => {
    const address = {
      kind: "winrm",
      host: "srv",
      port: 5985,
      authentication: { method: "negotiate", user: "u", passwordEntry: "e" },
      ...change,
    };
    expect(sourceSchema.safeParse({ ...common, address }).success).toBe(false);
  });

  it("names who logs in where", () => {
    expect(describeLogin(ssh)).toBe("root@srv:22");
    expect(describeLogin(https)).toBe("CORP\\admin@[fd00::1]:5986");
  });

  it("owns the secrets of all its hops, each once", () => {
    expect(vaultEntriesOf(ssh).toSorted()).toEqual(["jump/password", "srv/password", "su"]);
    expect(vaultEntriesOf(https)).toEqual(["windows"]);
  });

  it("is pinned where that host and port is, once, and forgets all pins together", () => {
    const pinned = withPin(
      withPin(ssh.address, { host: "jump", port: 22 }, pin),
      { host: "jump", port: 22 },
      other,
    );
    expect(pinned).toMatchObject({ jumpHosts: [{ hostKey: pin }], host: { hostKey: null } });
    expect(withoutPins(pinned)).toEqual(ssh.address);
    const certificate = withPin(https.address, { host: "fd00::1", port: 5986 }, pin);
    expect(certificate).toMatchObject({ certificate: pin });
    expect(withPin(https.address, { host: "fd00::1", port: 5985 }, pin)).toEqual(https.address);
    expect(withoutPins(certificate)).toEqual(https.address);
  });
});
