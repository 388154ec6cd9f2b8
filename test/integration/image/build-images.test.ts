import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageFormats } from "../../../common/domain/image.ts";
import { unwrap } from "../../../common/result.ts";
import { buildImages } from "../../../intermediate/image/build-images.ts";
import { createOverlay } from "../../../intermediate/qemu/overlay.ts";
import { formatRecipes } from "../../../intermediate/image/formats.ts";
import type { TaskProgress } from "../../../intermediate/tasks/implementations.ts";
import { hashFile, writeMixedDisk } from "../../support/mixed-disk.ts";

const mebibyte = 1024 ** 2;
// Whole sectors, but neither whole chunks nor whole mebibytes.
const sizeBytes = 37 * mebibyte + 512 * 3;
let directory: string;
let replicaPath: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sma-image-"));
  replicaPath = join(directory, "disk-0.raw");
  writeMixedDisk(replicaPath, sizeBytes, "images");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function build(options: Partial<Parameters<typeof buildImages>[0]> = {}) {
  const claimed: string[] = [];
  const progress: TaskProgress[] = [];
  const outputDirectory = join(directory, "images");
  execFileSync("mkdir", ["-p", outputDirectory]);
  const result = buildImages({
    disks: [{ diskId: 0, replicaPath, sizeBytes }],
    formats: imageFormats,
    outputDirectory,
    signal: new AbortController().signal,
    report: (each) => progress.push(each),
    claim: async (path) => void claimed.push(path),
    ...options,
  });
  return { result, claimed, progress, outputDirectory };
}

