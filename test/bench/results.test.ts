/** What is concluded from a run: goals, changes between two runs, rounds in turn. */
import { describe, expect, test } from 'vitest';
import { goalRows, worstGrowth } from '../../bench/goals.ts';
import { figures } from '../../bench/harness/figures.ts';
import type { Cell, Results } from '../../bench/harness/result.ts';
import { inRounds } from '../../bench/harness/rounds.ts';
import { expected, growsAt, latencyOf } from '../../bench/peers/protocol.ts';
import { changes, changesText } from '../../bench/report/compare.ts';

const cell = (engine: string, op: string, len: number, samples: readonly number[]): Cell => ({
  suite: 'batch',
  engine,
  key: 'uint64',
  elem: 'uint64',
  len,
  op,
  figures: figures(samples),
});

const run = (cells: readonly Cell[], rest: Partial<Results> = {}): Results => ({
  format: 1,
  date: '2000-01-01T00:00:00.000Z',
  mode: 'full',
  seconds: 1,
  environment: { cpu: 'a processor', cores: 1, memory: '', system: '', versions: {}, load: [0, 0] },
  cells,
  latencies: [],
  memory: [],
  startup: null,
  skipped: [],
  ...rest,
});

describe('goals', () => {
  const row = (results: Results, work: string, goal: string) =>
    goalRows(results).find((r) => r.work === work && r.goal.includes(goal));

  test('native Go is the better of its two hashes', () => {
    const results = run([
      cell('classic', 'hit', 1_000_000, [20, 30]),
      cell('go1.19', 'hit', 1_000_000, [80]),
      cell('go1.19-noaes', 'hit', 1_000_000, [50]),
    ]);
    expect(row(results, 'batch hit, 1,000,000', 'native Go')).toMatchObject({ reached: '2.50x', met: false });
    const faster = run([...results.cells.slice(1), cell('classic', 'hit', 1_000_000, [10])]);
    expect(row(faster, 'batch hit, 1,000,000', 'native Go')).toMatchObject({ reached: '5.00x', met: true });
  });

  test('growth ahead is held against the inserts of the others', () => {
    const results = run([
      cell('classic', 'ahead', 4_000_000, [20]),
      cell('go1.19', 'insert', 4_000_000, [140]),
    ]);
    const ahead = 'batch insert from empty, growth ahead, 4,000,000';
    expect(row(results, ahead, 'native Go')).toMatchObject({ reached: '7.00x', met: true });
  });

  test('a share of the limit is the limit in the cost', () => {
    const results = run([
      cell('classic', 'miss', 1_000_000, [20]),
      cell('classic', 'gather1', 1_000_000, [10]),
    ]);
    expect(row(results, 'batch miss, 1,000,000', 'one-line')).toMatchObject({ reached: '50 %', met: true });
  });

  test('what was not measured is neither met nor missed', () => {
    const rows = goalRows(run([]));
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(({ met, reached }) => met !== undefined || reached !== undefined)).toEqual([]);
  });

  test('a growth insert is the quickest of the runs, and of these the slowest counts', () => {
    const of = (growths: [number, number][]) => ({
      count: 20,
      percentiles: [[1, 9]] as [number, number][],
      growths,
    });
    const runs = [
      of([
        [9, 5],
        [14, 100],
      ]),
      of([
        [9, 50],
        [14, 7],
      ]),
    ];
    expect(worstGrowth({ engine: 'classic', len: 20, runs })).toBe(7);
  });
});

describe('comparing', () => {
  const steady = [100, 101, 99, 100, 102, 98, 100, 101];
  const results = (ours: number, machine: number) =>
    run([
      cell(
        'classic',
        'hit',
        1000,
        steady.map((s) => s * ours * machine),
      ),
      cell(
        'go1.19-noaes',
        'hit',
        1000,
        steady.map((s, i) => (s + (i % 3)) * machine),
      ),
    ]);

  test('a slower machine is no change', () => {
    expect(changes(results(1, 1), results(1, 3))).toMatchObject([
      { verdict: 'same', measure: 'go1.19-noaes' },
    ]);
  });

  test('slower and faster are told, with how much', () => {
    expect(changes(results(1, 1), results(1.5, 2))).toMatchObject([{ verdict: 'slower' }]);
    expect(changesText(results(1, 1), results(0.5, 2))).toMatch(/^faster by 50 %/);
  });

  test('noise is no change, and few rounds say nothing', () => {
    const noisy = (samples: number[]) => run([cell('classic', 'hit', 1000, samples)]);
    expect(changes(noisy([10, 20, 12, 18, 15]), noisy([11, 21, 13, 17, 16]))).toMatchObject([
      { verdict: 'same' },
    ]);
    expect(changes(noisy([10, 11]), noisy([20, 21]))).toMatchObject([{ verdict: 'too few rounds' }]);
  });
});

describe('rounds', () => {
  test('go in turn, begin with another each, and leave the first one out', async () => {
    const order: string[] = [];
    let time = 0;
    const contestant = (engine: string) => ({
      engine,
      repeat: async () => {
        order.push(engine);
        time += 1000;
        return order.length;
      },
    });
    const samples = await inRounds(
      [contestant('a'), contestant('b')],
      { seconds: 3, least: 1, most: 9 },
      () => time,
    );
    expect(order.join('')).toBe('abab' + 'ba');
    expect(samples).toEqual([
      [3, 6],
      [4, 5],
    ]);
  });
});

describe('what a repetition must come to', () => {
  test('small maps are worked on several times', () => {
    const none = { hits: 0, sum: 0n };
    expect(expected('hit', 1000, 8, none)).toEqual({ count: 100_000, hits: 100_000, sum: 50_050_000n });
    expect(expected('miss', 1000, 8, none)).toEqual({ count: 100_000, hits: 0, sum: 0n });
    expect(expected('drain', 1000, 0, none)).toMatchObject({ sum: 0n });
  });

  test('growth begins where the buckets are full to 13/2', () => {
    const grows = Array.from({ length: 500 }, (_, i) => i + 1).filter(growsAt);
    expect(grows).toEqual([9, 14, 27, 53, 105, 209, 417]);
  });

  test('percentiles are of the sorted times, growths of their places', () => {
    const times = Float64Array.from({ length: 10 }, (_, i) => (i === 8 ? 900 : i + 1));
    const { percentiles, growths } = latencyOf(times);
    expect(percentiles.at(-1)).toEqual([1, 900]);
    expect(growths).toEqual([[9, 900]]);
  });
});
