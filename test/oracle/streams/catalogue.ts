/** The streams that are recorded, by name. A name is the name of a file in golden/. */
import type { Stream } from '../protocol.ts';
import { FORGED } from './forged.ts';
import { hasherOf } from './hashes.ts';
import { HASH_KEY, HASH0, range, Script } from './script.ts';

export interface Entry {
  readonly name: string;
  /** Streams are made when they are asked for: some look for keys that collide. */
  stream(): Stream | Promise<Stream>;
}

/* ---- each kind of key and element ---- */

/** Names of files for texts of types. */
const KEYS: readonly (readonly [name: string, type: string])[] = [
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['uint32', 'uint32'],
  ['uint64', 'uint64'],
  ['int8', 'int8'],
  ['int16', 'int16'],
  ['int32', 'int32'],
  ['int64', 'int64'],
  ['int', 'int'],
  ['uint', 'uint'],
  ['uintptr', 'uintptr'],
  ['bool', 'bool'],
  ['pointer', '*int'],
  ['unsafe-pointer', 'unsafe.Pointer'],
  ['channel', 'chan int'],
  ['bytes-3', '[3]byte'],
  ['bytes-4', '[4]byte'],
  ['bytes-8', '[8]byte'],
  ['bytes-16', '[16]byte'],
  ['bytes-128', '[128]byte'],
  ['bytes-129', '[129]byte'],
  ['string', 'string'],
  ['struct-of-ints', 'struct{a,b int32}'],
  ['wide-struct-of-ints', 'struct{a int64; b int32; c,d int16}'],
  ['array-of-ints', '[2]uint64'],
  ['empty-struct', 'struct{}'],
  ['array-of-string', '[1]string'],
  ['float32', 'float32'],
  ['float64', 'float64'],
  ['complex64', 'complex64'],
  ['complex128', 'complex128'],
  ['interface', 'interface{}'],
  ['padded-struct', 'struct{a int8; b int64}'],
  ['struct-with-blank-field', 'struct{a int32; _ int32; b int64}'],
  ['struct-with-string', 'struct{a int64; s string}'],
  ['struct-with-float', 'struct{a int8; f float64; s string}'],
  ['struct-with-interface', 'struct{f float64; v interface{}}'],
  ['array-of-strings', '[2]string'],
  ['array-of-floats', '[3]float32'],
  ['indirect-strings', '[9]string'],
];

const ELEMS: readonly (readonly [name: string, type: string])[] = [
  ['string', 'string'],
  ['bytes-129', '[129]byte'],
  ['bytes-128', '[128]byte'],
  ['empty-struct', 'struct{}'],
  ['pointer', '*int'],
  ['int8', 'int8'],
  ['struct-with-string', 'struct{a int64; s string}'],
  ['slice', '[]int'],
  ['float64', 'float64'],
  ['interface', 'interface{}'],
];

/** Each path and way of hashing meets each way of holding an element. */
const CELL_KEYS = [
  'int32',
  'int64',
  'string',
  'float64',
  'complex128',
  'interface',
  'struct-with-float',
  'bytes-129',
  'empty-struct',
];
const CELL_ELEMS: readonly (readonly [name: string, type: string])[] = [
  ['inline', 'int64'],
  ['pointerful', 'struct{p *int; s string}'],
  ['indirect', '[136]byte'],
  ['zero-size', 'struct{}'],
];

/** A short life in which everything happens once. */
function life(type: string): Stream {
  const s = new Script(type, { dump: 40, style: type.startsWith('map[string') ? 'mixed' : 'counted' });
  s.get(1)
    .del(1)
    .iter()
    .set(...range(1, 8))
    .set(3)
    .get(3, 9)
    .del(2)
    .get(2)
    .set(...range(9, 30));
  s.walk(28)
    .del(...range(4, 20, 3))
    .set(...range(31, 40))
    .iter()
    .next(5)
    .del(30, 31)
    .set(50, 51)
    .next(40);
  s.set(...range(1, 10))
    .get(...range(1, 20, 4))
    .clear()
    .iter()
    .get(5)
    .set(...range(1, 3))
    .walk(3);
  return s.del(1, 2, 3).set(7).rangedel().set(8).stream;
}

/* ---- growth ---- */

/** Up to the growth from eight to sixteen buckets and through it, with a dump after every operation. */
const growing = (type: string): Stream => new Script(type, { dump: 1 }).set(...range(1, 60)).stream;

