/**
 * What ends the emulated process, and what forged bytes lead to. The outcomes of the corrupted headers were
 * recorded from real Go 1.19.8: the same bytes written to a live map by way of unsafe.Pointer.
 */
import { describe, expect, test } from 'vitest';
import { RT_RETIRED_COUNT } from '../../assembly/shared/hostlayout.ts';
import {
  GoFatal,
  type GoMap,
  GoPanic,
  type HeaderView,
  InvariantViolation,
  ProcessEnded,
  type Runtime,
  SegmentationFault,
} from '../../src/index.ts';
import { anyMap, BUILDS, bytes, start, thrown, wordAt } from './inside.ts';

const NIL_DEREFERENCE = 'runtime error: invalid memory address or nil pointer dereference';
const READ_WRITE = 'concurrent map read and map write';
const WRITES = 'concurrent map writes';
const ITERATION = 'concurrent map iteration and map write';
const ENDLESS = 'the walk never ends: Go would hang here (a chain of buckets leads back into itself)';

/** Offsets of the header's fields, and their sizes. */
const FIELDS = {
  count: [0, 8],
  flags: [8, 1],
  B: [9, 1],
  hash0: [12, 4],
  buckets: [16, 8],
  oldbuckets: [24, 8],
  extra: [40, 8],
} as const;
type Patch = { readonly [field in keyof typeof FIELDS]?: number | bigint };

function forge(rt: Runtime, m: { readonly header: HeaderView }, patch: Patch): void {
  const { address } = m.header;
  for (const [name, value] of Object.entries(patch)) {
    const [offset, size] = FIELDS[name as keyof typeof FIELDS];
    rt.memory.write(address + BigInt(offset), bytes(size, value));
  }
}

/** A runtime with a map of three entries, key n with element 10 + n, and a forged header. */
async function forged(build: 'release' | 'checked', type: string, patch: Patch, entries = 3) {
  const rt = await start({ build });
  const m = anyMap(rt, type, { hash0: 0x12345678 });
  const key = (n: number) => (type.startsWith('map[string]') ? `k${n}` : n);
  for (let n = 0; n < entries; n++) m.set(key(n), 10 + n);
  forge(rt, m, patch);
  return { rt, m, key };
}

/* ---- the three fatal errors ---- */

