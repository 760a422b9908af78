/** Bad addresses and freed maps: a named error that says what is wrong, and nothing has changed. */
import { type Runtime, SegmentationFault, UseAfterFree } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, changesNothing, start, thrown, wholeState } from '../machine/inside.ts';
import { type ErrorClass, loose } from '../support/misuse.ts';

/* ---- the address space ---- */

describe('addresses that lead nowhere', () => {
  const GO_HEAP = 0xc000010000n;
  const reads: readonly (readonly [string, unknown, unknown, ErrorClass, string])[] = [
    ['nil', 0n, 1, SegmentationFault, '0x0: the nil page (access of 1 byte)'],
    ['the end of the nil page', 4095n, 2, SegmentationFault, '0xfff: the nil page (access of 2 bytes)'],
    [
      'the host state behind it',
      4096n,
      8,
      SegmentationFault,
      '0x1000: no region of the emulated process lies there',
    ],
    ['the heap without its high half', 65536n, 8, SegmentationFault, 'no region'],
    ['before the heap', GO_HEAP - 1n, 1, SegmentationFault, 'no region'],
    [
      'behind what is mapped',
      GO_HEAP + 0x400000n,
      1,
      SegmentationFault,
      'Go heap is mapped only from 0xc000010000 to 0xc000410000',
    ],
    [
      'across the end of what is mapped',
      GO_HEAP + 0x3fffffn,
      2,
      SegmentationFault,
      'Go heap is mapped only from',
    ],
    ['far behind the heap', 0xc0ffffffffn, 1, SegmentationFault, 'no region'],
    ['the C heap, of which nothing is mapped', 'C heap', 1, SegmentationFault, 'C heap is mapped only from'],
    ['a hole between regions', 0x500000000000n, 1, SegmentationFault, 'no region'],
    ['the last byte', 2n ** 64n - 1n, 1, SegmentationFault, '0xffffffffffffffff: no region'],
    ['round the end', 2n ** 64n - 1n, 2, SegmentationFault, 'no region'],
    ['an absurd length', GO_HEAP, 2 ** 52, SegmentationFault, '(access of 4503599627370496 bytes)'],
    ['a length that wraps', GO_HEAP, 2 ** 32, SegmentationFault, '(access of 4294967296 bytes)'],
    ['a negative address', -1n, 1, RangeError, '-1 is not a 64-bit address'],
    ['an address of 65 bits', 2n ** 64n, 1, RangeError, 'is not a 64-bit address'],
    ['an address in text', '0xc000010000', 1, TypeError, 'an address is a bigint, got string'],
    ['a broken number', 1.5, 1, TypeError, 'an address is a bigint, got number'],
    ['a number that is not safe', 2 ** 60, 1, TypeError, 'an address is a bigint, got number'],
    ['undefined', undefined, 1, TypeError, 'an address is a bigint, got undefined'],
    ['a negative length', GO_HEAP, -1, RangeError, 'a length is a whole number of bytes, got -1'],
    ['a broken length', GO_HEAP, 1.5, RangeError, 'a length is a whole number of bytes, got 1.5'],
    ['a length in text', GO_HEAP, '8', RangeError, 'a length is a whole number of bytes, got 8'],
    ['no length', GO_HEAP, undefined, RangeError, 'a length is a whole number of bytes, got undefined'],
  ];
  test.each(reads)('reading: %s', async (_what, address, length, Class, part) => {
    const rt = await start();
    rt.makeMap('map[int]int').set(1, 1);
    const at =
      address === 'C heap' ? rt.memory.regions().find(({ name }) => name === address)?.start : address;
    for (const read of [rt.memory.read, rt.memory.hexdump]) {
      const error = changesNothing(rt, () => loose(read.bind(rt.memory))(at, length));
      expect(error).toBeInstanceOf(Class);
      expect(error.message).toContain(part);
      if (error instanceof SegmentationFault) expect([error.address, error.size]).toEqual([at, length]);
    }
    // A debugger that reads amiss ends no process.
    expect(rt.machine.ended).toBeUndefined();
  });

  test.each<[string, (rt: Runtime) => readonly [unknown, unknown], ErrorClass, string]>([
    ['nil', () => [0n, new Uint8Array(1)], SegmentationFault, 'the nil page'],
    [
      'behind what is mapped',
      () => [GO_HEAP + 0x3fffffn, new Uint8Array(2)],
      SegmentationFault,
      'mapped only',
    ],
    ['the last byte', () => [2n ** 64n - 1n, new Uint8Array(1)], SegmentationFault, 'no region'],
    [
      'read-only data',
      (rt) => [rt.memory.regions()[0]?.start, new Uint8Array(1)],
      SegmentationFault,
      'read-only data of the program',
    ],
    [
      'into read-only data from before',
      (rt) => [(rt.memory.regions()[0]?.start as bigint) - 1n, new Uint8Array(2)],
      SegmentationFault,
      'no region',
    ],
    [
      'across the end of read-only data',
      (rt) => [(rt.memory.regions()[0]?.end as bigint) - 1n, new Uint8Array(2)],
      SegmentationFault,
      'read-only data',
    ],
    ['an array', () => [GO_HEAP, [1, 2]], TypeError, 'write takes a Uint8Array'],
    ['a text', () => [GO_HEAP, 'x'], TypeError, 'write takes a Uint8Array'],
    ['wider elements', () => [GO_HEAP, new Uint16Array(1)], TypeError, 'write takes a Uint8Array'],
    ['nothing', () => [GO_HEAP, undefined], TypeError, 'write takes a Uint8Array'],
    ['an address in text', () => ['x', new Uint8Array(1)], TypeError, 'an address is a bigint'],
  ])('writing: %s', async (_what, args, Class, part) => {
    const rt = await start();
    const m = rt.makeMap('map[int]int');
    m.set(1, 1);
    const { rodata } = rt.machine.plan;
    const readOnly = () => Buffer.from(rt.machine.u8.slice(rodata.start, rodata.start + 4096));
    const before = readOnly();
    const error = changesNothing(rt, () => loose(rt.memory.write.bind(rt.memory))(...args(rt)));
    expect(error).toBeInstanceOf(Class);
    expect(error.message).toContain(part);
    expect(readOnly().equals(before)).toBe(true);
    // Nothing was written, so the map is trusted as before.
    expect([rt.machine.guarded, rt.machine.ended]).toEqual([false, undefined]);
  });

  test('a region is asked for by an address', async () => {
    const rt = await start();
    expect(thrown(() => rt.memory.region(-1n))).toBeInstanceOf(RangeError);
    expect(thrown(() => rt.memory.region('x' as never))).toBeInstanceOf(TypeError);
  });
});

