/** A map by canonical bytes: the raw bytes of a fixed-size value, the content of a string. */

import { HMAP_HASH0, STRING_LEN } from '../../assembly/shared/golayout.ts';
import { MAP_HMAP } from '../../assembly/shared/hostlayout.ts';
import { codecFor, countOwned, type GoType } from '../gotype/index.ts';
import { Unsupported } from '../machine/errors.ts';
import { DrawFailed } from '../machine/random.ts';
import { checkAlive, type MapHandle } from './handle.ts';
import { MapIterator } from './iterator.ts';
import type { KeyPath } from './path.ts';
import {
  freeOwned,
  type KeyUse,
  type StagedKey,
  stageKey,
  stagingHalf,
  unstage,
  writeOwning,
} from './staging.ts';

/** A plain copy of the bytes given: what a subclass says of itself is not asked. */
function checkBytes(given: unknown, type: GoType, what: string): Uint8Array {
  if (!(given instanceof Uint8Array)) throw new TypeError(`raw ${what} are a Uint8Array`);
  const bytes = new Uint8Array(given);
  if (type.kind !== 'string' && bytes.length !== type.size) {
    throw new RangeError(`a raw ${what} of ${type.string} has ${type.size} bytes, got ${bytes.length}`);
  }
  return bytes;
}

export class RawMap implements Iterable<[Uint8Array, Uint8Array]> {
  readonly #map: MapHandle;
  readonly #path: KeyPath;

  constructor(map: MapHandle, path: KeyPath) {
    for (const type of [map.shape.key, map.shape.elem]) {
      if (type.kind !== 'string' && countOwned(type) > 0) {
        throw new Unsupported(`${type.string} has no canonical bytes: only strings and fixed-size values do`);
      }
    }
    this.#map = map;
    this.#path = path;
  }

  /** The element's bytes, a copy; undefined if the map has no such key. */
  get(key: Uint8Array): Uint8Array | undefined {
    const { machine } = this.#map;
    return this.#withKey(key, 'look', (at, length) => {
      const slot = this.#path.find(machine, this.#map.map, at, length);
      return slot === 0 ? undefined : this.#bytes(slot, this.#map.shape.elem);
    });
  }

  has(key: Uint8Array): boolean {
    return this.#withKey(
      key,
      'look',
      (at, length) => this.#path.find(this.#map.machine, this.#map.map, at, length) !== 0,
    );
  }

  /** @throws TypeError, RangeError, OutOfMemory; nothing was changed */
  set(key: Uint8Array, given: Uint8Array): this {
    const map = this.#map;
    const { machine } = map;
    const type = map.shape.elem;
    const elem = checkBytes(given, type, 'element');
    this.#withKey(key, 'assign', (at, length, taken) => {
      if (type.kind !== 'string') {
        const slot = this.#path.assign(machine, map.map, at, length);
        taken();
        machine.u8.set(elem, slot);
        return;
      }
      const header = machine.staging + stagingHalf(machine);
      writeOwning(machine, codecFor(type), header, elem);
      try {
        const slot = this.#path.assign(machine, map.map, at, length);
        taken();
        machine.core.mapStore(map.map, slot, header);
      } catch (error) {
        freeOwned(machine, type, header);
        throw error;
      }
    });
    return this;
  }

  delete(key: Uint8Array): boolean {
    return this.#withKey(key, 'look', (at, length) =>
      this.#path.remove(this.#map.machine, this.#map.map, at, length),
    );
  }

  /** The hash that the map's hasher gives a key, from `seed` (the map's hash0 if not given). A NaN draws. */
  hash(key: Uint8Array, seed?: bigint): bigint {
    const map = this.#map;
    checkAlive(map);
    const header = map.machine.u32[(map.map + MAP_HMAP) >>> 2] as number;
    const from = seed ?? BigInt(header === 0 ? 0 : (map.machine.u32[(header + HMAP_HASH0) >>> 2] as number));
    return this.#withKey(key, 'hash', (at) =>
      BigInt.asUintN(64, map.machine.core.mapHash(map.map, at, BigInt.asUintN(64, from))),
    );
  }

  /** Entries as copies of their bytes, in Go's order. */
  [Symbol.iterator](): MapIterator<[Uint8Array, Uint8Array]> {
    const { key, elem } = this.#map.shape;
    return new MapIterator(this.#map, (k, e) => [this.#bytes(k, key), this.#bytes(e, elem)]);
  }

  #bytes(at: number, type: GoType): Uint8Array {
    const { machine } = this.#map;
    if (type.kind !== 'string') return machine.u8.slice(at, at + codecFor(type).size);
    const start = machine.stringBytes(at);
    return machine.u8.slice(start, start + (machine.u32[(at + STRING_LEN) >>> 2] as number));
  }

  /** Puts the key where the core can read it; on the general path a string becomes the map's own by `taken`. */
  #withKey<T>(
    given: Uint8Array,
    purpose: KeyUse,
    use: (at: number, length: number, taken: () => void) => T,
  ): T {
    const map = this.#map;
    const { machine, shape } = map;
    const key = checkBytes(given, shape.key, 'key');
    checkAlive(map);
    const isString = shape.key.kind === 'string';
    let staged: StagedKey | undefined;
    let temporary = 0;
    try {
      let at = machine.staging;
      if (isString) {
        staged = stageKey(machine, shape, codecFor(shape.key), key, purpose);
        at = staged.at;
      } else {
        if (key.length > stagingHalf(machine)) temporary = machine.allocateString(key.length);
        at = temporary || at;
        machine.u8.set(key, at);
      }
      return use(at, key.length, () => {
        if (staged !== undefined) staged.owned = false;
      });
    } catch (error) {
      if (error instanceof DrawFailed && staged !== undefined) staged.owned = false;
      throw machine.explain(error);
    } finally {
      if (staged !== undefined) unstage(machine, shape, staged);
      if (temporary !== 0 && machine.ended === undefined) machine.core.freeObject(temporary);
    }
  }
}