describe("images", () => {
  it.each(imageFormats)("in %s hold the replica's bytes and zeros after them", async (format) => {
    const [file] = unwrap(await build({ formats: [format] }).result);
    const raw = join(directory, "back.raw");
    execFileSync("qemu-img", [
      "convert",
      "-f",
      formatRecipes[format].driver,
      "-O",
      "raw",
      file?.path ?? "",
      raw,
    ]);
    expect(statSync(raw).size).toBe(file?.virtualBytes);
    execFileSync("truncate", ["-s", String(statSync(raw).size), replicaPath]);
    expect(hashFile(raw)).toBe(hashFile(replicaPath));
  });

  it("of a conversion hold what its overlay has written, zeroed and made larger", async () => {
    const overlayPath = join(directory, "disk-0.qcow2");
    const grown = 40 * mebibyte;
    const backing = { relativePath: "disk-0.raw", format: "raw" } as const;
    const { signal } = new AbortController();
    unwrap(await createOverlay({ path: overlayPath, sizeBytes: grown, backing, signal }));
    // Over data, over data without its own, over a hole, and behind the replica's end.
    const writes = ["write -P 7 66k 3k", "write -z 1M 128k", "write -P 8 5M 9k", "write -P 9 39M 1k"];
    execFileSync("qemu-io", [...writes.flatMap((each) => ["-c", each]), overlayPath]);
    const expected = join(directory, "expected.raw");
    execFileSync("qemu-img", ["convert", "-O", "raw", overlayPath, expected]);
    const disks = [{ diskId: 0, replicaPath, overlayPath, sizeBytes: grown }];
    const files = unwrap(await build({ disks, formats: ["raw", "vhd", "qcow2"] }).result);
    const bytes = readFileSync(expected);
    for (const { path, format, virtualBytes, sha256 } of files) {
      expect(hashFile(path)).toBe(sha256);
      if (format === "qcow2") {
        execFileSync("qemu-img", ["check", "-q", path]);
        execFileSync("qemu-img", ["compare", "-q", "-f", "qcow2", "-F", "raw", path, expected]);
      } else expect(readFileSync(path).subarray(0, virtualBytes).equals(bytes)).toBe(true);
    }
  });

  it("in qcow2 are in order by qemu-img's own check, however large and thinly filled the disk is", async () => {
    // Several tables of every kind, some of them skipped; beginnings and ends within a cluster.
    const large = 5 * 1024 ** 4 + 512;
    const sparse = join(directory, "large.raw");
    execFileSync("truncate", ["-s", String(large), sparse]);
    const file = openSync(sparse, "r+");
    for (const at of [0, 4096, 65_536 * 3 - 512, 2 ** 29 - 512, 2 ** 40 + 5 * 4096, large - 512])
      writeSync(file, Buffer.alloc(1024, at.toString(36) + "x"), 0, Math.min(1024, large - at), at);
    closeSync(file);
    const disks = [{ diskId: 0, replicaPath: sparse, sizeBytes: large }];
    const [image] = unwrap(await build({ disks, formats: ["qcow2"] }).result);
    execFileSync("qemu-img", ["check", "-q", "-f", "qcow2", image?.path ?? ""]);
    expect(image?.virtualBytes).toBe(large);
    expect(hashFile(image?.path ?? "")).toBe(image?.sha256);
  });

  it("in vhd are fixed, of whole mebibytes, and say their own size", async () => {
    const [file] = unwrap(await build({ formats: ["vhd"] }).result);
    const said = JSON.parse(
      execFileSync("qemu-img", ["info", "-f", "vpc", "--output=json", file?.path ?? ""]).toString(),
    ) as Record<string, number>;
    expect(said["virtual-size"]).toBe(38 * mebibyte);
    // A fixed VHD is the disk and a footer of one sector.
    expect(file?.fileBytes).toBe(38 * mebibyte + 512);
  });

  it("stay sparse", async () => {
    const [file] = unwrap(await build({ formats: ["raw"] }).result);
    const { size, blocks } = statSync(file?.path ?? "");
    expect(blocks * 512).toBeLessThan(size * 0.8);
  });

  it("are claimed in the ledger before they are made, and reported with growing progress", async () => {
    const { result, claimed, progress, outputDirectory } = build();
    const files = unwrap(await result);
    for (const { path } of files) expect(claimed).toContain(path);
    expect(readdirSync(outputDirectory).every((name) => claimed.includes(join(outputDirectory, name)))).toBe(
      true,
    );
    const done = progress.map((each) => each.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(done.at(-1)).toBe(progress.at(-1)?.total);
  });

  it("carry a checksum that sha256sum agrees with", async () => {
    for (const { path, sha256 } of unwrap(await build().result)) {
      expect(execFileSync("sha256sum", [path]).toString().split(" ")[0]).toBe(sha256);
    }
  });

  it("are described beside them, so that the folder alone can be imported", async () => {
    const { result, outputDirectory } = build({ formats: ["qcow2", "vhd"] });
    const files = unwrap(await result);
    const said = JSON.parse(readFileSync(join(outputDirectory, "image.json"), "utf8")) as {
      disks: { sizeBytes: number; images: { file: string; sha256: string }[] }[];
    };
    expect(said.disks).toHaveLength(1);
    expect(said.disks[0]?.sizeBytes).toBe(sizeBytes);
    expect(said.disks[0]?.images.map(({ file, sha256 }) => [join(outputDirectory, file), sha256])).toEqual(
      files.map(({ path, sha256 }) => [path, sha256]),
    );
  });

  it("of a replica that is not there fail and name its path", async () => {
    const gone = join(directory, "gone.raw");
    const { result } = build({ disks: [{ diskId: 0, replicaPath: gone, sizeBytes }] });
    expect(await result).toMatchObject({
      failure: { code: "storage-failed", message: expect.stringContaining(gone) as string },
    });
  });

  it("leave the replica unread as anything but raw, whatever its first bytes claim", async () => {
    // A guest can write a qcow2 header with a backing file onto its disk: probing would open that file.
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", join(directory, "header.qcow2"), "1M"]);
    execFileSync("dd", [
      `if=${join(directory, "header.qcow2")}`,
      `of=${replicaPath}`,
      "conv=notrunc",
      "status=none",
    ]);
    const [file] = unwrap(await build({ formats: ["raw"] }).result);
    expect(file?.virtualBytes).toBe(sizeBytes);
    expect(hashFile(file?.path ?? "")).toBe(hashFile(replicaPath));
  });

  it("leave no partial file when they are cancelled", async () => {
    const stop = new AbortController();
    const { result, outputDirectory } = build({ signal: stop.signal, report: () => stop.abort() });
    expect(await result).toMatchObject({ ok: false, failure: { code: "cancelled" } });
    expect(readdirSync(outputDirectory).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it("are refused where the format cannot hold the disk", async () => {
    const { result } = build({
      disks: [{ diskId: 0, replicaPath, sizeBytes: 3000 * 1024 ** 3 }],
      formats: ["vhd"],
    });
    expect(await result).toMatchObject({ failure: { code: "image-constraint", context: { format: "vhd" } } });
  });
});
