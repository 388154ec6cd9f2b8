import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { initramfsNames, makeArchive, moduleName } from "../../../../intermediate/conversion/initramfs.ts";
import {
  missingModules,
  parseModulesDep,
} from "../../../../intermediate/conversion/steps/initramfs-virtio.ts";

const early = makeArchive([{ path: "kernel/x86/microcode/GenuineIntel.bin", content: Buffer.alloc(7) }]);
const main = makeArchive([
  { path: "usr/lib/modules/6.1/kernel/drivers/ata/ahci.ko", content: Buffer.from("x") },
]);
const added = makeArchive([{ path: "usr/lib/modules/6.1/virtio_blk.ko.xz", content: Buffer.from("driver") }]);
const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);

describe("an initramfs", () => {
  it.each([
    ["uncompressed", main],
    ["gzip", gzipSync(main)],
    ["zstd", zstdCompressSync(main)],
  ])("that is %s is listed, with the microcode before it", (_, archive) => {
    const names = initramfsNames(Buffer.concat([early, Buffer.alloc(512), archive]));
    expect(names).toContain("kernel/x86/microcode/GenuineIntel.bin");
    expect(names).toContain("usr/lib/modules/6.1/kernel/drivers/ata/ahci.ko");
  });

  it("is listed with what was added behind it", () => {
    expect(initramfsNames(Buffer.concat([padded(main), added]))).toContain(
      "usr/lib/modules/6.1/virtio_blk.ko.xz",
    );
    expect(initramfsNames(Buffer.concat([padded(gzipSync(main)), added]))).toContain(
      "usr/lib/modules/6.1/virtio_blk.ko.xz",
    );
  });

  it("is not guessed at where it is damaged or compressed in another way", () => {
    expect(initramfsNames(Buffer.from("\xfd7zXZ\0 and more", "latin1"))).toBeNull();
    expect(initramfsNames(gzipSync(main).subarray(0, 20))).toBeNull();
    expect(initramfsNames(Buffer.concat([main.subarray(0, 130), Buffer.from("garbage")]))).toBeNull();
    expect(initramfsNames(Buffer.alloc(0))).toEqual([]);
  });

  it("archive of ours is what cpio itself unpacks", () => {
    const directory = mkdtempSync(join(tmpdir(), "sma-cpio-"));
    try {
      writeFileSync(join(directory, "archive"), added);
      const listed = execFileSync("cpio", ["-it", "--quiet"], { input: added }).toString().trim().split("\n");
      expect(listed).toEqual([
        "sma-added",
        "usr",
        "usr/lib",
        "usr/lib/modules",
        "usr/lib/modules/6.1",
        "usr/lib/modules/6.1/virtio_blk.ko.xz",
      ]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("kernel modules", () => {
  it("are called the same in every compression and spelling", () => {
    expect(["a/virtio-blk.ko", "virtio_blk.ko.zst", "lib/virtio_blk.ko.xz"].map(moduleName)).toEqual(
      Array(3).fill("virtio_blk"),
    );
    expect(moduleName("modules.dep")).toBeNull();
  });

  it("are missing where neither kernel nor initramfs has them", () => {
    const names = ["usr/lib/modules/6.1/kernel/drivers/virtio/virtio_pci.ko"];
    expect(missingModules({ builtin: new Set() }, names)).toEqual(["virtio_blk", "virtio_scsi"]);
    expect(missingModules({ builtin: new Set(["virtio_blk", "virtio_scsi"]) }, names)).toEqual([]);
  });

  it("are listed with what they need", () => {
    const text = "kernel/a/virtio_blk.ko: kernel/b/virtio_ring.ko kernel/b/virtio.ko\nkernel/b/virtio.ko:\n";
    expect(parseModulesDep(text).get("virtio_blk")).toEqual({
      path: "kernel/a/virtio_blk.ko",
      needs: ["kernel/b/virtio_ring.ko", "kernel/b/virtio.ko"],
    });
  });
});
