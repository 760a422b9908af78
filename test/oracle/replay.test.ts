/** Every recording of real Go, replayed on both builds, on the guarded twin and by batches, byte for byte. */
import { RELEASES } from 'hmap-wasm';
import { expect, describe as group, test } from 'vitest';
import { compare, describe } from './compare.ts';
import { Engine } from './drivers/engine.ts';
import { goldenNames, readGolden, recordingOf } from './golden.ts';
import { GO_RELEASES } from './judge.ts';
import { type Driver, isHostile } from './protocol.ts';
import { CATALOGUE } from './streams/catalogue.ts';

const names = goldenNames();
const emulated = RELEASES.map((release) => release.name);
const FIRST = GO_RELEASES[0]?.name;

for (const { name } of GO_RELEASES) {
  if (!emulated.includes(name)) console.log(`recordings of Go ${name} are not replayed: it is not emulated`);
}

test('every stream of the catalogue has a recording', () => {
  expect(names.length).toBeGreaterThan(0);
  expect(names).toEqual(CATALOGUE.map(({ name }) => name).sort());
});

group.each(emulated)('Go %s', (release) => {
  const subjects: Driver[] = [
    new Engine({ release }),
    new Engine({ release, build: 'checked' }),
    new Engine({ release, guarded: true }),
    new Engine({ release, batched: true }),
  ];
  test.each(names)('%s', async (name) => {
    const golden = readGolden(name);
    const recording = golden && recordingOf(golden, release);
    if (golden === undefined || recording === undefined)
      throw new Error('there is no recording of this release');
    const hostile = isHostile(golden.stream);
    // There are many of these: what two releases record alike is replayed on the first of them.
    if (hostile && typeof golden.recordings[release] === 'string') return;
    for (const subject of hostile ? subjects.slice(0, release === FIRST ? 2 : 1) : subjects) {
      const found = compare(golden.stream, await subject.run(golden.stream), recording);
      if (found !== undefined) expect.fail(describe(found, [subject.name, `Go ${release}`]));
    }
  });
});
