/**
 * `npm run lab -- images`: what an image costs beside `qemu-img convert`, which reads and writes the same. A conversion's
 * overlay over a replica of 1 GiB, three eighths of it holes; each way in turn, the best of four runs counts: what is
 * written first after a file was removed gets its warm memory, so the order changes.
 */
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { unwrap } from "../../common/result.ts";
import { imageFormats, type ImageFormat } from "../../common/domain/image.ts";
import { buildImages } from "../../intermediate/image/build-images.ts";
import { formatRecipes } from "../../intermediate/image/formats.ts";
import { createOverlay } from "../../intermediate/qemu/overlay.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import { writeMixedDisk } from "../support/mixed-disk.ts";
import { makeWorkDirectory } from "./cache.ts";
import type { LabContext } from "./prepare-image.ts";

const sizeBytes = 1024 ** 3;
const rounds = 4;

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
};

/** Prints a table of seconds. */
export async function measureImages({ signal, report }: LabContext): Promise<void> {
  const work = await makeWorkDirectory("images");
  try {
    const replicaPath = join(work, "disk-0.raw");
    const overlayPath = join(work, "disk-0.qcow2");
    report("writing a disk of 1 GiB");
    writeMixedDisk(replicaPath, sizeBytes, "images");
    const backing = { relativePath: "disk-0.raw", format: "raw" } as const;
    unwrap(await createOverlay({ path: overlayPath, sizeBytes, backing, signal }));
    const outputDirectory = join(work, "images");
    const fresh = async (): Promise<void> => {
      await rm(outputDirectory, { recursive: true, force: true });
      await mkdir(outputDirectory);
    };
    const convert = async (format: ImageFormat): Promise<void> => {
      const { driver } = formatRecipes[format];
      const output = join(outputDirectory, "image");
      await runTool("qemu-img", ["convert", "-f", "qcow2", "-O", driver, overlayPath, output], { signal });
      const file = await open(output, "r+");
      await file.sync().finally(() => file.close());
    };
    const build = async (format: ImageFormat): Promise<void> => {
      const disks = [{ diskId: 0, replicaPath, overlayPath, sizeBytes }];
      const silent = { report: () => undefined, claim: () => Promise.resolve() };
      unwrap(await buildImages({ disks, formats: [format], outputDirectory, signal, ...silent }));
    };
    const lines = [
      "| format | `qemu-img convert`, on the disk | image made, compared, hashed, on the disk |",
      "|---|---|---|",
    ];
    for (const format of imageFormats) {
      const best = [Infinity, Infinity];
      for (let round = 0; round < rounds; round += 1) {
        report(`${format}, round ${round + 1} of ${rounds}`);
        const ways = [...[convert, build].entries()];
        for (const [index, way] of round % 2 === 0 ? ways : ways.toReversed()) {
          await fresh();
          best[index] = Math.min(best[index] ?? Infinity, await timed(() => way(format)));
        }
      }
      const cells = best.map((seconds) => `${seconds.toFixed(1)} s`);
      lines.push(`| ${[format, ...cells].join(" | ")} |`);
    }
    process.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
