/**
 * What an owner of a real Windows proves with `sma doctor windows`: each step does on the source what a migration does,
 * one verdict line each, and leaves nothing there. The steps are those that no test without a Windows can prove.
 */
import { randomBytes } from "node:crypto";
import type { Diagnosis } from "../../common/api/procedures.ts";
import type { Source } from "../../common/domain/source.ts";
import { ok, type Failure, type Result } from "../../common/result.ts";
import type { collectLive } from "../inventory/collect-live.ts";
import { launchDocument } from "../migrations/launch-document.ts";
import type { AgentPlacement, MigrationServices } from "../migrations/services.ts";
import type { SourceSession, WindowsSession } from "../remote/contract.ts";

export interface WindowsDoctorServices extends Pick<
  MigrationServices,
  "connect" | "agents" | "authority" | "clock" | "reaches" | "sleep"
> {
  collect(session: SourceSession, signal: AbortSignal): ReturnType<typeof collectLive>;
}

type Verdict = Pick<Diagnosis, "verdict" | "detail" | "remedy">;

const good = (detail: string): Verdict => ({ verdict: "ok", detail, remedy: null });
const bad = ({ message, remedy, code }: Failure): Verdict => ({
  verdict: "missing",
  detail: `${code}: ${message}`,
  remedy,
});
const weak = (detail: string, remedy: string): Verdict => ({ verdict: "limited", detail, remedy });

/** What every upload should reach. */
const wantedBytesPerSecond = 1024 * 1024;
const sampleBytes = 4 * 1024 * 1024;
/** The launched agent finds nobody at this port and gives up by itself, should it not be removed. */
const nobodysPort = 9;
const retrySeconds = 300;
/** WinRM ends what belongs to a connection some time after it. */
const survivalMs = 5_000;

/** Runs the steps in order; a step that cannot be done without an earlier one is left out when that one failed. */
export async function diagnoseWindows(
  services: WindowsDoctorServices,
  source: Source,
  intermediate: { readonly host: string; readonly ports: readonly number[] } | null,
  signal: AbortSignal,
): Promise<Result<Diagnosis[]>> {
  const lines: Diagnosis[] = [];
  const add = (id: string, title: string, verdict: Verdict) => lines.push({ id, title, ...verdict });

  const opened = await services.connect(source, signal);
  if (!opened.ok) {
    add("login", "Connection and login", bad(opened.failure));
    return ok(lines);
  }
  if (opened.value.platform !== "windows") {
    await opened.value.close();
    add(
      "login",
      "Connection and login",
      weak("the source is reached, but it is no Windows", "Name a Windows source."),
    );
    return ok(lines);
  }
  const session = opened.value;
  const doctor = new Examination(services, session, signal);
  try {
    add("login", "Connection and login", good(`${session.description}, ${wayOf(source)}`));
    add("administrator", "Administrator's rights", await doctor.administrator());
    add("system", "Windows and PowerShell", await doctor.system());
    add("collector", "Facts for the assessment", await doctor.collector());
    add("vss", "VSS writers", doctor.writers());
    if (intermediate !== null)
      for (const port of intermediate.ports)
        add(`port-${port}`, `Outbound port ${port}`, await doctor.port(intermediate.host, port));
    add("agent", "The agent: upload, antivirus, start", await doctor.place());
    if (doctor.placement !== null) {
      add("upload", "Upload speed", await doctor.upload(doctor.placement));
      add("disks", "Disks by their exact sizes", await doctor.disks(doctor.placement));
      add("launch", "The agent in the background", await doctor.launch(doctor.placement));
    }
  } finally {
    await session.close();
  }
  if (doctor.placement !== null) {
    add(
      "survival",
      "The agent after the connection's end",
      await survival(services, source, doctor.jobId, signal),
    );
  }
  return ok(lines);
}

function wayOf({ address }: Source): string {
  if (address.kind === "ssh") return "OpenSSH for Windows";
  return address.scheme === "https"
    ? `WinRM over HTTPS, ${address.authentication.method === "basic" ? "Basic" : "NTLM bound to the certificate"}`
    : "WinRM over HTTP, messages sealed by NTLM";
}

class Examination {
  /** Belongs to no job: names the folder that is removed at the end. */
  readonly jobId = randomBytes(8).toString("hex");
  placement: AgentPlacement | null = null;
  readonly #services: WindowsDoctorServices;
  readonly #session: WindowsSession;
  readonly #signal: AbortSignal;
  #writers: readonly { readonly name: string; readonly isFailed: boolean | null }[] = [];

  constructor(services: WindowsDoctorServices, session: WindowsSession, signal: AbortSignal) {
    this.#services = services;
    this.#session = session;
    this.#signal = signal;
  }

  async administrator(): Promise<Verdict> {
    const administrator = await this.#session.isAdministrator();
    if (!administrator.ok) return bad(administrator.failure);
    if (administrator.value) return good("the login has them in full");
    return {
      verdict: "missing",
      detail: "the login has them not, or not in full",
      remedy:
        "Use a member of Administrators; for a local account other than the built-in Administrator, set LocalAccountTokenFilterPolicy to 1.",
    };
  }

