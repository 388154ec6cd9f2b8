import { expect, it } from "vitest";
import type { ImageFormat } from "../../../../common/domain/image.ts";
import { jobPlanSchema } from "../../../../common/domain/plan.ts";
import { unwrap } from "../../../../common/result.ts";
import { migratedSystem } from "../../../../main/cutover/job-images.ts";
import type { JournalEntry } from "../../../../main/store/job-records.ts";

const plan = jobPlanSchema.parse({
  target: {
    kind: "local",
    directory: "/srv/sma",
    listenAddress: "127.0.0.1",
    advertisedAddresses: [],
    controlPort: 8080,
    dataPort: 8703,
  },
  diskPaths: [],
  chunkBytes: 1_048_576,
  tuning: { codec: "zstd", level: 1, rateBytesPerSecond: 0 },
  dataConnections: 1,
  passLimit: 1,
  continueOnReadError: false,
  imageFormats: ["raw"],
  bootCheck: { enabled: false, memoryMiB: 128, timeoutSeconds: 10 },
  acceptedFindings: [],
});
const file = (diskId: number, format: ImageFormat, virtualBytes: number) => ({
  diskId,
  format,
  virtualBytes,
  fileBytes: 1,
  sha256: "0".repeat(64),
  path: `/srv/sma/disk-${diskId}.${format}`,
});
const done = (step: JournalEntry["step"], data: unknown) =>
  ({ seq: 1, run: 1, at: "2026-01-01T00:00:00.000Z", step, kind: "done", data }) satisfies JournalEntry;
const preflight = done("preflight", { firmware: "bios" });

it("an instance gets one image of each disk, as large as the conversion made it", () => {
  const journal = [
    preflight,
    // Of the source's disks: one, and smaller.
    done("verify", { disks: [{ id: 0, sizeBytes: 4096 }] }),
    done("image", { files: [file(1, "vhd", 2048), file(0, "raw", 8192), file(0, "qcow2", 8192)] }),
  ];
  expect(unwrap(migratedSystem("job", plan, journal)).images).toEqual([
    { diskId: 0, format: "qcow2", path: "/srv/sma/disk-0.qcow2", sizeBytes: 8192 },
    { diskId: 1, format: "vhd", path: "/srv/sma/disk-1.vhd", sizeBytes: 2048 },
  ]);
});

it("the images are as old as the copy of their own run, whatever a later one began", () => {
  const at = (entry: JournalEntry, run: number, day: string): JournalEntry => ({
    ...entry,
    run,
    at: `2026-01-${day}T00:00:00.000Z`,
  });
  const images = done("image", { files: [file(0, "qcow2", 8192)] });
  const journal = [
    preflight,
    at(done("sync", {}), 1, "02"),
    at(images, 1, "03"),
    at(done("sync", {}), 2, "04"),
    at(images, 2, "05"),
    at(done("sync", {}), 3, "06"),
  ];
  expect(unwrap(migratedSystem("job", plan, journal)).copiedAt).toBe("2026-01-04T00:00:00.000Z");
  expect(unwrap(migratedSystem("job", plan, [preflight, at(images, 1, "03")])).copiedAt).toBe(
    "2026-01-03T00:00:00.000Z",
  );
});

it("a job without images has nothing for an instance", () => {
  expect(migratedSystem("job", plan, [preflight])).toMatchObject({ failure: { code: "cutover-state" } });
});

it("a system starts by its source's firmware, or by the one that it was converted to", () => {
  const images = done("image", { files: [file(0, "qcow2", 8192)] });
  const uefi = done("preflight", { firmware: "uefi" });
  const toBios = { ...plan, conversion: { ...plan.conversion, firmware: "bios" as const } };
  const firmwareOf = (given: typeof plan, ...journal: JournalEntry[]) =>
    unwrap(migratedSystem("job", given, [uefi, ...journal, images])).firmware;
  expect(firmwareOf(plan, done("convert", { enabled: true }))).toBe("uefi");
  expect(firmwareOf(toBios, done("convert", { enabled: true }))).toBe("bios");
  // What was only wished for was not done.
  expect(firmwareOf(toBios, done("convert", { enabled: false }))).toBe("uefi");
});
