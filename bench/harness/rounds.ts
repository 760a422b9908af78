/**
 * Rounds: every contestant does one repetition, in turn, then the next round begins.
 *
 * The machine's speed drifts and other processes interfere, so single times say little; what happens to one
 * contestant of a round happens to its neighbours too. The one that begins changes from round to round.
 */
export interface Contestant {
  readonly engine: string;
  /** One repetition: nanoseconds an operation, one number or several. @throws Error for a wrong result */
  repeat(): Promise<number | readonly number[]>;
}

export interface Pace {
  /** Seconds after which no further round begins. */
  readonly seconds: number;
  readonly least: number;
  /** 0: the round that warms up is all there is, and counts. */
  readonly most: number;
  /** Whether all have done a repetition that took long enough to be warm: then every round counts. */
  readonly warm?: boolean;
}

/** Samples of each contestant, in their order. The first round of all warms up and is not counted, unless `warm`. */
export async function inRounds(
  contestants: readonly Contestant[],
  { seconds, least, most, warm = false }: Pace,
  now: () => number = () => performance.now(),
): Promise<number[][]> {
  const samples: number[][] = contestants.map(() => []);
  const list = (taken: number | readonly number[]) => (typeof taken === 'number' ? [taken] : taken);
  for (const [i, contestant] of warm && most > 0 ? [] : contestants.entries()) {
    const taken = list(await contestant.repeat());
    if (most === 0) samples[i]?.push(...taken);
  }
  const end = now() + seconds * 1000;
  for (let round = 0; round < most && (round < least || now() < end); round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const which = (turn + round) % contestants.length;
      const taken = await (contestants[which] as Contestant).repeat();
      samples[which]?.push(...list(taken));
    }
  }
  return samples;
}
