/** A Windows registry hive as the conversion's steps see it, so that they can be tried on any. */

/** Of winnt.h; those that steps write. */
export const registryTypes = { text: 1, binary: 3, dword: 4 } as const;

export interface RegistryValue {
  readonly name: string;
  readonly type: number;
  readonly data: Buffer;
}

/** Keys are paths below the hive's root, as in `ControlSet001\Control`; neither they nor names know case. */
export interface Hive {
  /** Null where there is no such key or value. */
  value(key: string, name: string): RegistryValue | null;
  /** All values of a key; null where there is no such key. */
  values(key: string): readonly RegistryValue[] | null;
  hasKey(key: string): boolean;
  /** Makes the key where it is not there. */
  set(key: string, value: RegistryValue): void;
}

export function dwordValue(name: string, number: number): RegistryValue {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(number);
  return { name, type: registryTypes.dword, data };
}

export function textValue(name: string, text: string): RegistryValue {
  return { name, type: registryTypes.text, data: Buffer.from(`${text}\0`, "utf16le") };
}

/** Null where there is none, or something else than a number. */
export function readDword(hive: Hive, key: string, name: string): number | null {
  const value = hive.value(key, name);
  return value === null || value.type !== registryTypes.dword || value.data.length !== 4
    ? null
    : value.data.readUInt32LE();
}

/** Null where there is none; what is no text reads as nonsense. */
export function readText(hive: Hive, key: string, name: string): string | null {
  const value = hive.value(key, name);
  return value === null ? null : (value.data.toString("utf16le").split("\0")[0] ?? "");
}
