/** A map of the emulator that is written to from outside. The Go program's `victim` is the same. */
import type { GoMap, Runtime } from 'hmap-wasm';
import type { Op } from '../protocol.ts';
import { crc32 } from './crc.ts';
import { offsetOf, type Snapshot } from './snapshot.ts';

/** Addresses at which nothing is mapped, here or in Go. */
const NOWHERE: Readonly<Record<string, bigint>> = {
  nil: 0n,
  low: 0x18n,
  unmapped: 0x1000n,
  far: 0x5ead00000000n,
  wild: 0xdead000000000000n,
  top: 0xffffffffffffff00n,
};

export class Victim {
  readonly #rt: Runtime;
  readonly #map: GoMap;
  readonly #snapshot: Snapshot;
  /** Where the header, the mapextra and each bucket lay before the first byte was written from outside. */
  readonly #places = new Map<string, bigint>();
  /** The offsets of those buckets, in the order of their names. */
  readonly #known: number[] = [];

  constructor(rt: Runtime, map: GoMap, snapshot: Snapshot) {
    this.#rt = rt;
    this.#map = map;
    this.#snapshot = snapshot;
    const { header } = map;
    this.#places.set('h', header.address);
    if (header.extra !== 0n) this.#places.set('x', header.extra);
    for (const [letter, array] of [
      ['b', map.buckets],
      ['o', map.oldbuckets],
    ] as const) {
      for (const first of array) {
        for (const [deep, bucket] of [...first.chain()].entries()) {
          this.#places.set(`${letter}${first.index}${deep === 0 ? '' : `.${deep}`}`, bucket.address);
          this.#known.push(offsetOf(bucket.address));
        }
      }
    }
  }

  poke([, place, offset, value]: Extract<Op, readonly ['poke', ...unknown[]]>): void {
    const base = this.#places.get(place);
    if (base === undefined) throw new Error(`no such place: ${place}`);
    let bytes = Buffer.from(value, 'hex');
    if (value.startsWith('@')) {
      bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(this.#address(value.slice(1)));
    }
    this.#rt.memory.write(base + BigInt(offset), bytes);
  }

  #address(name: string): bigint {
    const { header } = this.#map;
    if (name === 'buckets' || name === 'oldbuckets' || name === 'extra') return header[name];
    const at = NOWHERE[name] ?? this.#places.get(name);
    if (at === undefined) throw new Error(`no such address: ${name}`);
    return at;
  }

  /** The CRC of the known buckets, pointer words as 0 or 1. */
  sum(): string {
    const all = this.#known.map((at) => Buffer.from(this.#snapshot.masked(at)));
    return crc32(Buffer.concat(all)).toString(16).padStart(8, '0');
  }
}
