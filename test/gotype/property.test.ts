import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OWNED_STRING } from '../../assembly/shared/hostlayout.ts';
import {
  algOf,
  codecFor,
  type GoType,
  GoTypeError,
  GoTypeTooLarge,
  hasHoles,
  holesOf,
  isPointerWord,
  mapShape,
  ownedParts,
  parseMapType,
  parseType,
  pointerMask,
} from '../../src/gotype/index.ts';
import { keyText, typeText, valuesOf } from './arbitrary.ts';
import { testMemory } from './memory.ts';

/** All of a type but what a text doesn't keep: parameter names and how lengths were written. */
function facts(type: GoType): unknown {
  return JSON.parse(JSON.stringify(type));
}

/** Which bytes of a value some field covers, found the slow way. */
function covered(type: GoType, at: number, into: boolean[]): void {
  if (type.kind === 'struct') {
    for (const field of type.fields) covered(field.type, at + field.offset, into);
  } else if (type.kind === 'array') {
    for (let i = 0; i < type.length; i++) covered(type.elem, at + i * type.elem.size, into);
  } else {
    into.fill(true, at, at + type.size);
  }
}

/** Where a value's strings lie. */
const stringsOf = (type: GoType) => ownedParts(type).filter((part) => part % 8 === OWNED_STRING);

