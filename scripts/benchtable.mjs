/**
 * `npm run bench:readme RESULTS.json`: takes a summary of a benchmark run into bench/results.json, and writes
 * the table in README.md from it. `npm run check` fails where the table is not what this script would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { inProject, isMain } from './project.mjs';

export const SUMMARY = inProject('bench', 'results.json');
const README = inProject('README.md');
const START = '<!-- benchmark: written by npm run bench:readme -->';
const END = '<!-- /benchmark -->';

/** The operations of the table, by their names in labels. */
const OPERATIONS = {
  hit: 'look up, hits',
  miss: 'look up, misses',
  insert: 'insert from empty',
  ahead: 'insert from empty, growth ahead',
  presized: 'insert, pre-sized',
  overwrite: 'overwrite',
  delete: 'delete',
  drain: 'drain into columns',
};
const OURS = 'classic';
/** The columns: engines of which the best counts, by their names in labels. */
const COLUMNS = {
  'native Go 1.19': ['go1.19', 'go1.19-noaes'],
  'Go 1.19 in WebAssembly': ['go1.19-wasm'],
  'Map(bigint)': ['Map(bigint)'],
};

/**
 * @typedef {object} Row
 * @property {string} op
 * @property {number} len
 * @property {number} ns the emulator's, at best
 * @property {Record<string, number | null>} times of the others as many times the emulator's, by column
 *
 * @typedef {object} Summary
 * @property {string} date
 * @property {string} mode
 * @property {string} cpu
 * @property {number} cores
 * @property {Record<string, string>} versions
 * @property {Row[]} rows
 *
 * @typedef {object} Cell
 * @property {string} suite
 * @property {string} engine
 * @property {string} op
 * @property {number} len
 * @property {number} [batch]
 * @property {{ min: number }} figures
 */

/**
 * @param {string} path a results file of the benchmark
 * @returns {Summary}
 */
function summaryOf(path) {
  const { date, mode, environment, cells } = JSON.parse(readFileSync(path, 'utf8'));
  const batch = /** @type {Cell[]} */ (cells).filter((c) => c.suite === 'batch' && c.batch === undefined);
  /** @param {string[]} engines @param {string} op @param {number} len */
  const best = (engines, op, len) =>
    Math.min(
      ...batch
        .filter((c) => engines.includes(c.engine) && c.op === op && c.len === len)
        .map((c) => c.figures.min),
    );
  const rows = Object.keys(OPERATIONS).flatMap((op) =>
    batch
      .filter(
        (c) => c.engine === OURS && c.op === op && [1000, 100_000, 1_000_000, 4_000_000].includes(c.len),
      )
      .map(({ len, figures }) => ({
        op,
        len,
        ns: Number(figures.min.toPrecision(3)),
        times: Object.fromEntries(
          Object.entries(COLUMNS).map(([column, engines]) => {
            // With growth ahead is another way to insert from empty.
            const ratio = best(engines, op === 'ahead' ? 'insert' : op, len) / figures.min;
            return [column, Number.isFinite(ratio) ? Number(ratio.toPrecision(2)) : null];
          }),
        ),
      })),
  );
  if (rows.length === 0) throw new Error(`${path} has no figures of the suite batch`);
  const { cpu, cores, versions } = environment;
  return { date: date.slice(0, 10), mode, cpu, cores, versions, rows };
}

/** @param {Summary} summary */
function table({ date, mode, cpu, cores, versions, rows }) {
  const columns = Object.keys(COLUMNS);
  const lines = rows.map(({ op, len, ns, times }) => {
    const name = /** @type {Record<string, string>} */ (OPERATIONS)[op];
    const ratios = columns.map((column) => (times[column] ? `${times[column]}x` : ''));
    return `| ${name} | ${len.toLocaleString('en-US')} | ${ns} | ${ratios.join(' | ')} |`;
  });
  const go = versions['go1.19'] ? `, ${versions['go1.19']}` : '';
  const quick = mode === 'full' ? '' : ` A ${mode} run: few rounds, so these figures are rough.`;
  return [
    `Measured on ${date}: ${cpu}, ${cores} cores, Node ${versions['Node']}${go}, hmap-wasm ${versions['hmap-wasm']}.${quick}`,
    '',
    `| batch of uint64 to uint64 | entries | ns each | ${columns.map((c) => `against ${c}`).join(' | ')} |`,
    `|---|---:|---:|${columns.map(() => '---:').join('|')}|`,
    ...lines,
  ].join('\n');
}

/** README.md with the table that belongs to the summary, and as it is. */
export function readme() {
  const text = readFileSync(README, 'utf8');
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has no lines ${START} and ${END}`);
  const block = table(JSON.parse(readFileSync(SUMMARY, 'utf8')));
  return { now: text, fresh: `${text.slice(0, from + START.length)}\n${block}\n${text.slice(to)}` };
}

if (isMain(import.meta.url)) {
  const [path] = process.argv.slice(2);
  if (path === undefined) {
    console.error('npm run bench:readme takes the results file of a run: npm run bench:readme RESULTS.json');
    process.exit(2);
  }
  writeFileSync(SUMMARY, `${JSON.stringify(summaryOf(resolve(path)), null, 2)}\n`);
  writeFileSync(README, readme().fresh);
  console.log('Wrote bench/results.json and the table in README.md.');
}
