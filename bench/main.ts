/** `npm run bench`: races the emulator against its peers, prints tables, writes JSON and a report. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Environment, Results } from './harness/result.ts';
import { Session } from './harness/session.ts';
import { RESULTS, ROOT } from './paths.ts';
import { ENGINES, type Engine, findPeers } from './peers/catalogue.ts';
import { LEAST } from './peers/protocol.ts';
import { planFor, SUITES } from './plan.ts';
import { changesText } from './report/compare.ts';
import { htmlOf } from './report/html.ts';
import { tablesOf } from './report/tables.ts';

/** Seconds for the whole of a run, its peers' building included. */
const SECONDS = { full: 36 * 60, quick: 95, smoke: Number.POSITIVE_INFINITY };

interface Options {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly smoke?: boolean;
  readonly only?: string[];
  readonly json?: string;
  readonly html?: string;
}

const read = (path: string): Results => {
  const results = JSON.parse(readFileSync(path, 'utf8')) as Results;
  if (results.format !== 1 || !Array.isArray(results.cells)) {
    throw new TypeError(`${path} holds no results of this benchmark`);
  }
  return results;
};

/** Progress goes to where people look, one line that changes, or lines where it is a file. */
function progressLine(): (text: string) => void {
  if (process.stderr.isTTY) return (text) => process.stderr.write(`\r\x1b[K${text.slice(0, 120)}`);
  return (text) => process.stderr.write(`${text}\n`);
}

function environment(versions: Readonly<Record<string, string>>, startLoad: number): Environment {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: cpus().length,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `${type()} ${release()} ${process.arch}`,
    versions: {
      'hmap-wasm': own.version,
      Node: process.versions.node,
      V8: process.versions.v8,
      ...versions,
    },
    load: [startLoad, loadavg()[0] as number],
  };
}

async function measure(options: Options): Promise<void> {
  const name = options.smoke === true ? 'smoke' : options.quick === true ? 'quick' : 'full';
  const steps = planFor({ mode: name, large: options.full === true, only: options.only ?? [] });
  const say = progressLine();
  const startLoad = loadavg()[0] as number;
  const began = performance.now();
  const engines = ENGINES.filter((engine: Engine) => steps.some((step) => step.engines.includes(engine)));
  const catalogue = await findPeers(engines, say);
  const left = SECONDS[name] - (performance.now() - began) / 1000;
  // For right results a few operations are as good as many.
  if (name === 'smoke') process.env[LEAST] = '2000';
  const session = new Session({ name, seconds: left }, catalogue, say);
  let wanted = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  for (const step of steps) {
    session.beginStep(wanted);
    wanted -= step.seconds;
    if (session.isOver) session.skipped.push(`${step.suite}: no time was left for ${step.labels.join(', ')}`);
    else await step.run(session);
  }
  if (process.stderr.isTTY) say('');

  const results: Results = {
    format: 1,
    date: new Date().toISOString(),
    mode: name,
    seconds: Math.round((performance.now() - began) / 1000),
    environment: environment(catalogue.versions, startLoad),
    cells: session.cells,
    latencies: session.latencies,
    memory: session.memory,
    startup: session.startup,
    skipped: session.skipped,
  };
  if (name === 'smoke') {
    for (const line of session.skipped) console.log(`left out: ${line}`);
    const engines = new Set(session.cells.map(({ engine }) => engine));
    console.log(
      `bench: ${session.cells.length} measurements on ${engines.size} engines, all results right, ${results.seconds} s`,
    );
    return;
  }
  process.stdout.write(tablesOf(results));
  const stamp = results.date.slice(0, 19).replaceAll(':', '');
  const json = resolve(options.json ?? join(RESULTS, `${stamp}-${name}.json`));
  const html = resolve(options.html ?? json.replace(/(\.json)?$/, '.html'));
  for (const [path, text] of [
    [json, `${JSON.stringify(results, null, 1)}\n`],
    [html, htmlOf(results)],
  ] as const) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(`${results.seconds} s; results in ${json}, report in ${html}`);
}

const program = new Command('bench')
  .description('Races the emulator against native Go, Go in WebAssembly, the built-in Map and others.')
  .option('--quick', 'what the table of goals needs, within two minutes')
  .option('--full', 'with maps of 16,000,000 entries too')
  .option('--smoke', 'every suite at tiny sizes: right results, no figures')
  .option('--only <names...>', `suites (goals, ${SUITES.join(', ')}) or parts of labels`)
  .option('--json <file>', 'where the results go')
  .option('--html <file>', 'where the report goes')
  .action(measure);
program
  .command('compare <a> <b>')
  .description('says what changed between two runs beyond the noise')
  .action((a: string, b: string) => {
    process.stdout.write(changesText(read(a), read(b)));
  });
program
  .command('report <results> <html>')
  .description('writes the report of a run again')
  .action((from: string, to: string) => writeFileSync(to, htmlOf(read(from))));

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
