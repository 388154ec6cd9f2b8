import { describe, expect, it } from "vitest";
import type { Appliance } from "../../../../intermediate/conversion/appliance.ts";
import { GuestTree } from "../../../../intermediate/conversion/guest-tree.ts";

const halfMebibyte = 512 * 1024;

/** What the appliance prints of a text. */
function textOf(path: string, text: string): string {
  // As `base64 -w0 FILE | head -c …` cuts it.
  const base64 = Buffer.from(text)
    .toString("base64")
    .slice(0, Math.ceil(halfMebibyte / 3) * 4 + 1);
  return `text ${path}\n${base64}\n`;
}

describe("a guest's configuration", () => {
  it("is read with its texts and names", () => {
    const tree = GuestTree.parse(`${textOf("etc/hostname", "höst\n")}name boot/vmlinuz\n`);
    expect(tree.text("/etc/hostname")).toBe("höst\n");
    expect(tree.has("/boot/vmlinuz")).toBe(true);
    expect(tree.write("/etc/hostname", "other\n")).toBe(true);
    expect(tree.takeChanged()).toEqual(["/etc/hostname"]);
  });

  it("holds a text of half a mebibyte whole, and never writes what it could not read whole", () => {
    const whole = "x".repeat(halfMebibyte);
    const tree = GuestTree.parse(textOf("etc/fstab", whole) + textOf("etc/hosts", `${whole}yyyy`));
    expect(tree.text("/etc/fstab")).toBe(whole);
    expect(tree.text("/etc/hosts")).toBeUndefined();
    expect(tree.has("/etc/hosts")).toBe(true);
    expect(() => tree.write("/etc/hosts", "127.0.0.1 localhost\n")).toThrow(
      "/etc/hosts has more than 512 KiB",
    );
    expect(tree.takeChanged()).toEqual([]);
  });

  it("is written where flags forbid it, and is protected again afterwards", async () => {
    const tree = GuestTree.parse(
      `${textOf("etc/fstab", "a\n")}held i etc/fstab\nheld ia etc\nheld a etc/hosts\n`,
    );
    const done: string[] = [];
    const appliance = {
      must: (...words: readonly string[]) => Promise.resolve(void done.push(words.join(" "))),
      shell: (script: string) => Promise.resolve(void done.push(script)),
    } as unknown as Appliance;
    tree.write("/etc/fstab", "b");
    await tree.flush(appliance);
    expect(done).toEqual([
      "cd /sysroot && chattr -i -- './etc/fstab' && chattr -ia -- './etc'",
      "write /etc/fstab b",
      "cd /sysroot && chattr +i -- './etc/fstab' && chattr +ia -- './etc'",
    ]);
  });
});
