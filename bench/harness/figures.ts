/** What is said of the samples of one measurement. */

/** All in the unit of the samples. */
export interface Figures {
  readonly min: number;
  readonly median: number;
  /** Half the distance between the quartiles, as a share of the median. */
  readonly spread: number;
  /** One a round, in the order of the rounds. */
  readonly samples: readonly number[];
}

/** The value below which a share of sorted samples lies, between the two nearest where it falls between them. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** @throws RangeError for no samples: nothing can be said of them */
export function figures(samples: readonly number[]): Figures {
  if (samples.length === 0) throw new RangeError('figures take at least one sample');
  const sorted = [...samples].sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median;
  return { min: sorted[0] as number, median, spread: Number.isFinite(spread) ? spread : 0, samples };
}

/** Nanoseconds an operation of a repetition that took `ns` for `count` operations. */
export function perOperation(ns: number, count: number): number {
  if (!(count > 0)) throw new RangeError('a repetition without operations has no time for one');
  return ns / count;
}
