/** What the stand-in for ECS keeps, and how it shows lists, tags and states. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "./refusal.ts";

export type Tags = Record<string, string>;
export interface Settling {
  /** How many more times it is looked at before it is what it becomes. */
  looks: number;
}
export interface StandInDisk extends Settling {
  readonly id: string;
  readonly type: "system" | "data";
  content: Buffer;
  readonly sizeGiB: number;
  instance: string;
  readonly zone: string;
  readonly tags: Tags;
}
export interface StandInInstance extends Settling {
  readonly id: string;
  readonly name: string;
  status: "Running" | "Stopped" | "Starting" | "Stopping";
  readonly zone: string;
  readonly type: string;
  readonly vSwitch: string;
  readonly vpc: string;
  readonly group: string;
  readonly tags: Tags;
  /** What its serial port has shown since it was started last. */
  console: string;
}
export interface StandInSnapshot extends Settling {
  readonly id: string;
  readonly content: Buffer;
  readonly tags: Tags;
}
export interface StandInImage extends Settling {
  readonly id: string;
  readonly name: string;
  readonly snapshots: string[];
  readonly tags: Tags;
  failed: boolean;
  readonly request: Readonly<Record<string, string>>;
}

export type Parameters = Record<string, string>;
export type Reply = Record<string, unknown>;

export function settle(one: Settling, then: () => void = () => undefined): void {
  if (one.looks > 0) one.looks -= 1;
  if (one.looks === 0) then();
}

export function tagsIn(parameters: Parameters): Tags {
  const tags: Tags = {};
  for (let index = 1; parameters[`Tag.${index}.Key`] !== undefined; index += 1)
    tags[parameters[`Tag.${index}.Key`] ?? ""] = parameters[`Tag.${index}.Value`] ?? "";
  return tags;
}

export const tagList = (tags: Tags) => ({
  Tag: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
});

export function list<T>(
  outer: string,
  inner: string,
  parameters: Parameters,
  all: readonly T[],
  idOf: (item: T) => string,
  idField: string,
  show: (item: T) => Reply & { readonly Tags?: ReturnType<typeof tagList> },
): Reply {
  const wanted = parameters[idField];
  const ids =
    wanted === undefined ? null : wanted.startsWith("[") ? (JSON.parse(wanted) as string[]) : [wanted];
  const tags = Object.entries(tagsIn(parameters));
  const shown = all
    .filter((item) => ids === null || ids.includes(idOf(item)))
    .map(show)
    .filter((item) =>
      tags.every(
        ([key, value]) => item.Tags?.Tag.some((tag) => tag.TagKey === key && tag.TagValue === value) === true,
      ),
    );
  const size = Number(parameters["PageSize"] ?? 10);
  if (!(size >= 1 && size <= 100)) throw new Refusal(400, "InvalidParameter", "PageSize must be 1 to 100");
  const from = (Number(parameters["PageNumber"] ?? 1) - 1) * size;
  return { TotalCount: shown.length, PageSize: size, [outer]: { [inner]: shown.slice(from, from + size) } };
}

/** What a RAW or qcow2 file holds. */
export function rawOf(content: Buffer): Buffer {
  if (content.subarray(0, 4).toString("latin1") !== "QFI\u00fb") return content;
  const folder = mkdtempSync(join(tmpdir(), "sma-cloud-import-"));
  const [from, to] = [join(folder, "image.qcow2"), join(folder, "image.raw")];
  writeFileSync(from, content);
  execFileSync("qemu-img", ["convert", "-O", "raw", from, to]);
  const raw = readFileSync(to);
  rmSync(folder, { recursive: true, force: true });
  return raw;
}

interface Vpc {
  readonly name: string;
  readonly cidr: string;
}

export function listVpcs(vpcs: ReadonlyMap<string, Vpc>, parameters: Parameters): Reply {
  const show = ([id, each]: [string, Vpc]) => ({
    VpcId: id,
    VpcName: each.name,
    CidrBlock: each.cidr,
    Status: "Available",
    IsDefault: false,
  });
  return list("Vpcs", "Vpc", parameters, [...vpcs], ([id]) => id, "VpcId", show);
}

interface VSwitch extends Vpc {
  readonly vpc: string;
  readonly free: number;
}

export function listVSwitches(
  vSwitches: ReadonlyMap<string, VSwitch>,
  zone: string,
  parameters: Parameters,
): Reply {
  const wanted = parameters["VpcId"] ?? "";
  const own = [...vSwitches].filter(([, each]) => wanted === "" || wanted === each.vpc);
  const show = ([id, each]: [string, VSwitch]) => ({
    VSwitchId: id,
    VSwitchName: each.name,
    VpcId: each.vpc,
    CidrBlock: each.cidr,
    Status: "Available",
    ZoneId: zone,
    AvailableIpAddressCount: each.free,
  });
  return list("VSwitches", "VSwitch", parameters, own, ([id]) => id, "VSwitchId", show);
}
