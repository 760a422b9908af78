import { describe, expect, test } from 'vitest';
import { MapPath } from '../../assembly/shared/codes.ts';
import {
  algOf,
  hasHoles,
  hashMightPanic,
  holesOf,
  isPointerWord,
  isReflexive,
  isRegularMemory,
  mapPath,
  mapShape,
  needKeyUpdate,
  parseMapType,
  parseType,
  pointerMask,
  type StructType,
} from '../../src/gotype/index.ts';
import { RECORDED_MAPS, RECORDED_TYPES } from './recorded.ts';

/** A mask as the recording writes it. */
function shown(mask: Uint8Array | undefined): string {
  if (mask === undefined) return 'prog';
  const hex = Buffer.from(mask).toString('hex');
  return hex.length > 64 && /^f+$/.test(hex) ? `ff*${hex.length / 2}` : hex;
}

describe('types against real Go', () => {
  test.each(RECORDED_TYPES)('%s', (text, string, size, align, ptrdata, mask, alg, _kind, tflag) => {
    const type = parseType(text);
    expect(type.string).toBe(string);
    expect([type.size, type.align, type.fieldAlign]).toEqual([size, align, align]);
    expect(type.ptrdata).toBe(ptrdata);
    expect(shown(pointerMask(type))).toBe(mask);
    expect(algOf(type)).toBe(alg);
    expect(type.comparable).toBe(alg !== 'ANOEQ');
    expect(type.named).toBe((tflag & 4) !== 0);
    expect(isRegularMemory(type)).toBe((tflag & 8) !== 0);
  });

  test.each(RECORDED_TYPES)('the pointer words of %s are those of its mask', (text) => {
    const type = parseType(text);
    const mask = pointerMask(type);
    if (mask === undefined) return;
    for (let word = 0; word < type.size / 8 + 2; word++) {
      const bit = ((mask[word >>> 3] ?? 0) >>> (word & 7)) & 1;
      expect(isPointerWord(type, word)).toBe(bit === 1);
    }
  });

  test('a huge type has its pointer words without a mask', () => {
    const type = parseType('[1<<40]struct{ n int; p *int }');
    expect(pointerMask(type)).toBeUndefined();
    expect(isPointerWord(type, 2 ** 41 - 1)).toBe(true);
    expect(isPointerWord(type, 2 ** 41 - 2)).toBe(false);
    expect(isPointerWord(type, 2 ** 41)).toBe(false);
    expect(isPointerWord(type, -1)).toBe(false);
  });
});

