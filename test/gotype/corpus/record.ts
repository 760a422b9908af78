/**
 * `npm run gotype:record [-- --write]`: asks Go 1.19 what it makes of a generated corpus of types, compares that with
 * every other release and processor that can be had, and tells what is new, changed or the same. Writes only with
 * --write; without it, exits 1 if something would change. What is recorded of releases that cannot be had is kept.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ARCHES, type FoundGo, findAll, HOST } from '../../oracle/judge.ts';
import { generate } from './generate.ts';
import { askGo, canRun, type Row } from './judge.ts';
import { changes, FIRST, RECORDED, type RecordedType, readRecorded, textOf } from './recorded.ts';

const SEED = 1;
const COUNT = 1200;

const { values: given } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const corpus = generate(SEED, COUNT);
const old = readRecorded();
const known = new Map(old?.types.map((one) => [one.type, one]));

/** A release's rows, the same on every processor. */
async function ask(go: FoundGo): Promise<{ rows: Row[]; compared: string[] }> {
  const rows = await askGo(go, corpus);
  const compared = [`${go.release.name} ${HOST}`];
  for (const arch of ARCHES) {
    if (arch === HOST) continue;
    if (!(await canRun(arch))) {
      console.log(`Go ${go.release.name} is not asked on ${arch}: nothing here runs its programs`);
      continue;
    }
    const others = await askGo(go, corpus, arch);
    const at = rows.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(others[i]));
    if (at >= 0) throw new Error(`Go ${go.release.name} has another ${corpus.types[at]} on ${arch}`);
    compared.push(`${go.release.name} ${arch}`);
  }
  return { rows, compared };
}

async function main(): Promise<number> {
  const { found, missing } = await findAll();
  const first = found.find((go) => go.release.name === FIRST);
  if (first === undefined) throw new Error(`the corpus is recorded on Go ${FIRST}, which is not here`);
  const base = await ask(first);
  const compared = [...base.compared];
  const later = corpus.types.map((): Record<string, Partial<Row>> => ({}));
  for (const go of found) {
    if (go === first) continue;
    const { name } = go.release;
    const asked = await ask(go);
    let differing = 0;
    asked.rows.forEach((row, i) => {
      const changed = changes(base.rows[i] as Row, row);
      if (Object.keys(changed).length === 0) return;
      differing++;
      (later[i] as Record<string, Partial<Row>>)[name] = changed;
    });
    compared.push(...asked.compared);
    console.log(`Go ${name}: ${differing} of ${corpus.types.length} types are described otherwise`);
  }
  for (const { release, why } of missing) {
    console.log(`Go ${release.name} is kept as it was recorded: ${why}`);
    compared.push(...(old?.head.compared.filter((one) => one.startsWith(`${release.name} `)) ?? []));
    corpus.types.forEach((type, i) => {
      const kept = known.get(type)?.later[release.name];
      if (kept !== undefined) (later[i] as Record<string, Partial<Row>>)[release.name] = kept;
    });
  }
  const types = corpus.types.map(
    (type, i): RecordedType => ({ type, row: base.rows[i] as Row, later: later[i] ?? {} }),
  );
  const count = { new: 0, changed: 0, same: 0, gone: known.size };
  for (const one of types) {
    const before = known.get(one.type);
    const state =
      before === undefined ? 'new' : JSON.stringify(before) === JSON.stringify(one) ? 'same' : 'changed';
    count[state]++;
    if (before !== undefined) count.gone--;
    if (state === 'changed') console.log(`changed: ${one.type}`);
  }
  const head = { seed: SEED, count: COUNT, go: first.version, compared: compared.sort() };
  const text = textOf({ head, declarations: corpus.declarations, types });
  const stale = old === undefined || text !== textOf(old);
  console.log(
    `${count.new} new, ${count.changed} changed, ${count.same} the same, ${count.gone} no longer wanted`,
  );
  if (given.write) {
    writeFileSync(RECORDED, text);
    console.log(`wrote ${text.length} characters`);
  }
  return !given.write && stale ? 1 : 0;
}

process.exitCode = await main();
