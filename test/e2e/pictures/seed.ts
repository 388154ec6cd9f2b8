/**
 * A state folder as it would look after some weeks of work: many sources, jobs in every state. Written through the
 * engine's own stores, so that whatever the screens show went through the engine's own checks.
 */
import { randomBytes, createHash } from "node:crypto";
import { join } from "node:path";
import type { JobEvent, StepName } from "../../../common/domain/job.ts";
import { jobPlanSchema } from "../../../common/domain/plan.ts";
import { jobProgressSchema } from "../../../common/domain/progress.ts";
import type { Remark } from "../../../common/domain/remark.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { sourceSchema, type Source } from "../../../common/domain/source.ts";
import { failure, unwrap } from "../../../common/result.ts";
import { openDatabase } from "../../../main/store/database.ts";
import { CutoverStore } from "../../../main/store/cutover-store.ts";
import { JobStore } from "../../../main/store/job-store.ts";
import { SourceStore } from "../../../main/store/source-store.ts";
import { seedCutovers, type SeededCutovers } from "./seed-cutovers.ts";

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;

export interface SeedCounts {
  readonly sources: number;
  readonly running: number;
  readonly finished: number;
  /** Where the first of the sources really answers; absent: none does. */
  readonly answering?: Source["address"];
}

export interface SeededState {
  readonly finishedJob: string;
  /** Null where too few jobs have finished. */
  readonly cutovers: SeededCutovers | null;
  readonly failedJob: string;
  readonly runningJob: string;
  readonly runningJobs: readonly string[];
  readonly sources: readonly Source[];
  /** Id of a source that a bundle is to be imported for. */
  readonly assessedSource: string;
  /** Renews the running jobs' leases and moves them on, as the processes that run jobs do. */
  tick(): void;
  close(): void;
}

const kinds = ["web", "db", "app", "mail", "file", "build", "cache", "auth"] as const;
const sites = ["tokyo", "osaka", "shanghai", "frankfurt"] as const;
const purposes = ["production", "staging", "test"] as const;

/** The same number always gives the same part. */
const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;

export const nameOfFirstSource = "web-001";

function sourceAt(index: number, atMs: number): Source {
  const name = `${pick(kinds, index)}-${String(Math.floor(index / kinds.length) + 1).padStart(3, "0")}`;
  return sourceSchema.parse({
    id: createHash("sha256").update(name).digest("hex").slice(0, 16),
    name,
    tags: [pick(sites, Math.floor(index / 3)), pick(purposes, Math.floor(index / 5))],
    addedAt: new Date(atMs - index * 3_600_000).toISOString(),
    address: {
      kind: "ssh",
      jumpHosts: [],
      host: {
        host: `10.${20 + (index % 4)}.${Math.floor(index / 250)}.${1 + (index % 250)}`,
        port: 22,
        hostKey: null,
        legacyAlgorithms: index % 17 === 0,
        authentication: {
          user: index % 3 === 0 ? "root" : "migrate",
          keyFiles: ["/home/admin/.ssh/id_ed25519"],
          useSshAgent: false,
          passwordEntry: null,
          keyPassphraseEntry: null,
        },
      },
      elevation: index % 3 === 0 ? { method: "none" } : { method: "sudo", passwordEntry: null },
    },
  });
}

