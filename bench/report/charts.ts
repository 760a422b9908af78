/** What the report plots, as plain data: `page.ts` draws it in the browser. */
import type { Cell, Results } from '../harness/result.ts';
import { ENGINES, OURS } from '../peers/catalogue.ts';
import { byWork } from './tables.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Least and median, for what is shown on pointing at it. */
  readonly text: string;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** `percentile`: x is 1/(1-share), its ticks are shares. */
  readonly xScale: 'count' | 'percentile';
  readonly lines: readonly Line[];
}

export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly x: string;
  /** The value from which bars go to both sides, on a logarithmic axis; 0: an ordinary axis. */
  readonly from: 0 | 1;
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

export type Chart = LineChart | BarChart;

export interface Section {
  readonly title: string;
  readonly text: string;
  readonly charts: readonly Chart[];
}

const text = ({ figures }: Cell): string =>
  `${figures.min.toFixed(2)} ns at best, median ${figures.median.toFixed(2)} ns`;

const engineOrder = (a: { name: string }, b: { name: string }): number =>
  (ENGINES as readonly string[]).indexOf(a.name) - (ENGINES as readonly string[]).indexOf(b.name);

/** A line for each engine of these cells. */
function linesOf(cells: readonly Cell[], x: (cell: Cell) => number): Line[] {
  return [...new Set(cells.map(({ engine }) => engine))]
    .map((name) => ({
      name,
      points: cells
        .filter(({ engine }) => engine === name)
        .map((cell) => ({ x: x(cell), y: cell.figures.min, text: text(cell) }))
        .sort((a, b) => a.x - b.x),
    }))
    .sort(engineOrder);
}

const OPERATIONS: Readonly<Record<string, string>> = {
  insert: 'insert from empty',
  presized: 'insert, pre-sized',
  overwrite: 'overwrite',
  hit: 'hit',
  miss: 'miss',
  delete: 'delete',
  drain: 'drain into columns',
};

/** Growth ahead of the entries is another way to do what `insert` does: it is compared with the others' inserts. */
const AHEAD = 'classic, growth ahead';

/** Cost against size: one chart an operation. */
function costs(cells: readonly Cell[]): Chart[] {
  const plain = cells.filter((c) => c.suite === 'batch' && c.batch === undefined);
  const line = (op: string, name: string): Line[] =>
    linesOf(
      plain.filter((cell) => cell.op === op),
      (cell) => cell.len,
    ).map((one) => ({ ...one, name }));
  return Object.entries(OPERATIONS).flatMap(([op, title]): Chart[] => {
    const lines = linesOf(
      plain.filter((cell) => cell.op === op),
      (cell) => cell.len,
    );
    if (lines.length === 0) return [];
    if (op === 'insert') lines.push(...line('ahead', AHEAD));
    if (op === 'hit') lines.push(...line('gather3', 'limit: three lines'));
    if (op === 'miss') lines.push(...line('gather1', 'limit: one line'));
    return [{ kind: 'lines', title, x: 'entries', y: 'ns', xScale: 'count', lines }];
  });
}

/** How many times as fast the emulator is, by operation: one chart a size. */
function ratios(cells: readonly Cell[]): Chart[] {
  const batch = cells.filter((c) => c.suite === 'batch' && c.batch === undefined);
  const plain = batch.filter((c) => c.op in OPERATIONS);
  // The others' inserts once more, beside ours with growth ahead.
  const ahead = batch.flatMap((cell): Cell[] => {
    if (cell.op === 'ahead') return [cell];
    const has = batch.some((c) => c.op === 'ahead' && c.len === cell.len);
    return cell.op === 'insert' && cell.engine !== OURS && has ? [{ ...cell, op: 'ahead' }] : [];
  });
  return [...new Set(plain.map(({ len }) => len))]
    .sort((a, b) => a - b)
    .map((len) =>
      ratioBars(
        `${len.toLocaleString('en-US')} entries`,
        [...ahead, ...plain].filter((c) => c.len === len),
        (c) => OPERATIONS[c.op] ?? 'insert, growth ahead',
      ),
    );
}

function ratioBars(title: string, cells: readonly Cell[], category: (cell: Cell) => string): BarChart {
  const works = [...byWork(cells).values()].filter((same) => same.some(({ engine }) => engine === OURS));
  const engines = ENGINES.filter((e) => e !== OURS && works.some((w) => w.some((c) => c.engine === e)));
  const min = (same: readonly Cell[], engine: string) => same.find((c) => c.engine === engine)?.figures.min;
  return {
    kind: 'bars',
    title,
    x: 'times as fast as the engine named',
    from: 1,
    categories: works.map((same) => category(same[0] as Cell)),
    series: engines.map((name) => ({
      name,
      values: works.map((same) => {
        const [ours, theirs] = [min(same, OURS), min(same, name)];
        return ours === undefined || theirs === undefined ? null : theirs / ours;
      }),
    })),
  };
}

