/** Registry hives of our own making: an empty one, byte by byte, which hivexsh fills. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const hbin = 0x1000;
/** Where cells count from. */
const cellBase = 0x1000;
const none = 0xffff_ffff;

function emptyHive(): Buffer {
  const hive = Buffer.alloc(0x2000);
  hive.write("regf", 0, "latin1");
  hive.writeUInt32LE(1, 4);
  hive.writeUInt32LE(1, 8);
  hive.writeUInt32LE(1, 0x14);
  hive.writeUInt32LE(3, 0x18);
  hive.writeUInt32LE(1, 0x20);
  hive.writeUInt32LE(0x20, 0x24);
  hive.writeUInt32LE(hbin, 0x28);
  hive.writeUInt32LE(1, 0x2c);
  let sum = 0;
  for (let at = 0; at < 0x1fc; at += 4) sum ^= hive.readUInt32LE(at);
  hive.writeUInt32LE(sum >>> 0, 0x1fc);

  const bin = hive.subarray(cellBase);
  bin.write("hbin", 0, "latin1");
  bin.writeUInt32LE(hbin, 8);
  // The root key, named as Windows names it.
  const root = 0x20;
  const name = "$$$PROTO.HIV";
  const rootBytes = 96;
  bin.writeInt32LE(-rootBytes, root);
  const key = bin.subarray(root + 4);
  key.write("nk", 0, "latin1");
  key.writeUInt16LE(0x2c, 2);
  for (const at of [0x1c, 0x20, 0x28, 0x30]) key.writeUInt32LE(none, at);
  key.writeUInt32LE(root + rootBytes, 0x2c);
  key.writeUInt16LE(name.length, 0x48);
  key.write(name, 0x4c, "latin1");
  // Its security, which new keys share.
  const security = root + rootBytes;
  const securityBytes = 48;
  bin.writeInt32LE(-securityBytes, security);
  const sk = bin.subarray(security + 4);
  sk.write("sk", 0, "latin1");
  sk.writeUInt32LE(security, 4);
  sk.writeUInt32LE(security, 8);
  sk.writeUInt32LE(1, 12);
  sk.writeUInt32LE(20, 16);
  sk.writeUInt8(1, 20);
  sk.writeUInt16LE(0x8000, 22);
  const free = security + securityBytes;
  bin.writeInt32LE(hbin - free, free);
  return hive;
}

/** A value as hivexsh takes it, e.g. `dword:1`, `string:text`, `hex:3:0a,0b`. */
export type HiveContents = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Keys are paths from the root; those above are made on the way. */
export function makeHive(path: string, contents: HiveContents): void {
  writeFileSync(path, emptyHive());
  const lines: string[] = [];
  const made = new Set<string>();
  for (const [key, values] of Object.entries(contents)) {
    const parts = key.split("\\");
    for (const [index, part] of parts.entries()) {
      const parent = parts.slice(0, index).join("\\");
      const full = parts.slice(0, index + 1).join("\\");
      if (made.has(full.toLowerCase())) continue;
      made.add(full.toLowerCase());
      lines.push(`cd \\${parent}`, `add ${part}`);
    }
    lines.push(`cd \\${key}`, `setval ${Object.keys(values).length}`);
    for (const [name, value] of Object.entries(values)) lines.push(name, value);
  }
  execFileSync("hivexsh", ["-w", path], { input: `${lines.join("\n")}\ncommit\nquit\n` });
}
