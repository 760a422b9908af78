/**
 * Named corruptions of a live header: each field as a debugger or a C program would forge it, and what programs
 * write that believe in another layout of `hmap`.
 *
 * Left out is what depends on memory that is not the map's: a B of 7 on one bucket, an address written over
 * flags, B and hash0 or over a number, clearing where a B of 0 makes old buckets of all memory, anything behind
 * the header.
 */
import type { Op, Stream } from '../protocol.ts';
import { range, Script } from './script.ts';

type Poke = readonly [offset: number, value: string];
type Use = 'get' | 'walk' | 'set' | 'set-new' | 'delete' | 'clear' | 'range-delete';

interface Forgery {
  readonly name: string;
  readonly pokes: readonly Poke[];
  /** All but these are recorded. */
  readonly without?: readonly Use[];
  /** Of a map with two buckets; else one bucket, and one in the middle of a growth. */
  readonly pair?: true;
  /** Only of a map with one bucket. */
  readonly single?: true;
}

/** Where the field is in Go 1.19 to 1.23; up to 1.25 all but `extra` are there too. */
const FIELDS: readonly Forgery[] = [
  { name: 'hash0-0', pokes: [[12, '00000000']], single: true },
  { name: 'b-40', pokes: [[9, '28']], without: ['clear', 'range-delete'] },
  { name: 'b-64', pokes: [[9, '40']], single: true, without: ['clear', 'range-delete'] },
  { name: 'b-65', pokes: [[9, '41']], pair: true, without: ['clear', 'range-delete'] },
  { name: 'buckets-nil', pokes: [[16, '@nil']], single: true },
  { name: 'buckets-unmapped', pokes: [[16, '@far']] },
  { name: 'oldbuckets-nil', pokes: [[24, '@nil']] },
  { name: 'oldbuckets-unmapped', pokes: [[24, '@wild']] },
  { name: 'count-0', pokes: [[0, '0000000000000000']] },
  { name: 'count-99', pokes: [[0, '6300000000000000']] },
  { name: 'hash-writing', pokes: [[8, '04']] },
  { name: 'noverflow-full', pokes: [[10, 'ffff']] },
];

/** Other layouts, by where they have what: zeros, a count, a pointer or a length is written there. */
const LAYOUTS: readonly Forgery[] = [
  { name: 'header-of-24-bytes-pointer-at-0', pokes: [[0, '@nil']] },
  {
    name: 'header-of-24-bytes-count-at-8',
    pokes: [[8, '0300000000000000']],
    without: ['set', 'set-new', 'delete', 'clear', 'range-delete'],
  },
  { name: 'header-of-24-bytes-flags-at-16', pokes: [[16, '@low']], single: true },
  { name: 'count-at-8-buckets-at-40-nil', pokes: [[40, '@nil']] },
  { name: 'packed-b-at-0', pokes: [[0, '05']] },
  { name: 'packed-flags-at-2', pokes: [[2, '04']] },
  { name: 'packed-hash0-at-4', pokes: [[4, '78563412']] },
  { name: 'buckets-at-8-nil', pokes: [[8, '@nil']], single: true },
  {
    name: 'byte-count-at-0',
    pokes: [
      [0, '00'],
      [1, '04'],
      [2, '03'],
    ],
  },
  { name: 'swiss-seed-at-8', pokes: [[8, 'ffffffffffffffff']] },
  { name: 'swiss-directory-at-16', pokes: [[16, '@unmapped']] },
  { name: 'swiss-directory-length-at-24', pokes: [[24, '0100000000000000']] },
  {
    name: 'swiss-depth-at-32',
    pokes: [
      [32, '01'],
      [33, '00'],
    ],
  },
  { name: 'swiss-writing-at-34', pokes: [[34, '01']], single: true },
];

const USES: Readonly<Record<Use, (script: Script) => Script>> = {
  get: (script) => script.get(1, 2, 3, 99),
  walk: (script) => script.walk(4),
  set: (script) => script.set(1, 2).get(1),
  'set-new': (script) => script.set(99).get(99, 1),
  delete: (script) => script.del(1, 99).get(1, 2),
  clear: (script) => script.clear().get(1).set(1),
  'range-delete': (script) => script.rangedel().get(1),
};

interface Subject {
  readonly name: string;
  readonly type: string;
  readonly entries: number;
  readonly hint?: number;
}

const SINGLES: readonly Subject[] = [
  { name: 'int', type: 'map[int]int', entries: 3 },
  { name: 'string', type: 'map[string]int', entries: 3 },
];
/** The 27th entry begins a growth from four buckets to eight. */
const GROWING: Subject = { name: 'growing', type: 'map[string]int', entries: 27 };
const PAIR: Subject = { name: 'pair', type: 'map[int]int', entries: 8, hint: 9 };

function subjectsOf({ pair, single }: Forgery): readonly Subject[] {
  if (pair) return [PAIR];
  return single ? SINGLES : [...SINGLES, GROWING];
}

function streamOf({ type, entries, hint }: Subject, pokes: readonly Poke[], use: Use): Stream {
  const script = new Script(type, { dump: -1, ...(hint === undefined ? {} : { hint }) });
  script.set(...range(1, entries));
  return USES[use](script.raw(...pokes.map(([offset, value]): Op => ['poke', 'h', String(offset), value])))
    .stream;
}

/** Each forgery, on each map it is made of, with each use. */
export const FORGED: readonly { readonly name: string; stream(): Stream }[] = [...FIELDS, ...LAYOUTS].flatMap(
  (forgery) =>
    subjectsOf(forgery).flatMap((subject) =>
      (Object.keys(USES) as Use[])
        .filter((use) => !forgery.without?.includes(use))
        .map((use) => ({
          name: `forged-${forgery.name}/${subject.name}-${use}`,
          stream: () => streamOf(subject, forgery.pokes, use),
        })),
    ),
);
