import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  codecFor,
  countOwned,
  decodeString,
  encodedBound,
  encodedLength,
  encodeString,
  GoTypeTooLarge,
  isBytes,
  ownedParts,
  parseType,
} from '../../src/gotype/index.ts';
import { testMemory } from './memory.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('encoding', () => {
  test("agrees with the platform's encoder, at any length", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.nat(20), (text, at) => {
        const bytes = utf8(text);
        expect(encodedLength(text)).toBe(bytes.length);
        expect(encodedBound(text)).toBeGreaterThanOrEqual(bytes.length);
        const into = new Uint8Array(at + bytes.length + 4).fill(0xa5);
        expect(encodeString(text, into, at)).toBe(bytes.length);
        expect(into.slice(at, at + bytes.length)).toEqual(bytes);
        expect([...into.slice(0, at), ...into.slice(at + bytes.length)].every((byte) => byte === 0xa5)).toBe(
          true,
        );
      }),
    );
  });

  test('a lone surrogate is told, wherever it stands', () => {
    for (const lone of ['\ud800', '\udbff', '\udc00', '\udfff']) {
      for (const text of [
        lone,
        `${lone}a`,
        `a${lone}`,
        `😀${lone}`,
        'x'.repeat(60) + lone,
        `${lone}😀`,
        lone + lone,
      ]) {
        // A high surrogate before a low one is a pair after all.
        if (!/\p{Surrogate}/u.test(text)) continue;
        expect(encodedLength(text)).toBe(-1);
        expect(encodeString(text, new Uint8Array(300), 0)).toBe(-1);
      }
    }
  });

  test('bytes are copied as they are', () => {
    const into = new Uint8Array(5);
    expect(encodeString(Uint8Array.of(0xff, 1), into, 2)).toBe(2);
    expect([...into]).toEqual([0, 0, 0xff, 1, 0]);
    expect(encodedLength(Uint8Array.of(0xff, 1))).toBe(2);
    expect(encodedBound(Uint8Array.of(0xff, 1))).toBe(2);
  });

  test('isBytes', () => {
    expect(isBytes(new Uint8Array(1))).toBe(true);
    expect(isBytes(Buffer.alloc(1))).toBe(true);
    expect(isBytes(new Uint8ClampedArray(1))).toBe(false);
    expect(isBytes(new DataView(new ArrayBuffer(1)))).toBe(false);
    expect(isBytes(new ArrayBuffer(1))).toBe(false);
    expect(isBytes([1])).toBe(false);
    expect(isBytes('a')).toBe(false);
  });
});

describe('decoding', () => {
  test('any bytes come back: valid UTF-8 as a string, the rest as bytes', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 30 }).map(utf8),
      fc.string({ maxLength: 60 }).map(utf8),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 3 }), fc.nat(9), (parts, at) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        let want: string | Uint8Array;
        try {
          want = strict.decode(bytes);
        } catch {
          want = bytes;
        }
        const memory = new Uint8Array(at + bytes.length + 3).fill(0xff);
        memory.set(bytes, at);
        const got = decodeString(memory, at, bytes.length);
        expect(got).toEqual(want);
        const into = new Uint8Array(bytes.length);
        expect(encodeString(got, into, 0)).toBe(bytes.length);
        expect(into).toEqual(bytes);
      }),
    );
  });

  test.each([0, 1, 2, 23, 24, 25, 26, 200])('%i ASCII bytes', (length) => {
    const text = Array.from({ length }, (_, i) => String.fromCharCode(i % 128)).join('');
    expect(decodeString(utf8(text), 0, length)).toBe(text);
  });

  test("a string that lies nowhere is the memory's to refuse", () => {
    const mem = testMemory();
    const codec = codecFor(parseType('string'));
    // All bytes are rubbish.
    expect(() => codec.read(mem, 64)).toThrow('bad string');
    // A length of 2^32 is not 0.
    mem.u32.set([40000, 0xc0, 0, 1], 16);
    expect(() => codec.read(mem, 64)).toThrow('bad string');
  });
});

describe('the strings that a value owns', () => {
  test.each([
    ['string', [0]],
    ['int', []],
    ['*string', []],
    ['[]string', []],
    ['[3]string', [0, 16, 32]],
    ['[0]string', []],
    ['struct{ a int8; b string; c [2]struct{ d, e string } }', [8, 24, 40, 56, 72]],
    ['struct{ a string; _ string; b string }', [0, 32]],
    ['[2][2]struct{ a bool; s string }', [8, 32, 56, 80]],
    ['map[string]string', []],
    ['[1<<40]int', []],
    ['[1<<40]struct{}', []],
  ])('%s', (text, offsets) => {
    expect(ownedParts(parseType(text))).toEqual(offsets);
    expect(countOwned(parseType(text))).toBe(offsets.length);
  });

  test('they are what write gives storage to', () => {
    const type = parseType('struct{ a int8; b string; c [2]struct{ d, e string } }');
    const mem = testMemory();
    const { used } = mem;
    codecFor(type).write(mem, 64, {
      a: 1,
      b: 'b',
      c: [
        { d: 'd', e: 'e' },
        { d: 'd', e: 'e' },
      ],
    });
    const addresses = ownedParts(type).map((offset) => mem.u32[(64 + offset) >>> 2]);
    expect(addresses).toEqual([0, 8, 16, 24, 32].map((offset) => used + offset));
  });

  test('65,536 of them are walked, more are refused at once', () => {
    expect(ownedParts(parseType('[65536]string')).length).toBe(65536);
    const start = performance.now();
    for (const text of ['[65537]string', '[1<<40]string', '[1<<20][1<<20]struct{ a, b string }']) {
      expect(() => ownedParts(parseType(text))).toThrow(GoTypeTooLarge);
      expect(() => ownedParts(parseType(text))).toThrow(RangeError);
    }
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
