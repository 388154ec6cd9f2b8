/** What the stand-in for ECS and VPC holds, and how it is set. */
import {
  tagsIn,
  type Parameters,
  type StandInDisk,
  type StandInImage,
  type StandInInstance,
  type StandInSnapshot,
  type Tags,
} from "./ecs-resources.ts";
import type { OssStandIn } from "./oss-stand-in.ts";
import { Refusal } from "./refusal.ts";

export const zone = "cn-hangzhou-i";

export class EcsWorld {
  readonly instances = new Map<string, StandInInstance>();
  readonly disks = new Map<string, StandInDisk>();
  readonly snapshots = new Map<string, StandInSnapshot>();
  readonly images = new Map<string, StandInImage>();
  readonly groups = new Map<string, { readonly name: string; readonly vpc: string; readonly tags: Tags }>();
  readonly vpcs = new Map([["vpc-test1", { name: "production", cidr: "10.0.0.0/8" }]]);
  readonly vSwitches = new Map([
    ["vsw-test1", { name: "apps", vpc: "vpc-test1", cidr: "10.1.0.0/16", free: 200 }],
  ]);
  /** Rules for what goes out, of whichever group. */
  readonly egressRules: string[] = [];
  readonly regions = ["cn-hangzhou", "cn-shanghai"];
  /** Looks after which an asynchronous operation has ended. */
  slowness = 1;
  /** Whether ECS may read the account's buckets. */
  hasImportRole = true;
  imageQuota = 100;
  /** Ends the next import that is looked at as failed. */
  failNextImport = false;
  /** Stops that need force, as of a system that does not listen to ACPI. */
  ignoresShutdown = false;
  readonly oss: OssStandIn;
  /** Images that are being imported, by their tasks. */
  readonly tasks = new Map<string, string>();
  #counter = 0;

  constructor(oss: OssStandIn) {
    this.oss = oss;
    this.groups.set("sg-test1", { name: "default", vpc: "vpc-test1", tags: {} });
  }

  newId(kind: string): string {
    this.#counter += 1;
    return `${kind}-bp${String(this.#counter).padStart(6, "0")}`;
  }

  /** A machine that somebody made by other means. */
  addInstance(name: string, content: Buffer, data: readonly Buffer[] = []): StandInInstance {
    const id = this.newId("i");
    const place = { zone, type: "ecs.g7.large", vSwitch: "vsw-test1", vpc: "vpc-test1", group: "sg-test1" };
    const instance: StandInInstance = {
      id,
      name,
      status: "Stopped",
      ...place,
      tags: {},
      console: "",
      looks: 0,
    };
    this.instances.set(id, instance);
    this.addDisk("system", content, id, {}, 20);
    for (const each of data) this.addDisk("data", each, id, {}, 20);
    return instance;
  }

  addDisk(
    type: "system" | "data",
    content: Buffer,
    instance: string,
    tags: Tags,
    sizeGiB: number,
  ): StandInDisk {
    const disk = { id: this.newId("d"), type, content, instance, tags, sizeGiB, zone, looks: 0 };
    this.disks.set(disk.id, disk);
    return disk;
  }

  disksOf(instance: string): StandInDisk[] {
    const own = [...this.disks.values()].filter((disk) => disk.instance === instance);
    return own.toSorted((a, b) => (a.type === b.type ? 0 : a.type === "system" ? -1 : 1));
  }

  addImage(snapshots: string[], parameters: Parameters): StandInImage {
    const name = parameters["ImageName"] ?? "";
    if (!/^(?!acs:|aliyun|https?:\/\/)[A-Za-z][A-Za-z0-9:_.-]{1,127}$/.test(name))
      throw new Refusal(400, "InvalidImageName.Malformed", "The specified Image name is wrongly formed.");
    if ([...this.images.values()].some((image) => image.name === name))
      throw new Refusal(
        403,
        "InvalidImageName.Duplicated",
        "The specified Image name has already been used.",
      );
    if (this.images.size >= this.imageQuota)
      throw new Refusal(403, "QuotaExceed.Image", "The Image Quota exceeds.");
    const id = this.newId("m");
    const image = {
      id,
      name,
      snapshots,
      tags: tagsIn(parameters),
      failed: false,
      looks: this.slowness,
      request: parameters,
    };
    this.images.set(id, image);
    return image;
  }

  /** "Boots": its serial port says what the boot sector would print. */
  boot(instance: StandInInstance): void {
    instance.status = "Running";
    const sector = this.disksOf(instance.id)[0]?.content.subarray(0, 512) ?? Buffer.alloc(0);
    const text = /[\x20-\x7e\r\n]{12,}/.exec(sector.toString("latin1"));
    instance.console = text?.[0] ?? "";
  }
}
