/** Single operations, timed by Benchmark.js. */
import Benchmark from 'benchmark';

/**
 * Nanoseconds an operation of one stretch of Benchmark.js: every sample that it took. `work` does `count`
 * operations; Benchmark.js gives the seconds of one call of it.
 */
export function stretch(work: () => void, count: number, seconds: number): number[] {
  const bench = new Benchmark({ fn: work, maxTime: seconds, minSamples: 2, initCount: 1 });
  bench.run({ async: false });
  const { error } = bench as unknown as { error?: Error };
  if (error !== undefined) throw error;
  return bench.stats.sample.map((s) => (s * 1e9) / count);
}

/**
 * The same for strings that nobody has hashed yet: V8 keeps a string's hash in it, so each pass needs new
 * ones, made before the clock starts. Benchmark.js cannot leave that out of its time.
 */
export function freshPasses(
  keys: readonly string[],
  look: (fresh: readonly string[]) => void,
  seconds: number,
): number[] {
  const bytes = Buffer.from(keys.join(''), 'latin1');
  const fresh: string[] = new Array(keys.length).fill('');
  const samples: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    let at = 0;
    for (let i = 0; i < keys.length; i++) {
      const { length } = keys[i] as string;
      fresh[i] = bytes.toString('latin1', at, at + length);
      at += length;
    }
    const start = performance.now();
    look(fresh);
    samples.push(((performance.now() - start) * 1e6) / keys.length);
  } while (performance.now() < end || samples.length < 3);
  return samples;
}
