/** Single operations from JavaScript, timed by Benchmark.js in each engine's own process, in turn. */
import type { Dimensions } from '../harness/label.ts';
import { inRounds } from '../harness/rounds.ts';
import type { Session } from '../harness/session.ts';
import type { KeyKind } from '../keys.ts';
import { type Engine, OURS } from '../peers/catalogue.ts';
import type { SingleOp } from '../peers/protocol.ts';

export interface SingleContest {
  readonly suite: string;
  readonly key: KeyKind;
  readonly len: number;
  readonly ops: readonly SingleOp[];
  /** The built-in Map that takes part, with keys of the kind that it is prepared with. */
  readonly peer: Engine;
  /** Seconds for each operation, and of one stretch of Benchmark.js. */
  readonly seconds: number;
  readonly stretch: number;
  readonly least: number;
}

/** The label's op: a single operation is another work than a batch. */
export const singleOp = (op: SingleOp): string => `single-${op}`;

export const singleDimensions = (
  { key, len }: Pick<SingleContest, 'key' | 'len'>,
  op: SingleOp,
  engine: string,
): Dimensions => ({ engine, key, elem: 'uint64', len, op: singleOp(op) });

export async function raceSingles(session: Session, contest: SingleContest): Promise<void> {
  const { suite, key, len, peer, stretch } = contest;
  const peers = session.peers((engine) => engine === OURS || engine === peer);
  await session.withProcesses(peers, async (processes) => {
    session.progress(`${suite}: ${key}, ${len} entries: preparing`);
    const sums = new Set<string | undefined>();
    for (const { process } of processes) sums.add(await process.ask('prepare', key, 8, len));
    if (sums.size !== 1) throw new Error(`the engines of ${suite} have different keys of kind ${key}`);
    for (const op of contest.ops) {
      session.progress(`${suite}: ${key}, ${len} entries: ${op}`);
      const samples = await inRounds(
        processes.map(({ engine, process }) => ({
          engine,
          repeat: async () => {
            const taken = await process.json<readonly number[]>('single', op, stretch);
            if (taken === undefined) throw new Error(`${engine} has no single ${op} of ${key}`);
            // One sample a round, so that rounds can be paired.
            return Math.min(...taken);
          },
        })),
        session.pace(contest.seconds, contest.least),
      );
      processes.forEach(({ engine }, i) => {
        session.record(suite, singleDimensions(contest, op, engine), samples[i] as number[]);
      });
    }
  });
}
