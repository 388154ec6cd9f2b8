import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AssistantEvent, ProcedureInput } from "../../../common/api/procedures.ts";
import type { Source } from "../../../common/domain/source.ts";
import { unwrap } from "../../../common/result.ts";
import { createAssistant, type Assistant } from "../../../main/assistant.ts";
import { openDeskDatabase } from "../../../main/desk/desk-database.ts";
import { DocumentStore } from "../../../main/desk/document-store.ts";
import { bundleOf } from "../../e2e/pictures/bundles.ts";
import { projectDirectory } from "../../support/run-sma.ts";
import { describeSshd } from "../../support/sshd/fixture.ts";
import { currentUser, makeKey, startSshd, type SshdServer } from "../../support/sshd/sshd.ts";

const directory = mkdtempSync(join(tmpdir(), "sma-desk-"));
let count = 0;
let assistant: Assistant;
let stateDirectory: string;
let events: AssistantEvent[];
/** Of the assistant's clock. */
let aheadMs = 0;

async function open(): Promise<Assistant> {
  const opened = unwrap(
    await createAssistant({
      stateDirectory,
      resourcesDirectory: join(projectDirectory, "resources"),
      intermediateCommand: ["false"],
      decideHostKey: null,
      vault: null,
      vaultPassphrase: null,
      clock: () => Date.now() + aheadMs,
    }),
  );
  opened.subscribe((event) => events.push(event));
  return opened;
}

beforeEach(async () => {
  stateDirectory = join(directory, `state-${(count += 1)}`);
  events = [];
  aheadMs = 0;
  assistant = await open();
});
afterEach(() => assistant.close());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const importOne = async (line: string): Promise<Source> => {
  const done = unwrap(await assistant.call("source.import", { text: line, format: "lines" }));
  expect(done.added).toBe(1);
  const [source] = unwrap(await assistant.call("source.list", {})).toReversed();
  if (source === undefined) throw new Error("not added");
  return source;
};

describe("lists of sources", () => {
  it("imports nothing in a dry run, then all in one act with one event", async () => {
    const text = [
      "name,host",
      ...Array.from({ length: 2000 }, (_, n) => `s${n},10.1.${n >> 8}.${n & 255}`),
    ].join("\n");
    expect(unwrap(await assistant.call("source.import", { text, format: "csv", dryRun: true })).added).toBe(
      2000,
    );
    expect(unwrap(await assistant.call("source.list", {}))).toEqual([]);
    expect(unwrap(await assistant.call("source.import", { text, format: "csv" })).added).toBe(2000);
    expect(unwrap(await assistant.call("source.list", {})).length).toBe(2000);
    expect(events).toEqual([{ type: "sources-changed" }]);
  });

  it("keeps the pin of a host that stays, drops that of one that changes, and takes none from a form", async () => {
    const source = await importOne("root@192.0.2.1 web");
    const fingerprint = `SHA256:${"A".repeat(43)}`;
    const pinned = unwrap(
      await assistant.call("host-key.pin", { source: "web", host: "192.0.2.1", port: 22, fingerprint }),
    );
    if (pinned.address.kind !== "ssh" || source.address.kind !== "ssh") throw new Error("ssh expected");
    const forged = { ...pinned.address.host, hostKey: `SHA256:${"B".repeat(43)}` };
    const same = unwrap(
      await assistant.call("source.update", { source: "web", address: { ...pinned.address, host: forged } }),
    );
    expect(same.address).toMatchObject({ host: { hostKey: fingerprint } });
    const moved = unwrap(
      await assistant.call("source.update", {
        source: "web",
        name: "web2",
        address: { ...pinned.address, host: { ...forged, host: "192.0.2.2" } },
      }),
    );
    expect(moved).toMatchObject({ id: source.id, name: "web2", address: { host: { hostKey: null } } });
  });

  it("lets no source name a vault entry that is not a source's", async () => {
    const { address } = await importOne("root@192.0.2.1 web");
    if (address.kind !== "ssh") throw new Error("ssh expected");
    const authentication = { ...address.host.authentication, passwordEntry: "installation-ca-key" };
    const refused = await assistant.call("source.update", {
      source: "web",
      address: { ...address, host: { ...address.host, authentication } },
    });
    expect(refused).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field: "address" } },
    });
  });

  it("tags many at once", async () => {
    for (const name of ["a", "b"]) await importOne(`root@host-${name} ${name}`);
    await assistant.call("source.tag", { sources: ["a", "b"], add: ["x", "y"] });
    const tagged = unwrap(
      await assistant.call("source.tag", { sources: ["a", "b"], add: ["z"], remove: ["x"] }),
    );
    expect(tagged.map(({ tags }) => tags)).toEqual([
      ["y", "z"],
      ["y", "z"],
    ]);
  });
});

