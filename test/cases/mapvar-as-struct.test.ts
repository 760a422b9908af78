/** The case of the map variable taken for a struct: its figures, and that it fails where its right reading is broken. */
import { type CaseResult, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Fill, followWord } from '../../src/cases/cmap.ts';
import { mapvarAsStruct, mapvarAsStructWith } from '../../src/cases/mapvar-as-struct.ts';
import { failures, steps } from './result.ts';

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(mapvarAsStruct);
  });

  test("8, 16 and 24 bytes bring the pointer, and a length that is not the map's", () => {
    const [copies, follows] = steps(result, 'wrong reading');
    const m = 0xc000010000n;
    const behind = 0x5afe5afe5afe5afen;
    expect(copies?.facts?.['copies']).toEqual([
      { size: 8, m, len: 0, behind },
      { size: 16, m, len: 0x1111, behind },
      { size: 24, m, len: 0x1111, behind: 0x2222n },
    ]);
    expect(copies?.complaints).toEqual([
      '8 bytes copied: len says 0, the map holds 3',
      '16 bytes copied: len says 4369, the map holds 3',
      '24 bytes copied: len says 4369, the map holds 3',
      '24 bytes copied: the word behind the struct is overwritten with 0x2222',
    ]);
    expect(follows?.facts?.['follows']).toMatchObject([
      { len: 7, entries: 4 },
      { len: -1, entries: 5 },
      { entries: 6 },
    ]);
  });

  test('what the word leads to begins with the length', () => {
    expect(steps(result, 'right reading')[0]?.facts).toEqual({ m: 0xc000010000n, len: 3 });
    expect(steps(result, 'fix')[0]?.facts).toEqual({ lens: [3, 4, 5] });
  });

  test('claims', () => {
    expect(result.claims.map(({ holds }) => holds)).toEqual([false, true, false, false]);
  });
});

describe('broken', () => {
  const failing = async (fill: Fill): Promise<CaseResult> => {
    const result = await runCase(mapvarAsStructWith(fill));
    expect(result.ok).toBe(false);
    return result;
  };

  test('a length from behind the variable makes it fail', async () => {
    const result = await failing((rt, variable) => {
      const place = followWord(rt, variable);
      place.set(rt.memory.read(variable + 8n, 4), 8);
      return place;
    });
    expect(failures(result)).toContain('through the word, the length is');
    expect(failures(result)).toContain('with another neighbour too');
    expect(steps(result, 'right reading')[0]?.complaints).toContain('len says 4369, the map holds 3');
  });

  test('so does a pointer that is not that of the header', async () => {
    const result = await failing((rt, variable) => {
      const place = followWord(rt, variable);
      place.fill(0, 0, 8);
      return place;
    });
    expect(failures(result)).toContain('and has nothing to complain of');
    expect(steps(result, 'legal twin')[0]?.complaints).toEqual([]);
  });
});