describe('random types', () => {
  test('what is printed is read as the same type', () => {
    fc.assert(
      fc.property(typeText, (text) => {
        const type = parseType(text);
        const again = parseType(type.string);
        expect(again.string).toBe(type.string);
        expect(facts(again)).toEqual(facts(type));
      }),
      { numRuns: 300 },
    );
  });

  test('layouts hold together', () => {
    fc.assert(
      fc.property(typeText, (text) => {
        const type = parseType(text);
        expect([1, 2, 4, 8]).toContain(type.align);
        expect(type.size % type.align).toBe(0);
        expect(type.ptrdata % 8).toBe(0);
        expect(type.ptrdata).toBeLessThanOrEqual(type.size);
        if (type.ptrdata > 0) {
          expect(type.align).toBe(8);
          expect(isPointerWord(type, type.ptrdata / 8 - 1)).toBe(true);
        }
        expect(pointerMask(type)?.length).toBe(Math.ceil(type.ptrdata / 64));
        if (type.kind === 'struct') {
          let end = 0;
          for (const field of type.fields) {
            expect(field.offset % field.type.align).toBe(0);
            expect(field.offset).toBeGreaterThanOrEqual(end);
            expect(field.offset - end).toBeLessThan(8);
            end = field.offset + field.type.size;
          }
          expect(end).toBeLessThanOrEqual(type.size);
        }
        expect(algOf(type) === 'ANOEQ').toBe(!type.comparable);
        const bytes = new Array<boolean>(type.size).fill(false);
        covered(type, 0, bytes);
        for (const { offset, length } of holesOf(type)) {
          for (let i = offset; i < offset + length; i++) {
            expect(bytes[i]).toBe(false);
            bytes[i] = true;
          }
        }
        expect(bytes.every((byte) => byte)).toBe(true);
        expect(hasHoles(type)).toBe(holesOf(type).length > 0);
      }),
      { numRuns: 300 },
    );
  });

  test('maps of any key and element have a bucket', () => {
    fc.assert(
      fc.property(keyText, typeText, (key, elem) => {
        const shape = mapShape(parseMapType(`map[${key}]${elem}`));
        expect(shape.bucketSize).toBe(16 + 8 * (shape.keySize + shape.elemSize));
        expect(shape.bucketSize).toBeLessThanOrEqual(2064);
        expect(shape.bucketAlign).toBe(8);
        expect([0, shape.bucketSize]).toContain(shape.bucketPtrdata);
        expect(shape.keySize).toBe(shape.key.size > 128 ? 8 : shape.key.size);
        expect(shape.elemSize).toBe(shape.elem.size > 128 ? 8 : shape.elem.size);
        expect(shape.elemOffset % (shape.elemIndirect ? 8 : shape.elem.align)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('random values', () => {
  const typeAndValue = typeText
    .map((text) => parseType(text))
    .filter((type) => type.size <= 4096)
    .chain((type) => fc.tuple(fc.constant(type), valuesOf(type)));

  test('come back as they went in, and touch no byte outside', () => {
    fc.assert(
      fc.property(typeAndValue, ([type, value]) => {
        const mem = testMemory(1 << 21);
        const codec = codecFor(type);
        codec.check(value);
        const taken = codec.take(value);
        expect(taken).toEqual(value);
        codec.write(mem, 1024, taken);
        expect(codec.read(mem, 1024)).toEqual(value);
        expect(mem.u8[1023]).toBe(0xa5);
        expect(mem.u8[1024 + type.size]).toBe(0xa5);
      }),
      { numRuns: 500 },
    );
  });

  test("give the same bytes whatever lay there, strings' addresses apart", () => {
    fc.assert(
      fc.property(typeAndValue, ([type, value]) => {
        const codec = codecFor(type);
        const written = [0x00, 0xff].map((rubbish) => {
          const mem = testMemory(1 << 21);
          mem.u8.fill(rubbish, 0, 32768);
          codec.write(mem, 1024, value);
          return [...mem.u8.slice(1024, 1024 + type.size)];
        });
        expect(written[0]).toEqual(written[1]);
        for (const { offset, length } of holesOf(type)) {
          expect(written[0]?.slice(offset, offset + length).every((byte) => byte === 0)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('ownedStrings finds every header that was written', () => {
    fc.assert(
      fc.property(typeAndValue, ([type, value]) => {
        const mem = testMemory(1 << 21);
        let strings = 0;
        const { allocateString } = mem;
        const counting = {
          ...mem,
          allocateString(length: number) {
            strings += 1;
            return allocateString(length);
          },
        };
        codecFor(type).write(counting, 1024, value);
        const lengths = stringsOf(type).map((offset) => mem.u32[(1024 + offset + 8) >>> 2]);
        expect(lengths.filter((length) => length !== 0).length).toBe(strings);
        for (const offset of stringsOf(type)) expect(isPointerWord(type, offset / 8)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('anything at all is taken or refused with a named error', () => {
    fc.assert(
      fc.property(typeText, fc.anything({ withBigInt: true, withTypedArray: true }), (text, value) => {
        const codec = codecFor(parseType(text));
        try {
          codec.check(value);
        } catch (error) {
          expect(['GoValueTypeError', 'GoValueRangeError']).toContain((error as Error).name);
          return;
        }
        const mem = testMemory();
        codec.write(mem, 1024, value);
        const other = testMemory();
        codec.write(other, 1024, codec.take(value));
        expect(codec.read(mem, 1024)).toEqual(codec.read(other, 1024));
      }),
      { numRuns: 500 },
    );
  });
});

describe('random texts', () => {
  const pieces = fc.constantFrom(
    ...(
      'map chan func struct interface int string byte error any unsafe.Pointer x _ [ ] ( ) { } * <- ... , ; . ' +
      '+ - << >> &^ ^ / % 0 1 0x10 99999999999 1e5 "s" `r` // /* */ ~ | \n'
    ).split(' '),
    ' ',
    '\t',
  );

  test('are types or named errors, never a hang or another error', () => {
    const start = performance.now();
    const read = (text: string) => {
      try {
        parseType(text);
      } catch (error) {
        if (error instanceof GoTypeError) {
          expect(error.source).toBe(text);
          expect(error.position).toBeGreaterThanOrEqual(0);
          expect(error.position).toBeLessThanOrEqual(text.length);
          expect(error.message.split('\n').length).toBe(3);
        } else {
          expect(error).toBeInstanceOf(GoTypeTooLarge);
        }
      }
    };
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => read(list.join(' '))),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => read(list.join(''))),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), read), { numRuns: 1000 });
    // A type with a stroke of bad luck: one character changed.
    fc.assert(
      fc.property(typeText, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }), (text, where, change) => {
        const at = where % (text.length + 1);
        read(text.slice(0, at) + change + text.slice(at + 1));
      }),
      { numRuns: 2000 },
    );
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
