import { describe, expect, it } from "vitest";
import type { LayoutProposal } from "../../../common/api/layout-procedures.ts";
import { settleLayout } from "../../../common/domain/check-layout.ts";
import { filePlanSchema, mebibyte, type SourceVolume } from "../../../common/domain/target-layout.ts";
import {
  changesOf,
  planLayout,
  readSize,
  withEdit,
  writeSize,
  type PartitionEdit,
} from "../../../renderer/store/layout-edit.ts";

const gibibyte = 1024 * mebibyte;
const volume = (mountPoint: string, disk: string, usedBytes: number): SourceVolume => ({
  mountPoint,
  filesystem: "ext4",
  device: `/dev/${mountPoint}`,
  names: [],
  disk,
  subvolume: null,
  sizeBytes: 20 * gibibyte,
  usedBytes,
  inodesUsed: 1000,
});
const data = (mountPoint: string, sizeBytes: number) =>
  ({ role: "data", mountPoint, filesystem: "ext4", sizeBytes, label: null, uuid: null }) as const;
const swap = (sizeBytes: number) => ({ role: "swap", sizeBytes, label: null, uuid: null }) as const;

const proposed: LayoutProposal["proposed"] = {
  disks: [
    {
      table: "gpt",
      sizeBytes: 43 * gibibyte + 3 * mebibyte,
      partitions: [
        { role: "bios-boot", sizeBytes: mebibyte },
        swap(gibibyte),
        swap(2 * gibibyte),
        data("/home", 20 * gibibyte),
        data("/", 20 * gibibyte),
      ],
    },
    { table: "gpt", sizeBytes: 20 * gibibyte + 2 * mebibyte, partitions: [data("/srv", 20 * gibibyte)] },
  ],
};
const proposal: LayoutProposal = {
  basis: {
    firmware: "bios",
    volumes: [
      volume("/", "/dev/sda", 3 * gibibyte),
      volume("/home", "/dev/sda", 8 * gibibyte),
      volume("/srv", "/dev/sdb", gibibyte),
    ],
    swaps: [],
  },
  proposed,
  layout: proposed,
  problems: [],
  collectedAt: "2026-01-01T00:00:00.000Z",
};
const edit = (partition: string, change: Partial<PartitionEdit>): PartitionEdit => ({
  partition,
  size: "",
  filesystem: null,
  joined: false,
  ...change,
});
const partitionsOf = (edits: readonly PartitionEdit[]) =>
  planLayout(proposal, edits).disks.flatMap(({ partitions }) => partitions);

describe("a size as it is typed", () => {
  it("is read with its unit, and refused without one", () => {
    expect(readSize("20 GiB")).toBe(20 * gibibyte);
    expect(readSize(" 512m ")).toBe(512 * mebibyte);
    expect(readSize("1,5 TB")).toBe(1.5 * 1024 * gibibyte);
    expect(readSize("0.0001 MiB")).toBe(mebibyte);
    for (const text of ["", "20", "GiB", "-1 GiB", "0 GiB", "1e3 GiB", "999999999 TiB"])
      expect(readSize(text), text).toBeNull();
  });

  it("is written as it is read", () => {
    for (const bytes of [mebibyte, gibibyte, 1025 * mebibyte, 3 * 1024 * gibibyte])
      expect(readSize(writeSize(bytes))).toBe(bytes);
  });
});

describe("a layout that is changed by hand", () => {
  it("is the proposed one where nothing was changed", () => {
    const planned = planLayout(proposal, []);
    expect(planned.isFine).toBe(true);
    expect(planned.disks.map(({ sizeBytes }) => sizeBytes)).toEqual(
      proposed.disks.map(({ sizeBytes }) => sizeBytes),
    );
    expect(partitionsOf([]).map(({ edit: key }) => key)).toEqual([null, "swap", null, "/home", "/", "/srv"]);
  });

  it("is what the engine makes of the same changes", () => {
    const edits = [
      edit("/home", { size: "12 GiB", filesystem: "xfs" }),
      edit("swap", { size: "512 MiB" }),
      edit("/srv", { joined: true }),
    ];
    const settled = settleLayout(
      proposed,
      filePlanSchema.parse({ changes: changesOf(edits) }),
      proposal.basis,
    );
    const planned = planLayout(proposal, edits);
    expect(planned.isFine).toBe(true);
    expect(
      settled.ok && settled.value.disks.map(({ sizeBytes, partitions }) => ({ sizeBytes, partitions })),
    ).toEqual([
      {
        sizeBytes: planned.disks[0]?.sizeBytes,
        partitions: planned.disks[0]?.partitions.map(({ partition }) => partition),
      },
    ]);
  });

  it("shows a partition that is joined, and the disk that is not made for it", () => {
    const planned = planLayout(proposal, [edit("/srv", { joined: true })]);
    expect(planned.disks[1]).toMatchObject({ sizeBytes: 0, partitions: [{ joinedInto: "/" }] });
    const root = planned.disks[0]?.partitions.at(-1);
    expect(root?.usedBytes).toBe(4 * gibibyte);
    expect(
      partitionsOf([edit("/home", { joined: true })]).find(({ edit: key }) => key === "/"),
    ).toMatchObject({
      problem: null,
      usedBytes: 11 * gibibyte,
    });
  });

  it("says at the partition what is wrong, and nothing of the others", () => {
    const problems = (edits: readonly PartitionEdit[]) =>
      partitionsOf(edits).flatMap(({ edit: key, problem }) =>
        problem === null ? [] : [[key, problem.kind]],
      );
    expect(problems([edit("/home", { size: "7 GiB" })])).toEqual([["/home", "too-small"]]);
    expect(problems([edit("/home", { size: "7" })])).toEqual([["/home", "size"]]);
    expect(problems([edit("/home", { size: "17 TiB" })])).toEqual([["/home", "other"]]);
    expect(problems([edit("/", { size: "8 GiB" }), edit("/home", { joined: true })])).toEqual([
      ["/", "too-small"],
    ]);
    expect(planLayout(proposal, [edit("/home", { size: "7" })]).isFine).toBe(false);
  });

  it("passes over what is not there any more, and forgets an edit that says nothing", () => {
    expect(planLayout(proposal, [edit("/gone", { size: "1 GiB" })]).isFine).toBe(true);
    const once = withEdit([], "/home", { size: "9 GiB" });
    expect(once).toEqual([edit("/home", { size: "9 GiB" })]);
    expect(withEdit(once, "/home", { size: "" })).toEqual([]);
  });
});
