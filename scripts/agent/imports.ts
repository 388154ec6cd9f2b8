/** What a Windows program asks of the system: read from its own tables, without any tool. */

export interface WindowsProgram {
  readonly machine: "i686" | "x86_64" | "other";
  /** `major.minor` of the oldest Windows that loads it. */
  readonly subsystemVersion: string;
  /** 3 is a console program. */
  readonly subsystem: number;
  /** Names of functions by library, both as the program has them; ordinals as `#N`. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

function text(bytes: Buffer, start: number): string {
  return bytes.toString("latin1", start, bytes.indexOf(0, start));
}

/** Reads a PE file. Throws where it is none. */
export function readWindowsProgram(bytes: Buffer): WindowsProgram {
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString("latin1", header, header + 4) !== "PE\0\0") throw new Error("not a Windows program");
  const machines = new Map([
    [0x14c, "i686"],
    [0x8664, "x86_64"],
  ] as const);
  const optional = header + 24;
  const isWide = bytes.readUInt16LE(optional) === 0x20b;
  const sectionCount = bytes.readUInt16LE(header + 6);
  const sections = optional + bytes.readUInt16LE(header + 20);

  /** Where in the file the byte at an address of the loaded program lies. */
  const offsetOf = (address: number): number => {
    for (let i = 0; i < sectionCount; i++) {
      const at = sections + i * 40;
      const start = bytes.readUInt32LE(at + 12);
      const inside = address - start;
      if (inside >= 0 && inside < bytes.readUInt32LE(at + 16)) return bytes.readUInt32LE(at + 20) + inside;
    }
    throw new Error(`address ${address} lies in no section`);
  };

  const imports = new Map<string, string[]>();
  const directory = bytes.readUInt32LE(optional + (isWide ? 112 : 96) + 8);
  for (let at = offsetOf(directory); bytes.readUInt32LE(at + 12) !== 0; at += 20) {
    const names: string[] = [];
    const width = isWide ? 8 : 4;
    for (let entry = offsetOf(bytes.readUInt32LE(at)); ; entry += width) {
      const low = bytes.readUInt32LE(entry);
      const isOrdinal = (isWide ? bytes.readUInt32LE(entry + 4) : low) >>> 31 === 1;
      if (low === 0 && !isOrdinal) break;
      names.push(isOrdinal ? `#${low & 0xffff}` : text(bytes, offsetOf(low) + 2));
    }
    imports.set(text(bytes, offsetOf(bytes.readUInt32LE(at + 12))), names);
  }
  return {
    machine: machines.get(bytes.readUInt16LE(header + 4) as 0x14c) ?? "other",
    subsystemVersion: `${bytes.readUInt16LE(optional + 48)}.${bytes.readUInt16LE(optional + 50)}`,
    subsystem: bytes.readUInt16LE(optional + 68),
    imports,
  };
}
