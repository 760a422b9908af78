/** Single operations made by batches of one, so that what judges the former judges the latter. */

import type { GoMap } from 'hmap-wasm';
import { MapPath } from '../../../assembly/shared/codes.ts';
import { MAPTYPE_HASH_MIGHT_PANIC, MAPTYPE_REFLEXIVE_KEY } from '../../../assembly/shared/golayout.ts';

/**
 * From now on every set, get and delete is a batch of one key, with the bucket arrays touched ahead. Keys on the
 * general path that may hold a NaN or a value that cannot be hashed are left as they are, as are those that own
 * storage: to find its slot a batch would hash the first once more, and fail with the second once more.
 */
export function throughBatches(map: GoMap): void {
  const { machine, shape } = map;
  const { core, columns } = machine;
  machine.touchAbove(0);
  const keyAt = columns.allocate(16);
  const elemAt = columns.allocate(shape.elem.size);
  const elemsOf = (slot: number) => {
    // What is there is set once more: the caller writes the new element himself.
    if (slot === 0) machine.u8.fill(0, elemAt, elemAt + shape.elem.size);
    else machine.u8.copyWithin(elemAt, slot, slot + shape.elem.size);
    return elemAt;
  };
  // An element that owns storage cannot be set twice.
  const plain = machine.types.owned(shape.elem).count === 0;
  const { path } = shape;
  if (path === MapPath.Fast32) {
    const key = (k: number) => {
      machine.i32[keyAt >>> 2] = k;
      return keyAt;
    };
    const { get32 } = core;
    if (plain) {
      core.set32 = (m, k) => {
        core.setMany32(m, key(k), elemsOf(get32(m, k) >>> 0), 1);
        return get32(m, k);
      };
    }
    core.delete32 = (m, k) => core.deleteMany32(m, key(k), 1);
    core.get32 = (m, k) => check(core.getMany32(m, key(k), 0, 0, 1), get32(m, k));
  } else if (path === MapPath.Fast64 || path === MapPath.Fast64Ptr) {
    const key = (k: bigint) => {
      machine.i64[keyAt >>> 3] = k;
      return keyAt;
    };
    const { get64 } = core;
    if (plain) {
      core.set64 = (m, k) => {
        core.setMany64(m, key(k), elemsOf(get64(m, k) >>> 0), 1);
        return get64(m, k);
      };
    }
    core.delete64 = (m, k) => core.deleteMany64(m, key(k), 1);
    core.get64 = (m, k) => check(core.getMany64(m, key(k), 0, 0, 1), get64(m, k));
  } else if (path === MapPath.FastStr) {
    const key = (at: number, length: number) => {
      machine.u32[keyAt >>> 2] = at;
      machine.u32[(keyAt >>> 2) + 1] = length;
      return keyAt;
    };
    const { getString } = core;
    if (plain) {
      core.setString = (m, at, length) => {
        core.setManyString(m, key(at, length), elemsOf(getString(m, at, length) >>> 0), 1);
        return getString(m, at, length);
      };
    }
    core.deleteString = (m, at, length) => core.deleteManyString(m, key(at, length), 1);
    core.getString = (m, at, length) =>
      check(core.getManyString(m, key(at, length), 0, 0, 1), getString(m, at, length));
  } else if (
    (shape.flags & (MAPTYPE_REFLEXIVE_KEY | MAPTYPE_HASH_MIGHT_PANIC)) === MAPTYPE_REFLEXIVE_KEY &&
    machine.types.owned(shape.key).count === 0
  ) {
    const { getSlow } = core;
    if (plain) {
      core.setSlow = (m, k) => {
        core.setManySlow(m, k, elemsOf(getSlow(m, k) >>> 0), 1);
        return getSlow(m, k);
      };
    }
    core.deleteSlow = (m, k) => core.deleteManySlow(m, k, 1);
    core.getSlow = (m, k) => check(core.getManySlow(m, k, 0, 0, 1), getSlow(m, k));
  }
}

/** The slot that the single lookup found, if the batch agrees that there is one. */
function check(hits: number, slot: number): number {
  if (hits !== (slot === 0 ? 0 : 1))
    throw new Error(`a batch finds ${hits} keys, the single lookup slot ${slot}`);
  return slot;
}
