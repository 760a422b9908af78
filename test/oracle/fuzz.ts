/**
 * `npm run oracle:fuzz -- [--seconds N | --ops N] [--seed S] [--release R] [--build release|checked|guarded|batched]
 * [--types N] [--arch amd64|arm64] [--replay FILE]`: random types and random streams on the emulator and on real Go.
 *
 * Without --release it goes through every release that can be had and that the library emulates.
 * Exits 1 at the first difference, with the shortest stream that has it.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RELEASES } from 'hmap-wasm';
import { compare, describe } from './compare.ts';
import { Engine } from './drivers/engine.ts';
import { GoDriver } from './drivers/go.ts';
import { fuzz, type Progress, shrinkFound } from './fuzzer.ts';
import { ARCHES, type Arch, type FoundGo, findAll } from './judge.ts';
import type { Stream } from './protocol.ts';
import { FIXED_TYPES, randomTypes, supported } from './streams/types.ts';

const BUILDS = ['release', 'checked', 'guarded', 'batched'] as const;
type BuildName = (typeof BUILDS)[number];

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string' },
    ops: { type: 'string' },
    seed: { type: 'string' },
    release: { type: 'string' },
    build: { type: 'string', default: 'release' },
    types: { type: 'string', default: '60' },
    arch: { type: 'string', default: 'amd64' },
    replay: { type: 'string' },
  },
});

function number(name: 'seconds' | 'ops' | 'seed' | 'types'): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number, got ${text}`);
  return value;
}

function buildName(): BuildName {
  const found = BUILDS.find((build) => build === given.build);
  if (found === undefined) throw new Error(`--build is one of ${BUILDS.join(', ')}`);
  return found;
}

function archName(): Arch {
  const found = ARCHES.find((arch) => arch === given.arch);
  if (found === undefined) throw new Error(`--arch is one of ${ARCHES.join(', ')}`);
  return found;
}

function engineOf(release: string, build: BuildName): Engine {
  return new Engine({
    release,
    target: `linux/${archName()}`,
    build: build === 'checked' ? 'checked' : 'release',
    guarded: build === 'guarded',
    batched: build === 'batched',
  });
}

/** What a stream is called when it is printed, and read back by --replay. */
const NAMES = ['emulator', 'Go'] as const;

async function replayFile(path: string, go: FoundGo, build: BuildName): Promise<boolean> {
  const streams = readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Stream);
  const judge = await GoDriver.start(go, [...new Set(streams.map((stream) => stream.type))], archName());
  const subject = engineOf(go.release.name, build);
  let same = true;
  for (const [i, stream] of streams.entries()) {
    const difference = compare(stream, await subject.run(stream), await judge.run(stream));
    console.log(`stream ${i}: ${difference === undefined ? 'the same' : describe(difference, NAMES)}`);
    same &&= difference === undefined;
  }
  await judge.close();
  return same;
}

function summary({ streams, ops, dumps }: Progress, since: number): string {
  const seconds = (Date.now() - since) / 1000;
  const speed = Math.round(ops / Math.max(seconds, 0.001));
  return `${streams} streams, ${ops} operations, ${dumps} dumps, ${speed} operations a second`;
}

async function fuzzRelease(go: FoundGo, build: BuildName, seed: number): Promise<boolean> {
  const { name } = go.release;
  const types = [
    ...(await supported(FIXED_TYPES, name)),
    ...(await randomTypes(seed, number('types') ?? 0, name)),
  ];
  const judge = await GoDriver.start(go, types, archName());
  const subject = engineOf(name, build);
  const since = Date.now();
  let told = since;
  const ops = number('ops');
  const result = await fuzz({
    subject,
    judge,
    types,
    seed,
    streams: { release: name },
    ...(ops === undefined ? { seconds: number('seconds') ?? 20 } : { ops }),
    progress: (done) => {
      if (Date.now() - told < (process.stdout.isTTY ? 1000 : 60_000)) return;
      told = Date.now();
      console.log(`${name}: ${summary(done, since)}`);
    },
  });
  const { found } = result;
  if (found === undefined) {
    console.log(
      `Go ${name} on ${archName()} and the ${build} build agree: ${summary(result, since)}, seed ${seed}`,
    );
  } else {
    console.log(
      `Go ${name} on ${archName()} and the ${build} build differ after ${summary(result, since)}, seed ${seed}`,
    );
    console.log(`${found.stream.type}, ${describe(found.difference, NAMES)}`);
    const least = await shrinkFound(found, subject, judge);
    console.log(`the shortest stream that still differs has ${least.stream.ops.length} operations:`);
    console.log(describe(least.difference, NAMES));
    console.log(JSON.stringify(least.stream));
  }
  await judge.close();
  return found === undefined;
}

async function main(): Promise<boolean> {
  const build = buildName();
  const seed = number('seed') ?? Date.now() % 2 ** 32;
  const emulated = new Set(RELEASES.map((release) => release.name));
  const { found, missing } = await findAll(given.release === undefined ? undefined : [given.release]);
  for (const { release, why } of missing) console.log(`Go ${release.name} skipped: ${why}`);
  let same = true;
  for (const go of found) {
    const { name } = go.release;
    if (!emulated.has(name)) console.log(`Go ${name} skipped: the library does not emulate it`);
    else if (given.replay !== undefined) same = (await replayFile(given.replay, go, build)) && same;
    else same = (await fuzzRelease(go, build, seed)) && same;
  }
  return same;
}

process.exitCode = (await main()) ? 0 : 1;