describe('structs', () => {
  const offsets = (text: string) => (parseType(text) as StructType).fields.map((field) => field.offset);

  test.each([
    ['struct{ a int8; b int64; c int8 }', [0, 8, 16]],
    ['struct{ a int64; b, c int8 }', [0, 8, 9]],
    ['struct{ a bool; b complex64; c [3]int16; d string }', [0, 4, 12, 24]],
    ['struct{ a int32; b struct{} }', [0, 4]],
    ['struct{}', []],
  ])('offsets of %s', (text, want) => {
    expect(offsets(text)).toEqual(want);
  });

  test.each([
    [
      'struct{ a int8; b int64; c int8 }',
      [
        [1, 7],
        [17, 7],
      ],
    ],
    ['struct{ a int32; b struct{} }', [[4, 4]]],
    [
      '[2]struct{ a int16; b int8 }',
      [
        [3, 1],
        [7, 1],
      ],
    ],
    ['struct{ a struct{ b int16; c int8 }; d int64 }', [[3, 5]]],
    ['struct{ a struct{ b int32; c int8 }; d int64 }', [[5, 3]]],
    [
      'struct{ a struct{ b int64; c int8 }; _ int8; d int16 }',
      [
        [9, 7],
        [17, 1],
        [20, 4],
      ],
    ],
    ['struct{ a int8; _ [7]byte; b int64 }', []],
    ['[0]struct{ a int8; b int64 }', []],
    ['string', []],
  ])('holes of %s', (text, want) => {
    const type = parseType(text);
    expect(holesOf(type).map(({ offset, length }) => [offset, length])).toEqual(want);
    expect(hasHoles(type)).toBe(want.length > 0);
  });

  test('a list of holes is bounded', () => {
    const start = performance.now();
    expect(holesOf(parseType('[1<<40]struct{ a int16; b int8 }')).length).toBe(65536);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('map types against real Go', () => {
  test.each(RECORDED_MAPS)('%s', (text, keysize, elemsize, size, flags, align, ptrdata, mask, path) => {
    const shape = mapShape(parseMapType(text));
    expect([shape.keySize, shape.elemSize, shape.bucketSize]).toEqual([keysize, elemsize, size]);
    expect(shape.flags).toBe(flags);
    expect([shape.bucketAlign, shape.bucketPtrdata]).toEqual([align, ptrdata]);
    expect(shown(pointerMask(shape.bucket))).toBe(mask);
    expect(shape.bucketHasPointers).toBe(ptrdata > 0);
    expect(MapPath[shape.path]).toBe(path);
    expect(shape.path).toBe(mapPath(shape.key, shape.elem));
    expect(shape.keyOffset).toBe(8);
    expect(shape.elemOffset).toBe(8 + 8 * keysize);
    expect(shape.overflowOffset).toBe(size - 8);
    expect(shape.bucket.fields.map((field) => field.offset)).toEqual([
      0,
      8,
      8 + 8 * keysize,
      8 + 8 * keysize + 8 * elemsize,
    ]);
    expect(shape.bucket.fields[3]?.type.string).toBe(ptrdata > 0 ? 'unsafe.Pointer' : 'uintptr');
  });

  test("keys and elements over 128 bytes go by pointer, others don't", () => {
    const inline = mapShape(parseMapType('map[[128]byte][128]byte'));
    expect([inline.keyIndirect, inline.elemIndirect, inline.bucketHasPointers]).toEqual([
      false,
      false,
      false,
    ]);
    const indirect = mapShape(parseMapType('map[[129]byte][17]int'));
    expect([indirect.keyIndirect, indirect.elemIndirect, indirect.bucketHasPointers]).toEqual([
      true,
      true,
      true,
    ]);
    expect(indirect.key.size).toBe(129);
    expect(indirect.elem.size).toBe(136);
  });

  test('a map of huge elements has a small bucket', () => {
    const shape = mapShape(parseMapType('map[int][1<<40]byte'));
    expect([shape.elemSize, shape.bucketSize, shape.flags]).toEqual([8, 144, 6]);
    expect(shape.path).toBe(MapPath.Slow);
  });

  test('holes of a bucket are those of its keys and elements', () => {
    const { bucket } = mapShape(parseMapType('map[int16]struct{ a int16; b int8 }'));
    expect(holesOf(bucket)).toEqual(
      Array.from({ length: 8 }, (_, i) => ({ offset: 8 + 16 + 4 * i + 3, length: 1 })),
    );
    expect(holesOf(mapShape(parseMapType('map[int]int8')).bucket)).toEqual([]);
  });
});

describe('what the flags say', () => {
  test.each([
    ['int', true, false, false],
    ['*float64', true, false, false],
    ['string', true, true, false],
    ['float32', false, true, false],
    ['complex128', false, true, false],
    ['any', false, true, true],
    ['[2]string', true, true, false],
    ['[0]any', false, true, true],
    ['struct{ a int; b [1]float64 }', false, true, false],
    ['struct{ a int; _ error }', false, true, true],
    ['struct{ a int; b bool }', true, false, false],
    ['struct{}', true, false, false],
  ])('%s', (text, reflexive, update, panics) => {
    const type = parseType(text);
    expect(isReflexive(type)).toBe(reflexive);
    expect(needKeyUpdate(type)).toBe(update);
    expect(hashMightPanic(type)).toBe(panics);
  });
});