/** Keys change while their number stays: overflow buckets gather until the map grows to its own size. */
function window(type: string, width: number, times: number): Stream {
  const s = new Script(type, { dump: 64 }).set(...range(1, width));
  for (let n = 1; n <= times; n++) s.del(n).set(n + width);
  return s.stream;
}

/** The script of a map with `n` keys, in the middle of growing. */
const midGrowth = (type: string): Script => new Script(type, { dump: 32 }).set(...range(1, 54));

/** Keys that share a bucket of 2^bits under the hash of both families of releases, those of the older first. */
async function colliding(
  type: string,
  bits: number,
  each: number,
): Promise<[older: number[], newer: number[]]> {
  const script = new Script(type);
  const found = async (release: string): Promise<number[]> => {
    const hash = await hasherOf({ type, hashkey: HASH_KEY, hash0: HASH0 }, release);
    const keys: number[] = [];
    const mask = BigInt(2 ** bits - 1);
    const groups = new Map<bigint, number[]>();
    for (let n = 1; keys.length < each && n < 2 ** (bits + 6); n++) {
      const at = hash(script.text(n)) & mask;
      const group = groups.get(at) ?? [];
      group.push(n);
      groups.set(at, group);
      // Chains of two buckets at least.
      if (group.length === 17) keys.push(...group);
    }
    return keys;
  };
  return [await found('1.19'), await found('1.23')];
}

/** More overflow buckets than the array has spares for. */
async function sparesUsedUp(type: string): Promise<Stream> {
  const [older, newer] = await colliding(type, 4, 68);
  const s = new Script(type, { hint: 100, dump: 24 });
  return s.set(...older.slice(0, 51)).set(...newer.slice(0, 51)).stream;
}

/** Deletes along chains with overflow buckets, from their end, their front and their middle. */
async function backFilling(type: string): Promise<Stream> {
  const [older, newer] = await colliding(type, 4, 34);
  const s = new Script(type, { hint: 100, dump: 16 });
  for (const keys of [older, newer]) {
    const some = keys.slice(0, 17);
    s.set(...some)
      .del(...[...some].reverse())
      .set(...some)
      .del(...some)
      .set(...some);
    s.del(...some.filter((_, i) => i % 2 === 1)).del(...some.filter((_, i) => i % 2 === 0));
  }
  return s.stream;
}

/** Chains in a map of 2^16 buckets, whose overflow buckets are counted by chance. */
async function sampledOverflow(type: string): Promise<Stream> {
  const hint = 13 * 2 ** 15 - 100;
  const script = new Script(type, { hint });
  for (const release of ['1.19', '1.23']) {
    const hash = await hasherOf({ type, hashkey: HASH_KEY, hash0: HASH0 }, release);
    const groups = new Map<bigint, number[]>();
    for (let n = 1; n < 2 ** 18; n++) {
      const at = hash(script.text(n)) & 0xffffn;
      const group = groups.get(at);
      if (group === undefined) groups.set(at, [n]);
      else group.push(n);
    }
    const fullest = [...groups.values()].sort((a, b) => b.length - a.length).slice(0, 12);
    script.set(...fullest.flat());
  }
  return script.stream;
}

/* ---- strings ---- */

const textOfLength = (n: number): string =>
  `'${Buffer.from(Array.from({ length: n }, (_, i) => 97 + ((i * 7 + n) % 26))).toString('hex')}'`;

/** Strings of every length from 0 to 200: set, got, overwritten by equal ones, deleted. */
function stringsOfEveryLength(): Stream {
  const s = new Script('map[string]uint16', { dump: 256 });
  for (const n of range(0, 200))
    s.raw(['set', textOfLength(n), `${(n & 255).toString(16).padStart(2, '0')}00`]);
  for (const n of range(0, 200)) s.raw(['get', textOfLength(n)]);
  for (const n of range(0, 200, 5)) s.raw(['set', textOfLength(n), 'ffff']);
  for (const n of range(0, 200, 2)) s.raw(['del', textOfLength(n)]);
  return s.stream;
}

/** Strings with one head or one tail, in one bucket and in several: what the string paths compare first. */
function stringsAlike(): Stream {
  const s = new Script('map[string]int', { style: 'strided', dump: 16 });
  return s
    .set(...range(1, 8))
    .get(...range(1, 12))
    .set(...range(5, 30))
    .get(...range(1, 40, 3)).stream;
}

