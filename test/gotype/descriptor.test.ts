import { Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { Equal, Hasher } from '../../assembly/shared/codes.ts';
import {
  MAPTYPE_BUCKET,
  MAPTYPE_BUCKETSIZE,
  MAPTYPE_ELEM,
  MAPTYPE_ELEMSIZE,
  MAPTYPE_FLAGS,
  MAPTYPE_HASHER,
  MAPTYPE_KEY,
  MAPTYPE_KEYSIZE,
  MAPTYPE_SIZE,
  TYPE_HEADER_SIZE,
  TYPE_KIND,
} from '../../assembly/shared/golayout.ts';
import { TYPE_PREFIX } from '../../assembly/shared/hostlayout.ts';
import {
  hasherOf,
  mapShape,
  parseMapType,
  parseType,
  writeMapType,
  writeType,
} from '../../src/gotype/index.ts';
import { RELEASES } from '../../src/profile/index.ts';
import { BASE, header, place } from './place.ts';
import { RECORDED_MAPS, RECORDED_TYPES } from './recorded.ts';

const EQUALS = new Map<string, number>([
  ['ANOEQ', 0],
  ['ASTRING', Equal.String],
  ['AFLOAT32', Equal.Float32],
  ['AFLOAT64', Equal.Float64],
]);

describe('map type descriptors', () => {
  test.each(RECORDED_MAPS)('%s', (text, keysize, elemsize, bucketsize, flags, align, ptrdata, mask) => {
    const at = place();
    const shape = mapShape(parseMapType(text));
    const { maptype, key, elem, bucket } = writeMapType(shape, at);
    const { u8, u16, u32, u64 } = at.views;
    expect(maptype % 8).toBe(0);
    expect(u64[(maptype + MAPTYPE_KEY) >>> 3]).toBe(BASE + BigInt(key));
    expect(u64[(maptype + MAPTYPE_ELEM) >>> 3]).toBe(BASE + BigInt(elem));
    expect(u64[(maptype + MAPTYPE_BUCKET) >>> 3]).toBe(BASE + BigInt(bucket));
    expect(u32[(maptype + MAPTYPE_HASHER) >>> 2]).toBe(hasherOf(shape.key));
    expect(u8[maptype + MAPTYPE_KEYSIZE]).toBe(keysize);
    expect(u8[maptype + MAPTYPE_ELEMSIZE]).toBe(elemsize);
    expect(u16[(maptype + MAPTYPE_BUCKETSIZE) >>> 1]).toBe(bucketsize);
    expect(u32[(maptype + MAPTYPE_FLAGS) >>> 2]).toBe(flags);
    expect(header(at, maptype)).toMatchObject({ size: 8n, ptrdata: 8n, kind: 21 | 32, equal: 0 });

    const buckets = header(at, bucket);
    expect(buckets).toMatchObject({
      size: BigInt(bucketsize),
      ptrdata: BigInt(ptrdata),
      align,
      fieldAlign: align,
      tflag: 0,
      kind: 25,
      equal: 0,
      str: 0,
      ptrToThis: 0,
    });
    if (mask === '') {
      expect(buckets.gcdata).toBe(0n);
    } else {
      const start = Number((buckets.gcdata ?? 0n) - BASE);
      expect(Buffer.from(u8.slice(start, start + mask.length / 2)).toString('hex')).toBe(mask);
    }
  });

  test.each(RECORDED_TYPES)(
    'the header of the element type %s',
    (text, _string, size, align, ptrdata, mask, alg, kind, tflag) => {
      const at = place();
      const written = header(at, writeMapType(mapShape(parseMapType(`map[int]${text}`)), at).elem);
      const equal = alg.startsWith('AMEM') ? Equal.Memory : (EQUALS.get(alg) ?? Equal.Program);
      expect(written).toMatchObject({
        size: BigInt(size),
        ptrdata: BigInt(ptrdata),
        align,
        fieldAlign: align,
        kind,
        tflag,
        equal,
        program: equal === Equal.Program,
      });
      expect(written.gcdata === 0n).toBe(mask === '' || mask === 'prog');
    },
  );

  // Recorded from Go 1.19 and 1.24: pointer data as far as a program goes, and as far as the last pointer.
  test.each([
    ['[8193]string', 131088, 131080],
    ['struct{ a [16384]*int; b [10][]int; c int }', 131296, 131296],
    ['struct{ a [16384]*int; b [11][]int; c int }', 131336, 131320],
    ['struct{ a [16384]*int; b [4][4]string; c int }', 131320, 131320],
    ['struct{ a [16384]*int; b [4][5]string; c int }', 131392, 131384],
    ['struct{ a [16384]*int; b [1][1]struct{ s string; n [40]int }; c int }', 131080, 131080],
  ])('without a bitmap: %s', (text, byProgram, onDemand) => {
    const type = parseType(text);
    const kind = type.kind === 'array' ? 17 : 25;
    const programs = place('program');
    expect(header(programs, writeType(type, programs))).toMatchObject({
      ptrdata: BigInt(byProgram),
      kind: kind | 64,
      tflag: 0,
      gcdata: 0n,
    });
    const masks = place('onDemand');
    const written = header(masks, writeType(type, masks));
    expect(written).toMatchObject({ ptrdata: BigInt(onDemand), kind, tflag: 16 });
    expect(masks.views.u64[Number((written.gcdata ?? 0n) - BASE) >>> 3]).toBe(0n);
  });

  test.each(RELEASES)('a process of Go $name describes large types as its release does', async ({ name }) => {
    const { machine } = await Runtime.create({ goVersion: name });
    const word = machine.types.interfaceWord(parseType('any'), parseType('[8193]string'));
    const kind = machine.u8[Number(word & 0xffffffffn) + TYPE_KIND];
    // The release that brought the Swiss map is the one that dropped programs.
    expect(kind).toBe(name.endsWith('noswissmap') ? 17 : 17 | 64);
  });

  test('sizes and places of what is allocated', () => {
    const at = place();
    const asked: [number, number][] = [];
    const { allocate } = at;
    writeMapType(mapShape(parseMapType('map[int]int')), {
      ...at,
      allocate(size, align) {
        asked.push([size, align]);
        return allocate(size, align);
      },
    });
    // key (the element's too), bucket, maptype's bitmap, maptype; int and the bucket have no pointers.
    expect(asked.sort()).toEqual([
      [1, 1],
      [TYPE_PREFIX + TYPE_HEADER_SIZE, 8],
      [TYPE_PREFIX + TYPE_HEADER_SIZE, 8],
      [MAPTYPE_SIZE, 8],
    ]);
  });

  test('identical types share one descriptor, however they are written', () => {
    const at = place();
    const first = writeMapType(mapShape(parseMapType('map[[4]byte]string')), at);
    const { used } = at;
    const second = writeMapType(mapShape(parseMapType('map[ [2+2]uint8 ]string')), at);
    expect(second).toEqual(first);
    expect(at.used).toBe(used);
    const third = writeMapType(mapShape(parseMapType('map[[4]byte]int')), at);
    expect(third.key).toBe(first.key);
    expect(third.maptype).not.toBe(first.maptype);
    expect(third.bucket).not.toBe(first.bucket);
  });

  test("hashes tell types apart and don't depend on the place", () => {
    const at = place();
    const one = writeMapType(mapShape(parseMapType('map[int]string')), at);
    const two = writeMapType(mapShape(parseMapType('map[int]bool')), at);
    const hashes = [one.maptype, one.key, one.elem, one.bucket, two.maptype].map((x) => header(at, x).hash);
    expect(new Set(hashes).size).toBe(5);
    const other = place();
    other.allocate(64, 8);
    const again = writeMapType(mapShape(parseMapType('map[int]string')), other);
    expect(header(other, again.maptype).hash).toBe(hashes[0]);
    // FNV-1 of 'int', worked out apart.
    expect(hashes[1]).toBe(fnv1('int'));
  });

  test("an injected hasher takes the place of the type's own, in a descriptor of its own", () => {
    const at = place();
    const shape = mapShape(parseMapType('map[string]int'));
    const own = writeMapType(shape, at);
    const zero = writeMapType(shape, at, Hasher.Zero);
    expect(at.views.u64[(own.maptype + MAPTYPE_HASHER) >>> 3]).toBe(BigInt(Hasher.Str));
    expect(at.views.u64[(zero.maptype + MAPTYPE_HASHER) >>> 3]).toBe(BigInt(Hasher.Zero));
    expect(zero.key).toBe(own.key);
  });
});

function fnv1(text: string): number {
  let hash = 2166136261n;
  for (const char of text) hash = ((hash * 16777619n) & 0xffffffffn) ^ BigInt(char.charCodeAt(0));
  return Number(hash);
}

describe('the hasher of a key', () => {
  test.each([
    ['int32', Hasher.Mem32],
    ['rune', Hasher.Mem32],
    ['[4]byte', Hasher.Mem32],
    ['struct{ a, b int16 }', Hasher.Mem32],
    ['int', Hasher.Mem64],
    ['*int', Hasher.Mem64],
    ['chan int', Hasher.Mem64],
    ['unsafe.Pointer', Hasher.Mem64],
    ['struct{ a, b int32 }', Hasher.Mem64],
    ['bool', Hasher.Mem],
    ['uint16', Hasher.Mem],
    ['[16]byte', Hasher.Mem],
    ['[200]byte', Hasher.Mem],
    ['struct{}', Hasher.Mem],
    ['[0]float64', Hasher.Mem],
    ['string', Hasher.Str],
    ['struct{ s string }', Hasher.Str],
    ['[1]string', Hasher.Str],
    ['float32', Hasher.Float32],
    ['float64', Hasher.Float64],
    ['struct{ f float64 }', Hasher.Float64],
    ['complex64', Hasher.Program],
    ['any', Hasher.Program],
    ['error', Hasher.Program],
    ['[2]string', Hasher.Program],
    ['struct{ a int8; b int16 }', Hasher.Program],
    ['struct{ _ int }', Hasher.Program],
  ])('%s', (text, hasher) => {
    expect(hasherOf(parseType(text))).toBe(hasher);
  });
});
