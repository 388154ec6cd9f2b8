import type { BlockDevice } from "../../../intermediate/conversion/inspect.ts";

const blank: BlockDevice = {
  path: "",
  node: "",
  type: null,
  uuid: null,
  label: null,
  partitionUuid: null,
  partitionType: null,
  partitionNumber: null,
  volume: null,
  table: null,
  bootCode: null,
};

const letter = (index: number): string => String.fromCharCode(97 + index);

export const disk = (index: number, facts: Partial<BlockDevice> = {}): BlockDevice => ({
  ...blank,
  path: `/dev/sd${letter(index)}`,
  table: "gpt",
  bootCode: Buffer.alloc(440),
  ...facts,
});

export const partition = (index: number, number: number, facts: Partial<BlockDevice> = {}): BlockDevice => ({
  ...blank,
  path: `/dev/sd${letter(index)}${number}`,
  partitionNumber: number,
  ...facts,
});

export const volume = (group: string, name: string, facts: Partial<BlockDevice> = {}): BlockDevice => ({
  ...blank,
  path: `/dev/mapper/${group}-${name}`,
  volume: `${group}/${name}`,
  ...facts,
});
