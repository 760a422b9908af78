/** Runs random streams on a subject and on real Go until the two differ. */
import { compare, type Difference } from './compare.ts';
import type { GoDriver } from './drivers/go.ts';
import type { Driver, Recording, Stream } from './protocol.ts';
import { type ShrinkLimits, shrink } from './shrink.ts';
import { randomStream, type StreamOptions } from './streams/random.ts';

export interface FuzzOptions {
  readonly subject: Driver;
  readonly judge: GoDriver;
  readonly types: readonly string[];
  /** Stream number i has the seed `seed + i`. */
  readonly seed: number;
  readonly seconds?: number;
  readonly ops?: number;
  readonly streams?: StreamOptions;
  progress?(done: Progress): void;
}

export interface Progress {
  readonly streams: number;
  readonly ops: number;
  readonly dumps: number;
}

export interface Found {
  readonly stream: Stream;
  readonly difference: Difference;
}

/** Streams that are under way in the other process while this one works. */
const AHEAD = 4;

/** Go from 1.22 on can be given only so many draws for one operation: there the stream ends. */
const DRAW_LIMIT = /^op (\d+): one operation drew more than/;

/** Fuzzes until time or operations are used up, or until something differs. */
export async function fuzz(options: FuzzOptions): Promise<Progress & { readonly found?: Found }> {
  const { subject, judge, types, seed } = options;
  const end = options.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.seconds * 1000;
  const most = options.ops ?? Number.POSITIVE_INFINITY;
  const done = { streams: 0, ops: 0, dumps: 0 };
  const pending: { stream: Stream; mine: Promise<Recording>; theirs: Promise<string> }[] = [];
  let started = 0;
  let startedOps = 0;
  for (;;) {
    const more = Date.now() < end && startedOps < most;
    if (more) {
      const type = types[started % types.length] as string;
      const stream = await randomStream(type, seed + started, options.streams);
      started++;
      startedOps += stream.ops.length;
      const theirs = judge.send(stream);
      // Whoever waits for it later sees the failure; until then it is nobody's.
      theirs.catch(() => {});
      pending.push({ stream, theirs, mine: subject.run(stream) });
    }
    if (pending.length === 0) return done;
    if (more && pending.length < AHEAD) continue;
    const { stream: whole, mine, theirs } = pending.shift() as (typeof pending)[number];
    let stream = whole;
    let [ours, go] = [await mine, JSON.parse(await theirs) as Recording];
    const limit = DRAW_LIMIT.exec(go.error ?? '');
    if (limit !== null) {
      stream = { ...whole, ops: whole.ops.slice(0, Number(limit[1])) };
      [ours, go] = [await subject.run(stream), await judge.run(stream)];
    }
    if (go.error !== undefined) throw new Error(`a bad stream of ${stream.type}: ${go.error}`);
    const difference = compare(stream, ours, go);
    if (difference !== undefined) {
      for (const one of pending) await Promise.allSettled([one.mine, one.theirs]);
      return { ...done, found: { stream, difference } };
    }
    done.streams++;
    done.ops += stream.ops.length;
    done.dumps += go.dumps.length;
    options.progress?.(done);
  }
}

/** The shortest stream on which subject and judge still differ. */
export async function shrinkFound(
  found: Found,
  subject: Driver,
  judge: GoDriver,
  limits?: ShrinkLimits,
): Promise<Found> {
  const differ = async (stream: Stream) => {
    const theirs = judge.run(stream);
    return compare(stream, await subject.run(stream), await theirs);
  };
  let { difference } = found;
  const fails = async (candidate: Stream) => {
    const other = await differ(candidate);
    if (other === undefined) return false;
    difference = other;
    return true;
  };
  const stream = await shrink(found.stream, fails, found.difference.op, limits);
  return { stream, difference: (await differ(stream)) ?? difference };
}