describe("credential profiles", () => {
  it("take secrets in, never give them out, and change for every source that uses them", async () => {
    const set = unwrap(
      await assistant.call("credential.set", {
        name: "ops",
        user: "deploy",
        password: "correct horse",
        elevation: { method: "sudo" },
      }),
    );
    expect(JSON.stringify(set)).not.toContain("correct horse");
    await importOne("web1");
    unwrap(await assistant.call("source.use-credential", { sources: ["web1"], credential: "ops" }));
    expect(unwrap(await assistant.call("credential.list", {}))).toMatchObject([
      { name: "ops", hasPassword: true, usedBy: 1 },
    ]);
    const changed = unwrap(
      await assistant.call("credential.set", { name: "ops", user: "admin", password: null }),
    );
    expect(changed.hasPassword).toBe(false);
    const [source] = unwrap(await assistant.call("source.list", {}));
    expect(source?.address).toMatchObject({
      host: { authentication: { user: "admin", passwordEntry: null } },
    });
    expect(await assistant.call("credential.remove", { name: "ops" })).toMatchObject({ ok: false });
    unwrap(await assistant.call("source.remove", { source: "web1" }));
    unwrap(await assistant.call("credential.remove", { name: "ops" }));
  });

  it("outlive a source that used them, while a source's own secrets go with it", async () => {
    unwrap(await assistant.call("credential.set", { name: "ops", user: "deploy", password: "shared one" }));
    const { entry } = unwrap(await assistant.call("secret.put", { purpose: "password", secret: "its own" }));
    const { address } = await importOne("web1");
    if (address.kind !== "ssh") throw new Error("ssh expected");
    const authentication = { ...address.host.authentication, passwordEntry: entry };
    unwrap(
      await assistant.call("source.update", {
        source: "web1",
        address: { ...address, host: { ...address.host, authentication } },
      }),
    );
    await importOne("web2");
    unwrap(await assistant.call("source.use-credential", { sources: ["web2"], credential: "ops" }));
    for (const source of ["web1", "web2"]) unwrap(await assistant.call("source.remove", { source }));
    expect(await assistant.vault.get(entry)).toMatchObject({ ok: false, failure: { code: "not-found" } });
    expect(unwrap(await assistant.vault.get("credential/ops/password")).reveal()).toBe("shared one");
  });
});

