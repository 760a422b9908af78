/**
 * `npm run oracle:record [-- --write] [-- --only PREFIX]`: records every stream of the catalogue on every Go
 * release that can be had, and tells what is new, changed or the same. Writes only with --write; without it,
 * exits 1 if something would change. Recordings of releases that cannot be had are kept as they are.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { GoDriver } from './drivers/go.ts';
import {
  type Golden,
  goldenNames,
  type Provenance,
  readGolden,
  recordingOf,
  shared,
  writeGolden,
} from './golden.ts';
import { ENVIRONMENT, type FoundGo, findAll, GO_RELEASES } from './judge.ts';
import { GOLDEN } from './paths.ts';
import type { Recording, Stream } from './protocol.ts';
import { CATALOGUE } from './streams/catalogue.ts';

const { values: given } = parseArgs({
  options: { write: { type: 'boolean', default: false }, only: { type: 'string' } },
});

const environment = Object.entries(ENVIRONMENT)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ');

function provenanceOf(go: FoundGo): Provenance {
  return {
    go: go.version,
    goarch: go.version.split('/').at(-1) ?? '',
    environment: `${environment}${go.release.experiment ? ` GOEXPERIMENT=${go.release.experiment}` : ''}`,
    command: 'npm run oracle:record -- --write',
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The golden of a stream: what was recorded now, and what is kept of releases that are not here. */
async function record(stream: Stream, old: Golden | undefined, judges: readonly Judge[]): Promise<Golden> {
  const recordings: Record<string, Recording> = {};
  const provenance: Record<string, Provenance> = {};
  const sameStream = JSON.stringify(old?.stream) === JSON.stringify(stream);
  for (const { name } of GO_RELEASES) {
    const judge = judges.find(({ go }) => go.release.name === name);
    const kept = old !== undefined && sameStream ? recordingOf(old, name) : undefined;
    if (judge !== undefined) {
      const recording = await judge.driver.run(stream);
      if (recording.error !== undefined) throw new Error(`${stream.type} on Go ${name}: ${recording.error}`);
      recordings[name] = recording;
      // A recording that comes out the same again keeps its date.
      const same = JSON.stringify(kept) === JSON.stringify(recording);
      provenance[name] = (same ? old?.provenance[name] : undefined) ?? provenanceOf(judge.go);
    } else if (kept !== undefined && old?.provenance[name] !== undefined) {
      recordings[name] = kept;
      provenance[name] = old.provenance[name];
    }
  }
  return { stream, recordings: shared(recordings), provenance };
}

interface Judge {
  readonly go: FoundGo;
  readonly driver: GoDriver;
}

async function main(): Promise<number> {
  const entries = CATALOGUE.filter(({ name }) => given.only === undefined || name.startsWith(given.only));
  const streams = new Map<string, Stream>();
  for (const entry of entries) streams.set(entry.name, await entry.stream());
  const { found, missing } = await findAll();
  for (const { release, why } of missing)
    console.log(`Go ${release.name} is kept as it was recorded: ${why}`);
  if (found.length === 0) throw new Error('no Go release to record on');
  const types = [...new Set([...streams.values()].map((stream) => stream.type))];
  const judges: Judge[] = [];
  for (const go of found) judges.push({ go, driver: await GoDriver.start(go, types) });
  const count = { new: 0, changed: 0, same: 0, gone: 0 };
  let size = 0;
  if (given.write) mkdirSync(GOLDEN, { recursive: true });
  for (const [name, stream] of streams) {
    const old = readGolden(name);
    const golden = await record(stream, old, judges);
    const state =
      old === undefined ? 'new' : JSON.stringify(old) === JSON.stringify(golden) ? 'same' : 'changed';
    count[state]++;
    if (state !== 'same') console.log(`${state}: ${name}`);
    if (given.write && state !== 'same') size += writeGolden(name, golden);
  }
  if (given.only === undefined) {
    for (const name of goldenNames()) {
      if (streams.has(name)) continue;
      count.gone++;
      console.log(`no longer in the catalogue: ${name}; delete its file`);
    }
  }
  for (const { driver } of judges) await driver.close();
  console.log(
    `${count.new} new, ${count.changed} changed, ${count.same} the same, ${count.gone} no longer wanted`,
  );
  if (given.write) console.log(`wrote ${size} bytes`);
  return !given.write && count.new + count.changed + count.gone > 0 ? 1 : 0;
}

process.exitCode = await main();
