/** The machines that an agent is built for, and with which tools. */

export interface AgentTarget {
  /** The folder below resources/agents: `<os>-<architecture>` as the source's own system would say it. */
  readonly name: string;
  readonly os: "linux" | "windows";
  /** A compiler that finds the C library by itself, unless `cLibrary` says that this must be made first. */
  readonly compiler: string;
  /** The plain compiler, which is asked where its own files are. */
  readonly gcc: string;
  /** Before the names of binutils' programs; empty for the host's. */
  readonly toolPrefix: string;
  /** `musl`: built from source for this target, because Debian has it for the host's architecture only. */
  readonly cLibrary: "musl" | null;
  readonly opensslTarget: string;
  /** What autoconf calls it. */
  readonly configureHost: string;
  /** Flags for libraries and agent alike. */
  readonly cflags: readonly string[];
  /** Where the C library keeps its start files; the static-pie link names them itself. Empty on Windows. */
  readonly startFiles: string;
  /** The kernel's headers of this architecture; empty where they are the host's. */
  readonly kernelHeaders: string;
  /** Debian packages of these tools, beside those that every build needs. */
  readonly debianPackages: readonly string[];
}

const hardened = ["-O2", "-fPIE", "-fstack-protector-strong", "-ffunction-sections", "-fdata-sections"];

/**
 * static-pie: the kernel loads such a program like a dynamic loader that is run directly, which Linux has done since
 * long before 2.6.18, so it costs no old system. musl-gcc's own specs know no static-pie, hence `startFiles`.
 */
export const linuxX8664: AgentTarget = {
  name: "linux-x86_64",
  os: "linux",
  compiler: "musl-gcc",
  gcc: "gcc",
  toolPrefix: "",
  cLibrary: null,
  opensslTarget: "linux-x86_64",
  configureHost: "x86_64-linux-musl",
  cflags: hardened,
  startFiles: "/usr/lib/x86_64-linux-musl",
  kernelHeaders: "",
  debianPackages: ["musl-tools", "musl-dev", "linux-libc-dev"],
};

/** Any 32-bit PC from the Pentium Pro on. */
const linuxI686: AgentTarget = {
  name: "linux-i686",
  os: "linux",
  compiler: "i686-linux-gnu-gcc",
  gcc: "i686-linux-gnu-gcc",
  toolPrefix: "i686-linux-gnu-",
  cLibrary: "musl",
  opensslTarget: "linux-x86",
  configureHost: "i686-linux-musl",
  cflags: hardened,
  startFiles: "",
  kernelHeaders: "",
  debianPackages: ["gcc-i686-linux-gnu", "linux-libc-dev"],
};

const linuxAarch64: AgentTarget = {
  name: "linux-aarch64",
  os: "linux",
  compiler: "aarch64-linux-gnu-gcc",
  gcc: "aarch64-linux-gnu-gcc",
  toolPrefix: "aarch64-linux-gnu-",
  cLibrary: "musl",
  opensslTarget: "linux-aarch64",
  configureHost: "aarch64-linux-musl",
  // Without outline atomics nothing asks the C library of GNU for the processor's abilities.
  cflags: [...hardened, "-mno-outline-atomics"],
  startFiles: "",
  kernelHeaders: "/usr/aarch64-linux-gnu/include",
  debianPackages: ["gcc-aarch64-linux-gnu", "linux-libc-dev-arm64-cross"],
};

/**
 * Windows from Server 2003 SP2 on: what is newer is asked for by GetProcAddress, so that it is not even declared.
 * msvcrt is the C library that every Windows has; printf and its kin come from mingw-w64, because msvcrt's do not know
 * C99's formats.
 */
const windowsFlags = [
  ...["-O2", "-fstack-protector-strong", "-ffunction-sections", "-fdata-sections"],
  ...["-D_WIN32_WINNT=0x0502", "-DWINVER=0x0502", "-D__USE_MINGW_ANSI_STDIO=1"],
];

const windowsX8664: AgentTarget = {
  name: "windows-x86_64",
  os: "windows",
  compiler: "x86_64-w64-mingw32-gcc",
  gcc: "x86_64-w64-mingw32-gcc",
  toolPrefix: "x86_64-w64-mingw32-",
  cLibrary: null,
  opensslTarget: "mingw64",
  configureHost: "x86_64-w64-mingw32",
  cflags: windowsFlags,
  startFiles: "",
  kernelHeaders: "",
  debianPackages: ["gcc-mingw-w64-x86-64-win32"],
};

const windowsI686: AgentTarget = {
  name: "windows-i686",
  os: "windows",
  compiler: "i686-w64-mingw32-gcc",
  gcc: "i686-w64-mingw32-gcc",
  toolPrefix: "i686-w64-mingw32-",
  cLibrary: null,
  opensslTarget: "mingw",
  configureHost: "i686-w64-mingw32",
  // Windows of 32 bits keeps the stack at four bytes only, where functions are called back by the system.
  cflags: [...windowsFlags, "-march=i686", "-mstackrealign"],
  startFiles: "",
  kernelHeaders: "",
  debianPackages: ["gcc-mingw-w64-i686-win32"],
};

export const agentTargets: readonly AgentTarget[] = [
  linuxX8664,
  linuxI686,
  windowsX8664,
  windowsI686,
  linuxAarch64,
];

/** Built where nothing else is asked for. ARM servers are rare among sources, and their build costs a minute. */
export const usualTargets: readonly AgentTarget[] = [linuxX8664, linuxI686, windowsX8664, windowsI686];

/** The file's name in the target's folder. */
export function agentFileName(target: AgentTarget): string {
  return target.os === "windows" ? "sma-agent.exe" : "sma-agent";
}
