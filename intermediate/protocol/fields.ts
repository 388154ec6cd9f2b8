/**
 * The field kinds that frames are made of (docs/PROTOCOL.md, "Frames"): how each is read, written and printed. One
 * table of these describes every frame, so that decoder, encoder and dump cannot disagree.
 */

/** Why a frame is refused; the words of test/vectors/frames.txt. */
export type Violation = "magic" | "flags" | "type" | "length" | "sequence" | "field";

/** Thrown inside the codec only; `decodePayload` turns it into data. */
export class FrameProblem extends Error {
  readonly why: Violation;
  constructor(why: Violation, detail: string) {
    super(detail);
    this.name = "FrameProblem";
    this.why = why;
  }
}

export const refuseField = (detail: string): never => {
  throw new FrameProblem("field", detail);
};

/** Reads little-endian values; every read checks first that the bytes are there. */
export class PayloadReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** A view of the next `length` bytes, not a copy. */
  take(length: number): Buffer {
    if (length > this.remaining) {
      throw new FrameProblem("length", `${length} more bytes are needed, ${this.remaining} are left`);
    }
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }
}

/** Collects the parts of a payload; byte arrays are referenced, not copied, until `finish`. */
export class PayloadWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  number(length: number, put: (into: Buffer) => void): void {
    const part = Buffer.allocUnsafe(length);
    put(part);
    this.bytes(part);
  }

  finish(head: Buffer): Buffer {
    return Buffer.concat([head, ...this.#parts], head.length + this.#length);
  }
}

export interface Field<T> {
  read(input: PayloadReader): T;
  write(output: PayloadWriter, value: T): void;
  print(value: T): string;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;

const plain = (value: number | bigint): string => value.toString();

function unsigned(
  length: 1 | 2 | 4,
  check?: { readonly least: number; readonly most: number; readonly what: string },
): Field<number> {
  return {
    read(input) {
      const value = input.take(length).readUIntLE(0, length);
      if (check && (value < check.least || value > check.most)) {
        refuseField(`${check.what} is ${value}, not ${check.least} to ${check.most}`);
      }
      return value;
    },
    write: (output, value) => output.number(length, (into) => into.writeUIntLE(value, 0, length)),
    print: plain,
  };
}

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);

export const bounded8 = (what: string, least: number, most: number): Field<number> =>
  unsigned(1, { least, most, what });
export const bounded16 = (what: string, least: number, most = 0xffff): Field<number> =>
  unsigned(2, { least, most, what });
export const bounded32 = (what: string, least: number, most = 0xffffffff): Field<number> =>
  unsigned(4, { least, most, what });

/** A bit set of which only the bits of `known` are defined. */
export const flags8 = (known: number): Field<number> => ({
  ...u8,
  read(input) {
    const value = u8.read(input);
    if ((value & ~known) !== 0) refuseField(`flags are ${value}, only the bits ${known} are defined`);
    return value;
  },
});

export const i8: Field<number> = {
  read: (input) => input.take(1).readInt8(0),
  write: (output, value) => output.number(1, (into) => into.writeInt8(value, 0)),
  print: plain,
};

/** A count, size, offset or time: at most 2^53 − 1 by the protocol, so a number holds it exactly. */
export const u64: Field<number> = {
  read(input) {
    const bytes = input.take(8);
    const high = bytes.readUInt32LE(4);
    if (high > 0x1fffff) refuseField("a 64-bit number is above 2^53 − 1");
    return high * 0x1_0000_0000 + bytes.readUInt32LE(0);
  },
  write: (output, value) => output.number(8, (into) => into.writeBigUInt64LE(BigInt(value), 0)),
  print: plain,
};

export const positive64 = (what: string): Field<number> => ({
  ...u64,
  read(input) {
    const value = u64.read(input);
    return value === 0 ? refuseField(`${what} is 0`) : value;
  },
});

/** Capability bits and tokens use all 64 bits. */
export const bits64: Field<bigint> = {
  read: (input) => input.take(8).readBigUInt64LE(0),
  write: (output, value) => output.number(8, (into) => into.writeBigUInt64LE(value, 0)),
  print: plain,
};

/** A byte array of fixed length; decoding gives a view of the payload. */
export const bytesOf = (length: 16 | 32): Field<Buffer> => ({
  read: (input) => input.take(length),
  write: (output, value) => {
    if (value.length !== length) throw new Error(`${value.length} bytes where ${length} belong`);
    output.bytes(value);
  },
  print: (value) => value.toString("hex"),
});

/** The bytes up to the end of the payload; decoding gives a view. */
export const rest: Field<Buffer> = {
  read: (input) => input.take(input.remaining),
  write: (output, value) => output.bytes(value),
  print: (value) => value.toString("hex"),
};

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** u16 byte length and UTF-8 without NUL. */
export const text: Field<string> = {
  read(input) {
    const bytes = input.take(u16.read(input));
    if (bytes.includes(0)) refuseField("a string contains NUL");
    try {
      return strictUtf8.decode(bytes);
    } catch {
      return refuseField("a string is not UTF-8");
    }
  },
  write(output, value) {
    const bytes = Buffer.from(value, "utf8");
    u16.write(output, bytes.length);
    output.bytes(bytes);
  },
  print: (value) =>
    `"${value.replace(/[\\"\u0000-\u001f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`,
};

export const filledText = (what: string): Field<string> => ({
  ...text,
  read(input) {
    const value = text.read(input);
    return value === "" ? refuseField(`${what} is empty`) : value;
  },
});

type Members = Readonly<Record<string, Field<unknown>>>;
export type MembersOf<M> = { readonly [K in keyof M]: ValueOf<M[K]> };

/** u16 count and that many records of `members`; printed as `[a:b,a:b]`. */
export function list<const M extends Members>(
  members: M,
  limits: { readonly what: string; readonly least?: number; readonly most: number },
): Field<readonly MembersOf<M>[]> {
  const count = bounded16(`the number of ${limits.what}`, limits.least ?? 1, limits.most);
  const columns = Object.entries(members);
  return {
    read(input) {
      const length = count.read(input);
      return Array.from(
        { length },
        () => Object.fromEntries(columns.map(([name, field]) => [name, field.read(input)])) as MembersOf<M>,
      );
    },
    write(output, records) {
      u16.write(output, records.length);
      for (const record of records) {
        for (const [name, field] of columns) field.write(output, record[name]);
      }
    },
    print: (records) =>
      `[${records.map((record) => columns.map(([name, field]) => field.print(record[name])).join(":")).join(",")}]`,
  };
}
