/** Batches: whole columns on the emulator, loops of single operations where an engine knows nothing else. */
import { type Dimensions, workOf } from '../harness/label.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Session } from '../harness/session.ts';
import { elemTypeOf, isHit, type KeyKind, shuffledOrder } from '../keys.ts';
import { type Engine, kindFor } from '../peers/catalogue.ts';
import type { PeerProcess } from '../peers/process.ts';
import { expected, type Op, passesFor, type Repetition, turnsFor } from '../peers/protocol.ts';

/** One operation of a contest. */
export interface Work {
  readonly op: Op;
  readonly batch?: number;
  readonly hits?: number;
  /** Who takes part, if not all of the contest. */
  readonly engines?: readonly Engine[];
}

/** Maps of one type and size, on which several operations are raced. */
export interface Contest {
  readonly suite: string;
  readonly key: KeyKind;
  readonly size: number;
  readonly len: number;
  readonly work: readonly Work[];
  readonly engines: readonly Engine[];
  /** Seconds for each operation. */
  readonly seconds: number;
  /** Rounds at least. */
  readonly least: number;
}

/** The dimensions of a contest's operation on an engine. */
export const dimensionsOf = (contest: Contest, work: Work, engine: string): Dimensions => ({
  engine,
  key: contest.key,
  elem: elemTypeOf(contest.size),
  len: contest.len,
  op: work.op,
  ...(work.batch === undefined ? {} : { batch: work.batch }),
  ...(work.hits === undefined ? {} : { hits: work.hits }),
});

/** From so many entries on one repetition takes a large part of a second. */
const LARGE = 1_000_000;

interface Ready {
  readonly engine: Engine;
  readonly process: PeerProcess;
}

/** Prepares every engine, checks that all have the same keys, and races the operations one after another. */
export async function raceBatches(session: Session, contest: Contest): Promise<void> {
  const { key, size, len, engines } = contest;
  const name = `${contest.suite}: ${key} to ${elemTypeOf(size)}, ${len} entries`;
  const peers = session.peers((engine) => engines.includes(engine) && kindFor(engine, key) !== undefined);
  await session.withProcesses(peers, async (processes) => {
    session.progress(`${name}: preparing`);
    const ready: Ready[] = [];
    const sums = new Map<string, string>();
    for (const { engine, process } of processes) {
      const kind = kindFor(engine, key) as KeyKind;
      const sum = await process.ask('prepare', kind, size, len);
      if (sum === undefined) continue;
      const known = sums.get(kind) ?? sum;
      if (known !== sum) throw new Error(`${engine} has other keys of kind ${kind} than the rest`);
      sums.set(kind, known);
      ready.push({ engine, process });
    }
    for (const work of contest.work) {
      if (session.isOver) {
        session.skipped.push(
          `${contest.suite}: no time was left for ${workOf(dimensionsOf(contest, work, ''))}`,
        );
        continue;
      }
      session.progress(`${name}: ${workOf(dimensionsOf(contest, work, '')).split('/op=')[1]}`);
      const { engines = contest.engines } = work;
      await race(
        session,
        contest,
        work,
        ready.filter(({ engine }) => engines.includes(engine)),
      );
    }
  });
}

async function race(session: Session, contest: Contest, work: Work, ready: readonly Ready[]): Promise<void> {
  const turns = session.mode.name === 'smoke' ? 1 : turnsFor(contest.len);
  const ask = ({ process }: Ready) =>
    process.repetition('run', work.op, work.hits ?? 0, work.batch ?? 0, turns);
  const turn = expected(work.op, contest.len, contest.size, hitsOf(contest.len, work.hits ?? 0));
  const wanted = turn && {
    count: turn.count * turns,
    hits: turn.hits * turns,
    sum: turn.sum * BigInt(turns),
  };
  const check = (engine: string, r: Repetition): number => {
    if (
      wanted !== undefined &&
      (r.count !== wanted.count || r.hits !== wanted.hits || r.sum !== wanted.sum)
    ) {
      throw new Error(
        `${engine} is wrong at ${workOf(dimensionsOf(contest, work, engine))}: ` +
          `${r.count} operations, ${r.hits} hits, sum ${r.sum}; ` +
          `it must be ${wanted.count}, ${wanted.hits}, ${wanted.sum}`,
      );
    }
    return r.ns / r.count;
  };
  // The first answer says whether the engine has the operation, and must be right before anything is timed.
  const able: Ready[] = [];
  const first: number[] = [];
  for (const peer of ready) {
    const answer = await ask(peer);
    if (answer === undefined) continue;
    first.push(check(peer.engine, answer));
    able.push(peer);
  }
  if (session.mode.name === 'smoke') {
    able.forEach(({ engine }, i) => {
      session.record(contest.suite, dimensionsOf(contest, work, engine), [first[i] as number]);
    });
    return;
  }
  const samples = await inRounds(
    able.map((peer) => ({
      engine: peer.engine,
      repeat: async () => check(peer.engine, (await ask(peer)) as Repetition),
    })),
    // Where a repetition takes long, the one that was checked has warmed up all that it will need.
    { ...session.pace(contest.seconds, contest.least), warm: contest.len >= LARGE },
  );
  able.forEach(({ engine }, i) => {
    session.record(contest.suite, dimensionsOf(contest, work, engine), samples[i] as number[]);
  });
}

/** What a column with some hits in a hundred must find. */
function hitsOf(n: number, percent: number): { hits: number; sum: bigint } {
  if (percent === 0) return { hits: 0, sum: 0n };
  const order = shuffledOrder(n, passesFor(n));
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    if (!isHit(i, percent)) continue;
    hits++;
    sum += (order[i] as number) + 1;
  }
  return { hits, sum: BigInt(sum) };
}
