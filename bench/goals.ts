/** What is asked of the emulator's speed, and whether a run has met it. */
import type { Figures } from './harness/figures.ts';
import { count, percent, ratio, time } from './harness/format.ts';
import { type Dimensions, labelOf } from './harness/label.ts';
import type { LatencyCell, Results } from './harness/result.ts';
import { GO_WASM, MAP_BIGINT, MAP_FLOAT, MAP_SMALL, MAP_STRING, NATIVE, OURS } from './peers/catalogue.ts';
import { hashDimensions } from './suites/hashing.ts';

export interface GoalRow {
  readonly work: string;
  /** As a text: `≥2.8x native Go`. */
  readonly goal: string;
  /** What was reached, as a text; undefined where it was not measured. */
  readonly reached: string | undefined;
  /** Undefined where nothing was measured, or where nothing is asked and the figure is only reported. */
  readonly met: boolean | undefined;
  readonly ours: Figures | undefined;
  readonly peer: Figures | undefined;
}

type Work = Omit<Dimensions, 'engine'>;

const batch = (op: string, len: number): Work => ({ key: 'uint64', elem: 'uint64', len, op });

const NATIVE_GO = 'native Go';

/** Groups of engines of which the best counts. */
const BEST_OF: Readonly<Record<string, readonly string[]>> = { [NATIVE_GO]: NATIVE };

class Found {
  readonly #cells: ReadonlyMap<string, Figures>;

  constructor(results: Results) {
    // The same work may be measured again beside other sizes, with fewer rounds: the first counts.
    this.#cells = new Map([...results.cells].reverse().map((cell) => [labelOf(cell), cell.figures]));
  }

