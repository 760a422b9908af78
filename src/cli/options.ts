/** Arguments of options that are numbers. */
import { InvalidArgumentError } from 'commander';
import type { SeedRange } from '../cases/index.ts';

/** A whole number from 0 to `max`, in decimal or hex. */
export function wholeUpTo(max: bigint): (text: string) => bigint {
  return (text) => {
    if (!/^(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,32})$/.test(text) || BigInt(text) > max) {
      throw new InvalidArgumentError(`It takes a whole number from 0 to ${max}.`);
    }
    return BigInt(text);
  };
}

export const SEED_MAX: bigint = 2n ** 64n - 1n;

/** So many seeds take some minutes. */
const MOST_SEEDS = 100_000;

/** Seeds A..B, both included. */
export function seedRange(text: string): SeedRange {
  const match = /^([0-9]{1,15})\.\.([0-9]{1,15})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || from > to || to - from >= MOST_SEEDS) {
    throw new InvalidArgumentError(`It takes A..B, as in 1..64, at most ${MOST_SEEDS} seeds.`);
  }
  return { from, to };
}
