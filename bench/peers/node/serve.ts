/** A peer in Node: answers the commands of the protocol with the functions that it is given. */
import { createInterface } from 'node:readline';
import type { KeyKind } from '../../keys.ts';
import type { Latency, MemoryUse, Op, Repetition, SingleOp } from '../protocol.ts';

/** What a peer can do; what it cannot is absent, or gives undefined. */
export interface Server {
  /** A checksum of the keys; undefined for a type that the peer has not. */
  prepare(kind: KeyKind, size: number, n: number): Promise<number | undefined> | number | undefined;
  run(op: Op, percent: number, batch: number): Repetition | undefined;
  hash?(size: number, count: number, key: readonly bigint[]): Promise<Repetition>;
  single?(op: SingleOp, seconds: number): number[] | undefined;
  latency?(n: number): Promise<Latency> | Latency;
  memory?(n: number): Promise<MemoryUse> | MemoryUse;
}

/** Collects garbage, so that what earlier repetitions left is not cleared up in the time of this one. */
export const settle = (n: number): void => {
  if (n >= 100_000) (globalThis as { gc?: () => void }).gc?.();
};

/** Nanoseconds that `work` takes. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) * 1e6;
}

/** What several turns of the same come to together. */
function turns(times: number, turn: () => Repetition | undefined): Repetition | undefined {
  let all: Repetition | undefined;
  for (let i = 0; i < times; i++) {
    const one = turn();
    if (one === undefined) return undefined;
    all =
      all === undefined
        ? one
        : {
            ns: all.ns + one.ns,
            count: all.count + one.count,
            hits: all.hits + one.hits,
            sum: all.sum + one.sum,
          };
  }
  return all;
}

const answerOf = (r: Repetition | undefined): string =>
  r === undefined ? 'none' : `ok ${Math.round(r.ns)} ${r.count} ${r.hits} ${r.sum}`;

const json = (value: unknown): string => (value === undefined ? 'none' : `ok ${JSON.stringify(value)}`);

async function answer(server: Server, [command, ...args]: string[]): Promise<string> {
  const numbers = args.map(Number);
  switch (command) {
    case 'prepare': {
      const sum = await server.prepare(args[0] as KeyKind, numbers[1] as number, numbers[2] as number);
      return sum === undefined ? 'none' : `ok ${sum}`;
    }
    case 'run':
      return answerOf(
        turns(numbers[3] as number, () =>
          server.run(args[0] as Op, numbers[1] as number, numbers[2] as number),
        ),
      );
    case 'hash':
      return answerOf(
        await server.hash?.(numbers[0] as number, numbers[1] as number, args.slice(2).map(BigInt)),
      );
    case 'single':
      return json(server.single?.(args[0] as SingleOp, numbers[1] as number));
    case 'latency':
      return json(await server.latency?.(numbers[0] as number));
    case 'memory':
      return json(await server.memory?.(numbers[0] as number));
    default:
      return 'none';
  }
}

/** Answers until the input ends. */
export async function serve(server: Server): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    let text: string;
    try {
      text = await answer(server, line.split(' '));
    } catch (error) {
      text = `error ${error instanceof Error ? error.message : String(error)}`.replaceAll('\n', ' ');
    }
    process.stdout.write(`${text}\n`);
  }
}
