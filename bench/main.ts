/** `npm run bench`: single operations against the built-in Map. `--quick` for fewer rounds, `--json` for figures. */
import { cpus } from 'node:os';
import { runPairs } from './pairs.ts';
import { singlePairs } from './single.ts';

const quick = process.argv.includes('--quick');
const json = process.argv.includes('--json');
/** Entries of the maps. */
const LENGTH = 100_000;

const say = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};
const results = runPairs(await singlePairs(LENGTH), quick ? 3 : 10, quick ? 0.1 : 0.3, say);
say('');

if (json) {
  const machine = { cpu: cpus()[0]?.model, node: process.version, date: new Date().toISOString() };
  process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
} else {
  process.stdout.write(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}\n`);
  process.stdout.write(
    'ns an operation, min (median); ratio peer/ours of the minima (medians), over 1 is faster\n\n',
  );
  for (const { label, ours, peer, ratioOfMinima, ratioOfMedians } of results) {
    const one = (f: { min: number; median: number }) => `${f.min.toFixed(1)} (${f.median.toFixed(1)})`;
    process.stdout.write(
      `${label}\n  ours ${one(ours)}  peer ${one(peer)}  ratio ${ratioOfMinima.toFixed(2)} (${ratioOfMedians.toFixed(2)})\n`,
    );
  }
}
