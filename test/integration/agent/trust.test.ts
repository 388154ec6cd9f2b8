import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import {
  createAuthority,
  openAuthority,
  type Authority,
  type CertificateRole,
  type IssuedIdentity,
} from "../../../main/pki/authority.ts";
import { startImpostor, type Impostor, type ImpostorOptions } from "../../support/agent/impostor.ts";
import { launchDocument, pushAgent, type PushedAgent } from "../../support/agent/pushed-agent.ts";
import { newAuthority } from "../../support/agent/receiving-side.ts";

const job = "trustjob1";
const day = 86_400;
const now = Math.floor(Date.now() / 1000);
const authority = await newAuthority();

let agent: PushedAgent;
let server: Impostor | undefined;

beforeEach(() => {
  agent = pushAgent();
});

afterEach(async () => {
  await agent.discard();
  await server?.stop();
  server = undefined;
});

/** Starts a server that shows `shown` and an agent of `issuer`'s that is sent to it. */
async function meet(
  shown: IssuedIdentity,
  options: { issuer?: Authority; time?: number } & Partial<ImpostorOptions> = {},
): Promise<Impostor> {
  const { issuer = authority, time = now, ...more } = options;
  const own = await issuer.issue({ role: "agent", commonName: job, validDays: 30 });
  server = await startImpostor({ certificatePem: shown.certificatePem, keyPem: shown.key.reveal(), ...more });
  const started = await agent.run(
    ["run"],
    launchDocument({
      job,
      host: "127.0.0.1",
      controlPort: server.port,
      time,
      retrySeconds: 0,
      nice: 0,
      ionice: 0,
      ca: issuer.certificatePem,
      certificate: own.certificatePem,
      key: own.key.reveal(),
    }),
  );
  expect(started).toMatchObject({ exitCode: 0, stderr: "" });
  return server;
}

const issue = (role: CertificateRole, commonName: string, from = authority, validDays = 30) =>
  from.issue({ role, commonName, validDays });

/** The agent turns away, says why, and has told the server nothing. */
async function refuses(impostor: Impostor, why: RegExp): Promise<void> {
  const status = await agent.waitFor(({ state, lastError }) => state === "retrying" && lastError !== null);
  expect(status.lastError).toMatch(why);
  expect(impostor.connections()).toBeGreaterThan(0);
  expect(impostor.received().length).toBe(0);
}

/** The agent says HELLO. */
async function accepts(impostor: Impostor): Promise<void> {
  while (impostor.received().length < 16) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(impostor.received().subarray(0, 6)).toEqual(Buffer.from("SMA1\x01\x00", "latin1"));
}

describe("an agent says nothing to a server whose certificate", () => {
  test("is another job's", async () => {
    await refuses(
      await meet(await issue("intermediate", "otherjob1")),
      /refused: it was issued for another job/,
    );
  });

  test("is an agent's, though of the same job", async () => {
    await refuses(await meet(await issue("agent", job)), /refused: /);
  });

  test("is the installation's own", async () => {
    await refuses(
      await meet(await issue("intermediate", "installation")),
      /refused: it was issued for another job/,
    );
  });

  test("is of another installation", async () => {
    await refuses(
      await meet(await issue("intermediate", job, await newAuthority())),
      /certificate is refused: /,
    );
  });

  test("has expired", async () => {
    const shown = await issue("intermediate", job, authority, 1);
    await refuses(await meet(shown, { time: now + 2 * day }), /refused: certificate has expired/);
  });

  test("is not valid yet", async () => {
    const identity = await createAuthority(now * 1000);
    const today = unwrap(openAuthority(identity, () => now * 1000));
    const later = unwrap(openAuthority(identity, () => (now + 100 * day) * 1000));
    const shown = await issue("intermediate", job, later);
    await refuses(await meet(shown, { issuer: today }), /refused: certificate is not yet valid/);
  });
});

test("an agent does not speak to a server that does not speak its protocol", async () => {
  const shown = await issue("intermediate", job);
  await refuses(await meet(shown, { protocols: ["http/1.1"] }), /no application protocol|ALPN/);
});

test("an agent does not go below TLS 1.2", async () => {
  await refuses(await meet(await issue("intermediate", job), { maxVersion: "TLSv1.1" }), /version|protocol/);
});

test("an agent speaks TLS 1.2 where there is nothing better", async () => {
  await accepts(await meet(await issue("intermediate", job), { maxVersion: "TLSv1.2" }));
});

test("an agent accepts its job's intermediate", async () => {
  await accepts(await meet(await issue("intermediate", job)));
});

test("an agent goes by the assistant's clock when its own is years off", async () => {
  const past = await newAuthority((now - 6 * 365 * day) * 1000);
  const impostor = await meet(await issue("intermediate", job, past), {
    issuer: past,
    time: now - 6 * 365 * day,
  });
  await accepts(impostor);
  expect(agent.log()).toMatch(/clock is \+1892\d{5} s off/);
});
