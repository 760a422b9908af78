/**
 * Properties: a map agrees with a plain model under any stream of operations, and gives its memory back.
 *
 * Each kind of key meets each kind of element; in each stream the hasher is Go's own or one that forces
 * collisions, and one or two maps of the type share the heap.
 */
import fc from 'fast-check';
import type { GoMap, InjectedHasher, Runtime } from 'hmap-wasm';
import { beforeEach, describe, expect, test } from 'vitest';
import { FLAG_SAME_SIZE_GROW } from '../../assembly/shared/golayout.ts';
import { BUILDS, GOLDEN_HASH0, goldenRuntime, WyRand } from '../support/builds.ts';
import { Twin } from '../support/model.ts';
import { type Step, steps } from '../support/stream.ts';
import { ELEMS, identity, KEYS, type Kind } from '../support/values.ts';

interface Stream {
  readonly hasher: InjectedHasher | undefined;
  /** What make is told; undefined for no hint. */
  readonly hint: number | undefined;
  /** First state of the generator of random draws. */
  readonly draws: bigint;
  readonly maps: number;
  readonly iteratorsFirst: boolean;
  readonly steps: readonly (readonly [map: number, step: Step])[];
}

/** Keys that the window slides over. */
const SLIDING_SPACE = 1000;
/** Keys to choose from: few where they collide, since chains are walked from end to end. */
const SPACE = { none: 400, 'low-bits': 120, zero: 50, ones: 50 };

const stream = (most: number): fc.Arbitrary<Stream> =>
  fc.record({
    hasher: fc.constantFrom<(InjectedHasher | undefined)[]>(undefined, undefined, 'zero', 'ones', 'low-bits'),
    hint: fc.option(fc.nat(300), { nil: undefined, freq: 3 }),
    draws: fc.bigInt(0n, 2n ** 64n - 1n),
    maps: fc.integer({ min: 1, max: 2 }),
    iteratorsFirst: fc.boolean(),
    steps: steps(most),
  });

describe.each(BUILDS)('a map and a model on the %s build', (build) => {
  const draws = new WyRand();
  let rt: Runtime;
  const start = async () => {
    rt = await goldenRuntime(build, { random: draws.source, memory: { limit: 2 ** 24 } });
  };
  beforeEach(start);

  function run(
    key: Kind,
    elem: Kind,
    { hasher, hint, draws: state, maps, iteratorsFirst, steps }: Stream,
  ): void {
    draws.reset(state);
    const idle = rt.machine.heapInUse;
    const made: GoMap[] = [];
    try {
      const twins = Array.from({ length: maps }, () => {
        const map = rt.makeMap(`map[${key.type}]${elem.type}`, {
          ...(hint === undefined ? {} : { hint }),
          ...(hasher === undefined ? {} : { hasher }),
        });
        made.push(map);
        return new Twin(map, key, elem, SPACE[hasher ?? 'none']);
      });
      for (const [which, step] of steps) twins[which % maps]?.apply(step);
      for (const twin of twins) twin.finish(iteratorsFirst);
    } finally {
      if (rt.machine.ended === undefined) for (const map of made) map.free();
    }
    const left = rt.machine.heapInUse - idle;
    if (left !== 0) throw new Error(`${left} bytes were not given back`);
  }

  const pairs = KEYS.flatMap((key) => ELEMS.map((elem) => [key.type, elem.type, key, elem] as const));

  test.each(pairs)('map[%s]%s', async (_key, _elem, key, elem) => {
    await fc.assert(
      fc.asyncProperty(stream(400), async (one) => {
        // A process that a failed stream has ended is no use to the next one.
        if (rt.machine.ended !== undefined) await start();
        run(key, elem, one);
      }),
      {
        numRuns: 20,
        seed: pairs.findIndex((pair) => pair[2] === key && pair[3] === elem) + 1,
        // A stream that fails is made shorter only for so long.
        interruptAfterTimeLimit: 20_000,
      },
    );
  });

  /** Numbers of keys that all differ, and are equal to themselves. */
  const distinct = (key: Kind): number[] => {
    const seen = new Set<string>();
    return Array.from({ length: SLIDING_SPACE }, (_, n) => n).filter((n) => {
      const name = identity(key.value(n));
      return name !== undefined && !seen.has(name) && seen.add(name);
    });
  };

  // Some types have too few values to leave overflow buckets behind.
  const sliding = pairs.filter(([, , key]) => distinct(key).length >= 200);

  test.each(sliding)(
    'map[%s]%s: every key is found while the map grows to its own size',
    (_key, _elem, key, elem) => {
      draws.reset(1n);
      const idle = rt.machine.heapInUse;
      const map = rt.makeMap(`map[${key.type}]${elem.type}`, { hash0: GOLDEN_HASH0 });
      const twin = new Twin(map, key, elem, SLIDING_SPACE);
      const keys = distinct(key);
      const WINDOW = 26;
      const seen = new Set<bigint>();
      for (let i = 0; i < Math.min(keys.length, 400); i++) {
        if (i >= WINDOW) twin.apply({ op: 'delete', key: keys[i - WINDOW] as number });
        twin.apply({ op: 'set', key: keys[i] as number, elem: i });
        if ((map.header.flags & FLAG_SAME_SIZE_GROW) === 0) continue;
        // What an iteration that begins now gives, and one that began before goes on with.
        twin.apply({ op: 'iterate' });
        twin.apply({ op: 'next', which: 0, steps: 5 });
        twin.compareAll();
        twin.apply({ op: 'walk' });
        seen.add(map.header.nevacuate);
      }
      expect(seen.size).toBeGreaterThan(0);
      twin.finish(true);
      expect(rt.machine.heapInUse).toBe(idle);
    },
  );
});
