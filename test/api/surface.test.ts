/** The surface of GoMap: that of the ES Map, and what Go's maps have beyond it. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type GoMap, GoPanic, Runtime } from '../../src/index.ts';
import { anyMap, BUILDS, start, thrown } from '../machine/inside.ts';

describe.each(BUILDS)('on the %s build', (build) => {
  const create = () => start({ build });

  it('has the methods of the ES Map', async () => {
    const rt = await create();
    const map = rt.makeMap('map[string]int');
    expect(map.set('a', 1)).toBe(map);
    map.set('b', 2n).set('a', 3n);
    expect([map.size, map.get('a'), map.get('z'), map.has('b'), map.has('z')]).toEqual([
      2,
      3n,
      undefined,
      true,
      false,
    ]);
    expect(Object.prototype.toString.call(map)).toBe('[object GoMap]');
    expect(new Map(map)).toEqual(
      new Map([
        ['a', 3n],
        ['b', 2n],
      ]),
    );
    expect(new Set(map.keys())).toEqual(new Set(['a', 'b']));
    expect(new Set(map.values())).toEqual(new Set([2n, 3n]));
    expect(Object.fromEntries(map.entries())).toEqual({ a: 3n, b: 2n });
    const seen: unknown[] = [];
    const self = {};
    map.forEach(function (this: unknown, value, key, owner) {
      seen.push([this === self, key, value, owner === map]);
    }, self);
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual([true, 'a', 3n, true]);
    expect([map.delete('a'), map.delete('a'), map.size]).toEqual([true, false, 1]);
    map.clear();
    expect([map.size, [...map]]).toEqual([0, []]);
  });

  it.each([
    ['int8', 0],
    ['uint32', 0],
    ['int', 0n],
    ['uint64', 0n],
    ['uintptr', 0n],
    ['bool', false],
    ['string', ''],
    ['float64', 0],
    ['complex128', { re: 0, im: 0 }],
    ['*int', 0n],
    ['[3]byte', new Uint8Array(3)],
    ['[2]int16', [0, 0]],
    ['struct{}', {}],
    ['struct{ a int8; b string }', { a: 0, b: '' }],
    ['[200]byte', new Uint8Array(200)],
  ])('gives the zero value of %s where the key is absent', async (elem, zero) => {
    const rt = await create();
    const map = anyMap(rt, `map[int]${elem}`);
    const { value, ok } = map.lookup(1n);
    expect(ok).toBe(false);
    expect(value).toEqual(zero);
    map.set(1n, zero);
    expect(map.lookup(1n)).toEqual({ value: zero, ok: true });
    expect(map.get(1n)).toEqual(zero);
  });

  it('goes on through changes made on the way, and meets nothing twice', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int');
    for (let i = 0; i < 60; i++) map.set(i, i);
    const met: bigint[] = [];
    for (const [key] of map) {
      met.push(key);
      map.delete(key === 59n ? 0n : key + 1n);
      map.set(1000n + key, key);
    }
    expect(new Set(met).size).toBe(met.length);
    map.verify();
  });

  it('gives what an abandoned iterator held back, at break, return and throw', async () => {
    const rt = await create();
    const map = rt.makeMap('map[string]string');
    for (let i = 0; i < 40; i++) map.set(`key ${i}`, `value ${i}`);
    for (const _ of map) break;
    const before = rt.machine.heapInUse;
    for (const _ of map) break;
    expect(() => {
      for (const _ of map) throw new Error('out');
    }).toThrow('out');
    const it = map.entries();
    it.next();
    expect(it.address).not.toBe(0n);
    expect(it.return()).toEqual({ done: true, value: undefined });
    expect([it.next().done, it.address]).toEqual([true, 0n]);
    {
      const other = map.keys();
      other.next();
      other[Symbol.dispose]();
    }
    expect(rt.machine.heapInUse).toBe(before);
    map.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  it('reads a nil map as empty and panics on writing it', async () => {
    const rt = await create();
    const map = rt.nilMap('map[string]int');
    expect([map.isNil, map.size, map.get('a'), map.has('a'), [...map]]).toEqual([
      true,
      0,
      undefined,
      false,
      [],
    ]);
    expect(map.lookup('a')).toEqual({ value: 0n, ok: false });
    expect([map.delete('a'), map.getMany(['a']), map.hasMany(['a']), map.deleteMany(['a'])]).toEqual([
      false,
      [undefined],
      [false],
      0,
    ]);
    map.clear();
    expect([...map.buckets]).toEqual([]);
    expect(map.header.address).toBe(0n);
    expect(map.raw.get(new Uint8Array([97]))).toBeUndefined();
    for (const write of [
      () => map.set('a', 1n),
      () => map.setMany(['a'], [1n]),
      () => map.raw.set(new Uint8Array([97]), new Uint8Array(8)),
    ]) {
      const error = thrown(write);
      expect(error).toBeInstanceOf(GoPanic);
      expect(error.message).toBe('assignment to entry in nil map');
    }
    expect(thrown(() => map.header.count)).toBeInstanceOf(GoPanic);
    expect(rt.machine.heapInUse).toBe(0);
  });

  it('works on columns: arrays, typed arrays, objects that hold one', async () => {
    const rt = await create();
    const map = rt.makeMap('map[uint64]int32');
    const keys = BigUint64Array.from({ length: 3000 }, (_, i) => BigInt(i));
    const values = Int32Array.from({ length: 3000 }, (_, i) => -i);
    expect(map.setMany(keys, values)).toBe(map);
    map.setMany([5000n, 5001], [1, 2]);
    map.setMany({ array: [6000n] }, { array: Int32Array.of(3) });
    expect(map.size).toBe(3003);
    expect(map.getMany([1n, 5001n, 9999n])).toEqual([-1, 2, undefined]);
    const out = new Int32Array(3).fill(7);
    expect(map.getMany(BigUint64Array.of(2n, 9999n, 6000n), out)).toBe(out);
    expect([...out]).toEqual([-2, 0, 3]);
    expect(map.hasMany([0n, 9999n])).toEqual([true, false]);
    expect([...map.hasMany([0n, 9999n], new Uint8Array(2))]).toEqual([1, 0]);
    expect(map.deleteMany([0n, 0n, 9999n, 1n])).toBe(2);
    const drained = map.drain();
    expect(drained.keys).toBeInstanceOf(BigUint64Array);
    expect(drained.values).toBeInstanceOf(Int32Array);
    expect([(drained.keys as BigUint64Array).length, map.size]).toEqual([3001, 0]);
    expect(map.setMany(drained.keys as BigUint64Array, drained.values as Int32Array).size).toBe(3001);
    map.verify();
  });

  it('works on columns of strings, longer than the staging area too', async () => {
    const rt = await start({ build, memory: { limit: 2 ** 26 } });
    const map = rt.makeMap('map[string]string');
    const long = 'x'.repeat(3_000_000);
    const keys = [...Array.from({ length: 5000 }, (_, i) => `key ${i}`), long, '', 'é€😀'];
    map.setMany(
      keys,
      keys.map((key) => `<${key}>`),
    );
    expect(map.size).toBe(keys.length);
    expect(map.getMany(['key 7', '', 'é€😀', 'no'])).toEqual(['<key 7>', '<>', '<é€😀>', undefined]);
    expect(map.get(long)).toBe(`<${long}>`);
    expect(map.hasMany([long, 'no'])).toEqual([true, false]);
    map.verify();
    const { keys: out } = map.drain();
    expect(new Set(out as string[])).toEqual(new Set(keys));
    map.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  it('shows header and buckets as their bytes say', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int', { hash0: 0x12345678 });
    for (let i = 1; i <= 27; i++) map.set(i, i * 10);
    const { header } = map;
    const view = new DataView(rt.memory.read(header.address, 48).buffer);
    expect([...header.bytes]).toEqual([...new Uint8Array(view.buffer)]);
    expect([header.count, header.flags, header.B, header.noverflow, header.hash0]).toEqual([
      Number(view.getBigUint64(0, true)),
      view.getUint8(8),
      view.getUint8(9),
      view.getUint16(10, true),
      view.getUint32(12, true),
    ]);
    expect([header.buckets, header.oldbuckets, header.nevacuate, header.extra]).toEqual(
      [16, 24, 32, 40].map((at) => view.getBigUint64(at, true)),
    );
    expect([map.buckets.length, map.oldbuckets.length, map.buckets.at(8), map.buckets.at(-1)]).toEqual([
      8,
      4,
      undefined,
      undefined,
    ]);
    expect(map.oldbuckets.at(0)?.evacuated).toBe(true);
    expect(
      map.oldbuckets
        .at(0)
        ?.slots.map((slot) => slot.state)
        .slice(0, 3),
    ).toEqual(['evacuatedX', 'evacuatedY', 'evacuatedY']);
    const entries = new Map<bigint, bigint>();
    for (const array of [map.buckets, map.oldbuckets]) {
      for (const bucket of array) {
        for (const link of bucket.chain()) {
          expect(link.bytes).toHaveLength(map.shape.bucketSize);
          for (const slot of link.slots) if (slot.filled) entries.set(slot.key, slot.elem);
        }
      }
    }
    expect(entries).toEqual(new Map(map));
  });

  it('reads, writes and names emulated memory', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int');
    map.set(1, 2);
    const { address } = map.header;
    expect(rt.memory.region(address)).toMatchObject({ name: 'Go heap', writable: true });
    expect(rt.memory.region(0n)).toBeUndefined();
    expect(rt.memory.region(0x7f2a_0000_0000n + BigInt(rt.machine.plan.cHeap.start))?.name).toBe('C heap');
    expect(rt.memory.read(address, 0)).toHaveLength(0);
    const lines = rt.memory.hexdump(address, 20).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^0xc0000\w{5} {4}01( 00){7} {2}00 00 00 00( [0-9a-f]{2}){4} {2}\|.{16}\|$/);
    expect(lines[1]).toMatch(/^0xc0000\w{5} {4}([0-9a-f]{2} ){4} *\|.{4}\|$/);
    rt.memory.write(address, Uint8Array.of(9));
    expect([map.size, map.get(1), rt.machine.guarded]).toEqual([9, 2n, true]);
  });

  it('frees by free, once, and by Symbol.dispose', async () => {
    const rt = await create();
    const map = rt.makeMap('map[int]int', { hint: 100 });
    map[Symbol.dispose]();
    map.free();
    expect(rt.machine.heapInUse).toBe(0);
  });

  it('keeps bytes that are not valid UTF-8 apart', async () => {
    const rt = await create();
    const map = anyMap(rt, 'map[string]int');
    map.set(Uint8Array.of(0xff), 1n).set(Uint8Array.of(0xfe), 2n).set('\ufeffbom', 3n);
    expect(map.size).toBe(3);
    expect(map.get(Uint8Array.of(0xff))).toBe(1n);
    const keys = [...map.keys()];
    expect(keys).toContainEqual(Uint8Array.of(0xfe));
    expect(keys).toContain('\ufeffbom');
  });
});

it('infers the types of keys and elements from the text', async () => {
  const rt = await Runtime.create({ memory: { limit: 2 ** 20 } });
  const ages = rt.makeMap('map[string]int');
  expectTypeOf(ages.get('ann')).toEqualTypeOf<bigint | undefined>();
  expectTypeOf(ages.keys().next().value).toEqualTypeOf<string | undefined>();
  const typed: GoMap<string, bigint> = ages;
  expect(typed).toBe(ages);
  const bytes = rt.makeMap('map[[16]byte]uint8');
  expectTypeOf(bytes.get(new Uint8Array(16))).toEqualTypeOf<number | undefined>();
  const unknown = rt.makeMap('map[int]int' as string);
  expectTypeOf(unknown.get(1)).toEqualTypeOf<unknown>();
});