function latencies(results: Results): Chart[] {
  return [...new Set(results.latencies.map(({ len }) => len))].map((len) => ({
    kind: 'lines',
    title: `${len.toLocaleString('en-US')} inserts, one by one`,
    x: 'share of the inserts',
    y: 'ns',
    xScale: 'percentile',
    lines: results.latencies
      .filter((cell) => cell.len === len)
      .map(({ engine, runs }) => ({
        name: engine,
        points: (runs[0]?.percentiles ?? []).map(([share], i) => {
          const times = runs.map((run) => run.percentiles[i]?.[1] as number);
          // The worst of all stands behind the last insert but one.
          const x = share === 1 ? len : 1 / (1 - share);
          return { x, y: Math.min(...times), text: `${Math.min(...times)} to ${Math.max(...times)} ns` };
        }),
      }))
      .sort(engineOrder),
  }));
}

function growths(results: Results): Chart[] {
  return [...new Set(results.latencies.map(({ len }) => len))].flatMap((len): Chart[] => {
    const lines = results.latencies
      .filter((cell) => cell.len === len && (cell.runs[0]?.growths.length ?? 0) > 0)
      .map(({ engine, runs }) => ({
        name: engine,
        points: (runs[0]?.growths ?? []).map(([x], i) => {
          const times = runs.map((run) => run.growths[i]?.[1] as number);
          return { x, y: Math.min(...times), text: `${Math.min(...times)} to ${Math.max(...times)} ns` };
        }),
      }));
    if (lines.length === 0) return [];
    return [
      {
        kind: 'lines',
        title: 'the insert that begins a growth',
        x: 'entries',
        y: 'ns',
        xScale: 'count',
        lines,
      },
    ];
  });
}

/** The sections of the report; what was not measured has none. */
export function sectionsOf(results: Results): Section[] {
  const { cells, memory } = results;
  const keys = cells.filter((c) => c.suite === 'keys');
  const elems = cells.filter((c) => c.suite === 'elems');
  const bySize = (of: readonly Cell[], category: (cell: Cell) => string): Chart[] =>
    [...new Set(of.map(({ len }) => len))]
      .sort((a, b) => a - b)
      .map((len) =>
        ratioBars(
          `${len.toLocaleString('en-US')} entries`,
          of.filter((c) => c.len === len),
          category,
        ),
      );
  const series = (suite: string, x: (cell: Cell) => number, axis: string): Chart[] => {
    const of = cells.filter((cell) => cell.suite === suite);
    return [...new Set(of.map(({ len }) => len))].map((len) => ({
      kind: 'lines',
      title: `${len.toLocaleString('en-US')} entries`,
      x: axis,
      y: 'ns',
      xScale: 'count',
      lines: linesOf(
        of.filter((c) => c.len === len),
        x,
      ),
    }));
  };
  const memories = [...new Set(memory.map(({ count }) => count))].map((count): Chart => {
    const of = memory.filter((cell) => cell.count === count);
    return {
      kind: 'bars',
      title: `${count.toLocaleString('en-US')} entries`,
      x: 'bytes an entry',
      from: 0,
      categories: of.map(({ engine }) => engine),
      series: [
        { name: 'made for its entries', values: of.map((cell) => cell.presized / count) },
        { name: 'grown to them', values: of.map((cell) => cell.grown / count) },
      ],
    };
  });
  return [
    {
      title: 'How many times as fast',
      text: "The other engine's time in the emulator's, each at its best: right of 1 the emulator is faster. uint64 to uint64.",
      charts: ratios(cells),
    },
    {
      title: 'Cost against size',
      text: 'Nanoseconds an operation at best, both axes logarithmic. The emulator takes a column in one call; engines without such are called in a loop.',
      charts: costs(cells),
    },
    {
      title: 'Latency of growth',
      text: 'Each insert timed by itself: the share of inserts that take no longer, and the inserts at which a growth begins. The least of the runs.',
      charts: [...latencies(results), ...growths(results)],
    },
    {
      title: 'Kinds of keys',
      text: 'How many times as fast, by kind of key.',
      charts: bySize(keys, (c) => `${c.key} ${c.op}`),
    },
    {
      title: 'Sizes of elements',
      text: 'How many times as fast, by element type under uint64 keys.',
      charts: bySize(elems, (c) => `${c.elem} ${c.op}`),
    },
    {
      title: 'Keys a call',
      text: 'Batches from ordinary typed arrays, which are copied in and out.',
      charts: series('batches', (c) => c.batch ?? 1, 'keys a call'),
    },
    {
      title: 'Share of hits',
      text: 'Lookups of which some in a hundred find their key.',
      charts: series('hits', (c) => c.hits ?? 100, 'hits in a hundred'),
    },
    {
      title: 'Single operations from JavaScript',
      text: 'How many times as fast, one key a call.',
      charts: bySize(
        cells.filter((c) => c.suite === 'single'),
        (c) => `${c.key} ${c.op.slice('single-'.length)}`,
      ),
    },
    { title: 'Memory', text: 'Bytes of the heap an entry, uint64 to uint64.', charts: memories },
  ].filter(({ charts }) => charts.length > 0);
}
