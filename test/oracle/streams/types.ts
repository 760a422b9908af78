/** Map types: the fixed ones, which the table of every Go program has, and random ones. */
import { type GoType, parseMapType, Runtime, Unsupported } from 'hmap-wasm';
import { Prng } from './prng.ts';

/** Elements that change the path or the shape of a bucket. */
const FEW_ELEMS = ['uint64', 'string', 'struct{}', '[129]byte'];
const MORE_ELEMS = [
  ...FEW_ELEMS,
  'int8',
  '[3]byte',
  '[16]byte',
  '[128]byte',
  '*int',
  '[200]byte',
  'struct{a int64; s string}',
];

const KEYS_WITH_MORE = ['uint64', 'uint32', 'string', '*int', '[16]byte', '[129]byte'];
const KEYS_WITH_FEW = [
  'uint8',
  'int8',
  'bool',
  'uint16',
  'int16',
  'int32',
  'int64',
  'uint',
  'int',
  'uintptr',
  'unsafe.Pointer',
  'chan int',
  '[3]byte',
  '[4]byte',
  '[8]byte',
  '[128]byte',
  'struct{a,b int32}',
  'struct{a int64; b int32; c,d int16}',
  '[2]uint64',
  'struct{}',
  '[0]int',
  '[1]string',
  'struct{s string}',
  // Keys whose hash is more than one of plain memory or a string.
  'float32',
  'float64',
  'complex64',
  'complex128',
  'struct{a int8; b int64}',
  'struct{a int32; _ int32; b int64}',
  'struct{a int64; s string}',
  '[2]string',
  'interface{}',
  'Shape',
];

const SINGLES = [
  'map[int]int',
  'map[string]int',
  'map[float64]int',
  'map[int][]byte',
  'map[int]func()',
  'map[int]map[string]int',
  'map[int]interface{}',
  'map[int]Shape',
  'map[Units]Square',
  'map[Square]Label',
  'map[Couple]Shape',
  'map[string]float64',
  'map[uint32]struct{a int8; b float32}',
  'map[int]struct{a int8; _ int16; b [2]string}',
];

/** Every fixed type, those included that the library refuses today. */
export const FIXED_TYPES: readonly string[] = [
  ...new Set([
    ...KEYS_WITH_MORE.flatMap((key) => MORE_ELEMS.map((elem) => `map[${key}]${elem}`)),
    ...KEYS_WITH_FEW.flatMap((key) => FEW_ELEMS.map((elem) => `map[${key}]${elem}`)),
    ...SINGLES,
  ]),
];

/** Whether the library makes maps of a type. */
export async function supported(types: readonly string[], release?: string): Promise<string[]> {
  const rt = await Runtime.create({
    ...(release === undefined ? {} : { goVersion: release }),
    memory: { limit: 2 ** 22 },
  });
  return types.filter((type) => {
    try {
      rt.makeMap(type).free();
      return true;
    } catch (error) {
      if (error instanceof Unsupported) return false;
      throw error;
    }
  });
}

const NUMBERS = [
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'int',
  'uint',
  'uintptr',
];
const WORDS = ['bool', '*int', '*string', 'unsafe.Pointer', 'chan int', '<-chan bool'];
const FLOATS = ['float32', 'float64', 'complex64', 'complex128'];
/** What only an element may be. */
const INCOMPARABLE = ['[]int', '[]string', 'func()', 'map[string]int'];
/** A value larger than this makes streams long and says nothing new. */
const LARGEST = 320;

/** A random type of keys or of elements, `depth` composites deep at most. */
function randomType(random: Prng, key: boolean, depth: number): string {
  const at = random.int(100);
  if (depth > 0 && at < 18) return randomStruct(random, key, depth - 1);
  if (depth > 0 && at < 32)
    return `[${random.pick([0, 1, 1, 2, 2, 3, 4, 7])}]${randomType(random, key, depth - 1)}`;
  if (at < 42)
    return `[${random.pick([1, 2, 3, 4, 5, 8, 12, 16, 17, 31, 33, 64, 127, 128, 129, 160, 250])}]byte`;
  if (at < 56) return 'string';
  if (at < 64) return random.pick(FLOATS);
  if (at < 72) return random.pick(WORDS);
  if (at < 76) return random.pick(['interface{}', 'interface{}', 'Shape']);
  if (!key && at < 82) return random.pick(INCOMPARABLE);
  return random.pick(NUMBERS);
}

function randomStruct(random: Prng, key: boolean, depth: number): string {
  const fields = Array.from({ length: random.int(5) }, (_, i) => {
    const name = random.int(12) === 0 ? '_' : String.fromCharCode(97 + i);
    return `${name} ${randomType(random, key, depth)}`;
  });
  return `struct{${fields.join('; ')}}`;
}

/** `count` random map types that the library takes, by a seed. */
export async function randomTypes(seed: number, count: number, release?: string): Promise<string[]> {
  const random = new Prng(seed);
  const found = new Set<string>();
  for (let tries = 0; found.size < count && tries < 20; tries++) {
    const drawn = Array.from({ length: 4 * count }, () => {
      return `map[${randomType(random, true, 2)}]${randomType(random, false, 2)}`;
    }).filter(isSmall);
    for (const type of await supported(drawn, release)) if (found.size < count) found.add(type);
  }
  return [...found];
}

function isSmall(type: string): boolean {
  const { key, elem } = parseMapType(type);
  return [key, elem].every((part: GoType) => part.size <= LARGEST);
}