/* ---- use after free ---- */

describe.each(BUILDS)('a freed map, build %s', (build) => {
  const freed = async (type = 'map[string]int', key: unknown = 'a') => {
    const rt = await start({ build });
    const m = anyMap(rt, type);
    m.set(key, 1);
    const { header, buckets, oldbuckets, raw } = m;
    const bucket = m.buckets.at(0);
    const slot = bucket?.slots[0];
    const begun = m.entries();
    begun.next();
    const waiting = m.keys();
    m.free();
    return { rt, m, key, header, buckets, oldbuckets, raw, bucket, slot, begun, waiting };
  };
  type Freed = Awaited<ReturnType<typeof freed>>;

  const uses: readonly (readonly [string, (it: Freed) => unknown])[] = [
    ['size', ({ m }) => m.size],
    ['get', ({ m, key }) => m.get(key)],
    ['has', ({ m, key }) => m.has(key)],
    ['lookup', ({ m, key }) => m.lookup(key)],
    ['set', ({ m, key }) => m.set(key, 1)],
    ['delete', ({ m, key }) => m.delete(key)],
    ['clear', ({ m }) => m.clear()],
    ['hash', ({ m, key }) => m.hash(key)],
    ['verify', ({ m }) => m.verify()],
    ['entries', ({ m }) => m.entries()],
    ['keys', ({ m }) => m.keys()],
    ['values', ({ m }) => m.values()],
    ['for of', ({ m }) => [...m]],
    ['forEach', ({ m }) => m.forEach(() => {})],
    ['setMany', ({ m, key }) => m.setMany([key], [1])],
    ['setMany of nothing', ({ m }) => m.setMany([], [])],
    ['getMany', ({ m, key }) => m.getMany([key])],
    ['hasMany', ({ m, key }) => m.hasMany([key])],
    ['deleteMany', ({ m, key }) => m.deleteMany([key])],
    ['drain', ({ m }) => m.drain()],
    ['header', ({ m }) => m.header],
    ['buckets', ({ m }) => m.buckets],
    ['oldbuckets', ({ m }) => m.oldbuckets],
    ['raw', ({ m }) => m.raw],
    ['an iterator under way', ({ begun }) => begun.next()],
    ['an iterator not begun', ({ waiting }) => waiting.next()],
    ['the header’s address', ({ header }) => header.address],
    ['the header’s bytes', ({ header }) => header.bytes],
    ['the header’s count', ({ header }) => header.count],
    ['the header’s buckets', ({ header }) => header.buckets],
    ['raw.get', ({ raw }) => raw.get(new Uint8Array(8))],
    ['raw.set', ({ raw }) => raw.set(new Uint8Array(8), new Uint8Array(8))],
    ['raw.delete', ({ raw }) => raw.delete(new Uint8Array(8))],
    ['raw iteration', ({ raw }) => [...raw]],
    ['a bucket’s bytes', ({ bucket }) => bucket?.bytes],
    ['a bucket’s slots', ({ bucket }) => bucket?.slots],
    ['a bucket’s chain', ({ bucket }) => bucket?.overflow],
    ['a bucket of the array', ({ buckets }) => buckets.at(0)?.tophash],
    ['a slot’s key', ({ slot }) => slot?.key],
    ['a slot’s element', ({ slot }) => slot?.elem],
  ];
  test.each(uses)('%s', async (_what, use) => {
    for (const [type, key] of [
      ['map[int]int', 1],
      ['map[uint64]int', 1],
      ['map[[8]byte]int', new Uint8Array(8)],
    ] as const) {
      const it = await freed(type, key);
      const error = changesNothing(it.rt, () => use(it));
      expect(error).toBeInstanceOf(UseAfterFree);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('freed');
    }
  });

  test.each<[string, unknown]>([
    ['map[string]int', 'a'],
    ['map[string]int', 'a'.repeat(500_000)],
    ['map[uint32]int', 1],
    ['map[string][200]byte', 'a'],
  ])('%s: nothing is left on the heap by trying', async (type, key) => {
    const rt = await start({ build });
    const m = anyMap(rt, type);
    m.free();
    const elem = type.endsWith('byte') ? new Uint8Array(200) : 1;
    for (const use of [() => m.get(key), () => m.set(key, elem), () => m.delete(key), () => m.has(key)]) {
      expect(thrown(use)).toBeInstanceOf(UseAfterFree);
    }
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('what is known without memory stays known', async () => {
    const { m } = await freed();
    expect([m.type, m.isNil, Object.prototype.toString.call(m)]).toEqual([
      'map[string]int',
      false,
      '[object GoMap]',
    ]);
    expect(m.shape.bucketSize).toBe(208);
  });

  test('freeing twice does nothing, even where the record has a new owner', async () => {
    const { rt, m, begun, waiting } = await freed();
    const other = rt.makeMap('map[string]int');
    other.set('b', 2);
    const theirs = other.keys();
    theirs.next();
    const before = wholeState(rt);
    m.free();
    m[Symbol.dispose]();
    begun.return();
    begun[Symbol.dispose]();
    waiting.return();
    expect(wholeState(rt).equals(before)).toBe(true);
    expect(thrown(() => m.get('b'))).toBeInstanceOf(UseAfterFree);
    expect([other.get('b'), theirs.next().done]).toEqual([2n, true]);
    other.verify();
  });

  test('an iterator whose map was freed says so once more, or has ended', async () => {
    const { begun } = await freed();
    expect(thrown(() => begun.next())).toBeInstanceOf(UseAfterFree);
    begun.return();
    expect(begun.next()).toEqual({ done: true, value: undefined });
  });

  test('freed in the middle of its own iteration', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 20; n++) m.set(n, n);
    const error = thrown(() => {
      for (const _ of m) m.free();
    });
    expect(error).toBeInstanceOf(UseAfterFree);
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a nil map can be freed too', async () => {
    const rt = await start({ build });
    const nil = rt.nilMap('map[int]int');
    nil.free();
    nil.free();
    expect(thrown(() => nil.get(1))).toBeInstanceOf(UseAfterFree);
    expect(thrown(() => nil.set(1, 1))).toBeInstanceOf(UseAfterFree);
  });
});
