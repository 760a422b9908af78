/** The case of the truncated header: its figures, and that it fails where its reader is broken. */
import { type CaseResult, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import { type OpenReader, openReader } from '../../src/cases/reader.ts';
import { withoutField } from '../../src/cases/structs.ts';
import { truncatedHeader, truncatedHeaderWith } from '../../src/cases/truncated-header.ts';
import { failures, step } from './result.ts';

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(truncatedHeader);
  });

  test('with the golden hash a copy without oldbuckets misses 88 keys and a walk gives 17', () => {
    const [lost] = result.steps.filter(({ kind }) => kind === 'wrong reading');
    expect(lost?.facts).toMatchObject({
      count: 105,
      found: 17,
      walked: 17,
      foreign: 0,
      goMisses: 88,
      goWalks: 17,
    });
    expect(lost?.facts?.['missed']).toHaveLength(88);
    expect(step(result, 'rule').facts).toMatchObject({ goldenMissed: 88, goldenWalked: 17 });
  });

  test('the rule holds for each of 64 seeds, whose figures differ', () => {
    const seeds = step(result, 'rule').facts?.['seeds'] as {
      seed: number;
      missed: number;
      unmoved: number;
      holds: boolean;
    }[];
    expect(seeds.map(({ seed }) => seed)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect(seeds.filter(({ holds, missed, unmoved }) => !holds || missed !== unmoved)).toEqual([]);
    expect(new Set(seeds.map(({ missed }) => missed)).size).toBeGreaterThan(5);
    expect(Math.min(...seeds.map(({ missed }) => missed))).toBeGreaterThan(70);
  });
});

describe('broken', () => {
  const runWith = (open: OpenReader): Promise<CaseResult> =>
    runCase(truncatedHeaderWith(open), { seeds: { from: 0, to: 1 } });

  test('a reader without the rule of the old bucket makes it fail', async () => {
    const result = await runWith((memory, header, shape, hash) =>
      openReader(memory, withoutField(header, 'oldbuckets'), shape, hash),
    );
    expect(result.ok).toBe(false);
    expect(failures(result)).toContain('with the whole header the reader finds');
    expect(failures(result)).toContain('the rule holds for each of the seeds 0 to 1');
    expect(failures(result)).not.toContain('on a map at rest there is nothing to complain of');
  });

  test('a reader of another header makes the legal twin complain', async () => {
    const result = await runWith((memory, header, shape, hash) =>
      openReader(memory, header.slice().fill(7, 0, 1), shape, hash),
    );
    expect(result.ok).toBe(false);
    expect(step(result, 'legal twin').complaints).not.toEqual([]);
  });
});
