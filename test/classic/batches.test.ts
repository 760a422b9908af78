/** Batches beside the same single calls: every byte of the heap, every draw, at every size and stage of growth. */
import fc from 'fast-check';
import type { GoMap, MakeMapOptions, Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { Region } from '../../assembly/shared/codes.ts';
import {
  REGION_MAPPED,
  REGION_RECORD,
  RT_RANDOM,
  RT_REGIONS,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import { BUILDS, goldenRuntime, toHex } from '../support/builds.ts';
import { mapextra } from '../support/layout.ts';

/** A map type, with values from numbers. */
interface Kind {
  readonly type: string;
  readonly key: (n: number) => unknown;
  readonly elem: (n: number) => unknown;
  /**
   * Whether values own storage that a batch allocates ahead of the map's own: then the same objects come to lie at
   * other addresses, and what is compared is all but these.
   */
  readonly owning?: true;
}

const bytes = (size: number) => (n: number) => {
  const value = Uint8Array.from({ length: size }, (_, i) => n * (2 * i + 1));
  new DataView(value.buffer).setUint32(0, n, true);
  return value;
};
const bytes3 = (n: number) => Uint8Array.of(n, n >> 8, n >> 16);
const part = (n: number) => ({ ID: BigInt(n >> 1), Part: n & 1 });
const pointing = (n: number) => ({ p: 0xc000000000n + BigInt(n >> 3) * 8n, n: n & 7 });
const text = (n: number) => (n % 11 === 0 ? '' : `key ${n}${'.'.repeat(n % 19)}`);

const KINDS: readonly Kind[] = [
  { type: 'map[uint64]uint64', key: BigInt, elem: BigInt },
  { type: 'map[uint32]uint32', key: (n) => n, elem: (n) => n },
  { type: 'map[uint32][16]byte', key: (n) => n, elem: bytes(16) },
  { type: 'map[uint64]struct{}', key: BigInt, elem: () => ({}) },
  { type: 'map[int]uint8', key: BigInt, elem: (n) => n & 255 },
  { type: 'map[*int]uint64', key: (n) => 0xc000000000n + BigInt(n) * 8n, elem: BigInt },
  { type: 'map[string]uint64', key: text, elem: BigInt },
  { type: 'map[string][100]byte', key: text, elem: bytes(100) },
  { type: 'map[[16]byte]uint64', key: bytes(16), elem: BigInt },
  { type: 'map[[3]byte]uint16', key: bytes3, elem: (n) => n & 65535 },
  { type: 'map[uint16]uint32', key: (n) => n & 65535, elem: (n) => n },
  { type: 'map[[20]byte]string', key: bytes(20), elem: text, owning: true },
  { type: 'map[[32]byte][40]byte', key: bytes(32), elem: bytes(40) },
  { type: 'map[[53]byte]struct{}', key: bytes(53), elem: () => ({}) },
  { type: 'map[struct { ID uint64; Part int32 }]uint64', key: part, elem: BigInt },
  { type: 'map[struct { p *int; n uint8 }][12]byte', key: pointing, elem: bytes(12) },
  { type: 'map[struct { a uint8; b uint32 }]uint64', key: (n) => ({ a: n & 3, b: n }), elem: BigInt },
  { type: 'map[[136]byte][200]byte', key: bytes(136), elem: bytes(200) },
  { type: 'map[uint64][200]byte', key: BigInt, elem: bytes(200) },
  { type: 'map[float64]uint64', key: (n) => (n % 13 === 0 ? Number.NaN : n / 2), elem: BigInt },
  {
    type: 'map[float32]uint32',
    key: (n) => (n % 17 === 0 ? Number.NaN : n % 5 === 0 ? -0 : n / 4),
    elem: (n) => n,
  },
  { type: 'map[float64]string', key: (n) => (n % 23 === 0 ? 0 : n / 3), elem: text, owning: true },
  { type: 'map[float64]int32', key: (n) => n - 30, elem: (n) => n },
  { type: 'map[float32][24]byte', key: (n) => n / 8, elem: bytes(24) },
  { type: 'map[float64][200]byte', key: (n) => n / 2 - 40, elem: bytes(200) },
  { type: 'map[uint64]string', key: BigInt, elem: text, owning: true },
  { type: 'map[string][200]byte', key: text, elem: bytes(200), owning: true },
  {
    type: 'map[any]uint64',
    key: (n) => (n % 7 === 0 ? { type: 'float64', value: Number.NaN } : { type: 'string', value: text(n) }),
    elem: BigInt,
    owning: true,
  },
];

type Batch = {
  readonly op: 'set' | 'delete' | 'get' | 'has' | 'clear';
  readonly from: number;
  readonly count: number;
  /** 0 repeats one key; the others come back to the first after `modulus` keys. */
  readonly stride: number;
  readonly modulus: number;
  readonly columns: boolean;
};

const batch = (most: number): fc.Arbitrary<Batch> =>
  fc.record({
    op: fc.oneof(
      { weight: 10, arbitrary: fc.constant('set' as const) },
      { weight: 5, arbitrary: fc.constant('delete' as const) },
      { weight: 2, arbitrary: fc.constant('get' as const) },
      { weight: 2, arbitrary: fc.constant('has' as const) },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
    ),
    from: fc.nat(700),
    count: fc.oneof(fc.nat(40), fc.nat(most)),
    stride: fc.nat(3),
    modulus: fc.constantFrom(1, 5, 100, 5000),
    columns: fc.boolean(),
  });

const numbersOf = ({ from, count, stride, modulus }: Batch) =>
  Array.from({ length: count }, (_, i) => from + ((i * stride) % modulus));

/** Two processes of the same seed: batches on one, single calls on the other. */
class Twins {
  readonly kind: Kind;
  readonly batched: Runtime;
  readonly single: Runtime;
  #a!: GoMap;
  #b!: GoMap;

  private constructor(kind: Kind, batched: Runtime, single: Runtime) {
    this.kind = kind;
    this.batched = batched;
    this.single = single;
  }

  static async start(
    kind: Kind,
    build: (typeof BUILDS)[number],
    touchAbove: number | undefined,
  ): Promise<Twins> {
    const options = { seed: 5, memory: { limit: 2 ** 26, columns: 2 ** 24 } };
    const twins = new Twins(kind, await goldenRuntime(build, options), await goldenRuntime(build, options));
    if (touchAbove !== undefined) twins.batched.machine.touchAbove(touchAbove);
    return twins;
  }

  begin(options: MakeMapOptions = {}): void {
    this.#a = this.batched.makeMap(this.kind.type, options) as unknown as GoMap;
    this.#b = this.single.makeMap(this.kind.type, options) as unknown as GoMap;
  }

  get header() {
    return this.#b.header;
  }

  /** The bucket of a key, of so many. */
  bucketOf(n: number, buckets: number): number {
    return Number(this.#b.hash(this.kind.key(n)) % BigInt(buckets));
  }

  end(): void {
    this.#a.free();
    this.#b.free();
  }

  /** Keys as a column where the type has one, else as an array. */
  #keys(numbers: number[], columns: boolean): [unknown, () => void] {
    const values = numbers.map(this.kind.key);
    const keyType = this.#a.shape.key;
    if (!columns) return [values, () => {}];
    if (keyType.kind === 'string') {
      const column = this.batched.column('string', values as string[]);
      return [column, () => column.free()];
    }
    if (!['uint64', 'uint32', 'int', 'float64'].includes(keyType.kind)) return [values, () => {}];
    const column = this.batched.column(keyType.kind, values.length);
    (column.array as unknown as { set(values: unknown[]): void }).set(values);
    return [column, () => column.free()];
  }

  apply(step: Batch): void {
    const numbers = numbersOf(step);
    const { key, elem } = this.kind;
    const [keys, done] = this.#keys(numbers, step.columns);
    try {
      switch (step.op) {
        case 'set':
          this.#a.setMany(keys as unknown[], numbers.map((n, i) => elem(n + i)) as unknown[]);
          numbers.forEach((n, i) => {
            this.#b.set(key(n), elem(n + i));
          });
          break;
        case 'delete':
          expect(this.#a.deleteMany(keys as unknown[])).toBe(
            numbers.filter((n) => this.#b.delete(key(n))).length,
          );
          break;
        case 'get':
          expect(this.#a.getMany(keys as unknown[])).toEqual(numbers.map((n) => this.#b.get(key(n))));
          break;
        case 'has':
          expect(this.#a.hasMany(keys as unknown[])).toEqual(numbers.map((n) => this.#b.has(key(n))));
          break;
        case 'clear':
          this.#a.clear();
          this.#b.clear();
      }
    } finally {
      done();
    }
  }

  compare(): void {
    const [a, b] = [this.batched, this.single].map(({ machine }) => ({
      draws: machine.draws,
      random: machine.u64[(RUNTIME_BASE + RT_RANDOM) >>> 3],
    }));
    expect(a).toEqual(b);
    if (this.kind.owning === undefined) {
      expect(toHex(this.#a.header.bytes)).toBe(toHex(this.#b.header.bytes));
      const [x, y] = [this.batched, this.single].map(heapOf) as [Buffer, Buffer];
      if (x.equals(y)) return;
      const at = x.findIndex((byte, i) => byte !== y[i]);
      throw new Error(
        `the heaps differ from offset ${at} on: ${x.subarray(at, at + 16).toString('hex')} instead of ${y.subarray(at, at + 16).toString('hex')}`,
      );
    }
    expect(logical(this.batched, this.#a)).toEqual(logical(this.single, this.#b));
  }
}

/** What is mapped of the Go heap. */
function heapOf({ machine }: Runtime): Buffer {
  const { start } = machine.plan.goHeap;
  const end = machine.host(RT_REGIONS + Region.GoHeap * REGION_RECORD + REGION_MAPPED);
  return Buffer.from(machine.buffer, start, end - start);
}

/** All of a map but addresses. */
function logical(rt: Runtime, map: GoMap) {
  const { count, flags, B, noverflow, hash0, nevacuate, oldbuckets, buckets } = map.header;
  const extra = mapextra(rt, map);
  const chains = (array: GoMap['buckets']) =>
    [...array].map((first) =>
      [...first.chain()].map((bucket) => [
        toHex(bucket.tophash),
        bucket.slots.map((slot) => (slot.filled ? [slot.key, slot.elem] : undefined)),
      ]),
    );
  return {
    header: { count, flags, B, noverflow, hash0, nevacuate, growing: oldbuckets !== 0n },
    spare: extra === undefined || extra.nextOverflow === 0n ? undefined : extra.nextOverflow - buckets,
    lists: [extra?.overflow, extra?.oldoverflow].map((list) => [list?.cap, list?.list.length]),
    buckets: chains(map.buckets),
    old: chains(map.oldbuckets),
  };
}

const HASHERS = [undefined, 'zero', 'ones', 'low-bits'] as const;

describe.each(BUILDS)('batches are their single calls, build %s', (build) => {
  // With the arrays touched from the first byte on, small maps take the way of large ones.
  describe.each([0, undefined])('touching above %s bytes', (touchAbove) => {
    test.each(KINDS)('$type: random batches', async (kind) => {
      const twins = await Twins.start(kind, build, touchAbove);
      const arbitrary = fc.tuple(
        fc.array(batch(kind.owning ? 150 : 900), { maxLength: 12, size: 'max' }),
        fc.constantFrom(...HASHERS),
        fc.constantFrom(0, 9, 300),
      );
      fc.assert(
        fc.property(arbitrary, ([steps, hasher, hint]) => {
          twins.begin({ hint, hash0: 7, ...(hasher === undefined ? {} : { hasher }) });
          try {
            for (const step of steps) {
              // All keys in one chain take time by their square.
              const few = hasher === undefined ? step : { ...step, count: step.count % 60 };
              twins.apply(few);
              twins.compare();
            }
          } finally {
            twins.end();
          }
        }),
        { numRuns: 25, seed: 1 },
      );
    });
  });

  test.each(KINDS.filter(({ owning }) => owning === undefined))(
    '$type: through every size up to 5000',
    async (kind) => {
      const twins = await Twins.start(kind, build, 0);
      twins.begin();
      const all = (op: Batch['op'], from: number, count: number) =>
        ({ op, from, count, stride: 1, modulus: 1 << 20, columns: true }) as const;
      let from = 0;
      // Batches of many lengths, so that growths begin and end everywhere in a block.
      for (let count = 1; from < 5000; count = ((count * 7) % 331) + 1) {
        twins.apply(all('set', from, count));
        if (count % 5 === 0) twins.apply(all('delete', from >> 1, count >> 1));
        if (count % 4 === 0) twins.apply(all('set', from >> 2, count));
        from += count;
        twins.compare();
      }
      twins.apply(all('get', 0, 6000));
      twins.apply(all('delete', 0, 6000));
      twins.compare();
      twins.end();
    },
  );

  test.each([KINDS[0], KINDS[8]] as Kind[])('$type: emptied in the middle of a growth', async (kind) => {
    const twins = await Twins.start(kind, build, 0);
    twins.begin({ hint: 50, hash0: 7 });
    const one = (op: Batch['op'], from: number, count = 1) =>
      ({ op, from, count, stride: 1, modulus: 1 << 20, columns: false }) as const;
    // Nine keys in each of the eight buckets, one bucket after the other: the overflow buckets stay.
    const buckets = Array.from({ length: 8 }, (): number[] => []);
    for (let n = 0; buckets.some((keys) => keys.length < 9); n++) buckets[twins.bucketOf(n, 8)]?.push(n);
    // One entry stays throughout, or the seed would change.
    twins.apply(one('set', 9999));
    const order = [...buckets.splice(twins.bucketOf(9999, 8), 1), ...buckets];
    for (const keys of order) {
      for (const op of ['set', 'delete'] as const) for (const n of keys.slice(0, 9)) twins.apply(one(op, n));
    }
    twins.apply(one('set', 9998));
    twins.apply(one('delete', 9998));
    expect([twins.header.count, twins.header.B, twins.header.oldbuckets !== 0n]).toEqual([1, 3, true]);
    // From the second key on there is nothing to delete, and nothing moves.
    twins.apply({ ...one('delete', 9999), count: 20 });
    expect(twins.header.oldbuckets).not.toBe(0n);
    twins.compare();
    twins.end();
  });

  test('a table of some MiB', async () => {
    const twins = await Twins.start(KINDS[0] as Kind, build, undefined);
    twins.begin();
    const n = 60_000;
    const all = (op: Batch['op'], from: number, count: number) =>
      ({ op, from, count, stride: 1, modulus: 1 << 20, columns: true }) as const;
    twins.apply(all('set', 0, n));
    twins.compare();
    twins.apply(all('has', n >> 1, n));
    twins.apply(all('get', 2 * n, 2000));
    twins.apply(all('set', n >> 1, n));
    twins.compare();
    twins.apply(all('delete', n >> 2, n));
    twins.compare();
    twins.end();
  });
});

describe('growing ahead', () => {
  test.each(KINDS)('$type: the same entries in a table that is no larger', async (kind) => {
    const twins = [
      await goldenRuntime('release', { seed: 5 }),
      await goldenRuntime('release', { seed: 5 }),
    ] as const;
    const arbitrary = fc.tuple(
      fc.array(batch(kind.owning ? 300 : 3000), { maxLength: 6 }),
      fc.constantFrom(...HASHERS),
    );
    const show = (value: unknown) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
    fc.assert(
      fc.property(arbitrary, ([steps, hasher]) => {
        const options = { hash0: 7, ...(hasher === undefined ? {} : { hasher }) };
        const [ahead, exact] = twins.map((rt) => rt.makeMap(kind.type, options) as unknown as GoMap) as [
          GoMap,
          GoMap,
        ];
        for (const step of steps) {
          const numbers = numbersOf(hasher === undefined ? step : { ...step, count: step.count % 60 });
          const keys = numbers.map(kind.key);
          if (step.op === 'delete') {
            expect(ahead.deleteMany(keys)).toBe(exact.deleteMany(keys));
          } else {
            ahead.setMany(keys, numbers.map(kind.elem), { growth: 'ahead' });
            exact.setMany(keys, numbers.map(kind.elem));
          }
          ahead.verify();
          expect(ahead.header.B).toBeLessThanOrEqual(exact.header.B);
          expect(ahead.size).toBe(exact.size);
        }
        expect([...ahead].map(show).sort()).toEqual([...exact].map(show).sort());
        ahead.free();
        exact.free();
        expect(twins.map((rt) => rt.machine.heapInUse)).toEqual([0, 0]);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('from empty it takes the final size at once, and no growth is under way', async () => {
    const rt = await goldenRuntime('release');
    for (const n of [9, 100, 209, 5000, 60_000]) {
      const keys = BigUint64Array.from({ length: n }, (_, i) => BigInt(i) * 7n);
      const m = rt.makeMap('map[uint64]uint64').setMany(keys, keys, { growth: 'ahead' });
      const hinted = rt.makeMap('map[uint64]uint64', { hint: n });
      expect([m.header.B, m.header.oldbuckets, m.size]).toEqual([hinted.header.B, 0n, n]);
      m.verify();
      expect(m.getMany(keys, new BigUint64Array(n))).toEqual(keys);
    }
  });

  test('duplicates make nothing larger', async () => {
    const rt = await goldenRuntime('release');
    const keys = BigUint64Array.from({ length: 50_000 }, (_, i) => BigInt(i % 1000));
    const m = rt.makeMap('map[uint64]uint64').setMany(keys, keys, { growth: 'ahead' });
    expect([m.size, m.header.B]).toEqual([1000, rt.makeMap('map[uint64]uint64', { hint: 1000 }).header.B]);
  });

  test('with any amount of scratch memory: for hashes and bitmap, for the bitmap alone, for nothing', async () => {
    const [n, distinct] = [8000, 5000];
    const layouts = [];
    // The first size that is tried is too large, the next takes a bitmap of 1 KiB.
    for (const scratch of [2 ** 20, 16 * n, 8 * n + 2048, 8 * n, 2048, 1024, 0]) {
      const rt = await goldenRuntime('release');
      const keys = rt.column('uint64', n);
      const values = rt.column('uint64', n);
      keys.array.forEach((_, i) => {
        keys.array[i] = BigInt(i % distinct) * 7n;
        values.array[i] = BigInt(i);
      });
      const { columns } = rt.machine;
      if (scratch === 0) rt.column('uint8', columns.largestFree);
      else rt.column('uint8', columns.largestFree - scratch);
      const m = rt.makeMap('map[uint64]uint64', { hash0: 7 }).setMany(keys, values, { growth: 'ahead' });
      m.verify();
      expect([m.size, m.header.B, m.header.oldbuckets]).toEqual([distinct, 10, 0n]);
      const last = BigUint64Array.from({ length: n }, (_, i) => {
        const first = i % distinct;
        return BigInt(first + distinct < n ? first + distinct : first);
      });
      expect(m.getMany(keys.array.slice(), new BigUint64Array(n))).toEqual(last);
      if (scratch >= 1024) layouts.push([...m.entries()].join());
    }
    expect(new Set(layouts).size).toBe(1);
  });

  test('a growth that is under way is finished, in the order of the buckets', async () => {
    const rt = await goldenRuntime('release');
    const m = rt.makeMap('map[uint64]uint64');
    for (let i = 0; i <= 832; i++) m.set(i, i);
    expect(m.header.oldbuckets).not.toBe(0n);
    m.setMany([1], [2], { growth: 'ahead' });
    expect([m.header.oldbuckets, m.size, m.get(1)]).toEqual([0n, 833, 2n]);
    m.verify();
  });
});
