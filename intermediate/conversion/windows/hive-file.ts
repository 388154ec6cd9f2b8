import { HiveCells, HiveError, noCell } from "./hive-cells.ts";
import type { Hive, RegistryValue } from "./registry.ts";

/** Offsets in the cells of keys ("nk"), values ("vk") and security ("sk"). */
const key = {
  parent: 0x10,
  subkeyCount: 0x14,
  subkeys: 0x1c,
  volatileSubkeys: 0x20,
  valueCount: 0x24,
  values: 0x28,
  security: 0x2c,
  className: 0x30,
  longestSubkey: 0x34,
  longestValueName: 0x3c,
  longestValue: 0x40,
  nameLength: 0x48,
  name: 0x4c,
} as const;
const value = { nameLength: 2, size: 4, data: 8, type: 12, flags: 16, name: 20 } as const;
const securityUsers = 12;
/** The name has one byte a character, ISO 8859-1. */
const narrowKey = 0x20;
const narrowValue = 1;
const inline = 0x8000_0000;
/** Of a key that another is added to. */
const mostSubkeys = 1_000;
/** Of a key that is looked into. */
const mostSubkeysRead = 1 << 20;
/** Longer data are in several cells. */
const mostValueBytes = 16_344;

interface FoundValue {
  readonly name: string;
  readonly offset: number;
}

/** A hive in memory. Values and keys are found whatever the case of their names. */
export class HiveFile implements Hive {
  readonly #cells: HiveCells;
  #isChanged = false;

  /** Throws a HiveError where the file is no hive, is damaged, or waits for its log. */
  constructor(file: Buffer) {
    this.#cells = new HiveCells(file);
    this.#key(this.#cells.root);
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** The file with what was set. */
  finish(): Buffer {
    return this.#cells.finish();
  }

  hasKey(path: string): boolean {
    return this.#find(path) !== null;
  }

  value(path: string, name: string): RegistryValue | null {
    const at = this.#find(path);
    const found = at === null ? undefined : this.#listValues(at).find((each) => isSame(each.name, name));
    return found === undefined ? null : this.#read(found);
  }

  values(path: string): readonly RegistryValue[] | null {
    const at = this.#find(path);
    return at === null ? null : this.#listValues(at).map((found) => this.#read(found));
  }

  set(path: string, wanted: RegistryValue): void {
    if (wanted.data.length > mostValueBytes) throw new HiveError("the value is longer than one cell");
    this.#isChanged = true;
    let at = this.#cells.root;
    for (const part of path.split("\\")) at = this.#child(at, part) ?? this.#addKey(at, part);
    const found = this.#listValues(at).find((each) => isSame(each.name, wanted.name));
    const offset = found?.offset ?? this.#addValue(at, wanted.name);
    this.#write(offset, wanted);
    const cell = this.#key(at);
    raise(cell, key.longestValue, wanted.data.length);
    raise(cell, key.longestValueName, 2 * wanted.name.length);
  }

  #key(offset: number): Buffer {
    const cell = this.#cells.cell(offset, key.name);
    if (cell.toString("latin1", 0, 2) !== "nk") throw new HiveError("a key was expected and is none");
    return cell;
  }

