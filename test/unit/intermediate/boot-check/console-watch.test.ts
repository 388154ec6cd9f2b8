import { describe, expect, it } from "vitest";
import { BootWatch, type View } from "../../../../intermediate/boot-check/console-watch.ts";

const onSerial = (text: string): View[] => [{ name: "serial", text }];
const verdictOn = (text: string) => new BootWatch().observe(1, onSerial(text));

describe("a boot is known to have ended", () => {
  it.each([
    [
      "an empty disk",
      "Booting from Hard Disk...\nBoot failed: not a bootable disk\n\nNo bootable device.",
      /^no bootable device/,
    ],
    [
      "a lost core image",
      "GRUB loading.\nWelcome to GRUB!\n\nerror: unknown filesystem.\nEntering rescue mode...\ngrub rescue> ",
      /^GRUB rescue: unknown filesystem/,
    ],
    [
      "a lost configuration",
      "GNU GRUB  version 2.06\n\n   Minimal BASH-like line editing is supported.\n\ngrub> ",
      /^GRUB prompt/,
    ],
    [
      "a kernel without its root",
      "[    1.2] x\n[    2.345678] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
      /^kernel panic: VFS: Unable to mount root fs/,
    ],
    [
      "a root of another name",
      "Gave up waiting for root file system device.\nALERT!  UUID=6f2c does not exist.  Dropping to a shell!\n(initramfs) ",
      /^initramfs shell: UUID=6f2c does not exist/,
    ],
    [
      "a lost filesystem of fstab",
      "You are in emergency mode. After logging in, type\nGive root password for maintenance",
      /^emergency mode/,
    ],
    [
      "a locked root in emergency mode",
      "Cannot open access to console, the root account is locked.\n",
      /^emergency mode/,
    ],
    [
      "an encrypted root, asked for by its initramfs",
      "Please unlock disk sda3_crypt: ",
      /^the passphrase .* is wanted: sda3_crypt/,
    ],
    [
      "an encrypted /boot, asked for by GRUB",
      "Welcome to GRUB!\n\nEnter passphrase for hd0,msdos1 (f00d): ",
      /^the passphrase .* is wanted: hd0,msdos1/,
    ],
    [
      "firmware without a boot loader",
      "BdsDxe: No bootable option or device was found.",
      /^no bootable device/,
    ],
  ])("with %s", (_what, text, cause) => {
    expect(verdictOn(text)).toMatchObject({
      kind: "failed",
      seen: { what: expect.stringMatching(cause) as string },
    });
  });

  it("with a login prompt, whatever stood on the console before", () => {
    expect(
      verdictOn("[    0.1] Linux version 6.1\nDebian GNU/Linux 12 web ttyS0\n\nweb login: "),
    ).toMatchObject({
      kind: "booted",
      atPrompt: true,
      seen: { what: expect.stringContaining("web login:") as string },
    });
  });

  it("not before: a first disk that does not boot leaves the others", () => {
    expect(
      verdictOn("Booting from Hard Disk...\nBoot failed: not a bootable disk\nBooting from Hard Disk..."),
    ).toBeNull();
  });

  it("not by a word in the middle of a line", () => {
    expect(verdictOn("[    3.1] audit: last login: never\nsystemd-logind started")).toBeNull();
  });
});

describe("a system that says it is up", () => {
  it("is booted, and stays so when its console is cleared", () => {
    const watch = new BootWatch();
    const up = "[  OK  ] Reached target multi-user.target - Multi-User System.\n";
    expect(watch.observe(9, onSerial(up))).toMatchObject({ kind: "booted", atPrompt: false });
    expect(watch.observe(10, onSerial(""))).toMatchObject({ kind: "booted", atPrompt: false });
    expect(watch.observe(11, onSerial("web login: "))).toMatchObject({ kind: "booted", atPrompt: true });
  });

  it("is not booted when it ends in emergency mode after all", () => {
    const watch = new BootWatch();
    watch.observe(9, onSerial("Reached target multi-user.target - Multi-User System"));
    expect(watch.observe(10, onSerial("You are in emergency mode."))).toMatchObject({ kind: "failed" });
  });
});

describe("the timeline", () => {
  it("names what was seen first, in order, through colours and from any console", () => {
    const watch = new BootWatch();
    watch.observe(1, [{ name: "screen", text: "SeaBIOS (version 1.16)\nGRUB loading." }]);
    watch.observe(2, onSerial("\u001b[0;32m[    0.000000] Linux version 6.1.0\r\n"));
    expect(watch.stage).toBe("kernel");
    watch.observe(3, onSerial("Welcome to \u001b[1mDebian GNU/Linux 12\u001b[0m!\r\n"));
    watch.observe(4, [{ name: "kernel", text: "web login:" }]);
    expect(watch.timeline).toEqual([
      { atSeconds: 1, what: "firmware" },
      { atSeconds: 1, what: "boot loader" },
      { atSeconds: 2, what: "kernel" },
      { atSeconds: 3, what: "init" },
      { atSeconds: 4, what: "login" },
    ]);
  });
});
