import type { Field } from "./fields.ts";
import { FrameProblem, PayloadReader, PayloadWriter, type Violation } from "./fields.ts";
import {
  frameMagic,
  frameTable,
  headerBytes,
  type Frame,
  type FrameDefinition,
  type FrameName,
  type Side,
} from "./frames.ts";

export type { Violation } from "./fields.ts";

/** Why bytes are not a frame; `detail` is for people and goes into ABORT's reason. */
export interface WireProblem {
  readonly why: Violation;
  readonly detail: string;
}

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: WireProblem };

export interface FrameHead {
  readonly name: FrameName;
  readonly payloadBytes: number;
}

const refuse = (why: Violation, detail: string): Decoded<never> => ({ ok: false, problem: { why, detail } });

interface NamedDefinition {
  readonly name: FrameName;
  readonly definition: FrameDefinition;
}

const byNumber: ReadonlyMap<number, NamedDefinition> = new Map(
  Object.entries(frameTable).map(([name, definition]) => [
    definition.number,
    // The table's entries differ in their field types; here only the common shape counts.
    { name: name as FrameName, definition: definition as unknown as FrameDefinition },
  ]),
);

function definitionOf(name: FrameName): FrameDefinition {
  return frameTable[name] as unknown as FrameDefinition;
}

/**
 * Checks a header in the protocol's order: magic, type (of this side), flags, length against the type's cap, sequence.
 * `bytes` holds at least 16 bytes.
 */
export function decodeHeader(side: Side, bytes: Buffer, expectedSequence: number): Decoded<FrameHead> {
  if (bytes.compare(frameMagic, 0, 4, 0, 4) !== 0)
    return refuse("magic", "the frame does not begin with SMA1");
  const number = bytes.readUInt16LE(4);
  const found = byNumber.get(number);
  if (found === undefined) return refuse("type", `the type ${number} is not known`);
  const { name, definition } = found;
  if (!definition.sides.includes(side)) return refuse("type", `${name} does not belong on ${side}`);
  const flags = bytes.readUInt16LE(6);
  if (flags !== 0) return refuse("flags", `${name} has the flags ${flags}, version 1 defines none`);
  const payloadBytes = bytes.readUInt32LE(8);
  if (payloadBytes > definition.payloadBytesMost) {
    return refuse(
      "length",
      `${name} announces ${payloadBytes} bytes, at most ${definition.payloadBytesMost} are allowed`,
    );
  }
  const sequence = bytes.readUInt32LE(12);
  if (sequence !== expectedSequence) {
    return refuse("sequence", `${name} has the sequence ${sequence}, ${expectedSequence} was expected`);
  }
  return { ok: true, value: { name, payloadBytes } };
}

/** Decodes a payload of the type `name`. Byte arrays in the frame are views of `payload`. */
export function decodePayload(name: FrameName, payload: Buffer): Decoded<Frame> {
  const definition = definitionOf(name);
  const frame: Record<string, unknown> = { type: name };
  let field = "";
  try {
    const input = new PayloadReader(payload);
    for (const [key, kind] of Object.entries(definition.fields)) {
      field = key;
      frame[key] = kind.read(input);
    }
    field = "";
    if (input.remaining > 0) return refuse("length", `${name} has ${input.remaining} bytes too many`);
    definition.check?.(frame);
  } catch (error) {
    if (!(error instanceof FrameProblem)) throw error;
    return refuse(error.why, `${name}${field === "" ? "" : `, ${field}`}: ${error.message}`);
  }
  // Built field by field from the very table that the type is derived from.
  return { ok: true, value: frame as unknown as Frame };
}

function* fieldsOf(frame: Frame): Generator<[string, Field<unknown>, unknown]> {
  const values: Readonly<Record<string, unknown>> = { ...frame };
  for (const [key, kind] of Object.entries(definitionOf(frame.type).fields)) yield [key, kind, values[key]];
}

/** The frame's bytes, header included. A value that does not fit its field is a bug and throws. */
export function encodeFrame(frame: Frame, sequence: number): Buffer {
  const definition = definitionOf(frame.type);
  const payload = new PayloadWriter();
  for (const [, kind, value] of fieldsOf(frame)) kind.write(payload, value);
  if (payload.length > definition.payloadBytesMost) {
    throw new Error(`${frame.type} of ${payload.length} bytes is above its cap`);
  }
  const head = Buffer.alloc(headerBytes);
  frameMagic.copy(head);
  head.writeUInt16LE(definition.number, 4);
  head.writeUInt32LE(payload.length, 8);
  head.writeUInt32LE(sequence, 12);
  return payload.finish(head);
}

const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The canonical text of docs/PROTOCOL.md, "Golden vectors". */
export function printFrame(frame: Frame): string {
  return [
    frame.type,
    ...Array.from(fieldsOf(frame), ([key, kind, value]) => `${kebab(key)}=${kind.print(value)}`),
  ].join(" ");
}
