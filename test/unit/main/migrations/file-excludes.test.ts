import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filePlanSchema, type LayoutBasis } from "../../../../common/domain/target-layout.ts";
import { filePlanFrom, filesFrom } from "../../../../main/cli/file-options.ts";
import { excludesFor } from "../../../../main/migrations/file-layout.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sma-excludes-"))));
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const volume = (mountPoint: string, disk: string): LayoutBasis["volumes"][number] => ({
  mountPoint,
  disk,
  filesystem: "ext4",
  device: mountPoint,
  names: [],
  subvolume: null,
  sizeBytes: null,
  usedBytes: null,
  inodesUsed: null,
});
const basis: LayoutBasis = {
  firmware: "bios",
  swaps: [],
  volumes: [
    volume("/", "/dev/sdb"),
    volume("/var", "/dev/sdb"),
    volume("/srv", "/dev/sda"),
    volume("/opt", "/dev/sdc"),
  ],
};
const excludes = async (plan: object): Promise<string[]> =>
  (await excludesFor({ basis }, filePlanSchema.parse(plan), folder)).map(
    ({ mountPoint, origin, text }) => `${mountPoint} ${origin} ${text}`,
  );

describe("what is left out of a volume", () => {
  it("is by the product's lists of the system and of the data disk that it lies on", async () => {
    put("rsync_excludes_linux.txt", "/tmp/*\n/var/cache/*\n/srv/scratch/");
    put("rsync_excludes_linux_disk2.txt", "/core");
    expect(await excludes({})).toEqual([
      "/ product /tmp/*\n/var/cache/*\n/srv/scratch/",
      "/var product /cache/*",
      "/srv product /scratch/",
      "/opt product /core",
    ]);
  });

  it("is by the plan's lists in their place, and by a volume's own before all others", async () => {
    put("rsync_excludes_linux.txt", "/tmp/*\n/var/cache/*");
    put("rsync_excludes_linux_disk1.txt", "/never");
    const excludeLists = { system: "/srv/old/*", disks: [{ disk: 1, text: "*.iso" }] };
    expect(await excludes({ excludeLists, excludes: [{ mountPoint: "/opt", text: "" }] })).toEqual([
      "/ own /srv/old/*",
      "/var own ",
      "/srv own /old/*\n*.iso",
      "/opt own ",
    ]);
  });
});

describe("--excludes", () => {
  it("takes the lists of a folder by their names", () => {
    put("rsync_excludes_linux.txt", "/tmp/*");
    put("rsync_excludes_linux_disk3.txt", "*.iso");
    put("readme.txt", "nothing");
    expect(filePlanFrom({ excludes: folder }).excludeLists).toEqual({
      system: "/tmp/*",
      disks: [{ disk: 3, text: "*.iso" }],
    });
  });

  it("refuses a folder without any, one that is not there, and block replication", () => {
    expect(() => filePlanFrom({ excludes: folder })).toThrow(/no rsync_excludes_linux.txt/);
    expect(() => filePlanFrom({ excludes: join(folder, "none") })).toThrow(/--excludes/);
    put("rsync_excludes_linux.txt", "");
    expect(() => filesFrom({ excludes: folder })).toThrow(/--replication file/);
  });
});
