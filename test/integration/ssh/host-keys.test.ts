import { afterEach, beforeEach, expect, test } from "vitest";
import type { Timers } from "../../../main/remote/ssh/timers.ts";
import { failureOf, valueOf } from "../../support/sshd/expect-result.ts";
import { describeSshd, SshFixture } from "../../support/sshd/fixture.ts";
import { environmentWith, sourceAt } from "../../support/sshd/source.ts";

let fixture: SshFixture;
beforeEach(() => {
  fixture = new SshFixture();
});
afterEach(() => fixture.cleanUp());

describeSshd("host keys", () => {
  test("a key seen for the first time is shown with its SHA-256 fingerprint and pinned once accepted", async () => {
    const { server, hop } = await fixture.keyServer();
    const environment = environmentWith();
    await fixture.session(sourceAt(hop), environment);
    expect(environment.asked).toEqual([server.fingerprint("ed25519")]);
    expect(environment.pinned).toEqual([`${hop.host}:${hop.port} ${server.fingerprint("ed25519")}`]);
  });

  test("a key that the admin refuses is not pinned and nothing about the user is sent", async () => {
    const { server, hop } = await fixture.keyServer();
    const environment = environmentWith({}, { accept: () => false });
    const result = await fixture.connect(sourceAt(hop), environment);
    expect(failureOf(result)).toMatchObject({
      code: "host-key-unknown",
      context: { fingerprint: server.fingerprint("ed25519"), keyType: "ssh-ed25519" },
    });
    expect(environment.pinned).toEqual([]);
    expect(server.log()).not.toContain(hop.authentication.user);
  });

  test("a pinned key is neither asked about nor pinned again", async () => {
    const { server, hop } = await fixture.keyServer();
    const environment = environmentWith({}, { accept: () => expect.fail("asked") });
    await fixture.session(sourceAt({ ...hop, hostKey: server.fingerprint("ed25519") }), environment);
    expect(environment.pinned).toEqual([]);
  });

  test("a changed key refuses before the login begins, naming both fingerprints", async () => {
    const first = await fixture.keyServer({ hostKeys: ["ed25519", "rsa"] });
    const pinned = first.server.fingerprint("ed25519");
    const second = await fixture.keyServer({ hostKeys: ["ed25519", "rsa"] });
    const result = await fixture.connect(
      sourceAt({ ...second.hop, hostKey: pinned }),
      environmentWith({}, { accept: () => expect.fail("asked") }),
    );
    const shown = second.server.fingerprint("ed25519");
    expect(failureOf(result)).toMatchObject({ code: "host-key-changed", context: { pinned, shown } });
    expect(failureOf(result).message).toContain(pinned);
    expect(failureOf(result).message).toContain(shown);
    expect(second.server.log()).not.toContain(second.hop.authentication.user);
  });

  test.each(["ed25519", "ecdsa", "rsa"] as const)(
    "a server with several keys passes by the pinned one: %s",
    async (type) => {
      const { server, hop } = await fixture.keyServer({ hostKeys: ["ed25519", "ecdsa", "rsa"] });
      const session = await fixture.session(sourceAt({ ...hop, hostKey: server.fingerprint(type) }));
      expect(valueOf(await session.run(["true"])).exitCode).toBe(0);
    },
  );

  test("an admin who takes longer than the server waits still gets in with the accepted key", async () => {
    const { server, hop } = await fixture.keyServer();
    const environment = environmentWith(
      {},
      {
        accept: () => {
          server.killConnections();
          return true;
        },
      },
    );
    await fixture.session(sourceAt(hop), environment);
    expect(environment.asked).toHaveLength(1);
    expect(environment.pinned).toEqual([`${hop.host}:${hop.port} ${server.fingerprint("ed25519")}`]);
  });

  test("what the caller's own callbacks throw comes out of connect", async () => {
    const { hop } = await fixture.keyServer();
    const broken = environmentWith({}, { accept: () => Promise.reject(new Error("a bug in the dialog")) });
    await expect(fixture.connect(sourceAt(hop), broken)).rejects.toThrow("a bug in the dialog");
    const pinning = {
      ...environmentWith(),
      pinHostKey: () => Promise.reject(new Error("a bug in the store")),
    };
    await expect(fixture.connect(sourceAt(hop), pinning)).rejects.toThrow("a bug in the store");
  });

  test("the time limit does not run while the admin decides", async () => {
    const { hop } = await fixture.keyServer();
    const limits: (() => void)[] = [];
    const timers: Timers = {
      after(_ms, act) {
        limits.push(act);
        return () => void limits.splice(limits.indexOf(act), 1);
      },
    };
    let limitsWhileDeciding = -1;
    const environment = environmentWith(
      {},
      {
        accept: () => {
          limitsWhileDeciding = limits.length;
          return true;
        },
      },
    );
    await fixture.session(sourceAt(hop), environment, { timers });
    expect(limitsWhileDeciding).toBe(0);
  });
});