  /** The figures of an engine, or of the better of a group. */
  of(engine: string, work: Work): Figures | undefined {
    return (BEST_OF[engine] ?? [engine])
      .map((one) => this.#cells.get(labelOf({ engine: one, ...work })))
      .filter((f) => f !== undefined)
      .reduce<Figures | undefined>(
        (best, f) => (best === undefined || f.min < best.min ? f : best),
        undefined,
      );
  }
}

/** `atLeast` undefined: the ratio is reported and nothing is asked of it. */
function faster(found: Found, what: string, work: Work, peer: string, atLeast: number | undefined): GoalRow {
  const ours = found.of(OURS, work);
  const theirs = found.of(peer, work);
  const reached = ours && theirs ? theirs.min / ours.min : undefined;
  return {
    work: what,
    goal: atLeast === undefined ? `reported, against ${peer}` : `≥${atLeast}x ${peer}`,
    reached: reached === undefined ? undefined : ratio(reached),
    met: reached === undefined || atLeast === undefined ? undefined : reached >= atLeast,
    ours,
    peer: theirs,
  };
}

/** How near the work comes to the loads of its lines alone. */
function shareOfLimit(
  found: Found,
  what: string,
  work: Work,
  limit: 'gather1' | 'gather3',
  atLeast: number,
): GoalRow {
  const ours = found.of(OURS, work);
  const bound = found.of(OURS, { ...work, op: limit });
  const reached = ours && bound ? bound.min / ours.min : undefined;
  return {
    work: what,
    goal: `≥${percent(atLeast)} of the ${limit === 'gather1' ? 'one-line' : 'three-line'} gather limit`,
    reached: reached === undefined ? undefined : percent(reached),
    met: reached === undefined ? undefined : reached >= atLeast,
    ours,
    peer: bound,
  };
}

/** A row of plain numbers. */
function atMost(
  work: string,
  goal: string,
  value: number | undefined,
  limit: number,
  text: (value: number) => string,
  strictly = false,
): GoalRow {
  const met = value === undefined ? undefined : strictly ? value < limit : value <= limit;
  const reached = value === undefined ? undefined : text(value);
  return { work, goal, reached, met, ours: undefined, peer: undefined };
}

const SMALL = 1000;
const MIDDLE = 100_000;
const LARGE = 1_000_000;
const HUGE = 4_000_000;

/** The table of goals, filled in from a run. */
export function goalRows(results: Results): GoalRow[] {
  const found = new Found(results);
  const rows: GoalRow[] = [];
  const races = (name: string, work: Work, ...against: readonly [peer: string, atLeast?: number][]) => {
    for (const [peer, atLeast] of against) {
      rows.push(faster(found, `${name}, ${count(work.len)}`, work, peer, atLeast));
    }
  };
  for (const len of [LARGE, HUGE]) {
    races('batch hit', batch('hit', len), [NATIVE_GO, 2.8], [MAP_BIGINT, 18], [GO_WASM, 8]);
    rows.push(shareOfLimit(found, `batch hit, ${count(len)}`, batch('hit', len), 'gather3', 0.55));
  }
  races('batch miss', batch('miss', LARGE), [NATIVE_GO, 4.3]);
  rows.push(shareOfLimit(found, `batch miss, ${count(LARGE)}`, batch('miss', LARGE), 'gather1', 0.4));
  races('batch insert from empty, exact', batch('insert', LARGE), [NATIVE_GO, 2], [MAP_BIGINT, 5]);
  for (const len of [LARGE, HUGE]) rows.push(...ahead(found, len));
  races('batch insert, pre-sized', batch('presized', LARGE), [NATIVE_GO, 2.9]);
  races('batch overwrite', batch('overwrite', LARGE), [NATIVE_GO, 2.9]);
  races('batch delete', batch('delete', LARGE), [NATIVE_GO, 2.2]);
  races('drain into columns', batch('drain', LARGE), [NATIVE_GO, 2.5]);
  for (const len of [SMALL, MIDDLE]) {
    races('batch hit', batch('hit', len), [NATIVE_GO, 2.8]);
    races('batch overwrite', batch('overwrite', len), [NATIVE_GO, 2.8]);
    races('batch insert, pre-sized', batch('presized', len), [NATIVE_GO, 2.8]);
  }
  const single = (key: string, op: string, len: number): Work => ({
    key,
    elem: 'uint64',
    len,
    op: `single-${op}`,
  });
  for (const [len, atLeast] of [
    [SMALL, 2.2],
    [MIDDLE, 2.2],
    [LARGE, 2.8],
  ] as const) {
    races('single get, bigint', single('uint64', 'get', len), [MAP_BIGINT, atLeast]);
  }
  for (const len of [MIDDLE, LARGE]) {
    races('single set, bigint, growing', single('uint64', 'grow', len), [MAP_BIGINT, 2]);
  }
  for (const [len, atLeast] of [
    [SMALL, 1.3],
    [MIDDLE, 1.6],
    [LARGE, 2.2],
  ] as const) {
    races('single get, float64', single('float64', 'get', len), [MAP_FLOAT, atLeast]);
  }
  for (const len of [SMALL, MIDDLE]) {
    races('single get, small integers', single('int32', 'get', len), [MAP_SMALL]);
  }
  for (const len of [SMALL, MIDDLE]) {
    for (const key of ['string8', 'string16']) {
      races(`single get, fresh ${key}`, single(key, 'fresh', len), [MAP_STRING, 1.3]);
      races(`column hit, ${key}`, { ...batch('hit', len), key }, [NATIVE_GO, 1]);
    }
  }
  rows.push(...latencyRows(results));
  rows.push(memoryRow(results));
  for (const size of [4, 8, 32, 256, 4096]) {
    const { engine: _engine, ...work } = hashDimensions(size, OURS);
    rows.push({ ...faster(found, `hashing ${count(size)} bytes`, work, NATIVE_GO, undefined) });
  }
  const { startup } = results;
  rows.push(
    atMost(
      'import and first map ready',
      'under 30 ms',
      startup?.ms.median,
      30,
      (v) => `${v.toFixed(1)} ms`,
      true,
    ),
    atMost(
      'release module',
      'under 60 KB gzipped',
      startup?.gzipped,
      60_000,
      (v) => `${(v / 1000).toFixed(1)} KB`,
      true,
    ),
  );
  return rows;
}

/** Growth ahead of the entries, against what the others do: insert. */
function ahead(found: Found, len: number): GoalRow[] {
  const ours = found.of(OURS, batch('ahead', len));
  return [[NATIVE_GO, 5] as const, [MAP_BIGINT, 10] as const].map(([peer, atLeast]) => {
    const theirs = found.of(peer, batch('insert', len));
    const reached = ours && theirs ? theirs.min / ours.min : undefined;
    return {
      work: `batch insert from empty, growth ahead, ${count(len)}`,
      goal: `≥${atLeast}x ${peer}`,
      reached: reached === undefined ? undefined : ratio(reached),
      met: reached === undefined ? undefined : reached >= atLeast,
      ours,
      peer: theirs,
    };
  });
}

/** The least of the worst inserts of the runs: what other processes add is not the map's. */
const worst = (cell: LatencyCell | undefined): number | undefined =>
  cell && Math.min(...cell.runs.map(({ percentiles }) => percentiles.at(-1)?.[1] ?? Number.NaN));

/** Of each insert that begins a growth the quickest of the runs; of these the slowest. */
export function worstGrowth(cell: LatencyCell): number | undefined {
  const times = cell.runs[0]?.growths.map((_, i) =>
    Math.min(...cell.runs.map(({ growths }) => growths[i]?.[1] ?? Number.NaN)),
  );
  return times === undefined || times.length === 0 ? undefined : Math.max(...times);
}

function latencyRows({ latencies }: Results): GoalRow[] {
  const len = Math.max(0, ...latencies.map((cell) => cell.len));
  const of = (engine: string) => latencies.find((cell) => cell.engine === engine && cell.len === len);
  const ours = of(OURS);
  const worsts = { ours: worst(ours), map: worst(of(MAP_BIGINT)), go: worst(of(NATIVE[0])) };
  const where = `worst single insert of ${len === 0 ? count(HUGE) : count(len)}`;
  return [
    atMost('growth insert itself, any size', '≤20 µs', ours && worstGrowth(ours), 20_000, time),
    worstRow(where, `≤ a tenth of ${MAP_BIGINT}'s`, worsts.ours, worsts.map && worsts.map / 10, worsts.map),
    worstRow(where, `below ${NATIVE_GO}'s`, worsts.ours, worsts.go, worsts.go),
  ];
}

function worstRow(
  work: string,
  goal: string,
  ours: number | undefined,
  limit: number | undefined,
  theirs: number | undefined,
): GoalRow {
  const known = ours !== undefined && limit !== undefined;
  return {
    work,
    goal,
    reached: known ? `${time(ours)} against ${time(theirs as number)}` : undefined,
    met: known ? ours <= limit : undefined,
    ours: undefined,
    peer: undefined,
  };
}

function memoryRow({ memory }: Results): GoalRow {
  const of = (engine: string) => memory.find((cell) => cell.engine === engine && cell.count === LARGE);
  const [ours, go] = [of(OURS), of(NATIVE[0])];
  const each = (cell: typeof ours) => (cell === undefined ? Number.NaN : cell.presized / cell.count);
  const known = ours !== undefined && go !== undefined;
  return {
    work: `memory per entry, pre-sized, ${count(LARGE)}`,
    goal: `≤ ${NATIVE_GO}'s heap plus 2 %`,
    reached: known ? `${each(ours).toFixed(2)} B against ${each(go).toFixed(2)} B` : undefined,
    met: known ? each(ours) <= each(go) * 1.02 : undefined,
    ours: undefined,
    peer: undefined,
  };
}