  async system(): Promise<Verdict> {
    const version = await this.#session.run(["ver"], { signal: this.#signal });
    if (!version.ok) return bad(version.failure);
    const windows = `${version.value.stdout.trim()}, ${this.#session.architecture}`;
    const shell = await this.#session.powershell(
      "# sma powershell version\n[string]$PSVersionTable.PSVersion",
      [],
      {
        signal: this.#signal,
      },
    );
    if (!shell.ok) return weak(`${windows}; ${shell.failure.message}`, shell.failure.remedy);
    return good(`${windows}, PowerShell ${shell.value.stdout.trim()}`);
  }

  async collector(): Promise<Verdict> {
    const begunMs = this.#services.clock();
    const collected = await this.#services.collect(this.#session, this.#signal);
    if (!collected.ok) return bad(collected.failure);
    const { facts, bundle } = collected.value;
    this.#writers = facts.vssWriters ?? [];
    const seconds = Math.round((this.#services.clock() - begunMs) / 1000);
    const disks = facts.storage.devices.filter(({ kind }) => kind === "disk").length;
    const unread = Object.keys(bundle.unread ?? {});
    const detail = `${bundle.collector ?? "a collector"}: ${facts.os.name ?? "system unknown"}, ${disks} disk(s), ${seconds} s`;
    if (disks === 0)
      return weak(`${detail}; no disk was told`, "Report it with the bundle: sma assess --json.");
    return unread.length === 0
      ? good(detail)
      : weak(`${detail}; not read: ${unread.join("; ")}`, "See the reasons in the bundle.");
  }

  writers(): Verdict {
    const failed = this.#writers.filter(({ isFailed }) => isFailed === true);
    if (this.#writers.length === 0)
      return weak("vssadmin told of none", "Run `vssadmin list writers` on the server.");
    return failed.length === 0
      ? good(`${this.#writers.length} writers, none failed`)
      : weak(
          `failed: ${failed.map(({ name }) => name).join(", ")}`,
          "Restart the writer's service, or the server, before the migration.",
        );
  }

  async port(host: string, port: number): Promise<Verdict> {
    const reached = await this.#services.reaches(this.#session, host, port);
    if (!reached.ok) return bad(reached.failure);
    if (reached.value === true) return good(`${host} is reached from the source`);
    return {
      verdict: reached.value === null ? "limited" : "missing",
      detail:
        reached.value === null ? "the source has no means to try" : `${host} is not reached from the source`,
      remedy: "Open it outbound on the source, and start the intermediate before this is tried.",
    };
  }

  async place(): Promise<Verdict> {
    const placed = await this.#services.agents.place(this.#session, this.jobId, this.#signal);
    if (!placed.ok) return bad(placed.failure);
    this.placement = placed.value;
    return good(`runs in ${placed.value.directory}`);
  }

  /** The agent's own upload may have been small beside the way to it: this one is measured. */
  async upload({ directory }: AgentPlacement): Promise<Verdict> {
    // A name that goes with the agent.
    const path = `${directory}\\agent.log.1`;
    const begunMs = this.#services.clock();
    const uploaded = await this.#session.upload(randomBytes(sampleBytes), path, { signal: this.#signal });
    if (!uploaded.ok) return bad(uploaded.failure);
    const seconds = Math.max(0.001, (this.#services.clock() - begunMs) / 1000);
    const rate = sampleBytes / seconds;
    const detail = `${(rate / 1024 / 1024).toFixed(1)} MiB/s, checksum proved on the source`;
    return rate >= wantedBytesPerSecond
      ? good(detail)
      : weak(detail, "Raise MaxEnvelopeSizekb to 500 on the server, or look at the line.");
  }

  async disks(placement: AgentPlacement): Promise<Verdict> {
    const listed = await this.#services.agents.listWindowsDisks(this.#session, placement);
    if (!listed.ok) return bad(listed.failure);
    const words = listed.value.map(({ path, sizeBytes }) => `${path} ${sizeBytes}`).join(", ");
    return listed.value.length > 0
      ? good(words)
      : { verdict: "missing", detail: "the agent sees no disk", remedy: "Report it with the bundle." };
  }

  async launch(placement: AgentPlacement): Promise<Verdict> {
    const identity = await this.#services.authority.issue({
      role: "agent",
      commonName: this.jobId,
      validDays: 1,
    });
    const document = launchDocument({
      jobId: this.jobId,
      hosts: ["127.0.0.1"],
      controlPort: nobodysPort,
      nowMs: this.#services.clock(),
      retrySeconds,
      caPem: this.#services.authority.certificatePem,
      identity,
    });
    const launched = await this.#services.agents.launch(this.#session, placement, document);
    return launched.ok ? good("started") : bad(launched.failure);
  }
}

/** Whether the agent outlived its connection; then it is ended, and nothing of it may stay. */
async function survival(
  services: WindowsDoctorServices,
  source: Source,
  jobId: string,
  signal: AbortSignal,
): Promise<Verdict> {
  await services.sleep(survivalMs, signal);
  const again = await services.connect(source, AbortSignal.timeout(60_000));
  if (!again.ok) return bad(again.failure);
  try {
    const found = await services.agents.find(again.value, jobId);
    const removed = await services.agents.remove(again.value, jobId);
    if (!found.ok) return bad(found.failure);
    if (!removed.ok) return bad(removed.failure);
    if (found.value?.running === true) return good("it ran on, was ended, and left nothing");
    const why = found.value?.lastError ?? "it says nothing about why";
    return {
      verdict: "missing",
      detail: `it was gone: ${why}`,
      remedy: "Report it with the agent's log: the connection's end must not end the agent.",
    };
  } finally {
    await again.value.close();
  }
}
