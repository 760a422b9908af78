/**
 * Pairs of one piece of work on two engines, timed in turn within one run.
 *
 * The machine's speed drifts and other processes interfere, so single times say
 * little: what is reported is the ratio of the minima, and of the medians.
 */
import Benchmark from 'benchmark';

/** The same work on our engine and on a peer; each call does `count` operations. */
export interface Pair {
  /** Dimensions, as in `key=uint64/elem=uint64/len=100000/op=get`. */
  readonly label: string;
  readonly count: number;
  readonly ours: () => void;
  readonly peer: () => void;
}

/** Nanoseconds an operation. */
export interface Figures {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Result {
  readonly label: string;
  readonly ours: Figures;
  readonly peer: Figures;
  /** How many times as fast as the peer: by the minima, and by the medians. */
  readonly ratioOfMinima: number;
  readonly ratioOfMedians: number;
}

/** Figures of samples in nanoseconds an operation. */
export function figures(samples: readonly number[]): Figures {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
  return { min: at(0), median: at(0.5), max: sorted[sorted.length - 1] as number };
}

/** Nanoseconds an operation of one stretch of Benchmark.js: every sample that it took. */
function sample(work: () => void, count: number, seconds: number): number[] {
  const bench = new Benchmark({ fn: work, maxTime: seconds, minSamples: 5, initCount: 1 });
  bench.run({ async: false });
  const { error } = bench as unknown as { error?: Error };
  if (error !== undefined) throw error;
  // Benchmark.js gives the seconds of one call of `work`.
  return bench.stats.sample.map((s) => (s * 1e9) / count);
}

/** Runs every pair for `rounds` rounds, both engines in turn. */
export function runPairs(
  pairs: readonly Pair[],
  rounds: number,
  seconds: number,
  progress: (text: string) => void,
): Result[] {
  const samples = pairs.map(() => ({ ours: [] as number[], peer: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    pairs.forEach((pair, i) => {
      const ours = sample(pair.ours, pair.count, seconds);
      const peer = sample(pair.peer, pair.count, seconds);
      // Round 0 warms both up.
      if (round === 0) return;
      samples[i]?.ours.push(...ours);
      samples[i]?.peer.push(...peer);
    });
  }
  return pairs.map((pair, i) => {
    const ours = figures(samples[i]?.ours ?? []);
    const peer = figures(samples[i]?.peer ?? []);
    return {
      label: pair.label,
      ours,
      peer,
      ratioOfMinima: peer.min / ours.min,
      ratioOfMedians: peer.median / ours.median,
    };
  });
}
