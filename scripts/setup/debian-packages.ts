/** Debian packages that parts of the project need, and how they get there. */
import { spawnSync } from "node:child_process";

/** By purpose; a package's reason stands beside it. */
export const packagesFor = {
  agent: [
    "musl-tools", // static C library for the agent
    "musl-dev",
    "linux-libc-dev",
    "gcc",
    "libc6-dev",
    "binutils",
    "make",
    "perl", // OpenSSL's Configure
    "xz-utils",
  ],
  // The agents for other machines than this one, and what runs them here.
  "agent-platforms": [
    "gcc-i686-linux-gnu",
    "gcc-mingw-w64-x86-64-win32",
    "gcc-mingw-w64-i686-win32",
    "osslsigncode",
    "wine",
    "wine64",
    "libc6-i386", // runs the wine for 32 bits, which is fetched but not installed
  ],
  images: ["qemu-utils"],
  machines: [
    "qemu-system-x86", // boot check and lab
    "seabios",
    "ovmf",
  ],
  conversion: [
    "guestfish", // libguestfs: the overlays are changed in its appliance, never by this machine's kernel
    "libguestfs-xfs",
    "linux-image-amd64", // the appliance's kernel
    "virt-v2v", // drivers for Windows
  ],
  // File replication: a kernel as a program, and what brings files over and lists them in it.
  layouts: [
    "user-mode-linux",
    "rsync",
    "attr", // getfattr: both sides' attributes are compared
    "fdisk",
    "dmsetup", // replicas are opened under snapshots
    "lvm2",
    "e2fsprogs",
    "xfsprogs",
    "dosfstools",
    "kmod",
    "perl-base",
  ],
  lab: [
    "mmdebstrap",
    "debian-archive-keyring",
    "e2fsprogs",
    "mount",
    "util-linux",
    "openssh-client",
    "zstd",
    // Who is not root builds in a user namespace and in a kernel that is a program.
    "uidmap",
    "user-mode-linux",
    "kmod",
    "perl-base",
  ],
  "agent-tests": [
    "clang", // sanitizers and libFuzzer
    "libclang-rt-dev",
    "libssl-dev",
    "libzstd-dev",
    "procps",
  ],
  // What filesystem and table readers are compared with.
  "disk-tools": [
    "e2fsprogs",
    "xfsprogs",
    "btrfs-progs",
    "ntfs-3g",
    "libhivex-bin", // hivexsh reads and makes registry hives independently
    "dosfstools",
    "mtools",
    "exfatprogs",
    "fdisk",
    "gdisk",
    "lvm2",
    "mdadm",
    "cryptsetup-bin",
    "f2fs-tools",
    "jfsutils",
    "reiserfsprogs",
    "nilfs-tools",
    "udftools",
    "genisoimage",
    "squashfs-tools",
    "erofs-utils",
    "bcache-tools",
    "time",
  ],
  // Real sshd, sudo, BusyBox and NTLM on loopback; Chromium prints reports.
  integration: [
    "openssh-server",
    "openssh-client",
    "openssh-sftp-server",
    "sudo",
    "passwd",
    "procps",
    "python3",
    "busybox-static",
    "dash",
    "tcsh",
    "rsync",
    "openssl",
    "gss-ntlmssp",
    "libkrb5-dev",
    "chromium",
    "chromium-headless-shell", // what browser tests look through: half the cost of the whole one
    "fonts-noto-cjk",
    "strace",
    "user-mode-linux", // a kernel with device-mapper, for LVM snapshots
    "lvm2",
    "fdisk",
  ],
} as const satisfies Record<string, readonly string[]>;

export type Purpose = keyof typeof packagesFor;

/** Asked in one go: a hundred questions take seconds. */
function installed(names: readonly string[]): ReadonlySet<string> {
  const form = "${Package} ${db:Status-Status}\\n";
  const { stdout } = spawnSync("dpkg-query", ["-W", "-f", form, ...names], { encoding: "utf8" });
  const known = stdout.split("\n").map((line) => line.split(" "));
  return new Set(known.flatMap(([name = "", status]) => (status === "installed" ? [name] : [])));
}

/** The packages that are missing for these purposes. Null where this is not a Debian-like system. */
export function missingPackages(purposes: readonly Purpose[]): string[] | null {
  if (spawnSync("dpkg-query", ["--version"]).status !== 0) return null;
  const wanted = [...new Set(purposes.flatMap((purpose): readonly string[] => packagesFor[purpose]))];
  const there = installed(wanted);
  return wanted.filter((name) => !there.has(name));
}

/**
 * Installs what is missing where this user may; otherwise says the exact line to run and gives false.
 */
export function ensurePackages(purposes: readonly Purpose[], say: (line: string) => void): boolean {
  const missing = missingPackages(purposes);
  if (missing === null) {
    say(
      `this is not a Debian-like system: make sure that these are installed under whatever name they have here: ${purposes.flatMap((purpose): readonly string[] => packagesFor[purpose]).join(" ")}`,
    );
    return true;
  }
  if (missing.length === 0) return true;
  const line = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) {
    say("some Debian packages are missing and this user may not install them. Run this, then try again:");
    say(`  sudo ${line}`);
    return false;
  }
  say(`installing Debian packages: ${missing.join(" ")}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (args: readonly string[]) =>
    spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args], {
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    }).status === 0;
  apt(["update"]);
  if (apt(["install", "-y", "--no-install-recommends", ...missing])) return true;
  say("installing Debian packages failed (see above). Run this by hand, then try again:");
  say(`  apt-get update && ${line}`);
  return false;
}