describe.each(BUILDS)('hashWriting is set, build %s', (build) => {
  const made = async () => {
    const { rt, m } = await forged(build, 'map[int]int', {}, 20);
    const open = m.entries();
    open.next();
    forge(rt, m, { flags: m.header.flags | 4 });
    return { rt, m, open };
  };

  type Made = Awaited<ReturnType<typeof made>>;
  const uses: readonly (readonly [string, string, (it: Made) => unknown])[] = [
    ['get', READ_WRITE, ({ m }) => m.get(1)],
    ['get of a key that is not there', READ_WRITE, ({ m }) => m.get(77)],
    ['has', READ_WRITE, ({ m }) => m.has(1)],
    ['lookup', READ_WRITE, ({ m }) => m.lookup(1)],
    ['getMany', READ_WRITE, ({ m }) => m.getMany([1, 2])],
    ['hasMany', READ_WRITE, ({ m }) => m.hasMany([1])],
    ['raw.get', READ_WRITE, ({ m }) => m.raw.get(bytes(8, 1))],
    ['set', WRITES, ({ m }) => m.set(1, 5)],
    ['set of a new key', WRITES, ({ m }) => m.set(77, 5)],
    ['setMany', WRITES, ({ m }) => m.setMany([1], [5])],
    ['delete', WRITES, ({ m }) => m.delete(1)],
    ['delete of a key that is not there', WRITES, ({ m }) => m.delete(77)],
    ['deleteMany', WRITES, ({ m }) => m.deleteMany([1])],
    ['clear', WRITES, ({ m }) => m.clear()],
    ['raw.set', WRITES, ({ m }) => m.raw.set(bytes(8, 1), bytes(8, 1))],
    ['range', ITERATION, ({ m }) => [...m]],
    ['keys', ITERATION, ({ m }) => m.keys().next()],
    ['forEach', ITERATION, ({ m }) => m.forEach(() => {})],
    ['drain', ITERATION, ({ m }) => m.drain()],
    ['an iterator that was under way', ITERATION, ({ open }) => open.next()],
  ];

  test.each(uses)('%s: fatal error: %s', async (_what, text, use) => {
    const it = await made();
    const error = thrown(() => use(it));
    expect(error).toBeInstanceOf(GoFatal);
    expect(error.message).toBe(text);
    expect(it.rt.machine.ended).toBe(error);
    expect(it.m.header.flags & 4).toBe(4);
  });

  test('len does not look', async () => {
    const { rt, m } = await made();
    expect(m.size).toBe(20);
    expect(rt.machine.ended).toBeUndefined();
  });

  test('nor does anything on an empty map but an assignment', async () => {
    const { rt, m } = await forged(build, 'map[int]int', {}, 0);
    forge(rt, m, { flags: 4 });
    expect([m.get(1), m.delete(1), m.clear(), [...m]]).toEqual([undefined, false, undefined, []]);
    expect(rt.machine.ended).toBeUndefined();
    expect(thrown(() => m.set(1, 1)).message).toBe(WRITES);
  });

  test('afterwards the process has ended, and its memory can be read', async () => {
    const { rt, m, open } = await made();
    const other = rt.makeMap('map[string]string');
    const nil = rt.nilMap('map[string]int');
    other.set('a', 'b');
    const cause = thrown(() => m.get(1));
    const refused: (() => unknown)[] = [
      ...uses.map(
        ([, , use]) =>
          () =>
            use({ rt, m, open }),
      ),
      () => other.get('a'),
      () => other.set('c', 'd'),
      () => other.delete('a'),
      () => other.clear(),
      () => [...other],
      () => other.setMany(['x'], ['y']),
      () => other.drain(),
      () => other.verify(),
      () => other.hash('a'),
      () => nil.get('a'),
      () => rt.makeMap('map[int]int'),
      () => rt.nilMap('map[int]int'),
      () => rt.memory.write(m.header.address, bytes(8, 0)),
    ];
    for (const use of refused) {
      const error = thrown(use);
      expect(error).toBeInstanceOf(ProcessEnded);
      expect(error.message).toBe(
        `the emulated process has ended: ${cause.message}. Create a new Runtime to go on.`,
      );
      expect(error.cause).toBe(cause);
    }
    expect(m.header.count).toBe(20);
    expect(m.header.bytes).toEqual(rt.memory.read(m.header.address, 48));
    expect([...(m.buckets.at(0)?.slots ?? [])].filter((slot) => slot.filled).length).toBeGreaterThan(0);
    const [slot] = other.buckets.at(0)?.slots ?? [];
    expect([slot?.key, slot?.elem]).toEqual(['a', 'b']);
    expect(rt.memory.hexdump(m.header.address, 48).split('\n')).toHaveLength(3);
    expect(rt.memory.region(m.header.address)?.name).toBe('Go heap');
    expect([m.size, other.size, nil.size]).toEqual([20, 1, 0]);
    open.return();
    other.free();
    m.free();
    nil.free();
  });
});

/* ---- a corrupted header ---- */

/** What an operation ends in: what it gives, or the text of the panic or fatal error. */
interface Outcome {
  readonly gives?: unknown;
  readonly panics?: true;
  readonly faults?: true;
  readonly size?: number;
  readonly flags?: number;
}
type Outcomes = { readonly [op in 'get' | 'set' | 'setNew' | 'delete' | 'range' | 'clear']?: Outcome };

const ALL_KEYS = [0, 1, 2];
const GONE = [undefined, undefined, undefined, undefined];
const WHOLE = [10n, 11n, 12n, undefined];

