/** The oracle's own tools: a judge that errs is worse than none. */
import { readFileSync } from 'node:fs';
import { parseMapType } from 'hmap-wasm';
import { expect, describe as group, test } from 'vitest';
import { compare } from './compare.ts';
import { crc32, tableCrc32 } from './drivers/crc.ts';
import { Engine } from './drivers/engine.ts';
import { FAULTS } from './planted/list.ts';
import type { OpRecord, Recording } from './protocol.ts';
import { shrink } from './shrink.ts';
import { Prng } from './streams/prng.ts';
import { randomStream } from './streams/random.ts';
import { range, Script } from './streams/script.ts';
import { FIXED_TYPES } from './streams/types.ts';
import { elemText, keyText, STYLES } from './streams/values.ts';
import { parseValue, textOf, zeroText } from './text.ts';

group('values as text', () => {
  test.each(FIXED_TYPES)('%s: text to value and back', (type) => {
    const { key, elem } = parseMapType(type);
    const random = new Prng(7);
    for (const n of range(0, 60)) {
      for (const style of STYLES) {
        const text = keyText(key, style, n);
        expect(textOf(key, parseValue(key, text))).toBe(text);
      }
      const text = elemText(elem, random);
      expect(textOf(elem, parseValue(elem, text))).toBe(text);
    }
    expect(textOf(elem, parseValue(elem, zeroText(elem)))).toBe(zeroText(elem));
  });

  test.each([
    ['int32', '0102'],
    ['string', "'61"],
    ['string', "'61''"],
    ['interface{}', '(int)'],
    ['[2]string', "'61'"],
  ])('%s does not take %s', (type, text) => {
    const { elem } = parseMapType(`map[int]${type}`);
    expect(() => parseValue(elem, text)).toThrow();
  });
});

test('the table gives the same CRC as Node does, where it has one', () => {
  for (const text of ['', 'a', '123456789', 'b3\n'.repeat(100)]) {
    expect(tableCrc32(text)).toBe(crc32(text));
  }
  expect(tableCrc32('123456789')).toBe(0xcbf43926);
});

group('comparing', () => {
  const stream = new Script('map[uint64]uint64', { dump: 4 }).set(...range(1, 12)).walk(3).stream;

  /** The recording with one field of one operation changed. */
  const changed = (recording: Recording, op: number, change: Partial<OpRecord>): Recording => ({
    ...recording,
    ops: recording.ops.map((record, i) => (i === op ? { ...record, ...change } : record)),
  });

  test('equal recordings', async () => {
    const engine = new Engine();
    expect(compare(stream, await engine.run(stream), await engine.run(stream))).toBeUndefined();
  });

  test('the field is named', async () => {
    const recording = await new Engine().run(stream);
    const h = recording.ops[5]?.h ?? '';
    const flags = `${h.slice(0, 16)}04${h.slice(18)}`;
    expect(compare(stream, changed(recording, 5, { h: flags }), recording)).toMatchObject({
      op: 5,
      field: 'hmap.flags',
      mine: '04',
    });
    expect(compare(stream, changed(recording, 3, { draws: 9 }), recording)).toMatchObject({
      op: 3,
      field: 'draws',
    });
    const it = recording.ops[12]?.it ?? '';
    expect(compare(stream, changed(recording, 12, { it: `ff${it.slice(2)}` }), recording)).toMatchObject({
      op: 12,
      field: 'hiter.startBucket',
    });
  });

  test('a bucket and its slot are named', async () => {
    const recording = await new Engine().run(stream);
    const dumps = recording.dumps.map((dump, i) => {
      const [first = [], ...rest] = dump.buckets ?? [];
      const [bytes = '', ...overflow] = first;
      // The second key's first byte.
      const other = `${bytes.slice(0, 32)}ee${bytes.slice(34)}`;
      return i === 0 ? { ...dump, buckets: [[other, ...overflow], ...rest] } : dump;
    });
    expect(compare(stream, { ...recording, dumps }, recording)).toMatchObject({
      op: 3,
      field: 'b0 key[1]',
      mine: 'ee00000000000000',
    });
  });
});

test('shrinking keeps what is needed and no more', async () => {
  const stream = await randomStream('map[uint32]uint32', 3, { most: 600 });
  const needed = stream.ops.filter((op) => op[0] === 'set').slice(10, 13);
  const least = await shrink(stream, async ({ ops }) =>
    needed.every((op) => ops.some((o) => o[1] === op[1])),
  );
  expect(least.ops.length).toBe(new Set(needed.map((op) => op[1])).size);
  expect(least).toMatchObject({ seed: '0x0', hashkey: ['0x1', '0x1', '0x1', '0x1'] });
});

test('the same seed gives the same stream', async () => {
  const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => randomStream('map[string]int', seed)));
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
});

test('planted faults have names of their own, and a place in the source', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
  expect(FAULTS.length).toBeGreaterThanOrEqual(24);
  for (const { name, file, find } of FAULTS) {
    const source = readFileSync(new URL(`../../assembly/${file}`, import.meta.url), 'utf8');
    expect(source.split(find).length, name).toBe(2);
  }
});
