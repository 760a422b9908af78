/**
 * `npm run oracle:hostile -- [--streams N] [--seed S] [--release R] [--all] [--replay FILE]`: maps whose bytes are
 * written from outside, on both builds of the emulator and on real Go. Exits 1 at the first difference, with the
 * shortest stream that has it; --all goes on, and tells each stream that differs as it is.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RELEASES } from 'hmap-wasm';
import { compare, type Difference, describe } from './compare.ts';
import { Engine } from './drivers/engine.ts';
import { GoDriver } from './drivers/go.ts';
import { type FoundGo, findAll } from './judge.ts';
import type { Recording, Stream } from './protocol.ts';
import { shrink } from './shrink.ts';
import { HOSTILE_TYPES, hostileStream } from './streams/hostile.ts';
import { supported } from './streams/types.ts';

const { values: given } = parseArgs({
  options: {
    streams: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    release: { type: 'string' },
    replay: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
});

/** Streams that are under way at once: Go's process does not wait for the emulator, nor it for a hang. */
const AT_ONCE = 4;
const NAMES = ['emulator', 'Go'] as const;

const count = (name: 'streams' | 'seed', otherwise: number): number => {
  const value = Number(given[name] ?? otherwise);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} takes a number, got ${given[name]}`);
  return value;
};

/** Both builds of the core, each with its guarded twin. */
const enginesOf = (release: string) => [new Engine({ release }), new Engine({ release, build: 'checked' })];

/** How a stream ended: for the summary. */
function endingOf({ ops }: Recording): string {
  const last = ops.at(-1);
  if (last?.f !== undefined) return last.f;
  return last?.p === 'fault' ? 'fault' : ops.some(({ p }) => p !== undefined) ? 'panic' : 'result';
}

/** The operations from the first write from outside on. */
function tail({ ops }: Stream): string {
  return JSON.stringify(ops.slice(ops.findIndex((op) => op[0] === 'poke')));
}

class Comparison {
  readonly endings = new Map<string, number>();
  ops = 0;
  readonly #judge: GoDriver;
  readonly #engines: readonly Engine[];

  constructor(judge: GoDriver, engines: readonly Engine[]) {
    this.#judge = judge;
    this.#engines = engines;
  }

  /** The first difference of a stream; undefined where there is none, or where nothing can be compared. */
  async differ(stream: Stream): Promise<Difference | undefined> {
    const theirs = await this.#judge.run(stream);
    if (theirs.error !== undefined && !/drew more than/.test(theirs.error)) {
      throw new Error(`a bad stream: ${theirs.error}\n${JSON.stringify(stream)}`);
    }
    for (const engine of this.#engines) {
      const mine = await engine.run(stream);
      const found = compare(stream, mine, theirs);
      if (found !== undefined) return found;
    }
    this.ops += theirs.ops.length;
    const ending = endingOf(theirs);
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    return undefined;
  }

  summary(): string {
    const list = [...this.endings].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${n} ${name}`);
    return `${this.ops} operations; ${list.join(', ')}`;
  }
}

async function replay(path: string, comparison: Comparison): Promise<boolean> {
  let same = true;
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const found = await comparison.differ(JSON.parse(line) as Stream);
    console.log(found === undefined ? 'the same' : describe(found, NAMES));
    same &&= found === undefined;
  }
  return same;
}

async function compareRelease(go: FoundGo, seed: number): Promise<boolean> {
  const { name } = go.release;
  const types = await supported(HOSTILE_TYPES, name);
  const judge = await GoDriver.start(go, types);
  const comparison = new Comparison(judge, enginesOf(name));
  if (given.replay !== undefined) {
    const same = await replay(given.replay, comparison);
    await judge.close();
    return same;
  }
  const since = Date.now();
  const streams = count('streams', 0);
  let next = 0;
  let differing = 0;
  let found: { stream: Stream; difference: Difference } | undefined;
  const work = async (): Promise<void> => {
    while (next < streams && found === undefined) {
      const i = next++;
      const stream = await hostileStream(types[(seed + i) % types.length] as string, seed + i, name);
      const difference = await comparison.differ(stream);
      if (difference === undefined) continue;
      if (given.all) {
        differing++;
        console.log(`seed ${seed + i} ${stream.type}: ${tail(stream)}\n${describe(difference, NAMES)}`);
      } else found ??= { stream, difference };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seconds = ((Date.now() - since) / 1000).toFixed(0);
  console.log(`Go ${name}: ${next} hostile streams, seed ${seed}, ${seconds} s, ${comparison.summary()}`);
  if (found !== undefined) {
    console.log(`${found.stream.type}, ${describe(found.difference, NAMES)}`);
    const differs = async (stream: Stream) => {
      try {
        return (await comparison.differ(stream)) !== undefined;
      } catch {
        return false;
      }
    };
    const least = await shrink(found.stream, differs, found.difference.op, { tries: 400, time: 30_000 });
    console.log(`the shortest stream that still differs has ${least.ops.length} operations:`);
    console.log(describe((await comparison.differ(least)) ?? found.difference, NAMES));
    console.log(JSON.stringify(least));
  }
  await judge.close();
  return found === undefined && differing === 0;
}

async function main(): Promise<boolean> {
  const seed = count('seed', Date.now() % 2 ** 32);
  const emulated = new Set(RELEASES.map((release) => release.name));
  const { found, missing } = await findAll(given.release === undefined ? undefined : [given.release]);
  for (const { release, why } of missing) console.log(`Go ${release.name} skipped: ${why}`);
  let same = true;
  for (const go of found) {
    if (emulated.has(go.release.name)) same = (await compareRelease(go, seed)) && same;
  }
  return same;
}

process.exitCode = (await main()) ? 0 : 1;
