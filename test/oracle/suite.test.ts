/**
 * One suite, many drivers: how a map behaves, as the language has it. Each stream is stated with what its `get`s
 * give and how many entries are left; iterations are held to what the language promises of them.
 */
import { afterAll, expect, describe as group, test } from 'vitest';
import { Engine } from './drivers/engine.ts';
import { GoDriver } from './drivers/go.ts';
import { checkResults, countOf, Model } from './drivers/model.ts';
import { findGo, goRelease, isFound } from './judge.ts';
import type { Driver, Stream } from './protocol.ts';
import { range, Script } from './streams/script.ts';

interface Behaviour {
  readonly name: string;
  readonly stream: Stream;
  /** What the `get`s give, in order: the number of the `set` whose element it is, or null. */
  readonly gets: readonly (number | null)[];
  /** `len` at the end. */
  readonly left: number;
}

const script = (type: string, options = {}) => new Script(type, { dump: -1, ...options });

/** Types that go different ways through the runtime. */
const WAYS = [
  'map[uint32]uint64',
  'map[uint64]string',
  'map[string]uint64',
  'map[string][200]byte',
  'map[[16]byte]*int',
  'map[[129]byte]string',
  'map[*int]struct{a int64; s string}',
  'map[[3]byte][129]byte',
];

const everyWay = (name: string, of: (type: string) => Omit<Behaviour, 'name'>): Behaviour[] =>
  WAYS.map((type) => ({ name: `${name}, ${type}`, ...of(type) }));

const BEHAVIOURS: readonly Behaviour[] = [
  ...everyWay('an empty map', (type) => ({
    stream: script(type).get(1).del(1).iter().next(2).clear().rangedel().stream,
    gets: [null],
    left: 0,
  })),
  ...everyWay('set, get, overwrite, delete', (type) => ({
    stream: script(type).set(1, 2).get(1, 2, 3).set(1).get(1).del(1, 3).get(1, 2).stream,
    gets: [0, 1, null, 2, null, 1],
    left: 1,
  })),
  ...everyWay('growth keeps every entry', (type) => ({
    stream: script(type)
      .set(...range(1, 300))
      .get(...range(1, 301)).stream,
    gets: [...range(0, 299), null],
    left: 300,
  })),
  ...everyWay('every second entry deleted', (type) => ({
    stream: script(type)
      .set(...range(1, 100))
      .del(...range(1, 100, 2))
      .get(...range(1, 100)).stream,
    gets: range(1, 100).map((n) => (n % 2 === 0 ? n - 1 : null)),
    left: 50,
  })),
  ...everyWay('clear, and on with the same map', (type) => ({
    stream: script(type)
      .set(...range(1, 60))
      .clear()
      .get(1, 60)
      .set(7)
      .get(7, 8)
      .walk(1).stream,
    gets: [null, null, 60, null],
    left: 1,
  })),
  ...everyWay('a window of keys', (type) => {
    const s = script(type).set(...range(1, 26));
    for (const n of range(1, 300)) s.del(n).set(n + 26);
    return { stream: s.get(300, 301, 326).walk(26).stream, gets: [null, 300, 325], left: 26 };
  }),
  ...everyWay('whole iterations, of one bucket and of many', (type) => ({
    stream: script(type)
      .set(1, 2, 3)
      .walk(3)
      .set(...range(4, 60))
      .walk(60)
      .walk(60).stream,
    gets: [],
    left: 60,
  })),
  ...everyWay('changes under an iteration', (type) => {
    const s = script(type)
      .set(...range(1, 52))
      .iter();
    for (const n of range(53, 100))
      s.next()
        .set(n)
        .del(n - 30);
    return { stream: s.next(100).stream, gets: [], left: 52 };
  }),
  ...everyWay('an iteration begun in the middle of growth', (type) => ({
    stream: script(type)
      .set(...range(1, 54))
      .walk(54)
      .iter()
      .next(9)
      .set(...range(55, 80))
      .next(80).stream,
    gets: [],
    left: 80,
  })),
  ...everyWay('everything deleted under an iteration', (type) => ({
    stream: script(type)
      .set(...range(1, 30))
      .iter()
      .del(...range(1, 30))
      .next(3).stream,
    gets: [],
    left: 0,
  })),
  ...everyWay('a range loop that deletes', (type) => ({
    stream: script(type)
      .set(...range(1, 80))
      .rangedel()
      .get(5)
      .set(5)
      .get(5).stream,
    gets: [null, 80],
    left: 1,
  })),
  ...everyWay('a hint', (type) => ({
    stream: script(type, { hint: 150 })
      .set(...range(1, 200))
      .get(1, 200, 201).stream,
    gets: [0, 199, null],
    left: 200,
  })),
  ...range(0, 64, 4).map((length) => {
    const text = (last: string) => `'${`${'61'.repeat(length)}${last}`}'`;
    return {
      name: `strings of ${length} bytes and one that tells them apart`,
      stream: script('map[string]uint8').raw(
        ['set', text('00'), '01'],
        ['set', text('ff'), '02'],
        ['get', text('00')],
        ['get', text('ff')],
        ['get', text('80')],
        ['del', text('00')],
        ['get', text('00')],
        ['get', text('ff')],
      ).stream,
      gets: [0, 1, null, null, 1],
      left: 1,
    };
  }),
  {
    name: 'the empty string is a key like others',
    stream: script('map[string]uint8').raw(
      ['get', "''"],
      ['set', "''", '07'],
      ['get', "''"],
      ['iter'],
      ['next'],
    ).stream,
    gets: [null, 0],
    left: 1,
  },
  {
    name: 'elements of no size',
    stream: script('map[uint64]struct{}').set(1, 2).get(1, 3).del(1).get(1, 2).walk(1).stream,
    gets: [0, null, null, 1],
    left: 1,
  },
  {
    name: 'keys of no size are one key',
    stream: script('map[struct{}]uint64').get(1).set(1, 2).get(3).walk(1).del(4).get(1).stream,
    gets: [null, 1, null],
    left: 0,
  },
  {
    name: 'two keys of bool',
    stream: script('map[bool]string').set(0, 1, 2).get(0, 1).del(1).get(2, 3).walk(1).stream,
    gets: [2, 1, 2, null],
    left: 1,
  },
];

function check(driver: () => Driver): void {
  test.each(BEHAVIOURS)('$name', async ({ stream, gets, left }) => {
    const recording = await driver().run(stream);
    expect(checkResults(stream, recording)).toBeUndefined();
    const elems = stream.ops.filter((op) => op[0] === 'set').map((op) => op[2]);
    const given = recording.ops.filter((_, i) => stream.ops[i]?.[0] === 'get').map(({ r }) => r);
    expect(given).toEqual(gets.map((n) => (n === null ? null : elems[n])));
    expect(countOf(recording.ops.at(-1) ?? recording.make)).toBe(left);
  });
}

const ENGINES = [
  new Engine({ build: 'release' }),
  new Engine({ build: 'checked' }),
  new Engine({ guarded: true }),
  new Model(),
];

for (const driver of ENGINES) group(driver.name, () => check(() => driver));

const go = await findGo(goRelease('1.19'), { fetch: false });
if (isFound(go)) {
  const driver = await GoDriver.start(go, [...new Set(BEHAVIOURS.map(({ stream }) => stream.type))]);
  afterAll(() => driver.close());
  group(`real Go ${go.release.name}`, () => check(() => driver));
} else {
  console.log(`the suite is not run on real Go: ${go.why}`);
}
