/** The document that inspect prints, as far as tests look at it, and ways to get it. */
import { z } from "zod";
import { buildInspectProgram } from "./inspect-programs.ts";
import { runTool } from "./tools.ts";

const known = <T extends z.ZodType>(schema: T) => schema.nullable();
const count = z.number().int().nonnegative();

const contentKinds = [
  "filesystem",
  "swap",
  "lvm-pv",
  "raid-member",
  "luks",
  "bcache",
  "zfs",
  "ldm",
  "crypto",
  "other",
  "unknown",
  "empty",
] as const;

export const contentSchema = z.object({
  kind: z.enum(contentKinds),
  type: known(z.string()),
  version: known(z.string()).optional(),
  label: known(z.string()).optional(),
  uuid: known(z.string()).optional(),
  memberUuid: z.string().optional(),
  sizeBytes: known(count).optional(),
  blockSize: known(count).optional(),
  totalBlocks: known(count).optional(),
  usedBlocks: known(count).optional(),
  freeBlocks: known(count).optional(),
  state: z.enum(["clean", "dirty", "unknown"]).optional(),
  countedFrom: z.enum(["maps", "superblock", "unknown"]).optional(),
  needsReplay: z.boolean().optional(),
  devices: count.optional(),
  isAmbivalent: z.literal(true).optional(),
  candidates: z.array(z.object({ type: z.string() })).optional(),
  alsoFound: z.array(z.object({ type: z.string() })).optional(),
  hasReadErrors: z.literal(true).optional(),
  raid: z
    .object({
      level: z.string(),
      devices: count,
      role: z.union([count, z.string()]),
      arraySizeBytes: known(count),
      content: known(z.object({ kind: z.enum(contentKinds), type: known(z.string()) })),
    })
    .optional(),
});
export type Content = z.infer<typeof contentSchema>;

const partitionSchema = z.object({
  index: count,
  startBytes: count,
  sizeBytes: count,
  type: z.string(),
  name: known(z.string()),
  uuid: known(z.string()),
  flags: z.string(),
  isActive: z.boolean(),
  role: z.enum(["primary", "extended", "logical", "nested"]),
  nestedTable: z.string().optional(),
  content: known(contentSchema),
});

const deviceSchema = z.object({
  path: z.string(),
  sizeBytes: count,
  sectorSize: count,
  partitionTable: z.object({
    type: z.string(),
    id: known(z.string()),
    sectorSize: count,
    primaryGpt: z.enum(["absent", "valid", "corrupt"]),
    backupGpt: z.enum(["absent", "valid", "corrupt"]),
    hasProtectiveMbr: z.boolean(),
    isDynamic: z.boolean(),
    mbrEntries: z.array(partitionSchema).optional(),
    problems: z.array(z.string()),
  }),
  content: known(contentSchema),
  partitions: z.array(partitionSchema),
});

const groupSchema = z.object({
  name: z.string(),
  uuid: z.string(),
  sequence: count,
  extentBytes: count,
  physicalVolumes: z.array(
    z.object({
      name: z.string(),
      uuid: z.string(),
      sizeBytes: known(count),
      extents: count,
      device: known(z.string()),
      partition: known(count),
    }),
  ),
  logicalVolumes: z.array(
    z.object({
      name: z.string(),
      uuid: z.string(),
      sizeBytes: known(count),
      isVisible: z.boolean(),
      segments: z.array(
        z.object({
          type: z.string(),
          startExtent: count,
          extents: count,
          stripes: z.array(z.object({ physicalVolume: z.string(), startExtent: count })).optional(),
          over: z.array(z.string()).optional(),
        }),
      ),
      content: known(contentSchema),
      notExamined: z.string().optional(),
    }),
  ),
});

const diskGroupSchema = z.object({
  name: z.string(),
  guid: z.string(),
  isReadable: z.boolean(),
  unreadableRecords: count.optional(),
  disks: z.array(z.object({ name: z.string(), guid: z.string(), device: known(z.string()) })),
  volumes: z.array(
    z.object({
      name: z.string(),
      guid: z.string(),
      type: z.string(),
      partitionType: z.string(),
      sizeBytes: count,
      chunkBytes: count,
      hint: known(z.string()),
      components: z.array(
        z.object({
          type: z.string(),
          partitions: z.array(
            z.object({
              name: z.string(),
              disk: known(z.string()),
              device: known(z.string()),
              startBytes: known(count),
              sizeBytes: count,
              volumeOffsetBytes: count,
            }),
          ),
        }),
      ),
      content: known(contentSchema),
    }),
  ),
});

export const reportSchema = z.object({
  format: z.literal(1),
  devices: z.array(deviceSchema),
  lvm: z.array(groupSchema),
  ldm: z.array(diskGroupSchema),
});
export type Report = z.infer<typeof reportSchema>;
export type Device = Report["devices"][number];

/** What the sanitized build says of the images, looked at together. Anything on standard error is a failure. */
export async function inspect(...images: readonly string[]): Promise<Report> {
  const program = await buildInspectProgram("program");
  const { stdout, stderr, exitCode } = await runTool(program, ["report", ...images]);
  if (exitCode !== 0 || stderr !== "")
    throw new Error(`inspect ${images.join(" ")}: exit ${exitCode}\n${stderr}`);
  return reportSchema.parse(JSON.parse(stdout));
}

export async function inspectOne(image: string): Promise<Device> {
  const { devices } = await inspect(image);
  const [device] = devices;
  if (device === undefined) throw new Error(`no device in the report on ${image}`);
  return device;
}

export interface UsedRanges {
  readonly ranges: readonly { readonly start: number; readonly length: number }[];
  /** False where the walk failed: everything behind the last range counts as used. */
  readonly isComplete: boolean;
  /** Parts of the maps that do not match their checksums. */
  readonly doubted: number;
  /** Why nobody may go by the maps; empty for none. */
  readonly distrust: string;
}

/** The ranges that a copy of the filesystem in `image` must have. */
export async function usedRanges(
  image: string,
  sizeBytes: number,
  maps: "safe" | "trust",
): Promise<UsedRanges> {
  const program = await buildInspectProgram("program");
  const { stdout, stderr, exitCode } = await runTool(program, [
    "ranges",
    image,
    "0",
    String(sizeBytes),
    maps,
  ]);
  if (exitCode !== 0 || stderr !== "") throw new Error(`ranges of ${image}: exit ${exitCode}\n${stderr}`);
  const lines = stdout.trim().split("\n");
  const last = lines.pop();
  const distrust = lines.pop()?.replace(/^distrust /, "") ?? "";
  const doubted = Number(lines.pop()?.replace("doubted ", ""));
  const ranges = lines.map((line) => {
    const [start, length] = line.split(" ").map(Number);
    if (start === undefined || length === undefined) throw new Error(`not a range: ${line}`);
    return { start, length };
  });
  return { ranges, isComplete: last === "end 0", doubted, distrust };
}
