/** Images: what is written, what is read back, and what is refused. */
import fc from 'fast-check';
import {
  type GoMap,
  ImageError,
  InvariantViolation,
  type MapImage,
  Runtime,
  Unsupported,
  UseAfterFree,
} from 'hmap-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  FLAG_ITERATOR,
  FLAG_OLD_ITERATOR,
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_FLAGS,
} from '../../assembly/shared/golayout.ts';
import { RELEASES } from '../../src/profile/index.ts';
import { imageOf, KINDS, samples } from '../oracle/images/maps.ts';
import { BUILDS, goldenRuntime } from '../support/builds.ts';

const BASE = 0x7e0000000000n;
const PAGE = 4096;
const MEMORY = { limit: 2 ** 24 };

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const entriesOf = (map: GoMap) => [...map.raw].map(([k, v]) => `${hex(k)} ${hex(v)}\n`).sort();
const line = (image: Uint8Array) => Buffer.from(image.subarray(0, image.indexOf(0x0a))).toString();

/** A small map of strings, and its image. */
async function ages(): Promise<{ rt: Runtime; map: GoMap; image: MapImage }> {
  const rt = await goldenRuntime('checked');
  const map = rt.makeMap('map[string]int', { hash0: 7 }).set('ann', 41).set('', 0) as unknown as GoMap;
  return { rt, map, image: rt.image(map, { base: BASE }) };
}

