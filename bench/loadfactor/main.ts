/**
 * `npm run bench:loadfactor -- [--seeds N] [--go RELEASE] [--json]`: the table of load factors in Go's sources,
 * measured on maps of 2^16 buckets. Exits 1 if a figure is off.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { DEFAULT_RELEASE } from 'hmap-wasm';
import { type Compared, compareRow } from './compare.ts';
import { measure } from './measure.ts';
import { type Figures, GO_TABLE } from './table.ts';

const B = 16;
/** The tolerances are meant for the mean of so many. */
const FEWEST_SEEDS = 10;

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: String(FEWEST_SEEDS) },
    go: { type: 'string', default: DEFAULT_RELEASE },
    json: { type: 'boolean', default: false },
  },
});
const seeds = Number(given.seeds);
if (!Number.isSafeInteger(seeds) || seeds < FEWEST_SEEDS) {
  throw new RangeError(`--seeds takes a whole number from ${FEWEST_SEEDS} on, got ${given.seeds}`);
}

const results: Compared[] = [];
for (const row of GO_TABLE) {
  const measured: Figures[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    say(`load factor ${row.loadFactor.toFixed(2)}, seed ${seed} of ${seeds}`);
    measured.push(await measure({ loadFactor: row.loadFactor, B, seed, goVersion: given.go }));
  }
  results.push(...compareRow(row, measured));
}
say('');

const off = results.filter(({ within }) => !within).length;
if (given.json) {
  process.stdout.write(`${JSON.stringify({ goVersion: given.go, B, seeds, results }, null, 2)}\n`);
} else {
  const table = new Table({
    head: ['load', 'figure', 'mean', 'deviation', 'Go', 'model', 'tolerance', ''],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of results) {
    table.push([
      one.loadFactor.toFixed(2),
      one.column,
      ...[one.mean, one.deviation].map((figure) => figure.toFixed(3)),
      ...[one.table, one.model, one.tolerance].map((figure) => figure.toFixed(2)),
      one.within ? 'within' : 'OFF',
    ]);
  }
  process.stdout.write(`Go ${given.go}, 2^${B} buckets, ${seeds} seeds\n${table}\n`);
  process.stdout.write(`${results.length - off} of ${results.length} figures are within their tolerances\n`);
}
process.exitCode = off === 0 ? 0 : 1;

function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
