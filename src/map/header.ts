/** The view of a map's header: its bytes as they are now. */

import { Outcome } from '../../assembly/shared/codes.ts';
import {
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_COUNT,
  HMAP_FLAGS,
  HMAP_HASH0,
  HMAP_NEVACUATE,
  HMAP_NOVERFLOW,
  HMAP_OLDBUCKETS,
} from '../../assembly/shared/golayout.ts';
import { MAP_HMAP } from '../../assembly/shared/hostlayout.ts';
import { GoPanic } from '../machine/errors.ts';
import { PANIC_TEXT } from '../machine/outcomes.ts';
import { checkAlive, type MapHandle } from './handle.ts';

/** The fields of `hmap`, named as in Go. Each is read from memory when it is asked for. */
export class HeaderView {
  readonly #map: MapHandle;

  constructor(map: MapHandle) {
    this.#map = map;
  }

  get #offset(): number {
    checkAlive(this.#map);
    return this.#map.machine.u32[(this.#map.map + MAP_HMAP) >>> 2] as number;
  }

  /** Offset of the header's bytes. @throws GoPanic for a nil map: it has no header */
  get #bytes(): number {
    const offset = this.#offset;
    if (offset === 0) throw new GoPanic(PANIC_TEXT[Outcome.NilDereference] as string);
    return offset;
  }

  /** Address of the header: what a map variable of Go holds. Nil for a nil map. */
  get address(): bigint {
    return this.#map.machine.toAddress(this.#offset);
  }

  /** A copy of the header's bytes as they are now: 48, or 56 where the release has `clearSeq`. */
  get bytes(): Uint8Array {
    const at = this.#bytes;
    return this.#map.machine.u8.slice(at, at + this.#map.machine.profile.hmap.size);
  }

  /** Entries: what len() reads. */
  get count(): number {
    return Number(this.#word(HMAP_COUNT));
  }

  get flags(): number {
    return this.#map.machine.u8[this.#bytes + HMAP_FLAGS] as number;
  }

  /** The logarithm of the number of buckets. */
  get B(): number {
    return this.#map.machine.u8[this.#bytes + HMAP_B] as number;
  }

  get noverflow(): number {
    return this.#map.machine.u16[(this.#bytes + HMAP_NOVERFLOW) >>> 1] as number;
  }

  /** The hash seed. */
  get hash0(): number {
    return this.#map.machine.u32[(this.#bytes + HMAP_HASH0) >>> 2] as number;
  }

  /** Address of the bucket array. */
  get buckets(): bigint {
    return this.#word(HMAP_BUCKETS);
  }

  /** Address of the old bucket array while the map grows, else nil. */
  get oldbuckets(): bigint {
    return this.#word(HMAP_OLDBUCKETS);
  }

  /** Old buckets below this number have moved. */
  get nevacuate(): bigint {
    return this.#word(HMAP_NEVACUATE);
  }

  /** Address of the mapextra, or nil. */
  get extra(): bigint {
    return this.#word(this.#map.machine.profile.hmap.extra);
  }

  /** How often the map was cleared; undefined for a release whose header does not say. */
  get clearSeq(): bigint | undefined {
    const { clearSeq } = this.#map.machine.profile.hmap;
    return clearSeq === undefined ? undefined : this.#word(clearSeq);
  }

  #word(field: number): bigint {
    return this.#map.machine.u64[(this.#bytes + field) >>> 3] as bigint;
  }
}
