/**
 * The guest's configuration in memory: read in one go, changed by the conversion's steps, written back in one go. Steps
 * touch nothing else, so they can be tried on any tree.
 */
import { fail, FailureError } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import type { Appliance } from "./appliance.ts";

/** Text that steps look at. */
const texts = [
  "etc/{fstab,hostname,hosts,machine-id,crypttab,inittab,default/grub,kernel/cmdline,selinux/config,sysconfig/network}",
  "boot/{grub,grub2}/{grub.cfg,device.map,menu.lst,grub.conf}",
  "boot/efi/EFI/*/grub.cfg",
  "boot/loader/entries/*.conf",
  "etc/{network/interfaces,network/interfaces.d/*,netplan/*.yaml,NetworkManager/system-connections/*}",
  "etc/{sysconfig/network-scripts/ifcfg-*,sysconfig/network/ifcfg-*}",
  "etc/systemd/network/*.{network,link,netdev}",
  "etc/udev/rules.d/*net*.rules",
  "etc/initramfs-tools/{modules,initramfs.conf,conf.d/*}",
  "etc/dracut.conf.d/*.conf",
];

/** Paths whose being there is all that counts. */
const names = [
  "boot/* boot/{grub,grub2}/* boot/efi/EFI/*/* usr/lib/grub/*",
  "{usr/,}lib/systemd/system/*.service etc/systemd/system/*.service etc/systemd/system/*.wants/* etc/init.d/*",
  "{usr/,}{s,}bin/{update-initramfs,dracut,mkinitrd,grub-install,grub2-install,update-grub,grub-mkconfig,grub2-mkconfig,cloud-init,sshd}",
  "lib/modules/* var/lib/dbus/machine-id etc/rc.d/rc.local etc/cloud/*",
];

/** Everything must fit into one message of libguestfs, 4 MiB; a file with more than this is known by its name alone. */
const mostBase64Characters = Math.ceil((512 * 1024) / 3) * 4;

/** Few programs are started: each takes a part of a second without KVM. */
const snapshotScript = String.raw`
cd /sysroot || exit 1
exec 2>/dev/null
shopt -s nullglob
for f in ${texts.join(" ")}; do [ -f "$f" ] && { printf 'text %s\n' "$f"; base64 -w0 "$f" | head -c ${mostBase64Characters + 1}; echo; }; done
set -- ${texts.join(" ")}
{ printf '%s\0' "$@"; dirname -z -- "$@"; } | sort -uz | xargs -0 -r lsattr -d -- |
  while read -r flags f; do held=$(printf %s "$flags" | tr -dc ia); [ -n "$held" ] && printf 'held %s %s\n' "$held" "$f"; done
for f in ${names.join(" ")}; do [ -e "$f" -o -L "$f" ] && printf 'name %s\n' "$f"; done
true
`;

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** Paths are absolute paths in the guest. */
export class GuestTree {
  readonly #texts: Map<string, string>;
  readonly #names: ReadonlySet<string>;
  /** What the guest has: texts as they were read or last written. */
  readonly #stored: Map<string, string>;
  readonly #links = new Map<string, string>();
  readonly #linked = new Set<string>();
  readonly #removed = new Set<string>();
  readonly #modes = new Map<string, number>();
  readonly #tooLarge: ReadonlySet<string>;
  /** Files and directories that are protected (`chattr +i`, `+a`), and those letters. */
  readonly #held: ReadonlyMap<string, string>;
  #pending: string[] = [];

  constructor(
    texts: ReadonlyMap<string, string>,
    names: Iterable<string>,
    tooLarge: Iterable<string> = [],
    held: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#held = held;
    this.#tooLarge = new Set(tooLarge);
    this.#texts = new Map(texts);
    this.#stored = new Map(texts);
    this.#names = new Set([...names, ...texts.keys(), ...this.#tooLarge]);
  }

  /** The tree of the filesystems that are mounted in the appliance. */
  static async read(appliance: Appliance): Promise<GuestTree> {
    return GuestTree.parse(await appliance.shell(snapshotScript));
  }