/** As real Go 1.19.8 has it, for map[int]int and map[string]int with one bucket. */
const RECORDED: readonly (readonly [string, Patch, Outcomes, Outcomes])[] = [
  [
    'hash0=0',
    { hash0: 0 },
    {
      get: { gives: WHOLE },
      set: { size: 3 },
      setNew: { size: 4 },
      delete: { gives: true, size: 2 },
      range: { gives: ALL_KEYS },
      clear: { size: 0, flags: 0 },
    },
    // An assignment and a deletion compare tophash bytes, a lookup in one bucket does not.
    {
      get: { gives: WHOLE },
      set: { size: 4 },
      setNew: { size: 4 },
      delete: { gives: false, size: 3 },
      range: { gives: ALL_KEYS },
      clear: { size: 0, flags: 0 },
    },
  ],
  [
    'B=7',
    { B: 7 },
    {
      get: { gives: GONE },
      set: { size: 4 },
      setNew: { size: 4 },
      delete: { gives: false, size: 3 },
      clear: { panics: true, size: 0, flags: 4 },
    },
    {
      get: { gives: GONE },
      set: { size: 4 },
      setNew: { size: 4 },
      delete: { gives: false, size: 3 },
      clear: { panics: true, size: 0, flags: 4 },
    },
  ],
  [
    'B=40',
    { B: 40 },
    {
      get: { faults: true },
      set: { faults: true },
      setNew: { faults: true },
      delete: { faults: true },
      range: { faults: true },
      clear: { faults: true },
    },
    {
      get: { faults: true },
      set: { faults: true },
      setNew: { faults: true },
      delete: { faults: true },
      range: { faults: true },
      clear: { faults: true },
    },
  ],
  [
    'B=65',
    { B: 65 },
    { range: { gives: ALL_KEYS }, clear: { panics: true, size: 0, flags: 4 } },
    { range: { gives: ALL_KEYS }, clear: { panics: true, size: 0, flags: 4 } },
  ],
  [
    'buckets=nil',
    { buckets: 0 },
    { get: { gives: GONE }, set: { size: 4 }, setNew: { size: 4 }, range: { panics: true, flags: 3 } },
    {
      get: { panics: true, flags: 0 },
      set: { size: 4 },
      setNew: { size: 4 },
      range: { panics: true, flags: 3 },
    },
  ],
  [
    'count=99',
    { count: 99 },
    {
      get: { gives: WHOLE, size: 99 },
      set: { size: 99 },
      setNew: { size: 100 },
      delete: { gives: true, size: 98 },
      range: { gives: ALL_KEYS, size: 99 },
      clear: { size: 0, flags: 0 },
    },
    {
      get: { gives: WHOLE, size: 99 },
      set: { size: 99 },
      setNew: { size: 100 },
      delete: { gives: true, size: 98 },
      range: { gives: ALL_KEYS, size: 99 },
      clear: { size: 0, flags: 0 },
    },
  ],
];

type Forged = Awaited<ReturnType<typeof forged>>;
const USES: { readonly [op in keyof Outcomes]-?: (it: Forged) => unknown } = {
  get: ({ m, key }) => [0, 1, 2, 9].map((n) => m.get(key(n))),
  set: ({ m, key }) => m.set(key(1), 77),
  setNew: ({ m, key }) => m.set(key(9), 99),
  delete: ({ m, key }) => m.delete(key(1)),
  range: ({ m, key }) => {
    const found = [...m.keys()].map(String);
    return ALL_KEYS.filter((n) => found.includes(String(key(n)))).concat(
      found.length > 3 ? [found.length] : [],
    );
  },
  clear: ({ m }) => m.clear(),
};

