/** Bad input of every kind: a named error that says what to do, and nothing changed. */
import { describe, expect, it } from 'vitest';
import {
  GoTypeError,
  GoValueRangeError,
  GoValueTypeError,
  ProcessEnded,
  Runtime,
  type RuntimeOptions,
  SegmentationFault,
  Unsupported,
  UseAfterFree,
} from '../../src/index.ts';
import { anyMap, BUILDS, changesNothing, rejected, start, thrown } from '../machine/inside.ts';

describe.each(BUILDS)('on the %s build', (build) => {
  const create = (options: RuntimeOptions = {}) => start({ build, ...options });

  it.each([
    ['', 0],
    ['map', 3],
    ['map[int', 7],
    ['map[int]', 8],
    ['map[int]strng', 8],
    ['int', 0],
    ['map[[]int]int', 4],
    ['map[func()]int', 4],
    ['map[map[int]int]int', 4],
    ['map[int][-1]byte', 9],
    ['map[int]int extra', 12],
    ['map[int][1<<]byte', 12],
  ])('shows where the type %j goes wrong', async (text, position) => {
    const rt = await create();
    const error = changesNothing(rt, () => rt.makeMap(text));
    expect(error).toBeInstanceOf(GoTypeError);
    expect((error as GoTypeError).position).toBe(position);
    const [, source, caret] = error.message.split('\n');
    expect(source).toBe(text);
    expect(caret).toBe(`${' '.repeat(position)}^`);
  });

  it.each(['float64', 'complex64', 'any', 'interface{ M() }', 'struct{ a int8; b int64 }', '[2]float32'])(
    'refuses keys of type %s by name',
    async (key) => {
      const rt = await create();
      const error = changesNothing(rt, () => rt.makeMap(`map[${key}]int`));
      expect(error).toBeInstanceOf(Unsupported);
      expect(error.message).toContain('do not work in this version');
    },
  );

  it.each([
    'map[int][1<<40]byte',
    'map[[1<<40]byte]int',
    'map[int][1<<62]byte',
    'map[int][1<<20][1<<20]int64',
  ])('refuses the type %s: no heap could hold a value', async (type) => {
    const rt = await create();
    const error = changesNothing(rt, () => rt.makeMap(type));
    expect(error).toBeInstanceOf(RangeError);
  });

  const values: [string, unknown, unknown, new (...args: never[]) => Error][] = [
    ['map[uint8]int', 300, 1n, GoValueRangeError],
    ['map[uint8]int', -1, 1n, GoValueRangeError],
    ['map[uint8]int', 1.5, 1n, GoValueRangeError],
    ['map[uint8]int', '1', 1n, GoValueTypeError],
    ['map[int]uint8', 1n, 300, GoValueRangeError],
    ['map[int]uint8', 1n, 5n, GoValueTypeError],
    ['map[int]int', 2 ** 53, 1n, GoValueRangeError],
    ['map[int]int', 2n ** 63n, 1n, GoValueRangeError],
    ['map[int]int', -(2n ** 63n) - 1n, 1n, GoValueRangeError],
    ['map[uint64]int', -1n, 1n, GoValueRangeError],
    ['map[uint64]int', 2n ** 64n, 1n, GoValueRangeError],
    ['map[uint64]int', -1, 1n, GoValueRangeError],
    ['map[uint64]int', 1.5, 1n, GoValueRangeError],
    ['map[uint64]int', Number.NaN, 1n, GoValueRangeError],
    ['map[uint64]int', undefined, 1n, GoValueTypeError],
    ['map[int32]int', 2 ** 31, 1n, GoValueRangeError],
    ['map[uint32]int', -1, 1n, GoValueRangeError],
    ['map[uint32]int', 1n, 1n, GoValueTypeError],
    ['map[bool]int', 1, 1n, GoValueTypeError],
    ['map[string]int', 'a\ud800', 1n, GoValueTypeError],
    ['map[string]int', '\udc00'.repeat(40), 1n, GoValueTypeError],
    ['map[string]int', 5, 1n, GoValueTypeError],
    ['map[int]string', 1n, 'a\ud800', GoValueTypeError],
    ['map[int]string', 1n, null, GoValueTypeError],
    ['map[[4]byte]int', new Uint8Array(3), 1n, RangeError],
    ['map[[4]byte]int', [1, 2, 3, 4], 1n, GoValueTypeError],
    ['map[*int]int', -1n, 1n, GoValueRangeError],
    ['map[int]struct{ a int8 }', 1n, { a: 128 }, GoValueRangeError],
    ['map[int]struct{ a int8 }', 1n, { b: 1 }, GoValueTypeError],
    ['map[int]struct{ a int8 }', 1n, {}, GoValueTypeError],
    ['map[int][2]int8', 1n, [1], RangeError],
    ['map[int]struct{}', 1n, { a: 1 }, GoValueTypeError],
  ];

  it.each(values)('refuses %s: set(%o, %o)', async (type, key, value, kind) => {
    const rt = await create();
    const map = anyMap(rt, type);
    expect(changesNothing(rt, () => map.set(key, value))).toBeInstanceOf(kind);
    const error = changesNothing(rt, () => map.setMany([key], [value]));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(/^(keys|values)\[0\]: /);
    expect(map.size).toBe(0);
  });

  it('refuses the same of keys that are only looked for', async () => {
    const rt = await create();
    for (const [type, key] of [
      ['map[uint8]int', 300],
      ['map[uint64]int', -1n],
      ['map[int32]int', 0.5],
      ['map[string]int', '\ud800'],
    ] as const) {
      const map = anyMap(rt, type);
      for (const look of [
        () => map.get(key),
        () => map.has(key),
        () => map.delete(key),
        () => map.lookup(key),
        () => map.getMany([key]),
        () => map.hasMany([key]),
        () => map.deleteMany([key]),
      ]) {
        expect(changesNothing(rt, look)).toBeInstanceOf(Error);
        expect(thrown(look)).toSatisfy((error) => error instanceof TypeError || error instanceof RangeError);
      }
    }
  });

  it('refuses columns of the wrong length and kind before it sets anything', async () => {
    const rt = await create();
    const map = rt.makeMap('map[uint64]int32');
    const wrong: [() => unknown, typeof TypeError | typeof RangeError][] = [
      [() => map.setMany([1n, 2n], [1]), RangeError],
      [() => map.setMany(BigUint64Array.of(1n), Int32Array.of(1, 2)), RangeError],
      [() => map.setMany(BigInt64Array.of(1n), [1]), TypeError],
      [() => map.setMany([1n], Uint32Array.of(1)), TypeError],
      [() => map.setMany([1n, -1n], [1, 2]), RangeError],
      [() => map.setMany([1n, 2n], [1, 2 ** 31]), RangeError],
      [() => map.setMany('ab' as never, [1, 2]), TypeError],
      [() => map.setMany(null as never, [1]), TypeError],
      [() => map.setMany(new DataView(new ArrayBuffer(8)), [1]), TypeError],
      [() => map.getMany([1n, 2n], new Int32Array(1)), RangeError],
      [() => map.getMany([1n], new Float64Array(1)), TypeError],
      [() => map.hasMany([1n, 2n], new Uint8Array(1)), RangeError],
      [() => map.hasMany([1n], [] as never), TypeError],
      [() => map.raw.set(new Uint8Array(7), new Uint8Array(4)), RangeError],
      [() => map.raw.set(new Uint8Array(8), new Uint8Array(5)), RangeError],
      [() => map.raw.get('12345678' as never), TypeError],
    ];
    for (const [run, kind] of wrong) expect(changesNothing(rt, run)).toBeInstanceOf(kind);
    expect(map.size).toBe(0);
  });

  it('faults on reads and writes at wild addresses', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int', { hint: 100 });
    const heap = rt.memory.region(map.header.address);
    const wild = [
      0n,
      1n,
      4095n,
      4096n,
      0xdead_beefn,
      heap?.mappedEnd ?? 0n,
      (heap?.mappedEnd ?? 0n) - 1n,
      0xc0_0000_0000n,
      0xc0_0000_1000n,
      2n ** 63n,
      2n ** 64n - 1n,
      0x7f2a_0000_0000n,
      0x7ffd_ffff_ffffn,
    ];
    for (const address of wild) {
      for (const run of [
        () => rt.memory.read(address, 2),
        () => rt.memory.write(address, new Uint8Array(2)),
      ]) {
        const error = changesNothing(rt, run);
        expect(error).toBeInstanceOf(SegmentationFault);
        expect((error as SegmentationFault).address).toBe(address);
      }
    }
    const rodata = rt.memory.regions().find((region) => !region.writable);
    expect(rt.memory.read(rodata?.start ?? 0n, 8)).toHaveLength(8);
    expect(changesNothing(rt, () => rt.memory.write(rodata?.start ?? 0n, new Uint8Array(1)))).toBeInstanceOf(
      SegmentationFault,
    );
    for (const address of [-1n, 2n ** 64n]) {
      expect(changesNothing(rt, () => rt.memory.read(address, 1))).toBeInstanceOf(RangeError);
    }
    for (const address of ['0', 1.5, null, {}]) {
      expect(changesNothing(rt, () => rt.memory.read(address as never, 1))).toBeInstanceOf(TypeError);
    }
    for (const length of [-1, 1.5, Number.NaN, 2 ** 60]) {
      expect(thrown(() => rt.memory.read(map.header.address, length))).toBeInstanceOf(Error);
    }
    expect(changesNothing(rt, () => rt.memory.write(map.header.address, [1] as never))).toBeInstanceOf(
      TypeError,
    );
    expect(rt.machine.guarded).toBe(false);
  });

  it('refuses every use after free', async () => {
    const rt = await create();
    const map = rt.makeMap('map[string]int');
    map.set('a', 1);
    const { header, raw } = map;
    const [bucket] = map.buckets;
    const it = map.entries();
    it.next();
    map.free();
    const uses = [
      () => map.size,
      () => map.get('a'),
      () => map.has('a'),
      () => map.set('a', 1),
      () => map.delete('a'),
      () => map.lookup('a'),
      () => map.clear(),
      () => [...map],
      () => map.keys().next(),
      () => map.forEach(() => {}),
      () => map.setMany(['a'], [1]),
      () => map.getMany(['a']),
      () => map.hasMany(['a']),
      () => map.deleteMany(['a']),
      () => map.drain(),
      () => map.header,
      () => map.buckets,
      () => map.oldbuckets,
      () => map.raw,
      () => map.verify(),
      () => map.hash('a'),
      () => header.count,
      () => header.bytes,
      () => header.address,
      () => bucket?.slots,
      () => bucket?.bytes,
      () => bucket?.overflow,
      () => raw.get(Uint8Array.of(97)),
      () => [...raw],
      () => it.next(),
    ];
    for (const use of uses) expect(changesNothing(rt, use)).toBeInstanceOf(UseAfterFree);
    map.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  it.each([
    [{ hint: 1.5 }, TypeError],
    [{ hint: Number.NaN }, TypeError],
    [{ hint: '5' }, TypeError],
    [{ hash0: -1 }, RangeError],
    [{ hash0: 2 ** 32 }, RangeError],
    [{ hash0: 1n }, RangeError],
    [{ hasher: 'md5' }, TypeError],
    [null, TypeError],
  ])('refuses makeMap with %o', async (options, kind) => {
    const rt = await create();
    expect(changesNothing(rt, () => rt.makeMap('map[int]int', options as never))).toBeInstanceOf(kind);
  });

  it('ignores a negative hint, and one that no address space could serve', async () => {
    const rt = await create();
    for (const hint of [-1, -(2n ** 62n), 2n ** 62n, 2n ** 63n, 2 ** 60, 1e300]) {
      expect(rt.makeMap('map[int]int', { hint }).header.B).toBe(0);
    }
  });

  it('ends with the process: further operations are refused, memory stays readable', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int');
    map.set(1, 1);
    const { address } = map.header;
    rt.memory.write(address + 8n, Uint8Array.of(4));
    expect(thrown(() => map.get(1)).message).toBe('concurrent map read and map write');
    for (const use of [
      () => map.get(1),
      () => map.set(1, 1),
      () => rt.makeMap('map[int]int'),
      () => [...map],
    ]) {
      expect(thrown(use)).toBeInstanceOf(ProcessEnded);
    }
    expect(thrown(() => rt.memory.write(address, new Uint8Array(1)))).toBeInstanceOf(ProcessEnded);
    expect(rt.memory.read(address, 9)[8]).toBe(4);
    expect(map.header.flags).toBe(4);
    map.free();
  });
});

it.each([
  [{ goVersion: '1.24' }, Unsupported],
  [{ goVersion: 'latest' }, Unsupported],
  [{ target: 'linux/386' }, Unsupported],
  [{ memory: { limit: 1 } }, RangeError],
  [{ memory: { limit: 2 ** 33 } }, RangeError],
  [{ memory: 5 }, TypeError],
  [{ memory: { limit: 2.5e6 + 0.5 } }, RangeError],
  [{ hashKey: [1n, 1n] }, TypeError],
  [{ hashKey: [1, 1, 1, 1] }, TypeError],
  [{ hashKey: [1n, 1n, 1n, 2n ** 64n] }, RangeError],
  [{ seed: 'x' }, TypeError],
  [{ seed: 0.5 }, TypeError],
  [{ build: 'debug' }, TypeError],
  [{ random: 5 }, TypeError],
  [null, TypeError],
])('refuses Runtime.create(%o)', async (options, kind) => {
  expect(await rejected(Runtime.create(options as never))).toBeInstanceOf(kind);
});