describe('what is written', () => {
  test('the first page is one line of JSON, then zeros', async () => {
    const { image, map } = await ages();
    expect(image.bytes.length % PAGE).toBe(0);
    expect(image.bytes.subarray(line(image.bytes).length + 1, PAGE).every((byte) => byte === 0)).toBe(true);
    const { check, ...said } = JSON.parse(line(image.bytes));
    expect(said).toEqual({
      magic: 'GOMAPIMG',
      version: 1,
      go: 'go1.19.8',
      arch: 'amd64',
      type: 'map[string]int',
      base: '0x00007e0000000000',
      size: image.bytes.length,
      hmap: '0x00007e0000001000',
      hashkey: Array(4).fill('0x0000000000000001'),
      hash0: 7,
      count: 2,
      keysize: 16,
      elemsize: 8,
      bucketsize: 208,
      flags: map.shape.flags,
    });
    expect(check).toContainEqual({
      key: hex(Buffer.from('ann')),
      seed: '0x0000000000000007',
      hash: `0x${map.hash('ann').toString(16).padStart(16, '0')}`,
    });
  });

  test('every word that leads somewhere leads into the image', async () => {
    const { image } = await ages();
    const words = new BigUint64Array(image.bytes.buffer, PAGE);
    const pointers = [...words].filter((word) => word >= BASE && word < BASE + BigInt(image.bytes.length));
    // hmap.buckets, and the key that is not empty.
    expect(pointers).toHaveLength(2);
    expect(pointers.every((pointer) => pointer % 8n === 0n)).toBe(true);
    expect([...words].filter((word) => word >> 32n === 0xc0n)).toEqual([]);
  });

  test('no word leads back into the emulated heap, at any stage', async () => {
    for (const sample of samples().filter(({ kind }) => /string|136|200/.test(kind.type))) {
      const rt = await Runtime.create({ goVersion: '1.19', seed: sample.index, memory: MEMORY });
      const { bytes } = imageOf(rt, sample);
      // Regions of the emulated process as an address names them: the heap, within its limit.
      const { start, mappedEnd } = rt.memory.region(0xc000010000n) ?? { start: 0n, mappedEnd: 0n };
      const back = new BigUint64Array(bytes.buffer).filter((word) => word >= start && word < mappedEnd);
      expect([sample.name, back.length]).toEqual([sample.name, 0]);
    }
  });

  test('long keys leave room for fewer checks', async () => {
    const rt = await goldenRuntime('release');
    const map = rt.makeMap('map[[1000]byte]int8');
    for (let i = 0; i < 20; i++) map.set(new Uint8Array(1000).fill(i), i);
    const { check } = JSON.parse(line(rt.image(map).bytes));
    expect(check).toHaveLength(1);
  });

  test('the map, its iterators and the random draws stay as they were', async () => {
    const rt = await goldenRuntime('checked');
    const map = rt.makeMap('map[float64]int', { hash0: 1 });
    for (let i = 0; i < 60; i++) map.set(i % 7 === 0 ? Number.NaN : i, i);
    const iterator = map.entries();
    iterator.next();
    const [before, draws, inUse] = [map.header.bytes, rt.machine.draws, rt.machine.heapInUse];
    expect((before[HMAP_FLAGS] as number) & (FLAG_ITERATOR | FLAG_OLD_ITERATOR)).toBeGreaterThan(0);
    const image = rt.image(map);
    expect(image.bytes[PAGE + HMAP_FLAGS] as number).toBe(0);
    expect([map.header.bytes, rt.machine.draws, rt.machine.heapInUse]).toEqual([before, draws, inUse]);
    expect([...iterator]).toHaveLength(59);
    expect([...image.lines()].sort()).toEqual(entriesOf(map as unknown as GoMap));
  });

  test.each([
    ['a nil map', (rt: Runtime) => rt.nilMap('map[int]int'), /make the map/],
    ['interfaces', (rt: Runtime) => rt.makeMap('map[any]int'), /interface {} hold addresses/],
    ['pointers', (rt: Runtime) => rt.makeMap('map[int]*int'), /\*int hold addresses/],
    ['strings within structs', (rt: Runtime) => rt.makeMap('map[int]struct{ s string }'), /hold addresses/],
    ['an injected hasher', (rt: Runtime) => rt.makeMap('map[int]int', { hasher: 'zero' }), /injected hasher/],
  ])('%s is refused', async (_, make, message) => {
    const rt = await goldenRuntime('release');
    expect(() => rt.image(make(rt))).toThrow(message);
    expect(() => rt.image(make(rt))).toThrow(Unsupported);
  });

  test('misuse is refused by name', async () => {
    const { rt, map } = await ages();
    const other = await goldenRuntime('release');
    expect(() => other.image(map)).toThrow('the map is one of another runtime');
    expect(() => rt.image({} as never)).toThrow(TypeError);
    for (const base of [1n, 0n, 0x7fffffffff000n, -4096n, 2n ** 47n]) {
      expect(() => rt.image(map, { base })).toThrow(RangeError);
    }
    expect(() => rt.image(map, { base: 4096 as never })).toThrow(TypeError);
    expect(() => rt.image(map, null as never)).toThrow(TypeError);
    map.free();
    expect(() => rt.image(map)).toThrow(UseAfterFree);
  });

  test('a map that was written to from outside goes out only if it is in order', async () => {
    const { rt, map, image } = await ages();
    rt.memory.write(map.header.address, map.header.bytes);
    expect(rt.image(map, { base: BASE }).bytes).toEqual(image.bytes);
    rt.memory.write(map.header.address + BigInt(HMAP_B), Uint8Array.of(9));
    expect(() => rt.image(map)).toThrow(InvariantViolation);
  });
});

describe.each(RELEASES.map(({ name }) => name))('what is read back, under %s', (goVersion) => {
  test.each(BUILDS)('every kind of map at every stage, %s', async (build) => {
    const part = goVersion === '1.19' && build === 'release' ? 2 : 12;
    for (const sample of samples(part, 3)) {
      const rt = await Runtime.create({ goVersion, build, seed: sample.index, memory: MEMORY });
      const image = imageOf(rt, sample);
      const { runtime, map } = await Runtime.open(image, { build, memory: MEMORY });
      expect([sample.name, entriesOf(map)]).toEqual([sample.name, [...image.lines()].sort()]);
      // Once more out of the copy: the same bytes, but for where they lie.
      const again = runtime.image(map, { base: image.header.base, overflowLists: sample.index % 2 === 1 });
      expect([...again.lines()].sort()).toEqual([...image.lines()].sort());
      expect(again.header).toEqual(image.header);
      for (let n = 1000; n < 1100; n++) map.set(sample.kind.key(n), sample.kind.elem(n));
      map.clear();
      map.free();
      expect(runtime.machine.heapInUse).toBe(0);
    }
  });
});

