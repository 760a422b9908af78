/** Long overflow lists: their capacities are what each release's malloc gives. */
import { Runtime } from 'hmap-wasm';
import { expect, test } from 'vitest';
import { RELEASES } from '../../src/profile/index.ts';

/** Enough entries for a list above 64 pointers, from which on some releases' malloc keeps a header. */
const ENTRIES = 20_000;

test.each(
  RELEASES.flatMap(({ name }) => (['release', 'checked'] as const).map((build) => [name, build] as const)),
)('hundreds of overflow buckets are in order under %s, %s', async (goVersion, build) => {
  const rt = await Runtime.create({ goVersion, build, seed: 3 });
  const map = rt.makeMap('map[uint64]uint64');
  for (let i = 0; i < ENTRIES; i++) map.set(i * 7919, 1);
  map.verify();
  expect(map.header.noverflow).toBeGreaterThan(128);
});