  /** What {@link snapshotScript} prints. */
  static parse(output: string): GuestTree {
    const found = new Map<string, string>();
    const present: string[] = [];
    const tooLarge: string[] = [];
    const held = new Map<string, string>();
    const lines = output.split("\n");
    for (const [index, line] of lines.entries()) {
      const path = `/${line.slice(5)}`;
      const base64 = lines[index + 1] ?? "";
      if (line.startsWith("text ") && base64.length > mostBase64Characters) tooLarge.push(path);
      else if (line.startsWith("text ")) found.set(path, decoded(base64));
      if (line.startsWith("name ")) present.push(path);
      const [, letters, heldPath] = /^held ([ia]+) (.+)$/.exec(line) ?? [];
      if (letters !== undefined) held.set(`/${heldPath}`, letters);
    }
    return new GuestTree(found, present, tooLarge, held);
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  has(path: string): boolean {
    return (
      (this.#names.has(path) && !this.#removed.has(path)) || this.#texts.has(path) || this.#links.has(path)
    );
  }

  /** Known paths that match, in order. */
  paths(pattern: RegExp): string[] {
    const all = new Set([...this.#names, ...this.#texts.keys(), ...this.#links.keys()]);
    return [...all].filter((path) => pattern.test(path) && this.has(path)).toSorted();
  }

  /** True where this changed anything. Throws `conversion-failed` for a file that was too large to be read. */
  write(path: string, text: string, mode?: number): boolean {
    if (this.#tooLarge.has(path) && !this.#removed.has(path)) throw new FailureError(tooLargeToChange(path));
    if (this.#texts.get(path) === text) return false;
    this.#removed.delete(path);
    this.#texts.set(path, text);
    if (mode !== undefined) this.#modes.set(path, mode);
    this.#note(path);
    return true;
  }

  link(target: string, path: string): void {
    this.#links.set(path, target);
    this.#note(path);
  }

  remove(path: string): boolean {
    if (!this.has(path)) return false;
    this.#texts.delete(path);
    this.#links.delete(path);
    this.#removed.add(path);
    this.#note(path);
    return true;
  }

  /** Paths changed since the last call: what a step did. */
  takeChanged(): string[] {
    const changed = [...new Set(this.#pending)].toSorted();
    this.#pending = [];
    return changed;
  }

  /** Takes over what a tool has written in the guest. */
  adopt(path: string, text: string): void {
    this.#texts.set(path, text);
    this.#stored.set(path, text);
    this.#note(path);
  }

  /** Puts everything that was changed since the last time into the guest. What is protected there is so again after. */
  async flush(appliance: Appliance): Promise<void> {
    const writes = [...this.#texts].filter(([path, text]) => this.#stored.get(path) !== text);
    const touched = [...this.#removed, ...this.#links.keys(), ...writes.map(([path]) => path)];
    const held = [...new Set(touched.flatMap((path) => [path, parentOf(path)]))].filter((path) =>
      this.#held.has(path),
    );
    await this.#protect(appliance, "-", held);
    for (const path of this.#removed) {
      await appliance.must("rm-f", path);
      this.#stored.delete(path);
    }
    for (const [path, target] of this.#links) {
      if (this.#linked.has(path)) continue;
      await appliance.must("mkdir-p", parentOf(path));
      await appliance.must("ln-sf", target, path);
      this.#linked.add(path);
    }
    for (const [path, text] of writes) {
      const isNew = !this.#stored.has(path);
      this.#stored.set(path, text);
      if (isNew) await appliance.must("mkdir-p", parentOf(path));
      await appliance.must("write", path, text);
      const mode = this.#modes.get(path);
      if (isNew || mode !== undefined) await appliance.must("chmod", `0${(mode ?? 0o644).toString(8)}`, path);
    }
    await this.#protect(
      appliance,
      "+",
      held.filter((path) => !this.#removed.has(path)),
    );
  }

  async #protect(appliance: Appliance, sign: "+" | "-", paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const lines = paths.map((path) => `chattr ${sign}${this.#held.get(path)} -- ${shellWord(`.${path}`)}`);
    await appliance.shell(["cd /sysroot", ...lines].join(" && "));
  }

  #note(path: string): void {
    this.#pending.push(path);
  }
}

const tooLargeToChange = (path: string) =>
  fail(
    "conversion-failed",
    told({ kind: "file-too-large-to-convert", path }),
    { path },
    told({ kind: "make-file-smaller", path }),
  ).failure;

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

export function shellWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
