/** The case of the header of 24 bytes: its figures, and that it fails where its right reading is broken. */
import { type CaseResult, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import { header24Bytes, header24BytesWith } from '../../src/cases/header-24-bytes.ts';
import { readWord } from '../../src/cases/words.ts';
import { failures, steps } from './result.ts';

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(header24Bytes);
  });

  test('the sizes of variables are those of Go', () => {
    expect(steps(result, 'setting')[0]?.facts).toEqual({ map: 8, guard: 8, header: 48 });
    expect(steps(result, 'setting')[0]?.table?.rows.map(([type, size]) => [type, size])).toEqual([
      ['map[int]int', '8'],
      ['chan int', '8'],
      ['*int', '8'],
      ['string', '16'],
      ['interface{}', '16'],
      ['[]int', '24'],
    ]);
  });

  test('count and flags follow the neighbours, and never the map', () => {
    const [claimed, assignment] = steps(result, 'wrong reading');
    expect(claimed?.facts?.['readings']).toEqual([
      { event: 'at first', count: 0x1111n, flags: 0x2222n, entries: 3 },
      { event: '5 keys more', count: 0x1111n, flags: 0x2222n, entries: 8 },
      { event: 'a neighbour is set', count: 7n, flags: 0x2222n, entries: 8 },
    ]);
    expect(assignment?.complaints).toEqual([
      'the assignment overwrites a neighbour: 0x6666 becomes 0x1111',
      'the assignment overwrites a neighbour: 0x7777 becomes 0x2222',
    ]);
  });

  test('two variables with the word have one map', () => {
    expect(steps(result, 'right reading')[0]?.facts).toEqual({ counts: [3, 3, 8, 8] });
    expect(steps(result, 'legal twin')[0]?.facts).toEqual({ size: 24, count: 3n, capacity: 4n });
  });
});

describe('broken', () => {
  test('a count from behind the word makes it fail', async () => {
    const result = await runCase(
      header24BytesWith((unit, rt, variable) => ({
        ...readWord(unit, rt, variable),
        count: rt.memory.read(variable + 8n, 1)[0] === 0x11 ? 0x1111n : 0n,
      })),
    );
    expect(result.ok).toBe(false);
    expect(failures(result)).toContain('as one word, count is');
    expect(steps(result, 'right reading')[0]?.complaints).toContain('count says 4369, the map holds 3');
  });

  test('a count that was read once and kept makes it fail', async () => {
    let kept: bigint | undefined;
    const result = await runCase(
      header24BytesWith((unit, rt, variable) => {
        const seen = readWord(unit, rt, variable);
        kept ??= seen.count;
        return { ...seen, count: kept };
      }),
    );
    expect(failures(result)).toEqual([
      'two variables with the word see the same',
      'and have nothing to complain of',
    ]);
    expect(steps(result, 'legal twin')[0]?.complaints).toEqual([]);
  });
});
