/** Files of NTFS that only a running Windows needs are left out of a copy, and nothing else of their kind is. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const agent = join(import.meta.dirname, "../../../resources/agents/linux-x86_64/sma-agent");
const folder = mkdtempSync(join(tmpdir(), "sma-ntfs-volatile-"));
const image = join(folder, "image");
const memory = join(folder, "memory");
const kept = join(folder, "kept");
const clusterBytes = 4096;
const memoryClusters = 1221;

beforeAll(() => {
  writeFileSync(image, "");
  truncateSync(image, 64 * 1_048_576);
  execFileSync("mkntfs", ["-q", "-F", "-c", String(clusterBytes), image], { stdio: "ignore" });
  writeFileSync(memory, randomBytes((memoryClusters - 1) * clusterBytes + 1));
  writeFileSync(kept, randomBytes(3_000_000));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes that a copy leaves out beyond what the filesystem's own map calls free. */
function leftOutBytes(): number {
  const ask = (...args: string[]) => JSON.parse(execFileSync(agent, args, { encoding: "utf8" }));
  const [used] = ask("used", image, "--json");
  const report = ask("inspect", image, "--json");
  return used.unusedBytes - report.devices[0].content.freeBlocks * clusterBytes;
}

const copyIn = (file: string, name: string) => execFileSync("ntfscp", ["-q", image, file, name]);

describe("a copy of an NTFS volume", () => {
  test("leaves out the page file's clusters, and keeps files of other names", () => {
    copyIn(kept, "keep.bin");
    copyIn(kept, "pagefile.sys.old");
    expect(leftOutBytes()).toBe(0);
    copyIn(memory, "pagefile.sys");
    expect(leftOutBytes()).toBe(memoryClusters * clusterBytes);
  });

  test("finds them in a large directory and in any case, and leaves out what shadow copies keep, nothing beside it", () => {
    const mount = join(folder, "mount");
    mkdirSync(mount);
    if (spawnSync("ntfs-3g", [image, mount]).status !== 0) {
      console.warn("SKIPPED: folders on NTFS: ntfs-3g cannot mount here (no FUSE)");
      return;
    }
    try {
      const information = join(mount, "System Volume Information");
      mkdirSync(information);
      const guid = "{11112222-3333-4444-5555-666677778888}";
      cpSync(memory, join(information, `${guid}{3808876b-c176-4e48-b7ae-04046e6cc752}`));
      cpSync(kept, join(information, "Dedup"));
      renameSync(join(mount, "pagefile.sys"), join(mount, "HIBERFIL.SYS"));
      for (let i = 0; i < 200; i++)
        writeFileSync(join(mount, `a name that is long enough to fill an index ${i}`), "");
      mkdirSync(join(mount, "folder"));
      cpSync(kept, join(mount, "folder", "pagefile.sys"));
      cpSync(kept, join(mount, "folder", `${guid}{3808876b-c176-4e48-b7ae-04046e6cc752}`));
    } finally {
      execFileSync("umount", [mount]);
    }
    expect(leftOutBytes()).toBe(2 * memoryClusters * clusterBytes);
  });
});
