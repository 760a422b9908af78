/**
 * Garbage over the bytes of maps, and operations on what is left: whatever is written, an operation ends in
 * a result or a named error, soon, and nothing outside of emulated memory is touched.
 */
import { expect, test } from 'vitest';
import {
  BITMAP_BYTES,
  CLASS_PAGES,
  CLASS_RECORD,
  CLASS_SIZE,
  HEAP_START,
  NUM_SIZE_CLASSES,
  PAGE_SHIFT,
  RT_BLOCK_SUM,
  RT_CLASSES,
  RT_HASH_SEED,
  RT_HASHKEY,
  RT_HEAP_END,
  RT_HEAP_FRESH,
  RT_LANES,
  RT_LOAD_FACTOR_NUM,
  RT_REGIONS,
  RT_SIZE,
  RT_SIZE_TO_CLASS8,
  RT_SIZE_TO_CLASS128,
  RT_SLOT_ORDERS,
  RT_USED,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import type { GoMap, InjectedHasher, MapIterator, Runtime } from '../../src/index.ts';
import { anyMap, BUILDS, bytes, heapEnd, liveObjects, numbers, start, wordAt } from './inside.ts';

/** What an operation on garbage may end in, beside a result. */
const NAMED: ReadonlySet<string> = new Set([
  'GoPanic',
  'GoFatal',
  'SegmentationFault',
  'OutOfMemory',
  'InvariantViolation',
  'ProcessEnded',
]);

interface Kind {
  readonly type: string;
  readonly key: (n: number) => unknown;
  readonly elem: (n: number) => unknown;
}

const long = (n: number) => {
  const value = new Uint8Array(136);
  value[0] = n;
  return value;
};

const dynamic = (n: number): unknown =>
  [
    { type: 'int', value: n },
    { type: 'string', value: `key ${n}` },
    { type: '*int', value: BigInt(n) },
    { type: '[2]interface {}', value: [{ type: 'float64', value: n / 3 }, null] },
  ][n % 4];

const wrapped = (n: number): unknown =>
  n === 0
    ? null
    : { type: `struct { error; n [${n % 5}]int8 }`, value: { error: null, n: Array(n % 5).fill(n % 99) } };

const KINDS: readonly Kind[] = [
  { type: 'map[int]int', key: BigInt, elem: BigInt },
  { type: 'map[string]string', key: (n) => `key ${n}`, elem: (n) => 'x'.repeat(n % 70) },
  { type: 'map[[136]byte]int', key: long, elem: BigInt },
  { type: 'map[uint8]struct{}', key: (n) => n % 256, elem: () => ({}) },
  { type: 'map[int]struct{a string; b int}', key: BigInt, elem: (n) => ({ a: 'y'.repeat(n % 9), b: n }) },
  { type: 'map[uint32]*int', key: (n) => n, elem: BigInt },
  { type: 'map[[2]int]string', key: (n) => [n, n], elem: (n) => `e${n}` },
  { type: 'map[int][136]byte', key: BigInt, elem: long },
  {
    type: 'map[float64]complex128',
    key: (n) => (n % 7 === 3 ? Number.NaN : n / 3),
    elem: (n) => ({ re: n, im: 1 }),
  },
  { type: 'map[any]int', key: dynamic, elem: BigInt },
  { type: 'map[string]any', key: (n) => `key ${n}`, elem: dynamic },
  { type: 'map[error]error', key: wrapped, elem: wrapped },
  {
    type: 'map[struct{a int8; v any; s string}]struct{}',
    key: (n) => ({ a: n % 3, v: dynamic(n), s: `s${n}` }),
    elem: () => ({}),
  },
];

/** Everything of the host that no operation on a map may change. */
class HostState {
  readonly #rt: Runtime;
  readonly #parts: readonly (readonly [string, number, Buffer])[];

  constructor(rt: Runtime) {
    this.#rt = rt;
    const { plan } = rt.machine;
    const part = (name: string, from: number, size: number) =>
      [name, from, Buffer.from(rt.machine.u8.slice(from, from + size))] as const;
    const at = (field: number) => RUNTIME_BASE + field;
    this.#parts = [
      part('the nil page', 0, RUNTIME_BASE),
      part('the hash key', at(RT_HASHKEY), RT_HASH_SEED + 8 - RT_HASHKEY),
      part("the heap's end", at(RT_HEAP_END), 4),
      part('the regions', at(RT_REGIONS), 12),
      part('the look-up of size classes', at(RT_SIZE_TO_CLASS8), RT_LOAD_FACTOR_NUM - RT_SIZE_TO_CLASS8),
      part(
        'the unused middle of the host state, and what is never changed behind it',
        at(8192),
        RT_BLOCK_SUM - 8192,
      ),
      part('the orders of slots', at(RT_SLOT_ORDERS), RT_LANES - RT_SLOT_ORDERS),
      part('the unused end of the host state', at(RT_USED), RT_SIZE - RT_USED),
      part('the descriptors', plan.rodata.start, 65536),
      part('the end of read-only data', plan.rodata.end - 4096, 4096),
      part('the last records of the pool', plan.pool.end - 4096, 4096),
      ...Array.from({ length: NUM_SIZE_CLASSES }, (_, c) =>
        part(`size class ${c}`, at(RT_CLASSES + c * CLASS_RECORD + CLASS_SIZE), CLASS_PAGES + 4 - CLASS_SIZE),
      ),
    ];
    expect(RT_SIZE_TO_CLASS128).toBeGreaterThan(RT_SIZE_TO_CLASS8);
  }

  changed(): string | undefined {
    const { buffer } = this.#rt.machine.u8;
    return this.#parts.find(([, from, was]) => !was.equals(Buffer.from(buffer, from, was.length)))?.[0];
  }

  /** The allocator's books: what is alive adds up, and lies within the heap. */
  books(): void {
    const objects = liveObjects(this.#rt);
    const sum = objects.reduce((total, { size }) => total + size, 0);
    expect(this.#rt.machine.heapInUse).toBe(sum);
    const last = objects.at(-1);
    if (last !== undefined) expect(last.offset + last.size).toBeLessThanOrEqual(heapEnd(this.#rt));
    const pages = this.#rt.machine.host(RT_HEAP_FRESH) - (HEAP_START >> PAGE_SHIFT);
    expect(pages * BITMAP_BYTES).toBeLessThanOrEqual(2 ** 20);
  }
}

class Victim {
  readonly rt: Runtime;
  readonly kind: Kind;
  readonly map: GoMap<unknown, unknown>;
  readonly iterator: MapIterator<unknown> | undefined;
  readonly #random: (n: number) => number;

  constructor(rt: Runtime, kind: Kind, random: (n: number) => number) {
    this.rt = rt;
    this.kind = kind;
    this.#random = random;
    const hasher = [undefined, undefined, 'low-bits', 'zero'][random(4)] as InjectedHasher | undefined;
    this.map = anyMap(rt, kind.type, { hash0: random(1000), ...(hasher === undefined ? {} : { hasher }) });
    const size = [3, 9, 30, 60, 108, 110][random(6)] as number;
    for (let n = 0; n < size; n++) this.map.set(kind.key(n), kind.elem(n));
    if (random(3) === 0) {
      this.iterator = this.map.keys();
      this.iterator.next();
    }
  }

  /** Eight bytes or fewer of the kinds that do harm: nil, addresses near and far, large and small numbers. */
  #garbage(size: number): Uint8Array {
    const random = this.#random;
    if (size !== 8) return Uint8Array.from({ length: size }, () => (random(3) ? random(256) : random(70)));
    const { header } = this.map;
    const words = [
      () => 0n,
      () => this.rt.machine.toAddress(HEAP_START + 8 * random((heapEnd(this.rt) - HEAP_START) / 8)),
      () => header.buckets,
      () => header.address,
      () => BigInt(random(64)),
      () => (1n << BigInt(random(64))) - BigInt(random(2)),
      () => (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32)),
      () => BigInt(this.rt.machine.plan.data.start + random(2 ** 20)),
    ];
    return bytes(8, (words[random(words.length)] as () => bigint)());
  }

  /** Writes garbage over one field of the header, the mapextra, a list or a bucket. */
  corrupt(): void {
    const random = this.#random;
    const { header, shape } = this.map;
    const put = (address: bigint, size: number) => this.rt.memory.write(address, this.#garbage(size));
    switch (random(9)) {
      case 0: {
        const fields = [
          [0, 8],
          [8, 1],
          [9, 1],
          [10, 2],
          [12, 4],
          [16, 8],
          [24, 8],
          [32, 8],
          [40, 8],
        ] as const;
        const [offset, size] = fields[random(fields.length)] as readonly [number, number];
        put(header.address + BigInt(offset), size);
        return;
      }
      case 1:
        if (header.extra !== 0n) put(header.extra + BigInt(8 * random(3)), 8);
        return;
      case 2: {
        if (header.extra === 0n) return;
        const list = wordAt(this.rt, header.extra + BigInt(8 * random(2)));
        if (list !== 0n) put(list + BigInt(8 * random(3)), 8);
        return;
      }
      default: {
        const array = random(2) && this.map.oldbuckets.length > 0 ? this.map.oldbuckets : this.map.buckets;
        let bucket = array.at(random(Math.min(array.length, 64)));
        for (let deeper = random(3); deeper > 0 && bucket?.overflow !== undefined; deeper--) {
          bucket = bucket.overflow;
        }
        if (bucket === undefined) return;
        const i = random(8);
        const at = (offset: number, size: number) => put((bucket?.address as bigint) + BigInt(offset), size);
        const key = shape.keyOffset + i * shape.keySize;
        const part = random(5);
        if (part === 0) at(i, 1);
        else if (part === 1) at(key, shape.keySize);
        else if (part === 2 && shape.elemSize > 0) at(shape.elemOffset + i * shape.elemSize, shape.elemSize);
        else if (part === 3) at(shape.overflowOffset, 8);
        else if (part === 4 && shape.keySize >= 16) at(key + 8, 8);
      }
    }
  }

  /** One operation. `drain` is not among them: it does not end well on every ring of buckets. */
  operate(): void {
    const random = this.#random;
    const { map, kind } = this;
    const key = () => kind.key(random(130));
    const some = [1, 2, 3, 77, 200].map(kind.key);
    const operations = [
      () => map.get(key()),
      () => map.has(key()),
      () => map.lookup(key()),
      () => map.set(kind.key(random(200)), kind.elem(random(99))),
      () => map.delete(key()),
      () => {
        let n = 0;
        for (const _ of map) if (++n === 300) break;
      },
      () => this.iterator?.next(),
      () => random(6) === 0 && map.clear(),
      () => map.setMany(some, [1, 2, 3, 4, 5].map(kind.elem)),
      () => map.getMany(some),
      () => map.deleteMany(some),
      () => map.verify(),
      () => map.hash(key()),
      () => this.#view(),
      () => this.#another(),
    ];
    (operations[random(operations.length)] as () => unknown)();
  }

  #view(): void {
    for (const first of this.map.buckets) {
      if (first.index > 40) return;
      for (const bucket of first.chain()) {
        for (const slot of bucket.slots) if (slot.filled) void [slot.key, slot.elem];
      }
    }
  }

  /** A map of its own in the same process works, unless garbage has led the other one into it. */
  #another(): void {
    const other = anyMap(this.rt, this.kind.type);
    other.set(this.kind.key(1), this.kind.elem(1));
    expect(other.has(this.kind.key(1))).toBe(true);
    other.free();
  }
}

/** Has all descriptors written that maps of the kind need: those of what its interfaces hold too. */
function describeKind(rt: Runtime, { type, key, elem }: Kind): void {
  const met = anyMap(rt, type, {});
  for (let n = 0; n < 8; n++) met.set(key(n), elem(n));
  met.free();
  for (const hasher of ['low-bits', 'zero'] as const) rt.makeMap(type, { hasher }).free();
}

/** Operations on a map, unless one ends the process. */
const STEPS = 40;
/** Maps of each build, at the least. */
const MAPS = 260;
/** HOSTILE_OPS asks for a long run: so many operations on each build. */
const OPS = Number(process.env['HOSTILE_OPS'] ?? 0);
/** Milliseconds. */
const LIMIT = 120_000 + OPS;

test.each(BUILDS)(
  'build %s',
  async (build) => {
    const outcomes = new Map<string, number>();
    const count = (name: string) => outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    let rt: Runtime | undefined;
    let host: HostState | undefined;
    let described = new Set<Kind>();
    let slowest = 0;
    const total = () => [...outcomes.values()].reduce((sum, n) => sum + n, 0);
    for (let seed = 0; seed < MAPS || total() < OPS; seed++) {
      const random = numbers(seed * 7919 + (build === 'release' ? 1 : 2));
      const kind = KINDS[seed % KINDS.length] as Kind;
      if (rt === undefined || rt.machine.ended !== undefined || seed % 10 === 0) {
        rt = await start({ build, memory: { limit: 2 ** 21 } });
        described = new Set();
      }
      let victim: Victim;
      try {
        // A type's descriptors are written once, before anything is compared.
        if (!described.has(kind)) {
          describeKind(rt, kind);
          described.add(kind);
          host = new HostState(rt);
        }
        victim = new Victim(rt, kind, random);
      } catch (error) {
        // What earlier garbage has done to the heap may leave no room for a map.
        if (!NAMED.has((error as Error).name)) throw error;
        rt = undefined;
        continue;
      }
      for (let step = 0; step < STEPS; step++) {
        const where = `seed ${seed}, step ${step}, ${kind.type}`;
        const begun = performance.now();
        try {
          if (random(3) > 0) victim.corrupt();
          victim.operate();
          count('result');
        } catch (caught) {
          const error = caught as Error;
          if (!NAMED.has(error.name))
            throw new Error(`${where}: ${error.name}: ${error.message}`, { cause: caught });
          count(error.name);
        }
        slowest = Math.max(slowest, performance.now() - begun);
        // A long run looks once a map: which operation it was, a run without HOSTILE_OPS over that seed tells.
        const last = step === STEPS - 1 || rt.machine.ended !== undefined;
        const changed = OPS === 0 || last ? host?.changed() : undefined;
        if (changed !== undefined) throw new Error(`${where}: ${changed} was overwritten`);
        if (rt.machine.ended !== undefined) break;
      }
      host?.books();
    }
    // All kinds of outcomes were met, and often enough.
    for (const name of ['GoPanic', 'GoFatal', 'SegmentationFault', 'InvariantViolation']) {
      expect([name, (outcomes.get(name) ?? 0) > 20]).toEqual([name, true]);
    }
    expect(total()).toBeGreaterThan(2500);
    // A walk without end would take for ever; an honest one takes well under a second, on any machine.
    expect(slowest).toBeLessThan(5000);
    if (OPS > 0)
      console.log(
        `${build}: ${total()} operations, ${JSON.stringify([...outcomes])}, slowest ${slowest.toFixed(1)} ms`,
      );
  },
  LIMIT,
);
