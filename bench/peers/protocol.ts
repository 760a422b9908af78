/**
 * What the benchmark asks of a peer: a line of words in, a line back. Every peer is a process of its own, so
 * that no heap, and no compiler's view of the types it has seen, is shared.
 *
 *     prepare KEY SIZE N        keys, and a map of n entries     ok CHECKSUM
 *     run OP PERCENT BATCH M    one repetition, m turns of it    ok NS COUNT HITS SUM
 *     hash SIZE COUNT K0..K3    hashing alone                    ok NS COUNT HITS SUM
 *     single OP SECONDS         single operations                ok [ns an operation, ...]
 *     latency N, memory N       each insert timed; heap bytes    ok JSON
 *
 * A peer that has no such operation answers `none`, one that fails `error` and why.
 */

/** Operations of `run`. The gathers are the limit that memory sets to lookups; only the emulator has them. */
export const OPS = [
  'insert',
  'ahead',
  'presized',
  'overwrite',
  'hit',
  'miss',
  'mixed',
  'delete',
  'drain',
  'gather1',
  'gather2',
  'gather3',
] as const;
export type Op = (typeof OPS)[number];

/** Single operations from JavaScript. `fresh` looks up strings that nobody has hashed yet. */
export const SINGLE_OPS = ['get', 'has-absent', 'set', 'grow', 'iterate', 'fresh'] as const;
export type SingleOp = (typeof SINGLE_OPS)[number];

/** What one repetition came to. */
export interface Repetition {
  /** Nanoseconds in all. */
  readonly ns: number;
  /** Operations that were timed. */
  readonly count: number;
  /** Keys found, or entries there are afterwards; of `delete`, keys that were there. */
  readonly hits: number;
  /** Sum of the values that were found. */
  readonly sum: bigint;
}

/** Inserts one by one, in nanoseconds. */
export interface Latency {
  readonly count: number;
  /** Pairs of a share of the inserts and the time that it stays within. */
  readonly percentiles: readonly (readonly [share: number, ns: number])[];
  /** Pairs of the number of an insert that begins a growth, and its time. */
  readonly growths: readonly (readonly [number: number, ns: number])[];
}

/** Bytes of the heap that a map of `count` entries takes. */
export interface MemoryUse {
  readonly count: number;
  readonly presized: number;
  readonly grown: number;
}

/** The percentiles of latencies. */
export const SHARES = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1] as const;

/** Whether the insert that makes the classic map `count` entries large begins a growth. */
export function growsAt(count: number): boolean {
  if (count === 9) return true;
  for (let limit = 13; limit < count; limit *= 2) if (limit === count - 1) return true;
  return false;
}

/** Latencies from the times of inserts in order, which are sorted. */
export function latencyOf(times: Float64Array): Latency {
  const growths: [number, number][] = [];
  times.forEach((ns, i) => {
    if (growsAt(i + 1)) growths.push([i + 1, Math.round(ns)]);
  });
  times.sort();
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] as number);
  return { count: times.length, percentiles: SHARES.map((share) => [share, at(share)] as const), growths };
}

/** The variable that tells every peer how many operations a repetition has at least. */
export const LEAST = 'BENCH_LEAST';

/** Small maps are worked on several times in a turn, each pass in another order. */
export function passesFor(n: number): number {
  return Math.ceil(Number(process.env[LEAST] ?? 100_000) / n);
}

/** The largest map of which a turn takes so little time that the caches other processes have filled show in it. */
const SMALL = 100_000;

/**
 * How many turns of its passes a repetition takes. A turn over a small map is a millisecond or two: after other
 * processes have run it is half over before the caches are warm, and the quicker an engine is, the more of its
 * time that is.
 */
export function turnsFor(n: number): number {
  return n <= SMALL ? 4 : 1;
}

/**
 * What a turn over `n` keys must come to: value i+1 belongs to key i. What a mix finds in all its passes
 * is for the caller to say. Undefined: nothing is expected.
 */
export function expected(
  op: Op,
  n: number,
  elemSize: number,
  hitsOfMixed: { readonly hits: number; readonly sum: bigint },
): Pick<Repetition, 'count' | 'hits' | 'sum'> | undefined {
  const passes = passesFor(n);
  const all = (hits: number, sum: bigint) => ({
    count: n * passes,
    hits: hits * passes,
    sum: elemSize === 0 ? 0n : sum * BigInt(passes),
  });
  const values = (BigInt(n) * BigInt(n + 1)) / 2n;
  if (op === 'hit' || op === 'drain') return all(n, values);
  if (op === 'miss') return all(0, 0n);
  if (op === 'mixed') return { count: n * passes, ...hitsOfMixed };
  if (op.startsWith('gather')) return undefined;
  return all(n, 0n);
}
