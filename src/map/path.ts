/**
 * Which of the core's functions a map type calls: one record for each of Go's
 * specialised paths. A key is given by where its bytes lie in linear memory.
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import type { Core } from '../machine/load.ts';
import type { Machine } from '../machine/machine.ts';

/** One path: single keys at `at`, `length` bytes; columns of `n` keys. */
export interface KeyPath {
  /** Offset of the element, 0 where there is none. */
  find(machine: Machine, map: number, at: number, length: number): number;
  assign(machine: Machine, map: number, at: number, length: number): number;
  remove(machine: Machine, map: number, at: number, length: number): boolean;
  // Functions that name theirs: a name that is looked up for each batch costs as much as a key.
  getMany(core: Core, map: number, keys: number, elems: number, found: number, n: number): number;
  setMany(core: Core, map: number, keys: number, elems: number, n: number): void;
  setAhead(
    core: Core,
    map: number,
    keys: number,
    elems: number,
    n: number,
    scratch: number,
    size: number,
  ): void;
  deleteMany(core: Core, map: number, keys: number, n: number): number;
}

const fast32: KeyPath = {
  find: (machine, map, at) => machine.core.get32(map, machine.i32[at >>> 2] as number) >>> 0,
  assign: (machine, map, at) => machine.core.set32(map, machine.i32[at >>> 2] as number) >>> 0,
  remove: (machine, map, at) => machine.core.delete32(map, machine.i32[at >>> 2] as number) !== 0,
  getMany: (core, map, keys, elems, found, n) => core.getMany32(map, keys, elems, found, n),
  setMany: (core, map, keys, elems, n) => core.setMany32(map, keys, elems, n),
  setAhead: (core, map, keys, elems, n, scratch, size) => core.setAhead32(map, keys, elems, n, scratch, size),
  deleteMany: (core, map, keys, n) => core.deleteMany32(map, keys, n),
};

const fast64: KeyPath = {
  find: (machine, map, at) => machine.core.get64(map, machine.i64[at >>> 3] as bigint) >>> 0,
  assign: (machine, map, at) => machine.core.set64(map, machine.i64[at >>> 3] as bigint) >>> 0,
  remove: (machine, map, at) => machine.core.delete64(map, machine.i64[at >>> 3] as bigint) !== 0,
  getMany: (core, map, keys, elems, found, n) => core.getMany64(map, keys, elems, found, n),
  setMany: (core, map, keys, elems, n) => core.setMany64(map, keys, elems, n),
  setAhead: (core, map, keys, elems, n, scratch, size) => core.setAhead64(map, keys, elems, n, scratch, size),
  deleteMany: (core, map, keys, n) => core.deleteMany64(map, keys, n),
};

const fastString: KeyPath = {
  find: (machine, map, at, length) => machine.core.getString(map, at, length) >>> 0,
  assign: (machine, map, at, length) => machine.core.setString(map, at, length) >>> 0,
  remove: (machine, map, at, length) => machine.core.deleteString(map, at, length) !== 0,
  getMany: (core, map, keys, elems, found, n) => core.getManyString(map, keys, elems, found, n),
  setMany: (core, map, keys, elems, n) => core.setManyString(map, keys, elems, n),
  setAhead: (core, map, keys, elems, n, scratch, size) =>
    core.setAheadString(map, keys, elems, n, scratch, size),
  deleteMany: (core, map, keys, n) => core.deleteManyString(map, keys, n),
};

const slow: KeyPath = {
  find: (machine, map, at) => machine.core.getSlow(map, at) >>> 0,
  assign: (machine, map, at) => machine.core.setSlow(map, at) >>> 0,
  remove: (machine, map, at) => machine.core.deleteSlow(map, at) !== 0,
  getMany: (core, map, keys, elems, found, n) => core.getManySlow(map, keys, elems, found, n),
  setMany: (core, map, keys, elems, n) => core.setManySlow(map, keys, elems, n),
  setAhead: (core, map, keys, elems, n, scratch, size) =>
    core.setAheadSlow(map, keys, elems, n, scratch, size),
  deleteMany: (core, map, keys, n) => core.deleteManySlow(map, keys, n),
};

/** The functions of a path. */
export const KEY_PATHS: Readonly<Record<MapPath, KeyPath>> = {
  [MapPath.Slow]: slow,
  [MapPath.Fast32]: fast32,
  [MapPath.Fast64]: fast64,
  [MapPath.Fast64Ptr]: fast64,
  [MapPath.FastStr]: fastString,
};
