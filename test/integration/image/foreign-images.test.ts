/** Images that somebody hands over are opened for what is in them; other files that they name are left alone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageFormat } from "../../../common/domain/image.ts";
import { unwrap } from "../../../common/result.ts";
import { formatOf, openImage } from "../../../main/receipts/image-content.ts";

const mebibyte = 1024 * 1024;
const signal = new AbortController().signal;
let folder = "";
let secret = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-foreign-"));
  secret = join(folder, "secret.raw");
  writeFileSync(secret, Buffer.alloc(mebibyte, "secret "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const qemuImg = (...args: readonly string[]) => execFileSync("qemu-img", args, { stdio: "pipe" });

async function firstBytes(path: string): Promise<Buffer> {
  const content = unwrap(await openImage(path, unwrap(await formatOf(path)), signal));
  try {
    const bytes = Buffer.alloc(512);
    unwrap(await content.read(0, bytes));
    return bytes;
  } finally {
    await content.close();
  }
}

describe("an image from elsewhere", () => {
  it.each(["qcow2", "vhd", "vmdk"] as const)("of the format %s gives what it holds", async (format) => {
    const path = join(folder, `whole.${format}`);
    qemuImg("convert", "-f", "raw", "-O", format === "vhd" ? "vpc" : format, secret, path);
    expect((await firstBytes(path)).toString("latin1", 0, 14)).toBe("secret secret ");
  });

  it.each(["qcow2", "vmdk"] as const)("of the format %s gives nothing of a file below it", async (format) => {
    const below = join(folder, `below.${format}`);
    const path = join(folder, `image.${format}`);
    qemuImg("convert", "-f", "raw", "-O", format, secret, below);
    qemuImg("create", "-q", "-f", format, "-F", format, "-b", below, path);
    expect((await firstBytes(path)).every((byte) => byte === 0)).toBe(true);
  });

  async function isRefused(path: string, format: ImageFormat): Promise<void> {
    expect(await formatOf(path)).toMatchObject({ value: format });
    expect(await openImage(path, format, signal)).toMatchObject({
      ok: false,
      failure: { code: "image-constraint" },
    });
  }

  it("is refused where its data are in another file", async () => {
    const qcow2 = join(folder, "outside.qcow2");
    qemuImg("create", "-q", "-f", "qcow2", "-o", `data_file=${secret},data_file_raw=on`, qcow2, "1M");
    await isRefused(qcow2, "qcow2");

    // A VMDK whose size is 0 has it in its description, which may name any file.
    const vmdk = join(folder, "outside.vmdk");
    qemuImg("create", "-q", "-f", "vmdk", vmdk, "1M");
    const bytes = readFileSync(vmdk);
    bytes.writeBigUInt64LE(0n, 12);
    writeFileSync(vmdk, bytes);
    await isRefused(vmdk, "vmdk");
  });
});
