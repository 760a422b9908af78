/** A run as tables in the terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { type GoalRow, goalRows, worstGrowth } from '../goals.ts';
import { count, figuresText, number, ratio, time } from '../harness/format.ts';
import { workOf } from '../harness/label.ts';
import type { Cell, Results } from '../harness/result.ts';
import { ENGINES, OURS } from '../peers/catalogue.ts';
import { SHARES } from '../peers/protocol.ts';

const PLAIN = { head: [], border: [] };

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const t = new Table({ head: [...head], style: PLAIN });
  for (const row of rows) t.push([...row]);
  return t.toString();
};

const metText = ({ met, reached }: GoalRow): string => {
  if (met === undefined) return reached === undefined ? 'not measured' : 'reported';
  return met ? pc.green('met') : pc.red('not met');
};

/** The table of goals; of a run that measured none of them, nothing. */
export function goalsTable(results: Results): string {
  const rows = goalRows(results);
  if (rows.every(({ reached }) => reached === undefined)) return '';
  const side = (f: GoalRow['ours']) => (f === undefined ? '' : figuresText(f));
  const body = rows.map((row) => [
    row.work,
    row.goal,
    side(row.ours),
    side(row.peer),
    row.reached ?? '',
    metText(row),
  ]);
  const head = ['work, entries', 'goal', 'ours, ns', 'against, ns', 'reached', ''];
  const asked = rows.filter(({ met }) => met !== undefined);
  const met = asked.filter((row) => row.met).length;
  return `Goals: min (median ±spread), ratios of the minima\n${table(head, body)}\n${met} of ${asked.length} goals met\n`;
}

/** Cells of the same work side by side. */
export function byWork(cells: readonly Cell[]): Map<string, Cell[]> {
  const works = new Map<string, Cell[]>();
  for (const cell of cells) {
    const work = workOf(cell);
    works.set(work, [...(works.get(work) ?? []), cell]);
  }
  return works;
}

/** One table a suite: a row for each work, a column for each engine. */
function suiteTable(suite: string, cells: readonly Cell[]): string {
  const engines = ENGINES.filter((engine) => cells.some((cell) => cell.engine === engine));
  const rows = [...byWork(cells)].map(([work, same]) => {
    const ours = same.find((cell) => cell.engine === OURS);
    return [
      work,
      ...engines.map((engine) => {
        const cell = same.find((c) => c.engine === engine);
        if (cell === undefined) return '';
        const against =
          ours === undefined || cell === ours ? '' : `\n${ratio(cell.figures.min / ours.figures.min)}`;
        return `${figuresText(cell.figures)}${against}`;
      }),
    ];
  });
  return `${suite}: ns an operation, min (median ±spread); below it how many times as fast the emulator is\n${table(['', ...engines], rows)}\n`;
}

function latencyTables({ latencies }: Results): string[] {
  return [...new Set(latencies.map(({ len }) => len))].map((len) => {
    const rows = latencies
      .filter((cell) => cell.len === len)
      .map((cell) => [
        cell.engine,
        ...SHARES.map((_, i) => time(Math.min(...cell.runs.map((r) => r.percentiles[i]?.[1] ?? Number.NaN)))),
        cell.runs[0]?.growths.length ? time(worstGrowth(cell) ?? Number.NaN) : '',
      ]);
    const head = ['engine', ...SHARES.map((s) => (s === 1 ? 'worst' : shareText(s))), 'worst growth insert'];
    return `latency of ${count(len)} single inserts: the least of the runs\n${table(head, rows)}\n`;
  });
}

const shareText = (share: number): string => `${Number((share * 100).toFixed(4))} %`;

function memoryTable({ memory }: Results): string {
  const rows = memory.map(({ engine, count: n, presized, grown }) => [
    engine,
    count(n),
    number(presized / n),
    number(grown / n),
  ]);
  return `memory: bytes of the heap an entry\n${table(['engine', 'entries', 'made for them', 'grown'], rows)}\n`;
}

/** Everything that a run has measured. */
export function tablesOf(results: Results): string {
  const { cells, startup, memory, skipped, environment } = results;
  const parts = [
    `${environment.cpu}, ${environment.cores} cores, ${environment.system}; ` +
      Object.entries(environment.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
  ];
  for (const suite of new Set(cells.map((cell) => cell.suite))) {
    parts.push(
      suiteTable(
        suite,
        cells.filter((cell) => cell.suite === suite),
      ),
    );
  }
  parts.push(...latencyTables(results));
  if (memory.length > 0) parts.push(memoryTable(results));
  if (startup !== null) {
    parts.push(
      `startup: ${number(startup.ms.median)} ms to the first map (least ${number(startup.ms.min)}); ` +
        `the release module has ${count(startup.bytes)} bytes, ${count(startup.gzipped)} gzipped\n`,
    );
  }
  parts.push(goalsTable(results));
  for (const line of skipped) parts.push(`left out: ${line}`);
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}