/* ---- the list ---- */

const HINTS = [0, 1, 8, 9, 13, 14, 26, 27, 52, 53, 104, 105, 208, 209, 1000];

const SCENES: readonly Entry[] = [
  { name: 'growth-uint64', stream: () => growing('map[uint64]uint64') },
  { name: 'growth-string', stream: () => growing('map[string]int') },
  { name: 'growth-indirect', stream: () => growing('map[[129]byte][129]byte') },
  { name: 'growth-zero-size', stream: () => growing('map[uint32]struct{}') },
  { name: 'same-size-growth-uint64', stream: () => window('map[uint64]uint64', 26, 260) },
  { name: 'same-size-growth-string', stream: () => window('map[string]string', 13, 200) },
  { name: 'same-size-growth-32-buckets', stream: () => window('map[uint32]*int', 208, 900) },
  { name: 'spares-used-up', stream: () => sparesUsedUp('map[uint64]uint64') },
  { name: 'spares-used-up-pointers', stream: () => sparesUsedUp('map[uint64]*int') },
  { name: 'noverflow-sampled', stream: () => sampledOverflow('map[uint32]struct{}') },
  { name: 'back-filling-uint64', stream: () => backFilling('map[uint64]uint64') },
  { name: 'back-filling-string', stream: () => backFilling('map[string]string') },
  {
    name: 'clear',
    stream: () =>
      new Script('map[uint64]string', { dump: 8 })
        .set(...range(1, 20))
        .clear()
        .clear()
        .set(...range(1, 9))
        .clear().stream,
  },
  {
    name: 'clear-under-an-iterator',
    stream: () =>
      new Script('map[uint64]uint64', { dump: 8 })
        .set(...range(1, 30))
        .iter()
        .next(4)
        .clear()
        .next(3)
        .set(...range(60, 80))
        .next(25).stream,
  },
  {
    name: 'clear-in-the-middle-of-growth',
    stream: () =>
      midGrowth('map[uint64]uint64')
        .clear()
        .set(...range(1, 9))
        .iter()
        .next(12).stream,
  },
  {
    name: 'clear-under-an-iterator-in-the-middle-of-growth',
    stream: () =>
      midGrowth('map[string]int')
        .iter()
        .next(6)
        .clear()
        .next(60)
        .set(...range(1, 20))
        .walk(20).stream,
  },
  {
    name: 'clear-under-an-iterator-from-before-the-growth',
    stream: () =>
      new Script('map[uint32]uint32', { dump: 32 })
        .set(...range(1, 52))
        .iter()
        .next(3)
        .set(53, 54)
        .clear()
        .next(60).stream,
  },
  {
    name: 'clear-of-spares',
    stream: () =>
      new Script('map[uint64]uint64', { hint: 200, dump: 32 })
        .set(...range(1, 100))
        .clear()
        .set(...range(1, 30))
        .clear().stream,
  },
  { name: 'strings-of-every-length', stream: stringsOfEveryLength },
  { name: 'strings-alike', stream: stringsAlike },
  {
    name: 'iteration-across-growth',
    stream: () => {
      const s = new Script('map[uint64]uint64', { dump: 32 }).set(...range(1, 52)).iter();
      for (const n of range(53, 90))
        s.next()
          .set(n)
          .del(n - 40);
      return s.next(60).stream;
    },
  },
  {
    name: 'iteration-across-growth-string',
    stream: () => {
      const s = new Script('map[string]string', { dump: 32, style: 'mixed' }).set(...range(1, 52)).iter();
      for (const n of range(53, 80))
        s.next(2)
          .set(n)
          .del(n - 33);
      return s.next(60).stream;
    },
  },
  {
    name: 'iteration-started-in-the-middle-of-growth',
    stream: () => midGrowth('map[uint64]uint64').walk(54).iter().next(10).set(55, 56, 57).next(50).stream,
  },
  {
    name: 'iteration-started-in-the-middle-of-same-size-growth',
    stream: () => {
      const s = new Script('map[uint64]uint64', { dump: 64 }).set(...range(1, 52));
      for (const n of range(1, 150)) s.del(n).set(n + 52);
      for (const n of range(151, 170))
        s.del(n)
          .set(n + 52)
          .iter()
          .next(3);
      return s.next(60).stream;
    },
  },
  {
    name: 'iteration-of-one-bucket',
    stream: () =>
      new Script('map[uint8]uint8')
        .set(...range(1, 5))
        .walk(5)
        .walk(5)
        .walk(5)
        .walk(5)
        .del(2)
        .walk(4).stream,
  },
  {
    name: 'iterations-one-after-another',
    stream: () =>
      new Script('map[int]int')
        .set(...range(1, 20))
        .iter()
        .next(3)
        .iter()
        .next(3)
        .walk(20)
        .next(2).stream,
  },
  {
    name: 'overwriting-during-growth',
    stream: () =>
      midGrowth('map[string]string')
        .set(...range(1, 20))
        .get(...range(1, 54, 3)).stream,
  },
  {
    name: 'deleting-during-growth',
    stream: () =>
      midGrowth('map[[16]byte]*int')
        .del(...range(1, 54))
        .set(1).stream,
  },
  {
    name: 'drawn-hash0',
    stream: () =>
      new Script('map[uint64]uint64', { hash0: null, dump: 16 }).set(...range(1, 30)).walk(30).stream,
  },
  {
    name: 'drawn-hash0-hint',
    stream: () =>
      new Script('map[string]int', { hash0: null, hint: 50, dump: 16 }).set(...range(1, 30)).walk(30).stream,
  },
  {
    name: 'new-hash0-with-the-last-entry',
    stream: () =>
      new Script('map[uint64]uint64', { dump: 1 }).set(1).del(1).set(1, 2).del(2, 1).set(3).stream,
  },
  {
    name: 'empty-map',
    stream: () => new Script('map[uint64]uint64').get(1).del(1).clear().rangedel().iter().next(2).stream,
  },
  {
    name: 'range-delete',
    stream: () =>
      new Script('map[string]string', { dump: 8 })
        .set(...range(1, 20))
        .rangedel()
        .set(1)
        .walk(1).stream,
  },
  {
    name: 'growth-of-nan',
    stream: () => {
      const nan = '000000000000f87f';
      const s = new Script('map[float64]uint64', { dump: 8 });
      for (let n = 0; n < 40; n++) {
        s.raw(['set', nan, `${n.toString(16).padStart(2, '0')}00000000000000`]);
        if (n === 30) s.iter();
        if (n > 30) s.next(2);
      }
      return s.raw(['get', nan], ['del', nan]).next(40).clear().stream;
    },
  },
  {
    name: 'nan-payloads',
    stream: () =>
      new Script('map[float64]uint64', { dump: 4 })
        .raw(
          ['set', '010000000000f07f', '0100000000000000'],
          ['set', 'ffffffffffffffff', '0200000000000000'],
          ['set', '0000000000000080', '0300000000000000'],
          ['set', '0000000000000000', '0400000000000000'],
          ['get', '0000000000000080'],
        )
        .walk(3).stream,
  },
  { name: 'no-operations', stream: () => new Script('map[uint64]uint64').stream },
];