describe.each(BUILDS)('a corrupted header is as in Go, build %s', (build) => {
  const runs = RECORDED.flatMap(([name, patch, ints, strings]) =>
    [['map[int]int', ints] as const, ['map[string]int', strings] as const].flatMap(([type, outcomes]) =>
      Object.entries(outcomes).map(
        ([op, outcome]) => [name, type, op as keyof Outcomes, patch, outcome] as const,
      ),
    ),
  );
  test.each(runs)('%s: %s %s', async (_name, type, op, patch, outcome: Outcome) => {
    const it = await forged(build, type, patch);
    let gives: unknown;
    let error: unknown;
    try {
      gives = USES[op](it);
    } catch (caught) {
      error = caught;
    }
    if (outcome.panics) {
      expect(error).toBeInstanceOf(GoPanic);
      expect((error as Error).message).toBe(NIL_DEREFERENCE);
    } else if (outcome.faults) {
      expect(error).toBeInstanceOf(SegmentationFault);
      expect((error as Error).message).toContain('unexpected fault address');
    } else {
      expect(error).toBeUndefined();
    }
    expect(it.rt.machine.ended).toBe(outcome.faults ? error : undefined);
    if ('gives' in outcome) expect(gives).toEqual(outcome.gives);
    if (outcome.size !== undefined) expect(it.m.size).toBe(outcome.size);
    if (outcome.flags !== undefined) expect(it.m.header.flags).toBe(outcome.flags);
    // A recoverable panic leaves a process that goes on.
    if (!outcome.faults) expect(it.rt.makeMap('map[int]int').set(1, 2).get(1)).toBe(2n);
  });

  test('B=65 is B=1: half of the keys, by the low bit of the hash', async () => {
    let found = 0;
    for (let n = 0; n < 8; n++) {
      const { m, key } = await forged(build, 'map[int]int', { B: 65 }, 8);
      const there = (m.hash(key(n)) & 1n) === 0n;
      expect([n, m.get(key(n))]).toEqual([n, there ? BigInt(10 + n) : undefined]);
      if (there) found++;
    }
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(8);
  });

  test('buckets=nil: an assignment makes a new bucket, and only its key is found', async () => {
    const { m } = await forged(build, 'map[int]int', { buckets: 0 });
    m.set(9, 99);
    expect(m.header.buckets).not.toBe(0n);
    expect([m.get(9), m.get(1), m.size, [...m]]).toEqual([99n, undefined, 4, [[9n, 99n]]]);
  });

  test('buckets=nil: a deletion in one bucket finds nothing', async () => {
    const { m } = await forged(build, 'map[int]int', { buckets: 0 });
    expect([m.delete(1), m.size, m.header.flags]).toEqual([false, 3, 0]);
  });

  test.each([20, 60])('buckets=nil: clearing a map of %i entries does nothing but clear', async (entries) => {
    const { m } = await forged(build, 'map[int]int', { buckets: 0, oldbuckets: 0 }, entries);
    m.clear();
    expect([m.size, m.header.flags, m.header.buckets]).toEqual([0, 0, 0n]);
  });

  test('buckets=nil with more buckets: the panic leaves hashWriting set by a deletion, not by a lookup', async () => {
    for (const [op, flags] of [
      ['get', 0],
      ['delete', 4],
    ] as const) {
      const { m, key } = await forged(build, 'map[int]int', { buckets: 0, oldbuckets: 0 }, 20);
      // Bucket 0 is at address 0, where Go walks no bucket; another one is near it.
      const n = Array.from({ length: 20 }, (_, i) => i).find((i) => (m.hash(i) & 3n) !== 0n) as number;
      const error = thrown(() => m[op](key(n)));
      expect(error).toBeInstanceOf(GoPanic);
      expect([error.message, m.header.flags, m.size]).toEqual([NIL_DEREFERENCE, flags, 20]);
      // With hashWriting left behind the next write is the fatal error, as after a recover in Go.
      if (op === 'delete') expect(thrown(() => m.set(1, 1)).message).toBe(WRITES);
    }
  });
});

/* ---- forged pointers ---- */

