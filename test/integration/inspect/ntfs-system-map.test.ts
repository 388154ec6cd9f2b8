/** Used clusters of an NTFS volume that Windows has mounted: by Windows' word and the disk's together. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildInspectProgram } from "./support/inspect-programs.ts";
import { makeSparse, temporaryFolder, tool } from "./support/tools.ts";

const clusterBytes = 4096;
const sizeBytes = 64 * 1_048_576;
const memoryClusters = 500;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let program = "";
let image = "";
/** The volume's own map, and how many clusters it speaks of. */
let map: Buffer;
let clusters = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
  program = await buildInspectProgram("program");
  image = join(folder.path, "image");
  await makeSparse(image, sizeBytes);
  await tool("mkntfs", ["-q", "-Q", "-F", "-c", String(clusterBytes), image]);
  for (const [name, bytes] of [
    ["data.bin", 3_000_000],
    ["pagefile.sys", memoryClusters * clusterBytes],
  ] as const) {
    writeFileSync(join(folder.path, name), randomBytes(bytes));
    await tool("ntfscp", ["-q", image, join(folder.path, name), name]);
  }
  const copy = join(folder.path, "map");
  await tool("sh", ["-c", 'ntfscat -q -i 6 "$1" > "$2"', "sh", image, copy]);
  map = readFileSync(copy);
  const boot = readFileSync(image).subarray(0, 512);
  clusters = Math.floor(Number(boot.readBigUInt64LE(0x28)) / (boot[13] ?? 1));

  // A volume in use: no page of its log says that all is written.
  const log = await tool("ntfsinfo", ["-f", "-v", "-i", "2", image]);
  const first = parseInt(/^\s+0x0\s+0x([0-9a-f]+)\s/m.exec(log)?.[1] ?? "", 16);
  const bytes = readFileSync(image);
  bytes.fill(0, first * clusterBytes, (first + 2) * clusterBytes);
  writeFileSync(image, bytes);
}, 180_000);
afterAll(() => folder[Symbol.asyncDispose]());

/** Windows' answers, as winioctl.h lays them out. */
interface Told {
  readonly map?: Buffer;
  readonly serial?: bigint;
  readonly clusters?: number;
}

async function walk(told: Told): Promise<{ lines: string[]; used: Set<number> | null; differ: number }> {
  const answers = join(folder.path, "answers");
  rmSync(answers, { recursive: true, force: true });
  mkdirSync(answers);
  const serial = readFileSync(image).readBigUInt64LE(0x48);
  const volume = Buffer.alloc(96);
  volume.writeBigUInt64LE(told.serial ?? serial, 0);
  volume.writeBigUInt64LE(BigInt(told.clusters ?? clusters), 16);
  volume.writeUInt32LE(clusterBytes, 44);
  writeFileSync(join(answers, "volume"), volume);
  if (told.map !== undefined) {
    const head = Buffer.alloc(16);
    head.writeBigUInt64LE(BigInt(clusters), 8);
    writeFileSync(join(answers, "bitmap-0"), Buffer.concat([head, told.map]));
  }
  const output = await tool(program, ["mapped", image, "0", String(sizeBytes), answers]);
  const lines = output.trim().split("\n");
  if (lines[0] === "refused") return { lines, used: null, differ: 0 };
  const used = new Set<number>();
  for (const line of lines) {
    const [start, length] = line.split(" ").map(Number);
    if (start === undefined || length === undefined || Number.isNaN(start)) continue;
    for (let at = start; at < start + length; at += clusterBytes) used.add(at / clusterBytes);
  }
  return { lines, used, differ: Number(/differ (\d+)/.exec(output)?.[1]) };
}

const isSet = (bits: Buffer, cluster: number): boolean =>
  (((bits[cluster >> 3] ?? 0) >> (cluster & 7)) & 1) === 1;
const setIn = (bits: Buffer): number[] =>
  Array.from({ length: clusters }, (_, cluster) => cluster).filter((cluster) => isSet(bits, cluster));

function changed(change: (bits: Buffer) => void): Buffer {
  const copy = Buffer.from(map);
  change(copy);
  return copy;
}
const flip = (bits: Buffer, cluster: number): void =>
  void (bits[cluster >> 3] = (bits[cluster >> 3] ?? 0) ^ (1 << (cluster & 7)));

describe("a volume in use", () => {
  test("gives its free clusters where Windows agrees, the page file's among them", async () => {
    const { used, differ, lines } = await walk({ map });
    expect(differ, lines.join("\n")).toBe(0);
    // What lies behind the last whole cluster is the copy of the boot sector.
    expect([...(used ?? [])].filter((cluster) => cluster < clusters)).toHaveLength(
      setIn(map).length - memoryClusters,
    );
    expect(lines.at(-2)).toBe("end 0");
  });

  test("gives what either map calls used where they differ, and says in how many clusters", async () => {
    const free = Array.from({ length: clusters }, (_, at) => at).filter((at) => !isSet(map, at));
    const ours = setIn(map).slice(0, 3);
    const theirs = free.slice(100, 107);
    const { used, differ } = await walk({
      map: changed((bits) => [...ours, ...theirs].forEach((cluster) => flip(bits, cluster))),
    });
    expect(differ).toBe(10);
    for (const cluster of [...ours, ...theirs]) expect(used?.has(cluster), `cluster ${cluster}`).toBe(true);
    expect(used?.has(free[99] ?? 0)).toBe(false);
  });

  test("is used to its end from where Windows stops telling", async () => {
    const { lines } = await walk({});
    expect(lines).toEqual(["doubted 0", "distrust ", "end -1", "differ 0"]);
    expect((await walk({ map: map.subarray(0, 100) })).lines).toEqual(lines);
  });

  test("is not looked at by the map of another volume", async () => {
    expect((await walk({ map, serial: 1n })).lines).toEqual(["refused"]);
    expect((await walk({ map, clusters: clusters + 1 })).lines).toEqual(["refused"]);
  });

  test("without a word of Windows all of it is used", async () => {
    const lines = await tool(program, ["ranges", image, "0", String(sizeBytes), "safe"]);
    expect(lines.trim().split("\n")).toEqual([`0 ${sizeBytes}`, "doubted 0", "distrust ", "end 0"]);
  });
});