  #find(path: string): number | null {
    let at: number | null = this.#cells.root;
    for (const part of path.split("\\")) {
      at = this.#child(at, part);
      if (at === null) return null;
    }
    return at;
  }

  #child(parent: number, name: string): number | null {
    return this.#subkeys(parent).find((offset) => isSame(this.#nameOf(offset), name)) ?? null;
  }

  #nameOf(offset: number): string {
    const cell = this.#key(offset);
    return textAt(
      cell,
      key.name,
      cell.readUInt16LE(key.nameLength),
      (cell.readUInt16LE(2) & narrowKey) !== 0,
    );
  }

  #subkeys(parent: number): number[] {
    const cell = this.#key(parent);
    if (cell.readUInt32LE(key.subkeyCount) === 0) return [];
    const keys: number[] = [];
    for (const leaf of this.#leaves(cell.readUInt32LE(key.subkeys))) {
      for (const offset of this.#leafKeys(leaf)) keys.push(offset);
      // Lists that lie over one another would make billions of keys of a few kilobytes.
      if (keys.length > mostSubkeysRead) throw new HiveError("a key has more keys than any");
    }
    return keys;
  }

  /** The lists below a list of lists, or the list itself. */
  #leaves(list: number): number[] {
    const cell = this.#cells.cell(list, 4);
    if (cell.toString("latin1", 0, 2) !== "ri") return [list];
    return entries(cell, 4).map((at) => cell.readUInt32LE(at));
  }

  #leafKeys(leaf: number): number[] {
    const cell = this.#cells.cell(leaf, 4);
    return entries(cell, entryBytes(cell)).map((at) => cell.readUInt32LE(at));
  }

  #listValues(at: number): FoundValue[] {
    const cell = this.#key(at);
    const count = cell.readUInt32LE(key.valueCount);
    if (count === 0) return [];
    if (count > 0xffff) throw new HiveError("a key has more values than any");
    const list = this.#cells.cell(cell.readUInt32LE(key.values), 4 * count);
    return Array.from({ length: count }, (_, index) => {
      const offset = list.readUInt32LE(4 * index);
      const each = this.#value(offset);
      const isNarrow = (each.readUInt16LE(value.flags) & narrowValue) !== 0;
      return { offset, name: textAt(each, value.name, each.readUInt16LE(value.nameLength), isNarrow) };
    });
  }

  #value(offset: number): Buffer {
    const cell = this.#cells.cell(offset, value.name);
    if (cell.toString("latin1", 0, 2) !== "vk") throw new HiveError("a value was expected and is none");
    return cell;
  }

  #read({ name, offset }: FoundValue): RegistryValue {
    const cell = this.#value(offset);
    const type = cell.readUInt32LE(value.type);
    const size = cell.readUInt32LE(value.size);
    if (size >= inline) {
      const length = Math.min(size - inline, 4);
      return { name, type, data: Buffer.from(cell.subarray(value.data, value.data + length)) };
    }
    if (size > mostValueBytes) return { name, type, data: Buffer.alloc(0) };
    return {
      name,
      type,
      data: Buffer.from(this.#cells.cell(cell.readUInt32LE(value.data), size).subarray(0, size)),
    };
  }

  #write(offset: number, { type, data }: RegistryValue): void {
    const before = this.#value(offset);
    const size = before.readUInt32LE(value.size);
    // Data in several cells have a list of their own; nothing here is ever as long.
    if (size > mostValueBytes && size < inline) throw new HiveError("a value is longer than one cell");
    if (size > 0 && size < inline) this.#cells.release(before.readUInt32LE(value.data));
    let place = 0;
    if (data.length > 4) {
      place = this.#cells.allocate(data.length);
      data.copy(this.#cells.cell(place));
    }
    const cell = this.#value(offset);
    cell.writeUInt32LE(type, value.type);
    cell.writeUInt32LE(data.length > 4 ? data.length : (inline + data.length) >>> 0, value.size);
    cell.writeUInt32LE(place, value.data);
    if (data.length <= 4) data.copy(cell, value.data);
  }

  #addValue(at: number, name: string): number {
    const isNarrow = isLatin(name);
    const bytes = Buffer.from(name, isNarrow ? "latin1" : "utf16le");
    const offset = this.#cells.allocate(value.name + bytes.length);
    const cell = this.#cells.cell(offset);
    cell.write("vk", 0, "latin1");
    cell.writeUInt16LE(bytes.length, value.nameLength);
    cell.writeUInt32LE(inline, value.size);
    cell.writeUInt16LE(isNarrow ? narrowValue : 0, value.flags);
    bytes.copy(cell, value.name);

    const offsets = [...this.#listValues(at).map((each) => each.offset), offset];
    const list = this.#cells.allocate(4 * offsets.length);
    for (const [index, each] of offsets.entries()) this.#cells.cell(list).writeUInt32LE(each, 4 * index);
    const parent = this.#key(at);
    if (offsets.length > 1) this.#cells.release(parent.readUInt32LE(key.values));
    parent.writeUInt32LE(offsets.length, key.valueCount);
    parent.writeUInt32LE(list, key.values);
    return offset;
  }

  #addKey(parent: number, name: string): number {
    const isNarrow = isLatin(name);
    const bytes = Buffer.from(name, isNarrow ? "latin1" : "utf16le");
    const offset = this.#cells.allocate(key.name + bytes.length);
    const above = this.#key(parent);
    const cell = this.#cells.cell(offset);
    cell.write("nk", 0, "latin1");
    cell.writeUInt16LE(isNarrow ? narrowKey : 0, 2);
    above.copy(cell, 4, 4, 12);
    cell.writeUInt32LE(parent, key.parent);
    for (const at of [key.subkeys, key.volatileSubkeys, key.values, key.className])
      cell.writeUInt32LE(noCell, at);
    cell.writeUInt16LE(bytes.length, key.nameLength);
    bytes.copy(cell, key.name);
    this.#shareSecurity(above, cell);
    this.#insert(parent, offset, name);
    raise(this.#key(parent), key.longestSubkey, 2 * name.length);
    return offset;
  }

  #shareSecurity(above: Buffer, cell: Buffer): void {
    const security = above.readUInt32LE(key.security);
    cell.writeUInt32LE(security, key.security);
    const shared = this.#cells.cell(security, securityUsers + 4);
    shared.writeUInt32LE(shared.readUInt32LE(securityUsers) + 1, securityUsers);
  }

  /** Into the parent's list, which is in the order of the names in upper case. */
  #insert(parent: number, offset: number, name: string): void {
    const above = this.#key(parent);
    const count = above.readUInt32LE(key.subkeyCount);
    const list = above.readUInt32LE(key.subkeys);
    const leaves = count === 0 ? [] : this.#leaves(list);
    const isBehind = (other: number): boolean => upper(this.#nameOf(other)) > upper(name);
    const index = Math.max(
      0,
      leaves.findIndex((leaf, at) => at === leaves.length - 1 || this.#leafKeys(leaf).some(isBehind)),
    );
    const leaf = leaves[index];
    const keys = leaf === undefined ? [] : this.#leafKeys(leaf);
    const place = keys.findIndex(isBehind);
    const all = keys.toSpliced(place < 0 ? keys.length : place, 0, offset);
    if (all.length > mostSubkeys) throw new HiveError("a key has too many keys for another");
    const kind =
      leaf === undefined
        ? this.#cells.minor >= 5
          ? "lh"
          : "lf"
        : this.#cells.cell(leaf).toString("latin1", 0, 2);
    const made = this.#makeLeaf(kind, all);
    const cell = this.#key(parent);
    cell.writeUInt32LE(count + 1, key.subkeyCount);
    if (leaf === undefined || leaf === list) cell.writeUInt32LE(made, key.subkeys);
    else this.#cells.cell(list).writeUInt32LE(made, 4 + 4 * index);
    if (leaf !== undefined) this.#cells.release(leaf);
  }

  #makeLeaf(kind: string, keys: readonly number[]): number {
    const step = kind === "li" ? 4 : 8;
    const made = this.#cells.allocate(4 + step * keys.length);
    const cell = this.#cells.cell(made);
    cell.write(kind, 0, "latin1");
    cell.writeUInt16LE(keys.length, 2);
    for (const [index, each] of keys.entries()) {
      const at = 4 + step * index;
      cell.writeUInt32LE(each, at);
      const name = this.#nameOf(each);
      if (kind === "lh") cell.writeUInt32LE(hashOf(name), at + 4);
      if (kind === "lf" && isLatin(name)) cell.write(name.slice(0, 4), at + 4, "latin1");
    }
    return made;
  }
}

