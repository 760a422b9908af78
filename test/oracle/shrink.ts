/** The shortest stream that still shows a fault: delta debugging over the operations, then simpler beginnings. */
import type { Op, Stream } from './protocol.ts';

/** Whether a stream still shows it. */
export type Fails = (stream: Stream) => Promise<boolean>;

export interface ShrinkLimits {
  /** Streams to try. */
  readonly tries?: number;
  /** Milliseconds. */
  readonly time?: number;
}

/**
 * A shorter stream that fails too; the given one where none is found. `failedAt` is the operation at which it
 * failed: what comes later is cut off first.
 */
export async function shrink(
  stream: Stream,
  fails: Fails,
  failedAt?: number,
  limits: ShrinkLimits = {},
): Promise<Stream> {
  const budget = new Budget(fails, limits);
  let best = stream;
  const attempt = async (candidate: Stream): Promise<boolean> => {
    if (!(await budget.fails(candidate))) return false;
    best = candidate;
    return true;
  };
  if (failedAt !== undefined && failedAt + 1 < stream.ops.length) {
    await attempt({ ...best, ops: best.ops.slice(0, failedAt + 1) });
  }
  // A dump at the end shows most and costs least.
  if (best.dump !== 0) await attempt({ ...best, dump: 0 });
  await shortenOps(() => best, attempt, budget);
  for (const simpler of simplifications(best)) await attempt({ ...best, ...simpler });
  const { hint: _, ...unhinted } = best;
  if (best.hint !== undefined) await attempt(unhinted);
  await shortenOps(() => best, attempt, budget);
  await oneElement(() => best, attempt, budget);
  return best;
}

class Budget {
  readonly #fails: Fails;
  readonly #end: number;
  #left: number;

  constructor(fails: Fails, { tries = 3000, time = 60_000 }: ShrinkLimits) {
    this.#fails = fails;
    this.#left = tries;
    this.#end = Date.now() + time;
  }

  get spent(): boolean {
    return this.#left <= 0 || Date.now() > this.#end;
  }

  async fails(stream: Stream): Promise<boolean> {
    if (this.spent) return false;
    this.#left--;
    return this.#fails(stream);
  }
}

/** Takes out pieces, halves first, then quarters, down to single operations, until none can go. */
async function shortenOps(
  best: () => Stream,
  attempt: (candidate: Stream) => Promise<boolean>,
  budget: Budget,
): Promise<void> {
  for (let size = Math.ceil(best().ops.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // From the end: what comes first has made what comes later possible.
    for (let at = best().ops.length - size; at > -size && !budget.spent; at -= size) {
      const from = Math.max(0, at);
      const ops = [...best().ops];
      ops.splice(from, at + size - from);
      await attempt({ ...best(), ops });
    }
  }
}

function simplifications(stream: Stream): Partial<Stream>[] {
  return [
    { hashkey: ['0x1', '0x1', '0x1', '0x1'] },
    { seed: '0x0' },
    { hash0: 0 },
    ...(stream.hint !== undefined && stream.hint > 9
      ? [{ hint: 9 }, { hint: Math.floor(stream.hint / 2) }]
      : []),
  ];
}

/** Gives every set the same element, where that changes nothing. */
async function oneElement(
  best: () => Stream,
  attempt: (candidate: Stream) => Promise<boolean>,
  budget: Budget,
): Promise<void> {
  const first = best().ops.find((op) => op[0] === 'set');
  if (first === undefined || budget.spent) return;
  const elem = first[2] as string;
  await attempt({
    ...best(),
    ops: best().ops.map((op): Op => (op[0] === 'set' ? ['set', op[1], elem] : op)),
  });
}
