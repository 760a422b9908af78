/**
 * What the release build does to a whole bucket at once, beside the checked build, which goes slot by slot:
 * moving the keys of an old bucket that are plain memory, and draining into columns. Every byte of the heap, every draw.
 */
import type { GoMap, Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { Region } from '../../assembly/shared/codes.ts';
import {
  REGION_MAPPED,
  REGION_RECORD,
  RT_HITER_SIZE,
  RT_RANDOM,
  RT_REGIONS,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import { goldenRuntime, WyRand } from '../support/builds.ts';
import { calls } from '../support/calls.ts';

const INTEGERS = ['uint64', 'uint32'] as const;
/** Of few bytes, where the first and last eight overlap, side by side, and with bytes between: up to 48, and more. */
const WIDE = [
  '[5]byte',
  '[11]byte',
  '[16]byte',
  'struct { ID uint64; Part int32 }',
  '[17]byte',
  '[33]byte',
  '[48]byte',
  '[49]byte',
] as const;
const PLAIN = ['uint64', 'uint32', 'uint8', 'float64', 'int16'] as const;
/** Where clearing leaves overflow buckets, where it marks them, and where it counts. */
const VERSIONS = ['1.19', '1.21', '1.24-noswissmap'] as const;

type Numbers = GoMap<unknown, unknown, unknown, unknown>;

/** A map each in two processes of the same seed. */
class Pair {
  readonly key: string;
  readonly elem: string;
  readonly runtimes: readonly Runtime[];
  readonly maps: readonly Numbers[];
  readonly #draws = new WyRand(7n);

  private constructor(key: string, elem: string, runtimes: readonly Runtime[]) {
    this.key = key;
    this.elem = elem;
    this.runtimes = runtimes;
    this.maps = runtimes.map((rt) => rt.makeMap(`map[${key}]${elem}`) as unknown as Numbers);
  }

  static async start(key: string, elem: string, goVersion: string): Promise<Pair> {
    const options = { seed: 5, goVersion, memory: { limit: 2 ** 26, columns: 2 ** 22 } } as const;
    return new Pair(key, elem, [
      await goldenRuntime('release', options),
      await goldenRuntime('checked', options),
    ]);
  }

  #value(type: string, n: number): unknown {
    if (type === 'uint64') return (BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    if (type === 'uint8') return n & 255;
    if (type.startsWith('struct')) return { ID: BigInt(n >> 2) << 33n, Part: n & 3 };
    const [, size] = /^\[(\d+)\]byte$/.exec(type) ?? [];
    // The first byte tells it from most others, and one that is each time elsewhere from the rest.
    if (size !== undefined) {
      const value = new Uint8Array(Number(size)).fill(1);
      value[0] = n;
      value[1 + ((n * 5) % (value.length - 1))] = n >> 8;
      return value;
    }
    return type === 'int16' ? n & 32767 : n;
  }

  set(from: number, to: number): void {
    for (const map of this.maps) {
      for (let n = from; n < to; n++) map.set(this.#value(this.key, n), this.#value(this.elem, n + 1));
    }
  }

  /** Sets as one batch of columns. */
  setMany(from: number, to: number): void {
    const numbers = Array.from({ length: to - from }, (_, i) => from + i);
    const keys = numbers.map((n) => this.#value(this.key, n));
    const elems = numbers.map((n) => this.#value(this.elem, n + 1));
    for (const map of this.maps) map.setMany(keys, elems);
  }

  /** Deletes about so many of a hundred. */
  thin(from: number, to: number, percent: number): void {
    for (let n = from; n < to; n++) {
      if (this.#draws.source(32) % 100n >= BigInt(percent)) continue;
      for (const map of this.maps) map.delete(this.#value(this.key, n));
    }
  }

  /** Drains into columns with room for `spare` more entries. How often the core did it at once, of the release. */
  drain(spare: number): number {
    const taken = this.maps.map((map, i) => {
      const rt = this.runtimes[i] as Runtime;
      const keys = rt.column(this.key, map.size + spare);
      const values = rt.column(this.elem, map.size + spare);
      const { size } = map;
      const into = { keys, values } as never;
      let n = 0;
      const called = calls(rt, () => {
        n = map.drain(into);
      });
      expect(n).toBe(size);
      expect(map.size).toBe(0);
      wipeFree(rt, rt.machine.host(RT_HITER_SIZE));
      const bytes = [keys.array, values.array].map((array) =>
        Buffer.from(array.slice().buffer).toString('hex'),
      );
      keys.free();
      values.free();
      return { bytes, called };
    });
    // Of a column with more room, what lies behind the entries is nobody's.
    if (spare === 0) expect(taken[0]?.bytes).toEqual(taken[1]?.bytes);
    return taken[0]?.called['copyEntries'] === undefined ? 1 : 0;
  }

  /** The same of maps of which it is known whether the release can do it at once. */
  drainAtRest(spare: number): void {
    const [map] = this.maps as [Numbers];
    const atOnce = map.header.oldbuckets === 0n && map.size > 0;
    expect(this.drain(spare)).toBe(atOnce ? 1 : 0);
  }

  compare(): void {
    const [a, b] = this.runtimes.map((rt, i) => ({
      draws: rt.machine.draws,
      random: rt.machine.u64[(RUNTIME_BASE + RT_RANDOM) >>> 3],
      header: Buffer.from(this.maps[i]?.header.bytes ?? []).toString('hex'),
    }));
    expect(a).toEqual(b);
    const [x, y] = this.runtimes.map(heapOf) as [Buffer, Buffer];
    if (x.equals(y)) return;
    throw new Error(`the heaps differ from offset ${x.findIndex((byte, i) => byte !== y[i])} on`);
  }
}

/** Wipes free objects: an iterator's, free again, may hold where it stood or where it ended. */
function wipeFree({ machine: { core } }: Runtime, size: number): void {
  const objects = Array.from({ length: 16 }, () => core.newObject(size));
  for (const object of objects.reverse()) core.freeObject(object);
}

function heapOf({ machine }: Runtime): Buffer {
  const { start } = machine.plan.goHeap;
  const mapped = machine.host(RT_REGIONS + Region.GoHeap * REGION_RECORD + REGION_MAPPED);
  return Buffer.from(machine.buffer, start, mapped - start);
}

describe.each([
  ...INTEGERS.flatMap((key) => PLAIN.map((elem) => [key, elem] as const)),
  ...WIDE.map((key) => [key, 'uint64'] as const),
  ['[16]byte', '[24]byte'] as const,
])('map[%s]%s', (key, elem) => {
  test('old buckets move alike: full, overflowing, with gaps', async () => {
    const pair = await Pair.start(key, elem, '1.19');
    for (let from = 0; from < 3000; from += 250) {
      pair.set(from, from + 125);
      pair.setMany(from + 125, from + 250);
      pair.compare();
      pair.thin(0, from + 250, 12);
      pair.compare();
    }
  });

  test.each(VERSIONS)('drained alike, Go %s', async (goVersion) => {
    const pair = await Pair.start(key, elem, goVersion);
    let from = 0;
    for (const count of [1, 7, 8, 9, 52, 208, 1300, 416, 1, 900]) {
      pair.setMany(from, from + count);
      pair.drainAtRest(0);
      pair.compare();
      pair.setMany(from, from + count);
      pair.thin(from, from + count, 40);
      pair.drainAtRest(count % 3);
      pair.compare();
      from += count;
    }
  });

  test.each(VERSIONS)(
    'drained alike with iterators alive, and in the middle of a growth, Go %s',
    async (goVersion) => {
      const pair = await Pair.start(key, elem, goVersion);
      const walk = () => pair.maps.map((map) => map.entries()[Symbol.iterator]());
      for (const [from, count] of [
        [0, 208],
        [300, 832],
        [2000, 210],
      ] as const) {
        pair.setMany(from, from + count);
        const walks = walk();
        const some = () => walks.map((one) => Array.from({ length: 9 }, () => one.next().value));
        const [a, b] = some();
        expect(a).toEqual(b);
        pair.drainAtRest(0);
        pair.compare();
        pair.setMany(from, from + 60);
        const [c, d] = some();
        expect(c).toEqual(d);
        pair.compare();
        for (const one of walks) one.return?.();
        pair.compare();
      }
      // The growth that this begins is under way.
      for (let n = 5000; n < 9000 && pair.maps[0]?.header.oldbuckets === 0n; n++) pair.set(n, n + 1);
      pair.set(4000, 4003);
      expect(pair.maps[0]?.header.oldbuckets).not.toBe(0n);
      expect(pair.drain(0)).toBe(0);
      pair.compare();
    },
  );
});