export function seedState(stateDirectory: string, counts: SeedCounts): SeededState {
  let nowMs = Date.now();
  const clock = () => nowMs;
  const database = unwrap(openDatabase(stateDirectory));
  const sources = new SourceStore(database);
  const jobs = new JobStore(database, clock, () => true);
  const token = randomBytes(8).toString("hex");
  const holder = { token, pid: process.pid };
  const plan = jobPlanSchema.parse({
    target: {
      kind: "local",
      directory: join(stateDirectory, "local-target"),
      listenAddress: "0.0.0.0",
      controlPort: 8080,
      dataPort: 8703,
      advertisedAddresses: [],
    },
    diskPaths: [],
    chunkBytes: mebibyte,
    tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
    dataConnections: 2,
    passLimit: 4,
    continueOnReadError: false,
    imageFormats: ["qcow2"],
    bootCheck: { enabled: true, memoryMiB: 1024, timeoutSeconds: 600 },
    acceptedFindings: [],
  });

  const newJob = (source: Source) => {
    const id = createHash("sha256").update(`job ${source.id}`).digest("hex").slice(0, 16);
    unwrap(jobs.create(id, source.id, plan));
    unwrap(jobs.leases.acquire(id, holder));
    return id;
  };
  const begin = (id: string, step: StepName) => {
    unwrap(jobs.apply(id, { type: "step-started", step }));
    jobs.records.appendJournal(id, 1, step, "begin", null);
  };
  const later = (seconds: number) => {
    nowMs += seconds * 1000;
  };
  const end = (id: string, event: JobEvent) => {
    unwrap(jobs.apply(id, event));
    jobs.leases.release(id, token);
  };

  /** From preflight up to the copy. */
  const prepare = (id: string, diskBytes: number, firmware: "bios" | "uefi" = "bios") => {
    const disks = [
      { id: 0, path: "/dev/vda", sizeBytes: diskBytes },
      { id: 1, path: "/dev/vdb", sizeBytes: diskBytes * 2 },
    ];
    begin(id, "preflight");
    jobs.records.appendLog(id, 1, "info", { kind: "disks-chosen", count: disks.length }, {});
    later(4);
    jobs.records.appendJournal(id, 1, "preflight", "done", { disks, firmware });
    begin(id, "provision");
    later(2);
    const ports = { controlPort: 8080, dataPort: 8703 };
    jobs.records.appendLog(id, 1, "info", { kind: "intermediate-listens", ...ports }, {});
    jobs.records.appendJournal(id, 1, "provision", "done", {
      controlPort: 8080,
      dataPort: 8703,
      dataDirectory: plan.target.directory,
    });
    begin(id, "push");
    later(3);
    jobs.records.appendLog(id, 1, "info", { kind: "agent-runs", directory: `/var/tmp/sma-${id}` }, {});
    jobs.records.appendJournal(id, 1, "push", "done", {
      directory: `/var/tmp/sma-${id}`,
      hosts: ["10.20.0.1"],
    });
    begin(id, "sync");
    return disks;
  };

  const progressAt = (id: string, share: number, total: number, rate: number) =>
    jobs.setProgress(
      id,
      jobProgressSchema.parse({
        step: "sync",
        phase: "syncing",
        note: "copying",
        done: Math.round(total * share),
        total,
        unit: "bytes",
        round: 1,
        ratePerSecond: rate,
        etaSeconds: Math.round((total * (1 - share)) / rate),
        etaIntervalSeconds: {
          low: Math.round((total * (1 - share)) / rate / 1.2),
          high: Math.round(((total * (1 - share)) / rate) * 1.3),
        },
        bottleneck: "network",
        stages: { read: 0.18, hash: 0.06, compress: 0.14, network: 0.55, target: 0.07, held: 0 },
        at: new Date(nowMs).toISOString(),
      }),
    );

  const { answering } = counts;
  const all = Array.from({ length: counts.sources }, (_, index): Source => {
    const source = sourceAt(index, nowMs);
    return index === 0 && answering !== undefined ? { ...source, address: answering } : source;
  });
  for (const source of all) unwrap(sources.add(source));

  const finish = (source: Source) => {
    const id = newJob(source);
    const disks = prepare(id, 20 * gibibyte, source.name === nameOfFirstSource ? "uefi" : "bios");
    later(700);
    const tuned = { level: 3, rateBytesPerSecond: 60 * mebibyte, loadPercent: 50 };
    jobs.records.appendLog(id, 1, "info", { kind: "sync-tuned", ...tuned }, {});
    later(60);
    jobs.records.appendJournal(id, 1, "sync", "done", {
      passes: 2,
      settled: true,
      stillChanging: [],
      readErrors: [],
      rawBytes: 21.4 * gibibyte,
      wireBytes: 9.2 * gibibyte,
      seconds: 760,
    });
    begin(id, "verify");
    later(120);
    jobs.records.appendJournal(id, 1, "verify", "done", {
      disks: disks.map((disk) => ({
        ...disk,
        pass: 2,
        treeHash: createHash("sha256").update(`${id} ${disk.path}`).digest("hex"),
      })),
    });
    begin(id, "convert");
    later(74);
    const changes = [
      {
        step: "fstab-names",
        said: {
          kind: "fstab-name",
          device: "/dev/sda1",
          mountPoint: "/boot",
          name: "UUID=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
          type: null,
        },
        files: ["/etc/fstab"],
      },
      {
        step: "initramfs-virtio",
        said: {
          kind: "initramfs-drivers",
          kernel: "3.10.0-1160.el7.x86_64",
          drivers: ["virtio_pci", "virtio_blk"],
        },
        files: ["/boot/initramfs-3.10.0-1160.el7.x86_64.img", "/etc/dracut.conf.d/90-sma-virtio.conf"],
      },
      {
        step: "network",
        said: { kind: "card-address-dropped", path: "/etc/sysconfig/network-scripts/ifcfg-eth0" },
        files: ["/etc/sysconfig/network-scripts/ifcfg-eth0"],
      },
      {
        step: "old-tools",
        said: { kind: "tools-off", platform: "VMware", services: ["vmtoolsd"], how: "masked" },
        files: ["/etc/systemd/system/vmtoolsd.service"],
      },
    ] as const satisfies readonly { step: string; said: Remark; files: readonly string[] }[];
    for (const { step, said } of changes)
      jobs.records.appendLog(id, 1, "info", { kind: "converted", step, ...told(said) }, {});
    const note = told({ kind: "several-cards", cards: ["eth0", "eth1"] });
    jobs.records.appendLog(
      id,
      1,
      "warning",
      { kind: "conversion-note", text: note.what, said: note.said },
      {},
    );
    jobs.records.appendJournal(id, 1, "convert", "done", {
      enabled: true,
      guest: null,
      changes: changes.map(({ step, said, files }) => ({ ...told(said), disk: 0, step, files })),
      notes: [note],
      seconds: 74,
    });
    begin(id, "image");
    later(95);
    jobs.records.appendJournal(id, 1, "image", "done", {
      files: disks.map((disk) => ({
        diskId: disk.id,
        format: "qcow2",
        path: join(stateDirectory, "local-target", "jobs", id, "images", `disk-${disk.id}.qcow2`),
        fileBytes: Math.round(disk.sizeBytes * 0.3),
        virtualBytes: disk.sizeBytes,
        sha256: createHash("sha256").update(`image ${id} ${disk.path}`).digest("hex"),
      })),
    });
    begin(id, "boot-check");
    later(48);
    const seen = told({ kind: "boot-login", view: "serial", text: `${source.name} login:` });
    jobs.records.appendJournal(id, 1, "boot-check", "done", {
      verdict: {
        booted: true,
        evidence: seen.what,
        found: [seen],
        repairs: [
          {
            id: "repair-initramfs",
            remedy: "the initramfs is made anew by the system's own tools",
            booted: true,
            kept: true,
            evidence: seen.what,
            found: [seen],
            changes: [],
          },
        ],
        accelerator: "kvm",
        secondsToVerdict: 41.7,
        consoleLogPath: join(stateDirectory, "local-target", "jobs", id, "boot-check", "console.log"),
        screenshotPath: null,
        timeline: [
          { atSeconds: 0.4, what: "firmware" },
          { atSeconds: 3.1, what: "boot loader" },
          { atSeconds: 6.4, what: "kernel" },
          { atSeconds: 19.2, what: "init" },
          { atSeconds: 41.7, what: "login" },
        ],
      },
    });
    begin(id, "deliver");
    later(1);
    jobs.records.appendJournal(id, 1, "deliver", "done", {
      // The first one's result went to a cloud.
      delivered:
        source.name === nameOfFirstSource
          ? {
              kind: "alibaba-cloud",
              account: "migration",
              region: "ap-northeast-1",
              imageId: "m-6we0fst8pm0example01",
              imageName: `sma-${source.name}-20261126`,
              instance: source.name,
            }
          : null,
    });
    begin(id, "receipt");
    later(2);
    jobs.records.appendJournal(id, 1, "receipt", "done", {
      path: join(stateDirectory, "receipts", `${id}-run-0001.json`),
      sha256: "0".repeat(64),
      authorityFingerprint: "00",
    });
    begin(id, "clean-up");
    later(3);
    const path = join(stateDirectory, "receipts", `${id}-run-0001.json`);
    jobs.records.appendLog(id, 1, "info", { kind: "receipt-signed", path }, {});
    jobs.records.appendJournal(id, 1, "clean-up", "done", {});
    end(id, { type: "finished" });
    return id;
  };

  const failing = (source: Source) => {
    const id = newJob(source);
    prepare(id, 60 * gibibyte);
    later(420);
    progressAt(id, 0.37, 60 * gibibyte, 41 * mebibyte);
    jobs.records.appendLog(id, 1, "warning", { kind: "agent-restarted" }, {});
    end(id, {
      type: "failed",
      failure: failure(
        "no-space",
        told({
          kind: "no-room-at",
          path: plan.target.directory,
          freeBytes: Math.round(1.1 * gibibyte),
          neededBytes: Math.round(37.8 * gibibyte),
        }),
        {
          path: plan.target.directory,
          freeBytes: Math.round(1.1 * gibibyte),
          wantedBytes: Math.round(37.8 * gibibyte),
        },
      ),
    });
    return id;
  };

  const unbootable = (source: Source) => {
    const id = newJob(source);
    prepare(id, 16 * gibibyte);
    later(500);
    begin(id, "boot-check");
    later(240);
    end(id, {
      type: "failed",
      failure: failure(
        "target-did-not-boot",
        told({
          kind: "did-not-boot",
          because: told({
            kind: "boot-sign",
            sign: "initramfs-shell",
            detail: null,
            waitedFor: null,
            view: "serial",
          }),
        }),
        {
          consoleLog: join(plan.target.directory, "jobs", id, "boot-check", "console.log"),
        },
      ),
    });
    return id;
  };

  // The past first: the clock only runs forwards.
  const realNow = nowMs;
  nowMs = realNow - 6 * 3_600_000;
  const finishedIds = all.slice(0, counts.finished).map(finish);
  const [, tried, cutOver, finalised] = finishedIds;
  const cutovers =
    tried === undefined || cutOver === undefined || finalised === undefined
      ? null
      : { tried, cutOver, finalised };
  if (cutovers !== null) {
    const nameOf = (job: string) => all[finishedIds.indexOf(job)]?.name ?? job;
    seedCutovers(new CutoverStore(database, clock), cutovers, nameOf, (seconds) => {
      later(seconds);
      return nowMs;
    });
  }
  nowMs = Math.min(nowMs, realNow - 3_600_000);
  const failedJob = failing(all[counts.finished] as Source);
  unbootable(all[counts.finished + 1] as Source);
  const stopped = newJob(all[counts.finished + 2] as Source);
  prepare(stopped, 40 * gibibyte);
  end(stopped, { type: "stopped" });

  const runningIds = all
    .slice(counts.finished + 3, counts.finished + 3 + counts.running)
    .map((source, at) => {
      nowMs = realNow - 1_800_000 + at * 1000;
      const id = newJob(source);
      prepare(id, (20 + (at % 7) * 30) * gibibyte);
      return id;
    });
  if (runningIds[2] !== undefined) unwrap(jobs.apply(runningIds[2], { type: "paused" }));

  let ticks = 0;
  const tick = () => {
    nowMs = Date.now();
    ticks += 1;
    for (const [at, id] of runningIds.entries()) {
      jobs.leases.renew(id, token);
      const share = Math.min(0.97, 0.04 + ((at * 37) % 89) / 100 + ticks * 0.0005);
      const wave = 1 + 0.25 * Math.sin(ticks / 5 + at) + 0.08 * Math.sin(ticks * 1.7 + at * 3);
      progressAt(id, share, (20 + (at % 7) * 30) * 3 * gibibyte, (38 + (at % 9) * 11) * mebibyte * wave);
    }
  };
  nowMs = realNow;
  // A lease holds from its renewal on.
  for (const id of runningIds) unwrap(jobs.leases.acquire(id, holder));
  tick();
  return {
    finishedJob: finishedIds[0] ?? "",
    cutovers,
    failedJob,
    sources: all,
    assessedSource: all[0]?.id ?? "",
    runningJobs: runningIds,
    runningJob: runningIds[1] ?? runningIds[0] ?? "",
    tick,
    close: () => database.close(),
  };
}
