/** The case of the address of a map variable: its figures, and that it fails where its reader is broken. */
import { type CaseResult, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import { mapvarAddress, mapvarAddressWith } from '../../src/cases/mapvar-address.ts';
import { type OpenReader, openReader } from '../../src/cases/reader.ts';
import { withoutField } from '../../src/cases/structs.ts';
import { failures, step } from './result.ts';

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(mapvarAddress);
  });

  test('of four arguments two lead to the header, and two to a variable', () => {
    const { facts, complaints } = step(result, 'wrong reading');
    const header = 0xc000010000n;
    const [address, loaded, number, copy] = (facts?.['arguments'] ?? []) as Record<string, unknown>[];
    expect(address).toMatchObject({ count: header, B: 0x11n, buckets: '0x2222' });
    expect(copy).toMatchObject({ count: header, B: 0n });
    for (const right of [loaded, number])
      expect(right).toMatchObject({ given: '0xc000010000', count: 20n, B: 2n });
    expect(facts?.['throughAddress']).toMatchObject({ found: 0, faults: 7 });
    expect(facts?.['throughCopy']).toMatchObject({ found: 0, faults: 0 });
    expect(complaints).toContain('&m: count says 824633786368, the map holds 20');
    expect(complaints).toContain('&n, a copy: 20 keys missed: 1-20');
  });

  test('an int * sees the halves of the address', () => {
    const [, ints] = result.steps.filter(({ kind }) => kind === 'wrong reading');
    expect(ints?.facts).toEqual({ low: 0x10000n, high: 0xc0n });
  });

  test('with one more load both variables lead to the map, before and in a growth', () => {
    expect(step(result, 'fix').facts).toEqual({ counts: [20, 20, 27, 27] });
  });
});

describe('broken', () => {
  const runWith = (open: OpenReader): Promise<CaseResult> => runCase(mapvarAddressWith(open));

  test('a reader without buckets makes it fail', async () => {
    const result = await runWith((memory, header, shape, hash) =>
      openReader(memory, withoutField(header, 'buckets'), shape, hash),
    );
    expect(result.ok).toBe(false);
    expect(failures(result)).toContain('and found are');
    expect(failures(result)).toContain('with one more load there is nothing to complain of');
    expect(step(result, 'legal twin').complaints).not.toEqual([]);
  });

  test('a reader without the rule of the old bucket makes only the fix fail', async () => {
    const result = await runWith((memory, header, shape, hash) =>
      openReader(memory, withoutField(header, 'oldbuckets'), shape, hash),
    );
    expect(failures(result)).toEqual(['with one more load there is nothing to complain of']);
    expect(step(result, 'legal twin').complaints).toEqual([]);
  });
});