describe("settings and drafts", () => {
  it("survive the engine, and change only where they are given", async () => {
    unwrap(await assistant.call("settings.set", { language: "ja", ports: { control: 9080, data: 9703 } }));
    unwrap(await assistant.call("settings.set", { theme: "dark" }));
    unwrap(await assistant.call("wizard.draft.set", { draft: { step: "plan", sources: ["<b>x</b>"] } }));
    await assistant.close();
    assistant = await open();
    expect(unwrap(await assistant.call("settings.get", {}))).toMatchObject({
      settings: {
        language: "ja",
        theme: "dark",
        ports: { control: 9080, data: 9703 },
      },
      vault: { protection: "key-file" },
    });
    expect(unwrap(await assistant.call("wizard.draft.get", {}))).toEqual({
      step: "plan",
      sources: ["<b>x</b>"],
    });
    expect(await assistant.call("settings.set", { ports: { control: 80, data: 80 } })).toMatchObject({
      ok: false,
      failure: { context: { field: "ports.data" } },
    });
  });

  it("propose the ports of new jobs, which may choose others", async () => {
    unwrap(await assistant.call("settings.set", { ports: { control: 9080, data: 9703 } }));
    await importOne("root@192.0.2.1 web1");
    const portsOf = async (choices: { controlPort?: number; dataPort?: number }) => {
      const job = await assistant.call("job.create", { source: "web1", choices });
      if (!job.ok) return job.failure.context;
      const { controlPort, dataPort } = job.value.plan.target;
      unwrap(await assistant.call("job.cancel", { job: job.value.id }));
      return [controlPort, dataPort];
    };
    expect(await portsOf({})).toEqual([9080, 9703]);
    expect(await portsOf({ dataPort: 9704 })).toEqual([9080, 9704]);
    expect(await portsOf({ dataPort: 9080 })).toEqual({ field: "dataPort" });
    const checks = unwrap(await assistant.call("doctor", {}));
    expect(checks.find(({ id }) => id === "data-port")?.title).toBe("Port 9703 (data)");
  });

  it("keep no more than the retention says, from the moment that it is set", async () => {
    const kept: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const given = { name: "a.sma-bundle", text: bundleOf(0, "a") };
      kept.push(unwrap(await assistant.call("bundle.import", given)).id);
    }
    const isThere = async (id: string) => (await assistant.call("assessment.show", { id })).ok;
    expect(await Promise.all(kept.map(isThere))).toEqual([true, true, true]);
    await importOne("root@127.0.0.1:9 nobody");
    const { id: job } = unwrap(await assistant.call("job.create", { source: "nobody", choices: {} }));
    unwrap(await assistant.call("job.start", { job }));
    await eventually(async () =>
      unwrap(await assistant.call("job.show", { job })).state.name === "in-error" ? true : undefined,
    );
    const linesOf = async () => unwrap(await assistant.call("job.logs", { job, afterSeq: 0 })).length;
    const lines = await linesOf();
    expect(lines).toBeGreaterThan(0);
    unwrap(await assistant.call("settings.set", { retention: { assessmentsPerSource: 2, jobLogDays: 1 } }));
    expect(await Promise.all(kept.map(isThere))).toEqual([false, true, true]);
    // A job that is not over keeps its log, however old it may be.
    aheadMs = 3 * 86_400_000;
    unwrap(await assistant.call("settings.set", { retention: { assessmentsPerSource: 2, jobLogDays: 1 } }));
    expect(await linesOf()).toBe(lines);
  });

  it("keep plans as templates, by name", async () => {
    const save = (name: string, plan: ProcedureInput<"wizard.template.save">["plan"]) =>
      assistant.call("wizard.template.save", { name, plan });
    unwrap(await save(" nightly ", { limitMiB: "20" }));
    unwrap(await save("<b>x</b>", {}));
    const kept = unwrap(await save("nightly", { limitMiB: "30" }));
    expect(kept.map(({ name, plan }) => ({ name, plan }))).toEqual([
      { name: "<b>x</b>", plan: {} },
      { name: "nightly", plan: { limitMiB: "30" } },
    ]);
    expect(unwrap(await assistant.call("wizard.template.list", {}))).toEqual(kept);
    expect(await save("  ", {})).toMatchObject({ ok: false, failure: { context: { field: "name" } } });
    expect(await save("huge", "x".repeat(600_000))).toMatchObject({
      ok: false,
      failure: { code: "input-invalid", context: { field: "plan" } },
    });
    expect(unwrap(await assistant.call("wizard.template.remove", { name: "nightly" }))).toHaveLength(1);
    expect(unwrap(await assistant.call("layout.default-excludes", {})).text).toContain("/proc/*");
  });

  it("of an earlier version are kept, and what it did not have is off", async () => {
    await assistant.close();
    const database = unwrap(openDeskDatabase(stateDirectory));
    const stored = { language: "ja", updates: { check: true } };
    new DocumentStore(database).set("settings", "desk", stored);
    database.close();
    assistant = await open();
    const { settings } = unwrap(await assistant.call("settings.get", {}));
    expect(settings).toMatchObject({ language: "ja", notifications: true });
    expect(settings.updates).toEqual({ address: null });
  });
});