describe.each(BUILDS)('forged pointers, build %s', (build) => {
  const texts = async () => {
    const { rt, m } = await forged(build, 'map[string]int', {});
    const slot = m.buckets.at(0)?.slots[0];
    rt.memory.write(slot?.keyAddress as bigint, bytes(8, 0));
    return m;
  };

  test.each([
    ['get', (m: GoMap<unknown, unknown>) => m.get('k0'), 0],
    ['set', (m: GoMap<unknown, unknown>) => m.set('k0', 1), 4],
    ['delete', (m: GoMap<unknown, unknown>) => m.delete('k0'), 4],
  ])('a key string whose pointer is nil: %s', async (_op, use, flags) => {
    const m = await texts();
    const error = thrown(() => use(m));
    expect([error.name, error.message, m.header.flags]).toEqual(['GoPanic', NIL_DEREFERENCE, flags]);
  });

  test('a key string whose pointer is nil is not a string of zeros', async () => {
    const m = await texts();
    let found: unknown;
    try {
      found = m.get('\0\0');
    } catch {}
    expect(found).toBeUndefined();
  });

  const large = async (size: number) => {
    const rt = await start({ build });
    const m = anyMap(rt, `map[int][${size}]byte`, { hash0: 1 });
    m.set(1, new Uint8Array(size).fill(7));
    // Whose header was asked for is not freed behind one's back: here the host's state may be gone by then.
    expect(m.header.count).toBe(1);
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0));
    return { rt, m };
  };

  test.each([
    ['get', (m: GoMap<unknown, unknown>) => m.get(1)],
    ['set', (m: GoMap<unknown, unknown>) => m.set(1, new Uint8Array(200))],
    ['setMany', (m: GoMap<unknown, unknown>) => m.setMany([1], [new Uint8Array(200)])],
    ['range', (m: GoMap<unknown, unknown>) => [...m]],
  ])('an element held by a nil pointer: %s', async (_op, use) => {
    const { m } = await large(200);
    const error = thrown(() => use(m));
    expect([error.name, error.message]).toEqual(['GoPanic', NIL_DEREFERENCE]);
  });

  test.each(['set', 'setMany'] as const)('%s through a nil pointer reaches no host state', async (op) => {
    const { rt, m } = await large(8192);
    const before = Buffer.from(rt.machine.u8.slice(0, 6000));
    const value = new Uint8Array(8192).fill(9);
    try {
      if (op === 'set') m.set(1, value);
      else m.setMany([1], [value]);
    } catch {}
    const after = Buffer.from(rt.machine.u8.slice(0, 6000));
    expect(after.subarray(0, 4096).equals(before.subarray(0, 4096))).toBe(true);
    expect(after.subarray(4096 + 24, 4096 + 64).equals(before.subarray(4096 + 24, 4096 + 64))).toBe(true);
  });

  test('a deletion does not follow an element pointer', async () => {
    const { m } = await large(200);
    expect([m.delete(1), m.size]).toEqual([true, 0]);
  });

  test('an element pointer that leads nowhere', async () => {
    const { rt, m } = await large(200);
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0x123456789abcdefn));
    const error = thrown(() => m.get(1)) as SegmentationFault;
    expect(error).toBeInstanceOf(SegmentationFault);
    expect([error.address, error.size]).toEqual([0x123456789abcdefn, 200]);
    expect(rt.machine.ended).toBe(error);
  });

  test('strings in an element whose pointer leads nowhere are not freed', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int][20]string');
    m.set(
      1,
      Array.from({ length: 20 }, () => 'x'),
    );
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0xfffffffffffffff0n));
    expect(m.delete(1)).toBe(true);
    m.free();
  });

  test('buckets may lie in the data of the program', async () => {
    const { rt, m } = await forged(build, 'map[int]int', {});
    const data = rt.memory.regions().find(({ name }) => name === 'program');
    rt.memory.write(data?.start as bigint, m.buckets.at(0)?.bytes as Uint8Array);
    forge(rt, m, { buckets: data?.start as bigint });
    expect(m.get(2)).toBe(12n);
    expect([...m.keys()].sort()).toEqual([0n, 1n, 2n]);
  });

  test('a large B over mapped memory is a long walk, not an endless one', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint8]struct{}');
    m.set(1, {});
    // Go maps its heap in pieces of 4 MiB, of which the first two pages are in use: the rest reads zero.
    forge(rt, m, { buckets: m.header.address + 2n ** 20n, B: 13 });
    expect([...m.keys()]).toEqual([]);
  });

  describe('a chain that leads back into itself', () => {
    const ring = async (type: string) => {
      const rt = await start({ build });
      const m = anyMap(rt, type, { hasher: 'zero', hash0: 1 });
      const key = (n: number) => (type.startsWith('map[string]') ? `k${n}` : n);
      for (let n = 0; n < 26; n++) m.set(key(n), n);
      const chain = [...(m.buckets.at(0)?.chain() ?? [])];
      const last = chain.at(-1);
      // The last bucket is full of entries, so that no emptyRest ends a search.
      const full = new Uint8Array(8).fill(0x77);
      rt.memory.write(last?.address as bigint, full);
      rt.memory.write(
        (last?.address as bigint) + BigInt(m.shape.overflowOffset),
        bytes(8, chain[0]?.address as bigint),
      );
      return { rt, m, key };
    };
    test.each(['map[int]int', 'map[string]int', 'map[uint32]int', 'map[[16]byte]int', 'map[int][200]byte'])(
      '%s: what would never end is ended by name',
      async (type) => {
        const value = type === 'map[int][200]byte' ? () => new Uint8Array(200) : (n: number) => n;
        const keyOf = type === 'map[[16]byte]int' ? (n: number) => new Uint8Array(16).fill(n) : undefined;
        const uses: ((m: GoMap<unknown, unknown>, key: unknown) => unknown)[] = [
          (m, key) => m.get(key),
          (m, key) => m.has(key),
          (m, key) => m.set(key, value(1)),
          (m, key) => m.delete(key),
          (m, key) => m.getMany([key]),
        ];
        for (const use of uses) {
          const rt = await start({ build });
          const m = anyMap(rt, type, { hasher: 'zero', hash0: 1 });
          const key = keyOf ?? ((n: number) => (type.startsWith('map[string]') ? `k${n}` : n));
          for (let n = 0; n < 24; n++) m.set(key(n), value(n));
          const chain = [...(m.buckets.at(0)?.chain() ?? [])];
          expect(chain).toHaveLength(3);
          const link = (chain[2]?.address as bigint) + BigInt(m.shape.overflowOffset);
          rt.memory.write(link, bytes(8, chain[0]?.address as bigint));
          const error = thrown(() => use(m, key(99)));
          expect([error.name, error.message]).toEqual(['GoFatal', ENDLESS]);
          // Reading it as a debugger does ends too.
          expect([...(m.buckets.at(0)?.chain() ?? [])]).toHaveLength(3);
        }
      },
    );

    test('verify names it', async () => {
      const { m } = await ring('map[int]int');
      expect(thrown(() => m.verify())).toBeInstanceOf(InvariantViolation);
    });

    test('an iteration goes round it, as in Go, for as long as it is asked', async () => {
      const { m } = await ring('map[int]int');
      let n = 0;
      for (const _ of m.keys()) if (++n === 5000) break;
      expect(n).toBe(5000);
    });

    test('drain ends by name', async () => {
      const { m } = await ring('map[int]int');
      expect(thrown(() => m.drain())).toBeInstanceOf(GoFatal);
    });
  });

  test.each([99, 2, 2n ** 60n])('drain of a map whose count says %d', async (count) => {
    const { m } = await forged(build, 'map[int]int', { count }, 5);
    expect([...(m.drain().keys as BigInt64Array)].sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test('the overflow list: a length or capacity that is none writes nowhere outside of mapped memory', async () => {
    const forgeries: [bigint, bigint][] = [
      [2n ** 40n, 8n],
      [2n ** 61n, 2n ** 61n],
      [2n ** 64n - 1n, 2n ** 64n - 1n],
      [2n ** 29n, 2n ** 30n],
      [1_000_000n, 1_000_000n],
    ];
    for (const [length, capacity] of forgeries) {
      const rt = await start({ build });
      const m = rt.makeMap('map[int]int', { hasher: 'zero', hash0: 1 });
      for (let n = 0; n < 16; n++) m.set(n, n);
      const list = wordAt(rt, m.header.extra);
      rt.memory.write(list + 8n, bytes(8, length));
      rt.memory.write(list + 16n, bytes(8, capacity));
      const before = Buffer.from(rt.machine.u8.slice(4096 + 1536, 65536));
      let ending = 'none';
      try {
        for (let n = 16; n < 60; n++) m.set(n, n);
      } catch (error) {
        ending = (error as Error).name;
      }
      // A list that lies wholly in mapped memory is copied as Go would copy it.
      expect([
        'SegmentationFault',
        'OutOfMemory',
        'GoPanic',
        ...(length < 2n ** 21n ? ['none'] : []),
      ]).toContain(ending);
      const classes = Buffer.from(rt.machine.u8.slice(4096 + 1536, 65536));
      // The size classes' sizes; their lists of spans may have changed.
      for (let c = 0; c < 68; c++) {
        expect(classes.readUInt32LE(c * 16)).toBe(before.readUInt32LE(c * 16));
      }
    }
  });

  test('the hiter: no field leads out of mapped memory', async () => {
    for (let at = 0; at < 96; at += 8) {
      for (const value of [0n, 1n, 0xffffffffffffff00n, 0xc000010008n, 4096n, 2n ** 32n, 0xffn << 56n]) {
        const { rt, m } = await forged(build, 'map[int]int', {}, 20);
        const iterator = m.entries();
        iterator.next();
        rt.memory.write(iterator.address + BigInt(at), bytes(8, value));
        try {
          for (let n = 0; n < 50; n++) if (iterator.next().done) break;
        } catch (error) {
          expect([at, value, (error as Error).name]).toEqual([
            at,
            value,
            expect.stringMatching(/^(SegmentationFault|GoPanic|GoFatal)$/),
          ]);
        }
      }
    }
  }, 60_000);

  test('arrays that wait to be freed are freed before the first byte is written from outside', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]*int', { hash0: 1, hasher: 'low-bits' });
    let old = 0n;
    for (let n = 0; old === 0n || m.header.oldbuckets !== 0n; n++) {
      old = m.header.oldbuckets;
      for (const _ of m.keys()) break;
      m.set(n, 0n);
      if (n > 4000) throw new Error('no growth has ended');
    }
    expect(rt.machine.host(RT_RETIRED_COUNT)).toBeGreaterThan(0);
    // A ring of overflow links in the old array would be walked for ever by who frees it.
    rt.memory.write(old + BigInt(m.shape.overflowOffset), bytes(8, old));
    expect(rt.machine.host(RT_RETIRED_COUNT)).toBe(0);
    rt.makeMap('map[int]int', { hint: 100 }).free();
  });
});
