/**
 * Which files of the migrated system a range of its disk belongs to, as far as the tools at hand can tell: the agent
 * reads the partition table, e2fsprogs' debugfs the ext filesystems. Whatever they do not understand is named by its
 * partition. Everything comes from outside and is only ever read.
 */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { ImageFormat } from "../../common/domain/image.ts";
import type { DiskContent } from "../../intermediate/qemu/nbd-content.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";
import { isZero } from "../../intermediate/volume/aligned-memory.ts";

interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface NameOptions {
  readonly path: string;
  readonly format: ImageFormat;
  readonly content: DiskContent;
  readonly diskBytes: number;
  readonly extents: readonly Extent[];
  readonly agentPath: string | null;
  readonly signal: AbortSignal;
}

const contentSchema = z.object({
  kind: z.string(),
  type: z.string().nullable(),
  blockSize: z.number().nullable().optional(),
});
const reportSchema = z.object({
  devices: z
    .array(
      z.object({
        content: contentSchema.nullable(),
        partitions: z.array(
          z.object({
            index: z.number(),
            startBytes: z.number(),
            sizeBytes: z.number(),
            role: z.string(),
            content: contentSchema.nullable(),
          }),
        ),
      }),
    )
    .min(1),
});

interface Area extends Extent {
  readonly name: string;
  readonly type: string | null;
  readonly blockSize: number | null;
}

const blocksMost = 2_000;
const namesMost = 200;
const extTypes = new Set(["ext2", "ext3", "ext4"]);

/** Names for people, at most 200; empty where nothing could be told. */
export async function nameFiles(options: NameOptions): Promise<string[]> {
  if (options.agentPath === null || options.extents.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "sma-names-"));
  try {
    const raw = options.format === "raw" ? resolve(options.path) : join(folder, "disk.raw");
    if (options.format !== "raw") await copySparse(options, raw);
    const areas = await areasOf(options.agentPath, raw, options);
    const names: string[] = [];
    for (const area of areas) {
      const hit = options.extents.flatMap((extent) => overlap(extent, area));
      if (hit.length === 0) continue;
      names.push(...(await namesIn(area, raw, hit, options.signal)));
    }
    return [...new Set(names)].slice(0, namesMost);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tools want a raw file; zeros take no room in it. */
async function copySparse({ content, diskBytes, signal }: NameOptions, path: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.truncate(diskBytes);
    const buffer = Buffer.alloc(1_048_576);
    for (let offset = 0; offset < diskBytes && !signal.aborted; offset += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, diskBytes - offset));
      const read = await content.read(offset, part);
      if (read.ok && !isZero(part)) await file.write(part, 0, part.length, offset);
    }
  } finally {
    await file.close();
  }
}

async function areasOf(agent: string, raw: string, { signal, diskBytes }: NameOptions): Promise<Area[]> {
  const printed = await outputOf(agent, ["inspect", raw, "--json"], signal);
  if (printed === null) return [];
  const report = reportSchema.safeParse(JSON.parse(printed));
  const device = report.data?.devices[0];
  if (device === undefined) return [];
  const areaOf = (name: string, at: Extent, content: z.infer<typeof contentSchema> | null): Area => ({
    ...at,
    name,
    type: content?.type ?? null,
    blockSize: content?.blockSize ?? null,
  });
  if (device.partitions.length === 0)
    return [areaOf("the disk", { offset: 0, length: diskBytes }, device.content)];
  return device.partitions
    .filter((partition) => partition.role !== "extended")
    .map(({ index, startBytes, sizeBytes, content }) =>
      areaOf(`partition ${index}`, { offset: startBytes, length: sizeBytes }, content),
    );
}

/** All that a tool prints; null where it is not there or fails. */
async function outputOf(tool: string, argv: readonly string[], signal: AbortSignal): Promise<string | null> {
  let printed = "";
  const ran = await runTool(tool, argv, {
    signal,
    onOutput: (text, stream) => {
      if (stream === "stdout") printed += text;
    },
  });
  return ran.ok && ran.value.exitCode === 0 ? printed : null;
}

/** The part of `extent` in `area`, counted from the area's start. */
function overlap(extent: Extent, area: Area): Extent[] {
  const from = Math.max(extent.offset, area.offset);
  const to = Math.min(extent.offset + extent.length, area.offset + area.length);
  return to > from ? [{ offset: from - area.offset, length: to - from }] : [];
}

async function namesIn(
  area: Area,
  raw: string,
  hits: readonly Extent[],
  signal: AbortSignal,
): Promise<string[]> {
  const general = `${area.name}${area.type === null ? "" : ` (${area.type})`}`;
  if (area.type === null || !extTypes.has(area.type) || area.blockSize === null) return [general];
  const blocks: number[] = [];
  for (const { offset, length } of hits) {
    const last = Math.ceil((offset + length) / area.blockSize);
    for (
      let block = Math.floor(offset / area.blockSize);
      block < last && blocks.length < blocksMost;
      block += 1
    )
      blocks.push(block);
  }
  const device = `${raw}?offset=${area.offset}`;
  const ask = async (request: string): Promise<string[][]> => {
    const printed = await outputOf("debugfs", ["-c", "-R", request, device], signal);
    return (printed ?? "").split("\n").map((line) => line.split("\t"));
  };
  const owners = await ask(`icheck ${blocks.join(" ")}`);
  const inodes = new Set(owners.map(([, inode]) => inode ?? "").filter((inode) => /^\d+$/.test(inode)));
  if (inodes.size === 0) return [`${general}: free space or the filesystem's own records`];
  const found = await ask(`ncheck ${[...inodes].join(" ")}`);
  const paths = found.flatMap(([inode, path]) =>
    /^\d+$/.test(inode ?? "") && path !== undefined ? [path] : [],
  );
  return paths.length === 0 ? [general] : paths.map((path) => `${area.name}: ${path}`);
}