describe("bundles and reports", () => {
  const collect = () =>
    execFileSync("sh", [join(projectDirectory, "resources/collectors/collect-linux.sh")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
    });

  it("keeps what a bundle says of the source of that name, and reports it in every format", async () => {
    const text = collect();
    const first = unwrap(await assistant.call("bundle.import", { name: "front.json", text }));
    expect(first).toMatchObject({ sourceId: null, origin: "bundle" });
    const source = await importOne(`root@192.0.2.1 ${first.name}`);
    const second = unwrap(await assistant.call("bundle.import", { name: "front.json", text }));
    expect(second.sourceId).toBe(source.id);
    expect(
      unwrap(await assistant.call("assessment.latest", { source: source.id })).assessment.findings.length,
    ).toBe(unwrap(await assistant.call("assessment.show", { id: first.id })).assessment.findings.length);
    for (const format of ["html", "csv", "json"] as const) {
      const file = unwrap(
        await assistant.call("report.export", { format, language: "ja", timeZone: "Asia/Tokyo" }),
      );
      expect(file.content, format).toContain(first.name);
      expect(file.fileName).toMatch(new RegExp(`\\.${format}$`));
    }
    expect(
      await assistant.call("report.export", { format: "csv", language: "en", timeZone: "Mars/Base" }),
    ).toMatchObject({ ok: false, failure: { context: { field: "timeZone" } } });
    unwrap(await assistant.call("source.remove", { source: source.id }));
    expect(unwrap(await assistant.call("assessment.list", {})).map(({ id }) => id)).toEqual([first.id]);
  });

  it("says what is wrong with a file that is no bundle", async () => {
    const refused = await assistant.call("bundle.import", {
      name: "holiday.json",
      text: '{"format":1,"files":3}',
    });
    expect(refused).toMatchObject({ ok: false, failure: { code: "bundle-invalid" } });
    expect(unwrap(await assistant.call("assessment.list", {}))).toEqual([]);
  });

  it("gives the collectors byte for byte, with their checksums", async () => {
    const collectors = unwrap(await assistant.call("collector.list", {}));
    expect(collectors.map(({ id }) => id)).toEqual(["linux", "windows", "windows-2003"]);
    const file = unwrap(await assistant.call("collector.get", { id: "linux" }));
    expect(Buffer.from(file.content, "base64")).toEqual(
      readFileSync(join(projectDirectory, "resources/collectors/collect-linux.sh")),
    );
    expect(await assistant.call("collector.get", { id: "../../etc/passwd" })).toMatchObject({ ok: false });
  });
});

