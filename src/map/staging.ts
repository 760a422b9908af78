/**
 * Keys and elements on their way into the core: written to the staging area,
 * which no emulated address reaches.
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import { STRING_LEN, STRING_SIZE } from '../../assembly/shared/golayout.ts';
import {
  type Codec,
  encodedBound,
  encodedLength,
  encodeString,
  type GoType,
  type MapShape,
  ownedStrings,
  type StringValue,
} from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';

/** A key in the staging area. */
export interface StagedKey {
  /** Offset of its bytes; of a string on a general path, of its header. */
  at: number;
  /** Bytes of the key; of a string, of its content. */
  length: number;
  /** Go-heap object to be freed after the operation; 0 for none, or once the map owns it. */
  temporary: number;
  /** Whether an assignment makes the temporary object the map's own. */
  readonly passes: boolean;
}

/** What a key is staged for: to be entered, to be looked for or deleted, or only to be hashed. */
export type KeyUse = 'assign' | 'look' | 'hash';

/** Of the staging area keys take the first half, elements the second. */
export function stagingHalf(machine: Machine): number {
  return machine.stagingSize >>> 1;
}

/** The string in a key of a type that Go treats as one: a string, or a struct or array of nothing else. */
export function stringOf(type: GoType, value: unknown): StringValue {
  if (type.kind === 'string') return value as StringValue;
  if (type.kind === 'array') return stringOf(type.elem, (value as readonly unknown[])[0]);
  if (type.kind === 'struct') {
    const [field] = type.fields;
    if (field !== undefined) return stringOf(field.type, (value as Record<string, unknown>)[field.name]);
  }
  throw new TypeError(`${type.string} is not a string to Go`);
}

/** Whether keys of the type are strings to Go. */
export function isStringKey(shape: MapShape): boolean {
  return shape.keyAlg === 'ASTRING';
}

/** Stages a key that `Codec.take` has passed. To be hashed, a string is staged by its header on any path. */
export function stageKey(
  machine: Machine,
  shape: MapShape,
  codec: Codec,
  key: unknown,
  use: KeyUse,
): StagedKey {
  if (isStringKey(shape)) {
    const text = stringOf(shape.key, key);
    const byHeader = shape.path !== MapPath.FastStr || use === 'hash';
    return byHeader ? stageHeader(machine, text, use) : stageText(machine, text);
  }
  let at = machine.staging;
  let temporary = 0;
  if (codec.size > stagingHalf(machine)) {
    temporary = machine.allocateString(codec.size);
    at = temporary;
  }
  codec.write(machine, at, key);
  return { at, length: codec.size, temporary, passes: false };
}

/** The bytes of a string. */
function stageText(machine: Machine, text: StringValue): StagedKey {
  let at = machine.staging;
  let temporary = 0;
  if (encodedBound(text) > stagingHalf(machine)) {
    temporary = machine.allocateString(encodedLength(text));
    at = temporary;
  }
  const length = encodeString(text, machine.u8, at);
  return { at, length, temporary, passes: false };
}

/** Bytes at the end of the program's data in which keys lie that are only looked for. */
const LENT = 2 ** 18;

/**
 * A string by its header. One that is assigned has its bytes on the Go heap: on the general path the map takes
 * them over. One that is only looked for has them in the program's data, as a literal of the program would:
 * a full heap must not keep entries from being found and deleted.
 */
function stageHeader(machine: Machine, text: StringValue, use: KeyUse): StagedKey {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return stageBytes(machine, bytes, use);
}

/** The same of bytes. */
export function stageBytes(machine: Machine, bytes: Uint8Array, use: KeyUse): StagedKey {
  const at = machine.staging;
  const lent = use !== 'assign' && bytes.length <= LENT;
  const storage = lent ? machine.plan.data.end - LENT : machine.allocateString(bytes.length);
  machine.u8.set(bytes, storage);
  const high = lent ? machine.regions.program : machine.goHeapHigh;
  machine.u32[at >>> 2] = bytes.length === 0 ? 0 : storage;
  machine.u32[(at + 4) >>> 2] = bytes.length === 0 ? 0 : high;
  machine.u64[(at + STRING_LEN) >>> 3] = BigInt(bytes.length);
  return { at, length: STRING_SIZE, temporary: lent ? 0 : storage, passes: true };
}

/** Frees what a staged key took. */
export function unstage(machine: Machine, staged: StagedKey): void {
  if (staged.temporary !== 0 && machine.ended === undefined) machine.core.freeObject(staged.temporary);
}

/** An element that holds strings, built ahead of the assignment. */
export interface StagedElem {
  readonly at: number;
  /** To be called once the map owns the strings. */
  keep(): void;
  /** Frees what the map did not take. */
  end(): void;
}

/** Frees the strings of a staged element. */
export function freeStrings(machine: Machine, type: GoType, at: number): void {
  if (machine.ended !== undefined) return;
  for (const offset of ownedStrings(type)) {
    const storage = machine.u32[(at + offset) >>> 2] as number;
    if (storage !== 0) machine.core.freeObject(storage);
  }
}

/**
 * Writes an element with its strings to the staging area.
 * @throws OutOfMemory; then nothing of it is left
 */
export function stageElem(machine: Machine, codec: Codec, type: GoType, value: unknown): StagedElem {
  let at = machine.staging + stagingHalf(machine);
  let temporary = 0;
  if (codec.size > stagingHalf(machine)) {
    temporary = machine.allocateString(codec.size);
    at = temporary;
  }
  // A string that is not written yet must read as none, should a later one find no room.
  machine.u8.fill(0, at, at + codec.size);
  let kept = false;
  const end = () => {
    if (!kept) freeStrings(machine, type, at);
    if (temporary !== 0 && machine.ended === undefined) machine.core.freeObject(temporary);
  };
  try {
    codec.write(machine, at, value);
  } catch (error) {
    end();
    throw error;
  }
  return {
    at,
    keep: () => {
      kept = true;
    },
    end,
  };
}

/** The zero value of a type. */
export function zeroOf<T>(machine: Machine, codec: Codec<T>): T {
  if (codec.size <= stagingHalf(machine)) {
    const at = machine.staging;
    machine.u8.fill(0, at, at + codec.size);
    return codec.read(machine, at);
  }
  const at = machine.allocateString(codec.size);
  try {
    return codec.read(machine, at);
  } finally {
    machine.core.freeObject(at);
  }
}
