/** The agent's C tests: what each program is made of. Paths are below agent/. */
export interface TestProgram {
  readonly name: string;
  readonly sources: readonly string[];
  readonly libraries: readonly ("crypto" | "ssl" | "zstd" | "pthread")[];
  readonly linkerFlags: readonly string[];
}

export interface FuzzTarget extends TestProgram {
  readonly runs: number;
  readonly maxLengthBytes: number;
}

const frameSources = ["frame.c", "frame_build.c", "frame_layout.c", "frame_dump.c", "text.c"];
const osSources = ["os_linux.c", "os_files_linux.c", "os_threads_posix.c"];
const diskSources = [
  "disk_linux.c",
  "disk_range.c",
  "place_linux.c",
  "parts_linux.c",
  "text.c",
  ...osSources,
];

function program(
  name: string,
  sources: readonly string[],
  libraries: TestProgram["libraries"] = [],
  linkerFlags: readonly string[] = [],
): TestProgram {
  return { name, sources: ["tests/check.c", `tests/${name}.c`, ...sources], libraries, linkerFlags };
}

export const testPrograms: readonly TestProgram[] = [
  program("frame_test", frameSources),
  program("text_test", ["text.c"]),
  program("launch_test", ["launch.c", "text.c"]),
  program("tree_hash_test", ["tree_hash.c", "sha256_pair.c"], ["crypto"]),
  program("throttle_test", ["throttle.c"]),
  program("unused_test", ["unused.c"]),
  program("system_map_test", ["used/system_map.c"]),
  program("adapt_test", ["adapt.c"]),
  program("ceiling_test", ["ceiling.c"]),
  program(
    "pass_test",
    ["pass.c", "pass_memory.c", "tree_hash.c", "sha256_pair.c", "unused.c", ...frameSources],
    ["crypto"],
  ),
  program("salvage_test", ["salvage.c", ...diskSources], [], ["-Wl,--wrap=pread"]),
  program("parts_test", diskSources),
  program(
    "net_test",
    ["net_posix.c", "net_local.c", ...osSources],
    [],
    ["-Wl,--wrap=getaddrinfo", "-Wl,--wrap=freeaddrinfo"],
  ),
  program("compress_test", ["compress.c", ...osSources], ["zstd", "pthread"]),
];

export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: "frame_fuzz",
    sources: ["tests/frame_fuzz.c", ...frameSources],
    libraries: [],
    linkerFlags: [],
    runs: 200_000,
    maxLengthBytes: 4_096,
  },
  {
    name: "launch_fuzz",
    sources: ["tests/launch_fuzz.c", "launch.c", "text.c"],
    libraries: [],
    linkerFlags: [],
    runs: 200_000,
    maxLengthBytes: 4_096,
  },
];
