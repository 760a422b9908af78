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
  TYPE_ALIGN,
  TYPE_EQUAL,
  TYPE_FIELD_ALIGN,
  TYPE_GCDATA,
  TYPE_HASH,
  TYPE_HEADER_SIZE,
  TYPE_KIND,
  TYPE_PTR_TO_THIS,
  TYPE_PTRDATA,
  TYPE_SIZE_,
  TYPE_STR,
  TYPE_TFLAG,
} from '../../assembly/shared/golayout.ts';
import {
  type DescriptorPlace,
  hasherOf,
  mapShape,
  parseMapType,
  parseType,
  requireSupportedKey,
  writeMapType,
} from '../../src/gotype/index.ts';
import { Unsupported } from '../../src/machine/errors.ts';
import { viewsOf } from '../../src/machine/views.ts';
import { RECORDED_MAPS, RECORDED_TYPES } from './recorded.ts';

const BASE = 0x5500000000n;

/** A place full of rubbish, so that what isn't written shows. */
function place(): DescriptorPlace & { used: number } {
  const views = viewsOf(new ArrayBuffer(1 << 16));
  views.u8.fill(0xcc);
  const made = {
    views,
    used: 4096,
    allocate(size: number, align: number): number {
      const at = Math.ceil(made.used / align) * align;
      made.used = at + size;
      return at;
    },
    toAddress: (offset: number) => BASE + BigInt(offset),
    written: new Map<string, number>(),
  };
  return made;
}

function header(at: DescriptorPlace, offset: number) {
  const { u8, u32, u64 } = at.views;
  return {
    size: u64[(offset + TYPE_SIZE_) >>> 3],
    ptrdata: u64[(offset + TYPE_PTRDATA) >>> 3],
    hash: u32[(offset + TYPE_HASH) >>> 2],
    tflag: u8[offset + TYPE_TFLAG],
    align: u8[offset + TYPE_ALIGN],
    fieldAlign: u8[offset + TYPE_FIELD_ALIGN],
    kind: u8[offset + TYPE_KIND],
    equal: u64[(offset + TYPE_EQUAL) >>> 3],
    gcdata: u64[(offset + TYPE_GCDATA) >>> 3],
    str: u32[(offset + TYPE_STR) >>> 2],
    ptrToThis: u32[(offset + TYPE_PTR_TO_THIS) >>> 2],
  };
}

const supported = (text: string) => hasherOf(parseMapType(text).key) !== undefined;

describe('map type descriptors', () => {
  test.each(RECORDED_MAPS.filter(([text]) => supported(text)))(
    '%s',
    (text, keysize, elemsize, bucketsize, flags, align, ptrdata, mask) => {
      const at = place();
      const shape = mapShape(parseMapType(text));
      const { maptype, key, elem, bucket } = writeMapType(shape, at);
      const { u8, u16, u32, u64 } = at.views;
      expect(maptype % 8).toBe(0);
      expect(u64[(maptype + MAPTYPE_KEY) >>> 3]).toBe(BASE + BigInt(key));
      expect(u64[(maptype + MAPTYPE_ELEM) >>> 3]).toBe(BASE + BigInt(elem));
      expect(u64[(maptype + MAPTYPE_BUCKET) >>> 3]).toBe(BASE + BigInt(bucket));
      expect(u64[(maptype + MAPTYPE_HASHER) >>> 3]).toBe(BigInt(hasherOf(shape.key) ?? -1));
      expect(u8[maptype + MAPTYPE_KEYSIZE]).toBe(keysize);
      expect(u8[maptype + MAPTYPE_ELEMSIZE]).toBe(elemsize);
      expect(u16[(maptype + MAPTYPE_BUCKETSIZE) >>> 1]).toBe(bucketsize);
      expect(u32[(maptype + MAPTYPE_FLAGS) >>> 2]).toBe(flags);
      expect(header(at, maptype)).toMatchObject({ size: 8n, ptrdata: 8n, kind: 21 | 32, equal: 0n });

      const buckets = header(at, bucket);
      expect(buckets).toMatchObject({
        size: BigInt(bucketsize),
        ptrdata: BigInt(ptrdata),
        align,
        fieldAlign: align,
        tflag: 0,
        kind: 25,
        equal: 0n,
        str: 0,
        ptrToThis: 0,
      });
      if (mask === '') {
        expect(buckets.gcdata).toBe(0n);
      } else {
        const start = Number((buckets.gcdata ?? 0n) - BASE);
        expect(Buffer.from(u8.slice(start, start + mask.length / 2)).toString('hex')).toBe(mask);
      }
    },
  );

  test.each(RECORDED_TYPES)(
    'the header of the element type %s',
    (text, _string, size, align, ptrdata, mask, alg, kind, tflag) => {
      const at = place();
      const written = header(at, writeMapType(mapShape(parseMapType(`map[int]${text}`)), at).elem);
      const equal = alg === 'ASTRING' ? Equal.String : alg.startsWith('AMEM') ? Equal.Memory : 0;
      expect(written).toMatchObject({
        size: BigInt(size),
        ptrdata: BigInt(ptrdata),
        align,
        fieldAlign: align,
        kind,
        tflag,
        equal: BigInt(equal),
      });
      expect(written.gcdata === 0n).toBe(mask === '' || mask === 'prog');
    },
  );

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
      [TYPE_HEADER_SIZE, 8],
      [TYPE_HEADER_SIZE, 8],
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

describe('which keys work', () => {
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
  ])('%s', (text, hasher) => {
    expect(hasherOf(parseType(text))).toBe(hasher);
    expect(() => requireSupportedKey(parseType(text))).not.toThrow();
  });

  test.each([
    ['float64', 'a float'],
    ['complex64', 'a complex number'],
    ['any', 'an interface'],
    ['error', 'an interface'],
    ['[2]string', 'an array that is not plain memory'],
    ['struct{ a int8; b int16 }', 'a struct that is not plain memory'],
    ['struct{ a, b string }', 'a struct that is not plain memory'],
    ['struct{ _ int }', 'a struct that is not plain memory'],
    ['[]int', 'not comparable'],
  ])('%s does not', (text, why) => {
    const type = parseType(text);
    const refuse = () => requireSupportedKey(type);
    expect(refuse).toThrow(Unsupported);
    expect(refuse).toThrow(`keys of type ${type.string} (${why})`);
    expect(refuse).toThrow('integers, bool, pointers, [N]byte, strings');
  });

  test("nothing is written for a key that doesn't work", () => {
    const at = place();
    expect(() => writeMapType(mapShape(parseMapType('map[float64]int')), at)).toThrow(Unsupported);
    expect(at.used).toBe(4096);
  });
});
