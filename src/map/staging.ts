/**
 * Keys and elements on their way into the core: written to the staging area,
 * which no emulated address reaches.
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import {
  type Codec,
  countOwned,
  encodedBound,
  encodedLength,
  encodeString,
  type GoType,
  type MapShape,
  type StringValue,
} from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';

/** A key in the staging area. */
export interface StagedKey {
  /** Offset of its bytes. */
  readonly at: number;
  /** Bytes of the key; of a string on its own path, of its content. */
  readonly length: number;
  /** Go-heap objects to be freed after the operation. */
  readonly temporaries: readonly number[];
  /** Whether what the key owns is still to be freed: an assignment makes it the map's own. */
  owned: boolean;
}

const NONE: readonly number[] = [];

/** What a key is staged for: to be entered, to be looked for or deleted, or only to be hashed. */
export type KeyUse = 'assign' | 'look' | 'hash';

/** Bytes of a column that are copied and worked off at once: as much as stays in the caches near by. */
export const STRETCH = 2 ** 17;

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
  if (shape.path === MapPath.FastStr && use !== 'hash') {
    return stageText(machine, stringOf(shape.key, key));
  }
  let at = machine.staging;
  let temporaries = NONE;
  if (codec.size > stagingHalf(machine)) {
    at = machine.allocateString(codec.size);
    temporaries = [at];
  }
  if (countOwned(shape.key) === 0) {
    codec.write(machine, at, key);
    return { at, length: codec.size, temporaries, owned: false };
  }
  try {
    if (use === 'assign') {
      writeOwning(machine, codec, at, key);
      return { at, length: codec.size, temporaries, owned: true };
    }
    const objects = machine.lend(() => codec.write(machine, at, key));
    return { at, length: codec.size, temporaries: [...temporaries, ...objects], owned: false };
  } catch (error) {
    freeAll(machine, temporaries);
    throw error;
  }
}

/**
 * Writes a value with what it owns.
 * @throws OutOfMemory; then nothing of it is left
 */
export function writeOwning(machine: Machine, codec: Codec, at: number, value: unknown): void {
  // What is not written yet must read as nothing, should a later part find no room.
  machine.u8.fill(0, at, at + codec.size);
  try {
    codec.write(machine, at, value);
  } catch (error) {
    freeOwned(machine, codec.type, at);
    throw error;
  }
}

/** The bytes of a string. */
function stageText(machine: Machine, text: StringValue): StagedKey {
  let at = machine.staging;
  let temporaries = NONE;
  if (encodedBound(text) > stagingHalf(machine)) {
    at = machine.allocateString(encodedLength(text));
    temporaries = [at];
  }
  const length = encodeString(text, machine.u8, at);
  return { at, length, temporaries, owned: false };
}

function freeAll(machine: Machine, objects: readonly number[]): void {
  if (machine.ended !== undefined) return;
  for (const object of objects) machine.core.freeObject(object);
}

/** Frees what a staged key took and the map did not. */
export function unstage(machine: Machine, shape: MapShape, staged: StagedKey): void {
  if (staged.owned) freeOwned(machine, shape.key, staged.at);
  if (staged.temporaries.length > 0) freeAll(machine, staged.temporaries);
}

/** Frees what a staged value owns. */
export function freeOwned(machine: Machine, type: GoType, at: number): void {
  if (machine.ended !== undefined) return;
  const owned = machine.types.owned(type);
  machine.core.freeOwned(at, owned.at, owned.count);
}

/** An element that owns storage, built ahead of the assignment. */
export interface StagedElem {
  readonly at: number;
  /** To be called once the map owns it. */
  keep(): void;
  /** Frees what the map did not take. */
  end(): void;
}

/**
 * Writes an element with what it owns to the staging area.
 * @throws OutOfMemory; then nothing of it is left
 */
export function stageElem(machine: Machine, codec: Codec, type: GoType, value: unknown): StagedElem {
  let at = machine.staging + stagingHalf(machine);
  let temporary = 0;
  if (codec.size > stagingHalf(machine)) {
    temporary = machine.allocateString(codec.size);
    at = temporary;
  }
  let kept = true;
  const end = () => {
    if (!kept) freeOwned(machine, type, at);
    if (temporary !== 0 && machine.ended === undefined) machine.core.freeObject(temporary);
  };
  try {
    writeOwning(machine, codec, at, value);
    kept = false;
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
