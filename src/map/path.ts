/**
 * Which of the core's functions a map type calls: one record for each of Go's
 * specialised paths. A key is given by where its bytes lie in linear memory.
 */
import { MapPath } from '../../assembly/shared/codes.ts';
import type { Machine } from '../machine/machine.ts';

/** One path: single keys at `at`, `length` bytes; columns of `n` keys. */
export interface KeyPath {
  /** Offset of the element, 0 where there is none. */
  find(machine: Machine, map: number, at: number, length: number): number;
  assign(machine: Machine, map: number, at: number, length: number): number;
  remove(machine: Machine, map: number, at: number, length: number): boolean;
  readonly getMany: 'getMany32' | 'getMany64' | 'getManyString' | 'getManySlow';
  readonly setMany: 'setMany32' | 'setMany64' | 'setManyString' | 'setManySlow';
  readonly setAhead: 'setAhead32' | 'setAhead64' | 'setAheadString' | 'setAheadSlow';
  readonly deleteMany: 'deleteMany32' | 'deleteMany64' | 'deleteManyString' | 'deleteManySlow';
}

const fast32: KeyPath = {
  find: (machine, map, at) => machine.core.get32(map, machine.i32[at >>> 2] as number) >>> 0,
  assign: (machine, map, at) => machine.core.set32(map, machine.i32[at >>> 2] as number) >>> 0,
  remove: (machine, map, at) => machine.core.delete32(map, machine.i32[at >>> 2] as number) !== 0,
  getMany: 'getMany32',
  setMany: 'setMany32',
  setAhead: 'setAhead32',
  deleteMany: 'deleteMany32',
};

const fast64: KeyPath = {
  find: (machine, map, at) => machine.core.get64(map, machine.i64[at >>> 3] as bigint) >>> 0,
  assign: (machine, map, at) => machine.core.set64(map, machine.i64[at >>> 3] as bigint) >>> 0,
  remove: (machine, map, at) => machine.core.delete64(map, machine.i64[at >>> 3] as bigint) !== 0,
  getMany: 'getMany64',
  setMany: 'setMany64',
  setAhead: 'setAhead64',
  deleteMany: 'deleteMany64',
};

const fastString: KeyPath = {
  find: (machine, map, at, length) => machine.core.getString(map, at, length) >>> 0,
  assign: (machine, map, at, length) => machine.core.setString(map, at, length) >>> 0,
  remove: (machine, map, at, length) => machine.core.deleteString(map, at, length) !== 0,
  getMany: 'getManyString',
  setMany: 'setManyString',
  setAhead: 'setAheadString',
  deleteMany: 'deleteManyString',
};

const slow: KeyPath = {
  find: (machine, map, at) => machine.core.getSlow(map, at) >>> 0,
  assign: (machine, map, at) => machine.core.setSlow(map, at) >>> 0,
  remove: (machine, map, at) => machine.core.deleteSlow(map, at) !== 0,
  getMany: 'getManySlow',
  setMany: 'setManySlow',
  setAhead: 'setAheadSlow',
  deleteMany: 'deleteManySlow',
};

/** The functions of a path. */
export const KEY_PATHS: Readonly<Record<MapPath, KeyPath>> = {
  [MapPath.Slow]: slow,
  [MapPath.Fast32]: fast32,
  [MapPath.Fast64]: fast64,
  [MapPath.Fast64Ptr]: fast64,
  [MapPath.FastStr]: fastString,
};
