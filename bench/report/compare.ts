/**
 * `npm run bench:compare A.json B.json`: what has changed beyond the noise.
 *
 * Two runs are on two machines, or on one at two hours. So it is not times that are compared but, where a peer
 * took part in both, the times in relation to the peer's in the same round.
 */
import Benchmark from 'benchmark';
import { figures } from '../harness/figures.ts';
import { number, percent } from '../harness/format.ts';
import { labelOf, workOf } from '../harness/label.ts';
import type { Cell, Results } from '../harness/result.ts';
import { MAP_BIGINT, MAP_FLOAT, MAP_SMALL, MAP_STRING, NATIVE, OURS } from '../peers/catalogue.ts';

/** What is smaller is not a change, however sure it is. */
const LEAST = 0.05;

/** Who serves as the measure, in this order. */
const MEASURES = [NATIVE[1], NATIVE[0], MAP_BIGINT, MAP_FLOAT, MAP_SMALL, MAP_STRING];

export interface Change {
  readonly label: string;
  /** The engine in whose times it is measured; undefined where it is in nanoseconds. */
  readonly measure: string | undefined;
  /** Our cost in A and in B: the least of the rounds. */
  readonly before: number;
  readonly after: number;
  /** 0.1 is ten percent slower. */
  readonly change: number;
  readonly verdict: 'faster' | 'slower' | 'same' | 'too few rounds';
}

/** A cost each round: ours, in the peer's time of the same round. */
function costs(cells: ReadonlyMap<string, Cell>, ours: Cell, measure: string | undefined): number[] {
  const peer = measure && cells.get(labelOf({ ...ours, engine: measure }));
  if (!peer) return [...ours.figures.samples];
  const n = Math.min(ours.figures.samples.length, peer.figures.samples.length);
  return Array.from(
    { length: n },
    (_, i) => (ours.figures.samples[i] as number) / (peer.figures.samples[i] as number),
  );
}

/** Whether two samples differ, by the Mann-Whitney test of Benchmark.js. */
function differ(a: readonly number[], b: readonly number[]): boolean {
  const bench = (samples: readonly number[]) => {
    const one = new Benchmark('samples', () => {});
    (one.stats as { sample: number[] }).sample = [...samples];
    return one;
  };
  return (bench(a) as unknown as { compare(other: unknown): number }).compare(bench(b)) !== 0;
}

/** What of the emulator is in both runs, and how it has changed. */
export function changes(a: Results, b: Results): Change[] {
  const index = (results: Results) => new Map(results.cells.map((cell) => [labelOf(cell), cell]));
  const [before, after] = [index(a), index(b)];
  const result: Change[] = [];
  for (const [label, old] of before) {
    const now = after.get(label);
    if (old.engine !== OURS || now === undefined) continue;
    const measure = MEASURES.find((engine) =>
      [before, after].every((cells) => cells.has(labelOf({ ...old, engine }))),
    );
    const [x, y] = [costs(before, old, measure), costs(after, now, measure)];
    const [from, to] = [figures(x), figures(y)];
    const change = to.median / from.median - 1;
    const leastChange = to.min / from.min - 1;
    const few = x.length < 4 || y.length < 4;
    // Both the middle and the best of the rounds must have moved, and the rounds must differ as a whole.
    const moved =
      Math.abs(change) >= LEAST &&
      Math.abs(leastChange) >= LEAST &&
      change > 0 === leastChange > 0 &&
      differ(x, y);
    result.push({
      label: workOf(old),
      measure,
      before: from.min,
      after: to.min,
      change,
      verdict: few ? 'too few rounds' : !moved ? 'same' : change < 0 ? 'faster' : 'slower',
    });
  }
  return result;
}

/** The changes as text, those beyond the noise first. */
export function changesText(a: Results, b: Results): string {
  const all = changes(a, b);
  if (all.length === 0) return 'The two runs have no measurement in common.\n';
  const moved = all
    .filter(({ verdict }) => verdict === 'faster' || verdict === 'slower')
    .sort((x, y) => y.change - x.change);
  const lines = moved.map(
    ({ verdict, change, label, before, after, measure }) =>
      `${verdict} by ${percent(Math.abs(change))}  ${label}  ` +
      `${number(before)} -> ${number(after)} ${measure === undefined ? 'ns' : `of ${measure}'s time`}`,
  );
  const few = all.filter(({ verdict }) => verdict === 'too few rounds').length;
  const same = all.length - moved.length - few;
  const rest = [`${same} of ${all.length} measurements the same within the noise`];
  if (few > 0) rest.push(`${few} with fewer than 4 rounds, of which nothing can be said`);
  return `${[...lines, rest.join('; ')].join('\n')}\n`;
}