function entryBytes(cell: Buffer): number {
  const kind = cell.toString("latin1", 0, 2);
  if (kind === "li") return 4;
  if (kind === "lf" || kind === "lh") return 8;
  throw new HiveError("a list of keys was expected and is none");
}

/** Where a list's entries begin. */
function entries(cell: Buffer, step: number): number[] {
  const count = cell.readUInt16LE(2);
  if (4 + count * step > cell.length) throw new HiveError("a list is longer than its cell");
  return Array.from({ length: count }, (_, index) => 4 + index * step);
}

function textAt(cell: Buffer, at: number, length: number, isNarrow: boolean): string {
  if (at + length > cell.length) throw new HiveError("a name is longer than its cell");
  return cell.toString(isNarrow ? "latin1" : "utf16le", at, at + length);
}

function raise(cell: Buffer, at: number, least: number): void {
  // The upper half of the longest subkey's name is flags.
  if (cell.readUInt16LE(at) < least) cell.writeUInt16LE(least, at);
}

const isLatin = (name: string): boolean => /^[\u0020-\u007e]*$/.test(name);
const upper = (name: string): string => name.toUpperCase();
const isSame = (a: string, b: string): boolean => upper(a) === upper(b);

function hashOf(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 37) + upper(name).charCodeAt(at)) >>> 0;
  return hash;
}