/** Every stream that is recorded. */
export const CATALOGUE: readonly Entry[] = [
  ...KEYS.map(([name, key]) => ({ name: `key-${name}`, stream: () => life(`map[${key}]uint64`) })),
  ...ELEMS.flatMap(([name, elem]) => [
    { name: `elem-${name}`, stream: () => life(`map[uint64]${elem}`) },
    { name: `elem-${name}-of-string`, stream: () => life(`map[string]${elem}`) },
  ]),
  ...KEYS.filter(([name]) => CELL_KEYS.includes(name)).flatMap(([name, key]) =>
    CELL_ELEMS.map(([held, elem]) => ({
      name: `${held}-of-${name}`,
      stream: () => life(`map[${key}]${elem}`),
    })),
  ),
  { name: 'shape-of-shape', stream: () => life('map[Shape]Shape') },
  { name: 'elem-bytes-200-of-uint32', stream: () => life('map[uint32][200]byte') },
  { name: 'elem-string-of-bytes-129', stream: () => life('map[[129]byte]string') },
  ...HINTS.map((hint) => ({
    name: `hint-${hint}`,
    stream: () => new Script('map[uint32]*int', { hint, dump: 4 }).set(1, 2, 3, 4, 5, 6).stream,
  })),
  { name: 'hint-100-string', stream: () => new Script('map[string]string', { hint: 100 }).set(1).stream },
  ...SCENES,
  ...FORGED,
];