describe("the diagnostics bundle", () => {
  it("holds no secret, wherever one was planted", async () => {
    const planted = {
      profile: "profile-password-3141",
      passphrase: "passphrase-2718",
      single: 'single "source" 1618',
      cloud: "access-key-secret-1414",
      hook: "hook-password-1732",
    };
    unwrap(
      await assistant.call("cloud.account.set", {
        name: "main",
        accessKeyId: "LTAItest",
        accessKeySecret: planted.cloud,
      }),
    );
    unwrap(
      await assistant.call("credential.set", {
        name: "ops",
        user: "deploy",
        password: planted.profile,
        keyPassphrase: planted.passphrase,
      }),
    );
    const { entry } = unwrap(
      await assistant.call("secret.put", { purpose: "password", secret: planted.single }),
    );
    const { address } = await importOne(`root@192.0.2.1 named-${planted.profile}`);
    if (address.kind !== "ssh") throw new Error("ssh expected");
    unwrap(
      await assistant.call("source.update", {
        source: `named-${planted.profile}`,
        address: {
          ...address,
          host: { ...address.host, authentication: { ...address.host.authentication, passwordEntry: entry } },
        },
        tags: [planted.single, planted.passphrase],
      }),
    );
    const job = unwrap(
      await assistant.call("job.create", {
        source: `named-${planted.profile}`,
        choices: {
          directory: `/data/${planted.passphrase}`,
          acceptedFindings: [planted.single, planted.cloud],
          runs: { hooks: { before: [{ command: `mysql -p${planted.hook}` }], after: [] } },
        },
      }),
    );
    const { content } = unwrap(await assistant.call("diagnostics.bundle", {}));
    const bundle = JSON.parse(content) as { jobs: { id: string }[]; sources: unknown[]; checks: unknown[] };
    expect(bundle.jobs.map(({ id }) => id)).toEqual([job.id]);
    expect(bundle.checks.length).toBeGreaterThan(3);
    for (const secret of Object.values(planted)) {
      expect(content).not.toContain(secret);
      expect(content).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    expect(content).not.toContain(entry);
    expect(content).not.toMatch(/PRIVATE KEY/);
  });
});

describeSshd("host keys and live sources", () => {
  let sshd: SshdServer;
  const keyFile = join(directory, "id_ed25519");

  beforeEach(async () => {
    if (!existsSync(keyFile)) makeKey(keyFile, { type: "ed25519", passphrase: "" });
    const authorized = join(directory, "authorized_keys");
    copyFileSync(`${keyFile}.pub`, authorized);
    sshd ??= await startSshd({
      config: [`AuthorizedKeysFile ${authorized}`, "PermitRootLogin yes", "StrictModes no"],
    });
    const text = `name,host,port,user,key_file,elevate\nbox,127.0.0.1,${sshd.port},${currentUser()},${keyFile},none`;
    expect(unwrap(await assistant.call("source.import", { text, format: "csv" })).added).toBe(1);
  });
  afterAll(() => sshd.stop());

  it("asks windows once about a key, waits for the answer, and pins it", async () => {
    const tests = [1, 2].map(() => assistant.call("source.test", { source: "box" }));
    const question = await eventually(() =>
      events.flatMap((event) => (event.type === "host-key-question" ? [event.question] : [])).at(0),
    );
    expect(question).toMatchObject({ port: sshd.port, sources: ["box"] });
    expect(question.fingerprint).toBe(sshd.fingerprint("ed25519"));
    expect(unwrap(await assistant.call("host-key.list", {}))).toEqual([question]);
    unwrap(await assistant.call("host-key.answer", { id: question.id, accept: true }));
    for (const test of tests) expect(await test).toMatchObject({ ok: true });
    expect(await assistant.call("host-key.answer", { id: question.id, accept: true })).toMatchObject({
      ok: false,
    });
    const [source] = unwrap(await assistant.call("source.list", {}));
    expect(source?.address).toMatchObject({ host: { hostKey: question.fingerprint } });
  });

  it("takes no for an answer", async () => {
    const test = assistant.call("source.test", { source: "box" });
    const [question] = await eventually(() => {
      const open = events.flatMap((event) => (event.type === "host-key-question" ? [event.question] : []));
      return open.length > 0 ? open : undefined;
    });
    unwrap(await assistant.call("host-key.answer", { id: question?.id ?? "", accept: false }));
    expect(await test).toMatchObject({ ok: false, failure: { code: "host-key-unknown" } });
    expect(events.some(({ type }) => type === "host-key-settled")).toBe(true);
  });

  it("assesses in the background and keeps the result, or says why it could not", async () => {
    await importOne(`nobody@127.0.0.1:9 gone`);
    const started = unwrap(await assistant.call("assessment.start", { sources: ["box", "gone"] }));
    expect(started.map(({ state }) => state)).toEqual(["running", "running"]);
    const question = await eventually(() =>
      events.flatMap((event) => (event.type === "host-key-question" ? [event.question] : [])).at(0),
    );
    unwrap(await assistant.call("host-key.answer", { id: question.id, accept: true }));
    const summary = await eventually(() =>
      events.flatMap((event) => (event.type === "assessment-stored" ? [event.summary] : [])).at(0),
    );
    expect(summary).toMatchObject({ name: "box", origin: "live" });
    const failed = await eventually(() =>
      events
        .flatMap((event) =>
          event.type === "assessment-run" && event.run.state === "failed" ? [event.run] : [],
        )
        .at(0),
    );
    expect(failed.failure?.code).toBe("host-unreachable");
    expect(unwrap(await assistant.call("assessment.runs", {}))).toEqual([failed]);
    expect(unwrap(await assistant.call("assessment.latest", { source: "box" })).id).toBe(summary.id);
  });
});
