/** The receipt of a real migration, checked offline against its image, whole and damaged. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
  closeSync,
  readdirSync,
  mkdirSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReceiptVerification, SignedReceipt } from "../../common/domain/receipt.ts";
import { imageOf, onlyJob } from "../support/job-views.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../support/local-source.ts";

const mebibyte = 1024 * 1024;
const partitionStart = mebibyte;
/** Long enough to have chunks of its own. */
const secret = Buffer.alloc(3 * mebibyte, "what the source knew ");

let source: LocalSource;
let assistant: TestAssistant;
let images = "";
let receiptPath = "";

/** A partitioned disk whose ext4 filesystem holds /srv/ledger.txt. */
function makeDisk(path: string, folder: string): void {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "srv"), { recursive: true });
  writeFileSync(join(tree, "srv", "ledger.txt"), secret);
  execFileSync("truncate", ["-s", "24M", path]);
  execFileSync("sfdisk", ["-q", path], { input: "label: dos\nstart=2048,type=83\n" });
  execFileSync("mke2fs", [
    "-q",
    "-F",
    "-t",
    "ext4",
    "-d",
    tree,
    "-E",
    `offset=${partitionStart}`,
    path,
    "22M",
  ]);
}

beforeAll(async () => {
  source = await startLocalSource();
  const disk = join(source.directory, "disk.img");
  makeDisk(disk, source.directory);
  assistant = await source.newAssistant();
  const migrated = await assistant.run(assistant.migrateArguments(disk));
  expect(migrated.exitCode, migrated.stderr).toBe(0);
  images = dirname(imageOf(await onlyJob(assistant)));
  receiptPath = join(images, "receipt.json");
});
afterAll(() => source.stop());

const verify = async (
  ...more: readonly string[]
): Promise<{ exitCode: number | null; says: ReceiptVerification }> => {
  // An empty state folder: nothing of the installation is needed.
  const nowhere = join(source.directory, "no-state");
  const { exitCode, stdout, stderr } = await assistant.run(
    ["receipt", "verify", receiptPath, "--json", ...more],
    {
      stateDirectory: nowhere,
    },
  );
  expect(stderr).toBe("");
  return { exitCode, says: JSON.parse(stdout) as ReceiptVerification };
};

describe("the receipt of a migration", () => {
  it("is kept by the assistant and beside the images, the same", async () => {
    const job = await onlyJob(assistant);
    const { stdout } = await assistant.run(["receipt", "show", job.id, "--json"]);
    const shown = JSON.parse(stdout) as SignedReceipt;
    expect(shown).toEqual(JSON.parse(readFileSync(receiptPath, "utf8")));
    const [disk] = shown.receipt.disks;
    expect(disk?.sourceTreeHash).toBe(disk?.replicaTreeHash);
    expect(shown.receipt.times.map(({ step }) => step)).toContain("verify");
    expect(JSON.parse(readFileSync(join(images, "image.json"), "utf8"))).toMatchObject({
      bootMode: expect.stringMatching(/bios|uefi/) as string,
      platform: "linux",
      licenceType: "auto",
      disks: [{ treeHash: disk?.contentTreeHash }],
    });
  });

  it("vouches for the image, for another format of it, and for the replica", async () => {
    const image = join(images, "disk-0.qcow2");
    const vmdk = join(source.directory, "disk-0.vmdk");
    execFileSync("qemu-img", ["convert", "-O", "vmdk", image, vmdk]);
    const replica = join(dirname(images), "disk-0.raw");
    const { exitCode, says } = await verify("--image", image, "--image", vmdk, "--image", replica);
    expect(exitCode).toBe(0);
    expect(says.trust).toBe("unconfirmed");
    expect(says.files.map(({ verdict }) => verdict)).toEqual(["same-file", "same-content", "same-content"]);
  });

  it("names the range and the file of the migrated system in which an image differs", async () => {
    const damaged = join(source.directory, "disk-0.raw");
    execFileSync("qemu-img", ["convert", "-O", "raw", join(images, "disk-0.qcow2"), damaged]);
    const at = readFileSync(damaged).indexOf(secret.subarray(0, 21)) + 2 * mebibyte;
    const file = openSync(damaged, "r+");
    writeSync(file, "X", at);
    closeSync(file);
    const qcow2 = join(source.directory, "damaged.qcow2");
    execFileSync("qemu-img", ["convert", "-O", "qcow2", damaged, qcow2]);

    const { exitCode, says } = await verify("--image", damaged, "--image", qcow2);
    expect(exitCode).toBe(6);
    for (const { verdict, extents, files } of says.files) {
      expect(verdict).toBe("differs");
      expect(extents).toEqual([{ offset: Math.floor(at / mebibyte) * mebibyte, length: mebibyte }]);
      expect(files.join(" ")).toContain("/srv/ledger.txt");
    }
  });

  it("is not taken for that of a disk with something behind its end, however far", async () => {
    const folder = join(source.directory, "longer");
    mkdirSync(folder);
    // By its name it is the receipt's image.
    const longer = join(folder, "disk-0.qcow2");
    execFileSync("qemu-img", ["convert", "-O", "raw", join(images, "disk-0.qcow2"), longer]);
    const file = openSync(longer, "r+");
    writeSync(file, "X", statSync(longer).size + 3 * mebibyte);
    closeSync(file);
    const { exitCode, says } = await verify("--image", longer);
    expect(exitCode).toBe(6);
    expect(says.files).toMatchObject([{ verdict: "differs", extents: [] }]);
  });

  it("says that it cannot locate a difference where the leaves are missing or not the receipt's", async () => {
    const folder = join(source.directory, "elsewhere");
    mkdirSync(folder);
    const lonely = join(folder, "disk-0.raw");
    copyFileSync(join(source.directory, "disk-0.raw"), lonely);
    const receipt = join(folder, "receipt.json");
    copyFileSync(receiptPath, receipt);
    const leaves = readFileSync(join(images, "disk-0.leaves"));
    leaves[100] = leaves.readUInt8(100) ^ 1;
    writeFileSync(join(folder, "disk-0.leaves"), leaves);
    const result = await assistant.run(["receipt", "verify", receipt, "--image", lonely]);
    expect(result.exitCode).toBe(6);
    expect(result.stdout).toContain("cannot be told");
  });

  it("calls a disk of another size unrelated", async () => {
    const other = join(source.directory, "other.raw");
    execFileSync("truncate", ["-s", "9M", other]);
    const { exitCode, says } = await verify("--image", other);
    expect(exitCode).toBe(6);
    expect(says.files).toMatchObject([{ verdict: "unrelated" }]);
  });

  it("is refused once a letter of it was changed", async () => {
    const forged = join(source.directory, "forged.json");
    writeFileSync(forged, readFileSync(receiptPath, "utf8").replace('"settled": true', '"settled": false'));
    const result = await assistant.run(["receipt", "verify", forged]);
    expect(result.exitCode).toBe(6);
    expect(result.stderr).toContain("changed after it was signed");
  });

  it("can be had as a PDF", async () => {
    const pdf = join(source.directory, "receipt.pdf");
    const job = await onlyJob(assistant);
    const shown = await assistant.run(["receipt", "show", job.id, "--pdf", pdf]);
    expect(shown.exitCode, shown.stderr).toBe(0);
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe("%PDF-");
  });

  it("goes with the job that is removed", async () => {
    const job = await onlyJob(assistant);
    expect((await assistant.run(["job", "cancel", job.id, "--yes"])).exitCode).toBe(0);
    expect(readdirSync(join(assistant.stateDirectory, "receipts"))).toEqual([]);
  });
});
