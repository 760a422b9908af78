/**
 * Properties: a map agrees with a plain model under any stream of operations, and gives its memory back.
 *
 * Each kind of key meets each kind of element; in each stream the hasher is Go's own or one that forces
 * collisions, and one or two maps of the type share the heap.
 */
import fc from 'fast-check';
import type { GoMap, InjectedHasher, Runtime } from 'hmap-wasm';
import { beforeEach, describe, test } from 'vitest';
import { BUILDS, goldenRuntime, WyRand } from '../support/builds.ts';
import { Twin } from '../support/model.ts';
import { type Step, steps } from '../support/stream.ts';
import { ELEMS, KEYS, type Kind } from '../support/values.ts';

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
        numRuns: 25,
        seed: pairs.findIndex((pair) => pair[2] === key && pair[3] === elem) + 1,
        // A stream that fails is made shorter only for so long.
        interruptAfterTimeLimit: 20_000,
      },
    );
  });
});