/** What may be thrown of an image that is not in order. */
const NAMED = ['ImageError', 'Unsupported', 'OutOfMemory', 'GoTypeError', 'GoTypeTooLarge'];

describe('what is refused', () => {
  let good: Uint8Array;
  beforeAll(async () => {
    good = (await ages()).image.bytes;
  });

  const changed = (change: (bytes: Uint8Array, view: DataView) => void) => {
    const bytes = good.slice();
    change(bytes, new DataView(bytes.buffer));
    return bytes;
  };
  const said = (field: string, value: unknown) =>
    changed((bytes) => {
      const text = `${JSON.stringify({ ...JSON.parse(line(good)), [field]: value })}\n`;
      bytes.fill(0, 0, PAGE).set(Buffer.from(text));
    });

  test.each([
    ['nothing', () => new Uint8Array(0), 'begins with a page'],
    ['half a page', () => good.subarray(0, PAGE / 2), 'begins with a page'],
    ['no JSON', () => changed((b) => b.fill(0x20, 0, 4)), 'an object in JSON'],
    ['more than a line', () => changed((b) => b.fill(1, PAGE - 1, PAGE)), 'then zeros'],
    ['another format', () => said('magic', 'ELF'), '"magic":"GOMAPIMG"'],
    ['another version', () => said('version', 2), 'version 1 are read, this one says 2'],
    ['a short number', () => said('base', '0x7e'), '16 hex digits'],
    ['a part of the file', () => good.subarray(0, PAGE), 'an image'],
    ['a base of no process', () => said('base', '0xffffffffffff0000'), 'base takes'],
    ['a release with the Swiss map', () => said('go', 'go1.26.8'), 'is not emulated'],
    ['another processor', () => said('arch', 'riscv64'), 'riscv64'],
    ['a type that does not parse', () => said('type', 'map[string'), ''],
    ['another type', () => said('type', 'map[string]string'), 'has the elemsize 16, the image says 8'],
    ['a type with pointers', () => said('type', 'map[string]*int'), 'hold addresses'],
    ['a header outside', () => said('hmap', '0x0000000000001000'), 'outside of the image'],
    ['a header that is not aligned', () => said('hmap', '0x00007e0000001004'), 'leads to'],
    ['another count', () => said('count', 3), 'hmap 2 and 7'],
    ['another hash key', () => said('hashkey', Array(4).fill('0x0000000000000003')), 'cpu.aes=off'],
    [
      'a check of the wrong length',
      () => said('check', [{ key: '0', seed: '', hash: '' }]),
      'hex in lower case',
    ],
    [
      'iterators',
      () => changed((b) => b.fill(FLAG_ITERATOR, PAGE + HMAP_FLAGS, PAGE + HMAP_FLAGS + 1)),
      'clear both',
    ],
    [
      'a write under way',
      () => changed((b) => b.fill(4, PAGE + HMAP_FLAGS, PAGE + HMAP_FLAGS + 1)),
      'hashWriting',
    ],
    ['a huge B', () => changed((b) => b.fill(200, PAGE + HMAP_B, PAGE + HMAP_B + 1)), 'hmap.B is 200'],
    [
      'a large B',
      () => changed((b) => b.fill(20, PAGE + HMAP_B, PAGE + HMAP_B + 1)),
      'hmap.buckets leads to',
    ],
    [
      'buckets nowhere',
      () => changed((_, v) => v.setBigUint64(PAGE + HMAP_BUCKETS, 8n, true)),
      'leads to 0x8',
    ],
  ])('%s', async (_, bytes, message) => {
    const error = await Runtime.open(bytes(), { memory: MEMORY }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toContain(message);
    expect(NAMED).toContain(error?.name);
  });

  test('what is no image at all', async () => {
    await expect(Runtime.open('image' as never)).rejects.toThrow(TypeError);
    await expect(Runtime.open(good, null as never)).rejects.toThrow('takes an object of options');
    await expect(Runtime.open(good, { type: 'map[int]int' })).rejects.toThrow(ImageError);
    const { map } = await Runtime.open(good, { type: 'map[string]int', memory: MEMORY });
    expect(map.get('ann')).toBe(41n);
  });

  test('pointers left in empty slots are not followed, and are gone', async () => {
    const bytes = changed((_, view) => {
      const bucket = Number(view.getBigUint64(PAGE + HMAP_BUCKETS, true) - BASE);
      view.setBigUint64(bucket + 8 + 7 * 16, 0xdead0000beefn, true);
    });
    const { map } = await Runtime.open(bytes, { memory: MEMORY });
    expect([map.size, map.buckets.at(0)?.bytes.slice(8 + 7 * 16, 16 + 7 * 16)]).toEqual([
      2,
      new Uint8Array(8),
    ]);
  });

  test('links that form a ring end', async () => {
    const rt = await goldenRuntime('release');
    const map = rt.makeMap('map[int]int', { hasher: undefined as never });
    for (let i = 0; i < 1000; i++) map.set(i, i);
    const image = rt.image(map);
    const { overflowOffset, bucketSize } = map.shape;
    const view = new DataView(image.bytes.buffer);
    const buckets = Number(view.getBigUint64(PAGE + HMAP_BUCKETS, true) - image.header.base);
    let linked = 0;
    while (view.getBigUint64(buckets + linked * bucketSize + overflowOffset, true) === 0n) linked++;
    const overflow = view.getBigUint64(buckets + linked * bucketSize + overflowOffset, true);
    view.setBigUint64(Number(overflow - image.header.base) + overflowOffset, overflow, true);
    await expect(Runtime.open(image, { memory: MEMORY })).rejects.toThrow('two overflow links lead to');
  });

  test('whatever is changed in an image, it is refused by name or its map is in order', async () => {
    const images = await Promise.all(
      samples(29, 4).map(async (sample) =>
        imageOf(await Runtime.create({ goVersion: '1.19', seed: sample.index, memory: MEMORY }), sample),
      ),
    );
    expect(images.length).toBeGreaterThan(10);
    const place = fc.oneof(fc.integer({ min: PAGE, max: PAGE + 200 }), fc.nat(2 ** 20));
    const value = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: BASE, max: BASE + 99999n }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(images.length - 1),
        fc.array(fc.record({ place, value, bytes: fc.constantFrom(1, 2, 8) }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (which, changes) => {
          const bytes = (images[which] as MapImage).bytes.slice();
          for (const { place: at, value: written, bytes: size } of changes) {
            const word = Buffer.alloc(8);
            word.writeBigUInt64LE(written);
            bytes.set(word.subarray(0, size), Math.max(PAGE, at % (bytes.length - 8)));
          }
          try {
            const { map } = await Runtime.open(bytes, { memory: MEMORY });
            map.verify();
            expect(entriesOf(map)).toHaveLength(map.size);
          } catch (error) {
            expect(NAMED).toContain((error as Error).name);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('raw.hash is the hash of the map, by canonical bytes', async () => {
  const rt = await goldenRuntime('release');
  for (const kind of KINDS.filter(({ type }) => type.endsWith(']uint64'))) {
    const map = rt.makeMap(kind.type) as unknown as GoMap;
    map.set(kind.key(3), 3n);
    const [[key] = []] = map.raw;
    expect(map.raw.hash(key as Uint8Array)).toBe(map.hash(kind.key(3)));
    expect(map.raw.hash(key as Uint8Array, 5n)).not.toBe(map.hash(kind.key(3)));
  }
});
