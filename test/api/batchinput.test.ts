/** Batches of what is unusual: two columns in one memory, arrays that lie, entries that own storage, full heaps. */
import { OutOfMemory, type Runtime, UseAfterFree } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { anyMap, BUILDS, changesNothing, start, thrown } from '../machine/inside.ts';

const KIB = 2 ** 10;

/** What it threw, if anything. */
function caught(use: () => void): Error | undefined {
  try {
    use();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

describe.each(BUILDS)('unusual batches, build %s', (build) => {
  test('a column of strings is one of keys; as elements its strings are copied, though the type is the same', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]string');
    m.setMany(rt.column('string', ['a', 'b']), rt.column('string', ['one', 'a second']) as never);
    expect([m.get('a'), m.get('b')]).toEqual(['one', 'a second']);
    m.verify();
  });

  test('elements too large for a stretch are refused, whatever the keys come as', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 24 } });
    for (const bytes of [2 ** 17 - 1, 2 ** 17, 2 ** 17 + 1]) {
      const m = anyMap(rt, `map[uint64][${bytes}]uint8`).set(1n, new Uint8Array(bytes).fill(7));
      const keys = rt.column('uint64', 1);
      keys.array[0] = 1n;
      for (const given of [keys, [1n]]) {
        const got = caught(() => m.getMany(given));
        if (bytes <= 2 ** 17 - 9) expect(got).toBeUndefined();
        else expect(String(got)).toContain('too large for columns');
        const set = caught(() => m.setMany(given, [new Uint8Array(bytes)]));
        if (bytes <= 2 ** 17) expect(set).toBeUndefined();
        else expect(String(set)).toContain('too large for columns');
      }
    }
  });

  test('keys of a buffer that the answers are written over are all read before', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint8]uint8');
    for (let i = 0; i < 256; i++) m.set(i, (i * 7 + 3) & 255);
    const n = 300_000;
    const shared = new ArrayBuffer(n + 1000);
    for (const keys of [Buffer.from(shared, 0, n), new Uint8Array(shared, 0, n)]) {
      for (let i = 0; i < n; i++) keys[i] = (i * 31 + (i >> 8)) & 255;
      const expected = Uint8Array.from(keys, (key) => (key * 7 + 3) & 255);
      const out = new Uint8Array(shared, 1000, n);
      m.getMany(keys, out);
      expect(Buffer.compare(out, expected)).toBe(0);
    }
  });

  test('a drain into columns of which a getter frees one changes nothing', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint64]uint64').set(0x4141n, 2n);
    const keys = rt.column('uint64', 4);
    const values = rt.column('uint64', 4);
    const sly = {
      get array() {
        keys.free();
        return values.array;
      },
    };
    expect(changesNothing(rt, () => m.drain({ keys, values: sly } as never))).toBeInstanceOf(UseAfterFree);
    const freed = rt.makeMap('map[uint64]uint64').set(1n, 2n);
    const mean = {
      get array() {
        freed.free();
        return values.array;
      },
    };
    const columns = { keys: rt.column('uint64', 4), values: mean } as never;
    expect(thrown(() => freed.drain(columns))).toBeInstanceOf(UseAfterFree);
  });

  test('what a trap frees while a batch is looked at is not worked on', async () => {
    const rt = await start({ build });
    for (const what of ['keys', 'map'] as const) {
      for (const use of ['getMany', 'hasMany', 'setMany'] as const) {
        const m = rt.makeMap('map[uint8]uint8').set(1, 2);
        const keys = rt.column('uint8', 4);
        const frees = () => (what === 'map' ? m.free() : keys.free());
        const out = new Uint8Array(4);
        Object.defineProperty(out, 'buffer', {
          get: () => {
            frees();
            return new ArrayBuffer(4);
          },
        });
        const trapped = new Proxy(new Uint8Array(4), {
          getPrototypeOf: (target) => {
            frees();
            return Reflect.getPrototypeOf(target);
          },
        });
        for (const given of [out, trapped]) {
          const error = caught(() => m[use](keys, given as never));
          if (error !== undefined) expect([UseAfterFree, TypeError]).toContain(error.constructor);
        }
        expect(caught(() => m[use](keys, out as never))).toBeInstanceOf(UseAfterFree);
        m.free();
      }
    }
  });

  test('a batch within a batch leaves the outer one what it is', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint8]uint8');
    const few = rt.column('uint8', 2);
    few.array.set([1, 2]);
    const beside = rt.column('uint8', 64);
    beside.array.fill(9);
    const values = new Uint8Array(64).fill(7);
    Object.defineProperty(values, 'buffer', {
      get: () => {
        m.setMany(beside, beside);
        return new ArrayBuffer(64);
      },
    });
    expect(caught(() => m.setMany(few, values))).toBeInstanceOf(RangeError);
    expect(m.size).toBe(0);
  });

  test('a drain takes two columns that share nothing', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint64]uint64').set(1n, 2n);
    const array = new BigUint64Array(4);
    const column = rt.column('uint64', 4).array;
    for (const [keys, values] of [
      [array, array],
      [array.subarray(0, 3), array.subarray(2, 4)],
      [column.subarray(0, 2), column.subarray(1, 3)],
    ] as const) {
      expect(changesNothing(rt, () => m.drain({ keys, values }))).toBeInstanceOf(TypeError);
    }
    expect(m.drain({ keys: array.subarray(0, 2), values: array.subarray(2, 4) })).toBe(1);
    expect([...array]).toEqual([1n, 0n, 2n, 0n]);
  });

  test('the length of a typed array is the engine’s, whatever a property says', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 22, columns: 2 ** 16 } });
    const m = rt.makeMap('map[uint64]uint64').set(0x1234n, 1n);
    const beside = rt.column('uint64', 4);
    beside.array.fill(7n);
    const lie = (array: BigUint64Array<ArrayBufferLike>, length: PropertyDescriptor) =>
      Object.defineProperty(array, 'length', length);
    const long = lie(new BigUint64Array(400_000).fill(0x1234n), { value: 1 });
    expect(thrown(() => m.hasMany(long, new Uint8Array(4)))).toBeInstanceOf(RangeError);
    expect(m.hasMany(long).length).toBe(400_000);
    let asked = 0;
    const growing = lie(beside.array.subarray(0), { get: () => (asked++ === 0 ? 4 : 10_000) });
    expect(m.hasMany(growing, new Uint8Array(10_000)).subarray(0, 5)).toEqual(new Uint8Array(5));
    expect(m.getMany(growing)).toEqual([undefined, undefined, undefined, undefined]);
    expect([...beside.array]).toEqual([7n, 7n, 7n, 7n]);
    // Nor is anything else of a column what a property says.
    for (const field of ['length', 'place', 'machine', 'at']) {
      expect(Reflect.defineProperty(beside, field, { value: 2 ** 20 }), field).toBe(false);
    }
    expect(Reflect.setPrototypeOf(rt.column('string', ['a']), { length: 9 })).toBe(false);
  });

  test.each([
    ['get', (rt: Runtime, keys: string[]) => anyMap(rt, 'map[string]uint64').set('q', 1n).getMany(keys)],
    ['has', (rt: Runtime, keys: string[]) => anyMap(rt, 'map[string]uint64').set('q', 1n).hasMany(keys)],
    [
      'delete',
      (rt: Runtime, keys: string[]) => anyMap(rt, 'map[string]uint64').set('q', 1n).deleteMany(keys),
    ],
    [
      'set',
      (rt: Runtime, keys: string[]) => anyMap(rt, 'map[string]uint64').setMany(keys, [1n, 2n, 3n] as never),
    ],
  ])('%s says at which key there was no room for its bytes', async (_what, use) => {
    const rt = await start({ build, memory: { limit: 2 ** 22 } });
    rt.makeMap('map[string]uint64').set('q'.repeat(900_000), 1n);
    const error = thrown(() => use(rt, ['a', 'b', 'c'.repeat(3_900_000)]));
    expect(error).toBeInstanceOf(OutOfMemory);
    expect((error as OutOfMemory).index).toBe(2);
  });

  test('a batch has room for whatever single calls have room for', async () => {
    const options = { build, memory: { limit: 64 * KIB } };
    const long = (i: number) => String(i).padEnd(400, 'x');
    const struct = (i: number) => ({ A: BigInt(i), B: long(i) });
    for (const [type, key, value, keep] of [
      ['map[int]string', () => 1n, long, false],
      ['map[struct{ A int; B string }]int', () => struct(1), BigInt, false],
      ['map[int]string', BigInt, long, true],
      ['map[struct{ A int; B string }]string', struct, long, true],
    ] as const) {
      const [one, many] = [anyMap(await start(options), type), anyMap(await start(options), type)];
      const keys = Array.from({ length: 255 }, (_, i) => key(i));
      const values = keys.map((_, i) => value(i));
      const single = caught(() => {
        for (const [i, k] of keys.entries()) one.set(k, values[i]);
      });
      const batch = caught(() => many.setMany(keys, values));
      expect(many.size, type).toBe(one.size);
      if (keep) expect((batch as OutOfMemory).index, type).toBe(one.size);
      else expect([single, batch], type).toEqual([undefined, undefined]);
      // And finds and deletes what is there in a heap that is full.
      expect(many.hasMany(keys).filter(Boolean).length, type).toBe(keep ? one.size : 255);
      expect(many.deleteMany(keys), type).toBe(one.size);
      many.verify();
    }
  });
});
