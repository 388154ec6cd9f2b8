/** What is sealed beside converted images is the hash of what they hold, and costs reading what was changed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unwrap } from "../../../common/result.ts";
import { sealImages } from "../../../intermediate/image/seal-images.ts";
import { readLeaves } from "../../../intermediate/replica/leaves-file.ts";
import { Manifest } from "../../../intermediate/replica/manifest.ts";
import { leafOf, TreeHasher } from "../../../intermediate/replica/tree-hash.ts";

const chunkBytes = 65_536;
const chunks = 20;
const geometry = { diskBytes: chunks * chunkBytes, chunkBytes };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-seal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function treeHashOf(bytes: Buffer): string {
  const tree = new TreeHasher({ diskBytes: bytes.length, chunkBytes });
  for (let chunk = 0; chunk * chunkBytes < bytes.length; chunk += 1)
    tree.addLeaf(leafOf(bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)));
  return tree.finish().toString("hex");
}

test("the tree hash and the leaves of an overlay are those of the image made of it", async () => {
  const replicaPath = join(folder, "disk-0.raw");
  const replica = Buffer.alloc(geometry.diskBytes, "replica ");
  writeFileSync(replicaPath, replica);
  const manifest = unwrap(await Manifest.open(join(folder, "disk-0.manifest"), geometry));
  const entries = Array.from({ length: chunks }, (_, chunk) => ({
    kind: "data" as const,
    checked: true,
    chunk,
    hash: leafOf(replica.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)),
  }));
  unwrap(await manifest.record(entries, 1));
  unwrap(await manifest.flush());

  // One chunk changed in part, one made zero, one written with what it held.
  const overlayPath = join(folder, "overlay.qcow2");
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", replicaPath, overlayPath]);
  const writes = [`write -P 0x61 ${3 * chunkBytes + 100} 50`, `write -z ${7 * chunkBytes} ${chunkBytes}`];
  for (const command of [...writes, `write -P 0x72 ${11 * chunkBytes} 1`])
    execFileSync("qemu-io", ["-f", "qcow2", "-c", command, overlayPath], { stdio: "ignore" });
  const image = join(folder, "image.raw");
  execFileSync("qemu-img", ["convert", "-O", "raw", overlayPath, image]);
  const expected = treeHashOf(readFileSync(image));

  const seal = (overlay: string | null, contentBytes = geometry.diskBytes) =>
    sealImages({
      disks: [
        {
          diskId: 0,
          replicaPath,
          overlayPath: overlay,
          manifest,
          sizeBytes: geometry.diskBytes,
          contentBytes,
        },
      ],
      images: [],
      facts: {
        architecture: "x86_64",
        platform: "linux",
        operatingSystem: null,
        bootMode: "bios",
        licenceType: "auto",
      },
      directory: folder,
      signal: new AbortController().signal,
      report: () => undefined,
      claim: () => Promise.resolve(),
    });
  // A hash that is only the agent's word is vouched for by nobody.
  const [first] = entries;
  if (first === undefined) throw new Error("there are no chunks");
  unwrap(await manifest.record([{ ...first, checked: false }], 1));
  expect(await seal(overlayPath)).toMatchObject({ ok: false, failure: { code: "job-state" } });
  unwrap(await manifest.markChecked([{ first: 0, count: chunks }]));

  const [converted] = unwrap(await seal(overlayPath));
  expect(converted).toEqual({ diskId: 0, contentTreeHash: expected, changedBytes: 2 * chunkBytes });
  expect(unwrap(await readLeaves(join(folder, "disk-0.leaves"))).treeHash).toBe(expected);

  const [bare] = unwrap(await seal(null));
  expect(bare).toEqual({ diskId: 0, contentTreeHash: treeHashOf(replica), changedBytes: 0 });

  // One that the conversion made larger, as for a spanned volume that is put together behind the disk's end.
  const grownBytes = geometry.diskBytes + 3 * chunkBytes + 512;
  execFileSync("qemu-img", ["resize", "-q", overlayPath, String(grownBytes)]);
  const beyond = `write -P 0x62 ${geometry.diskBytes + chunkBytes} 4096`;
  execFileSync("qemu-io", ["-f", "qcow2", "-c", beyond, overlayPath], { stdio: "ignore" });
  execFileSync("qemu-img", ["convert", "-O", "raw", overlayPath, image]);
  const grownHash = treeHashOf(readFileSync(image));
  const [grown] = unwrap(await seal(overlayPath, grownBytes));
  expect(grown).toMatchObject({ contentTreeHash: grownHash, contentBytes: grownBytes });
  expect(unwrap(await readLeaves(join(folder, "disk-0.leaves"))).treeHash).toBe(grownHash);
  await manifest.close();
});
