/**
 * A wrong mask: the bucket of a key computed with 1 << B where Go has (1 << B) - 1,
 * and the bucket's address by another formula than Go's.
 */
import { hex } from '../index.ts';
import {
  type Case,
  check,
  DEFAULT_SEEDS,
  type Findings,
  holds,
  type RunOptions,
  type SeedRange,
  type Witness,
} from './case.ts';
import { givenToC, READ_WHOLE_C, READER_C } from './csource.ts';
import { ranges } from './reader.ts';
import { CASE_RELEASE, gather, hashText, KEYS, MANY, type Part, Scene, SHAPE, TYPE } from './scene.ts';
import { headerField } from './structs.ts';

/** The bucket that a program looks into for a hash. */
export type Index = (hash: bigint, B: bigint) => bigint;

const right: Index = (hash, B) => hash & ((1n << B) - 1n);
const shift: Index = (hash, B) => hash & (1n << B);

const C = `${READER_C}

${READ_WHOLE_C}

static void look_up(const unsigned char *given, size_t size, int wrong) {
  uint64_t hashkey0;
  struct hmap h;
  memcpy(&hashkey0, given, 8);
  memcpy(&h, given + 8, size - 8 < sizeof h ? size - 8 : sizeof h);
  int64_t found = 0;
  for (int64_t key = 1; key <= h.count; key++) {
    uint64_t hash = memhash64(key, h.hash0, hashkey0);
    uint64_t mask = wrong ? 1ULL << h.B : (1ULL << h.B) - 1;
    if (find(&h.buckets[hash & mask], hash, key) == NULL) continue;
    found++;
    if (wrong) printf("bucket %" PRIu64 " has %" PRId64 "\\n", hash & mask, key);
  }
  printf("found %" PRId64 " of %" PRId64 "\\n", found, h.count);
}

void mask_as_shift(const unsigned char *given, size_t size) { look_up(given, size, 1); }
void mask_of_go(const unsigned char *given, size_t size) { look_up(given, size, 0); }

/* How many of the addresses buckets + 8 * (hash >> B) are those of a bucket. */
void other_formula(const unsigned char *given, size_t size) {
  uint64_t hashkey0;
  struct hmap h;
  memcpy(&hashkey0, given, 8);
  memcpy(&h, given + 8, size - 8 < sizeof h ? size - 8 : sizeof h);
  int64_t inside = 0;
  for (int64_t key = 1; key <= h.count; key++) {
    uint64_t offset = 8 * (memhash64(key, h.hash0, hashkey0) >> h.B);
    inside += offset % sizeof(struct bucket) == 0 && offset / sizeof(struct bucket) < 1ULL << h.B;
  }
  printf("%" PRId64 " of %" PRId64 " lead to a bucket\\n", inside, h.count);
}`;

interface Lookups {
  /** Keys that are found, each with the number of the bucket that was looked into. */
  readonly found: readonly (readonly [key: bigint, index: bigint])[];
  readonly missed: readonly bigint[];
}

/** Looks every key up in the chain that begins at the given bucket, as the C functions do. */
function lookUp(scene: Scene, index: Index): Lookups {
  const { map, rt, truth } = scene;
  const header = map.header.bytes;
  const [array, B] = [headerField(header, 'buckets'), headerField(header, 'B')];
  const found: [bigint, bigint][] = [];
  const missed: bigint[] = [];
  for (const key of truth.keys()) {
    const at = index(map.hash(key), B);
    let bucket = array + at * BigInt(SHAPE.bucketSize);
    let there = false;
    for (let hops = 0; bucket !== 0n && hops < MANY && !there; hops++) {
      const bytes = rt.memory.read(bucket, SHAPE.bucketSize);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const top = Number(map.hash(key) >> 56n);
      for (let slot = 0; slot < 8; slot++) {
        const marked = bytes[slot] === (top < 5 ? top + 5 : top);
        there ||= marked && view.getBigInt64(SHAPE.keyOffset + slot * SHAPE.keySize, true) === key;
      }
      bucket = view.getBigUint64(SHAPE.overflowOffset, true);
    }
    if (there) found.push([key, at]);
    else missed.push(key);
  }
  return { found, missed };
}

/** What the rule says is found: what lies in the chains of the two buckets that such a mask can name. */
function rule(scene: Scene): bigint[] {
  const { map } = scene;
  const B = BigInt(map.header.B);
  const spare = map.header.buckets + (1n << B) * BigInt(SHAPE.bucketSize);
  const keys: bigint[] = [];
  for (const first of map.buckets) {
    let behindSpare = false;
    for (const bucket of first.chain()) {
      behindSpare ||= bucket.address === spare;
      for (const slot of bucket.slots) {
        if (!slot.filled) continue;
        const high = (map.hash(slot.key) & (1n << B)) !== 0n;
        if (high ? behindSpare : first.index === 0) keys.push(slot.key);
      }
    }
  }
  return keys.sort((a, b) => (a < b ? -1 : 1));
}

/** A map at rest: the growth that its keys began is over. */
async function atRest(seed: bigint | undefined): Promise<Scene> {
  return Scene.open(seed, undefined, KEYS - 1);
}

const keysOf = ({ found }: Lookups): bigint[] => found.map(([key]) => key);

async function lookups(seed: bigint | undefined, index: Index): Promise<Part> {
  const scene = await atRest(seed);
  const { map, truth } = scene;
  const n = map.buckets.length;
  const [wrong, good] = [lookUp(scene, shift), lookUp(scene, index)];
  const expected = rule(scene);
  const indexes = new Set([...truth.keys()].map((key) => shift(map.hash(key), BigInt(map.header.B))));
  const distances = [...truth.keys()].map((key) => 8n * (map.hash(key) >> BigInt(map.header.B)));
  const inside = distances.filter(
    (distance) =>
      distance % BigInt(SHAPE.bucketSize) === 0n && distance / BigInt(SHAPE.bucketSize) < BigInt(n),
  );
  const faults = distances.filter((distance) => {
    const region = scene.rt.memory.region((map.header.buckets + distance) & ((1n << 64n) - 1n));
    return region === undefined || map.header.buckets + distance >= region.mappedEnd;
  });
  const targets = ['linux/amd64', 'linux/arm64'];
  const given = givenToC(map.header.bytes);
  const memory = [scene.heap()];
  const last = (found: number): string => `found ${found} of ${truth.size}\n`;
  const witnesses: Witness[] =
    seed === undefined
      ? [
          {
            function: 'mask_as_shift',
            targets,
            given,
            memory,
            prints: `${wrong.found.map(([key, at]) => `bucket ${at} has ${key}\n`).join('')}${last(wrong.found.length)}`,
          },
          { function: 'mask_of_go', targets, given, memory, prints: last(lookUp(scene, right).found.length) },
          {
            function: 'other_formula',
            targets,
            given,
            memory,
            prints: `${inside.length} of ${truth.size} lead to a bucket\n`,
          },
        ]
      : [];
  const bucket = scene.bucket(map.header.buckets, n);
  return {
    witnesses,
    steps: [
      {
        kind: 'setting',
        title: `${truth.size} keys in ${n} buckets`,
        text:
          `The map is a ${TYPE} with B ${map.header.B}: 2^B = ${n} buckets of ${SHAPE.bucketSize} bytes from ` +
          `${hex(map.header.buckets)} on, spare overflow buckets behind them. Go takes the lowest ${map.header.B} bits ` +
          'of the hash for the number of the bucket.',
        facts: { entries: truth.size, buckets: n },
      },
      {
        kind: 'wrong reading',
        title: 'hash & (1 << B)',
        text:
          `One bit is left of the hash, so only two numbers come out: ${[...indexes].sort().join(' and ')}. Bucket 0 has ` +
          `its own keys, and half of those are looked for elsewhere; bucket ${n} is one past the end, a spare bucket ` +
          `that ${bucket.bytes.every((byte) => byte === 0) ? 'nobody uses yet' : 'is the overflow of another'}. ` +
          `Of ${truth.size} keys ${wrong.found.length} are found: ${ranges(keysOf(wrong))}.`,
        table: {
          head: ['bucket', 'looked for there', 'found'],
          rows: [...indexes]
            .sort()
            .map((at) => [
              String(at),
              String(
                [...truth.keys()].filter((key) => shift(map.hash(key), BigInt(map.header.B)) === at).length,
              ),
              String(wrong.found.filter(([, where]) => where === at).length),
            ]),
        },
        complaints: [`${wrong.missed.length} keys missed: ${ranges(wrong.missed)}`],
        facts: { found: keysOf(wrong), missed: wrong.missed.length },
      },
      {
        kind: 'wrong reading',
        title: 'buckets + 8 * (hash >> B)',
        text:
          `The high bits of the hash times a pointer's size is no place of a bucket: of ${truth.size} addresses ` +
          `${inside.length} are one, and ${faults.length} lie outside of what is mapped, where reading is a segmentation fault.`,
        complaints: [`${truth.size - inside.length} of ${truth.size} addresses are no bucket's`],
        facts: { inside: inside.length, faults: faults.length },
      },
      {
        kind: 'right reading',
        title: 'hash & ((1 << B) - 1), times the size of a bucket',
        text: `Every key is found: ${good.found.length} of ${truth.size}.`,
        complaints:
          good.missed.length === 0 ? [] : [`${good.missed.length} keys missed: ${ranges(good.missed)}`],
        facts: { found: good.found.length },
      },
    ],
    checks: [
      check('only two buckets are ever looked into', `0, ${n}`, [...indexes].sort().join(', ')),
      check(
        'found are the keys in those two chains, and no others',
        ranges(expected, MANY),
        ranges(keysOf(wrong), MANY),
      ),
      holds('most keys are missed', wrong.missed.length > wrong.found.length),
      check("with Go's mask the reader finds", truth.size, good.found.length),
      holds('nearly all addresses of the other formula fault', faults.length > truth.size / 2),
    ],
    claims: [
      {
        says: 'The bucket of a key is hash & bucketShift(B).',
        holds: wrong.found.length === truth.size,
        shown: `so ${wrong.found.length} of ${truth.size} are found; Go's bucketMask(B) is bucketShift(B) - 1`,
      },
    ],
  };
}

/** The rule over many hashes. */
async function overSeeds(seeds: SeedRange): Promise<Part> {
  let kept = 0;
  const found: number[] = [];
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    const scene = await atRest(BigInt(seed));
    const wrong = lookUp(scene, shift);
    found.push(wrong.found.length);
    if (ranges(keysOf(wrong), MANY) === ranges(rule(scene), MANY)) kept++;
  }
  found.sort((a, b) => a - b);
  return {
    steps: [
      {
        kind: 'rule',
        title: 'what is found, whatever the hash',
        text:
          `Over the seeds ${seeds.from} to ${seeds.to} exactly the keys in the chains of bucket 0 and of the first spare ` +
          `bucket are found, if the bit fits: ${kept} of ${found.length} times. Between ${found[0]} and ${found.at(-1)} of ` +
          `${KEYS - 1} keys, the median ${found[found.length >> 1]}.`,
        facts: { seeds: found.length, kept, least: found[0] ?? 0, most: found.at(-1) ?? 0 },
      },
    ],
    checks: [check(`the rule holds for each of the seeds ${seeds.from} to ${seeds.to}`, found.length, kept)],
  };
}

/** The fix, and a map on which no mask can be wrong. */
async function fixAndTwin(seed: bigint | undefined, index: Index): Promise<Part> {
  const grown = await Scene.open(seed, undefined, 8);
  const { map, truth } = grown;
  const [wrong, good] = [lookUp(grown, (hash, B) => shift(hash, B) & 0n), lookUp(grown, index)];
  const large = await atRest(seed);
  while (large.truth.size < 400 || large.growing) large.insert();
  const all = lookUp(large, index);
  return {
    steps: [
      {
        kind: 'fix',
        title: 'subtract one, and take the bucket size from the type',
        text:
          `With the mask (1 << B) - 1 and buckets of ${SHAPE.bucketSize} bytes the same reader finds ${all.found.length} of ` +
          `${large.truth.size} keys in ${large.map.buckets.length} buckets. A growing map needs the old array too.`,
        complaints: all.missed.length === 0 ? [] : [`missed: ${ranges(all.missed)}`],
        facts: { entries: large.truth.size, found: all.found.length },
      },
      {
        kind: 'legal twin',
        title: 'a map of one bucket',
        text:
          `With ${truth.size} keys B is ${map.header.B} and there is one bucket, number 0, which any program finds that ` +
          'does not look at the hash at all.',
        complaints: [...wrong.missed, ...good.missed].map((key) => `key ${key} missed`),
        facts: { entries: truth.size, B: map.header.B },
      },
    ],
    checks: [
      check('with the fix the reader finds', large.truth.size, all.found.length),
      check('in a map of one bucket nothing is missed', 0, wrong.missed.length + good.missed.length),
    ],
  };
}

/** The case with another mask in the place of the right one, to see that it can fail. */
export function wrongMaskWith(index: Index): Case {
  return {
    name: 'wrong-mask',
    title: 'A mask written as a shift',
    goesWrong:
      'A program that reads maps from outside takes hash & (1 << B) for the number of the bucket, where Go has ' +
      '(1 << B) - 1. It looks into two buckets of all, the second of them past the end of the array, and misses nearly every key.',
    releases: [CASE_RELEASE],
    targets: ['linux/amd64', 'linux/arm64'],
    program: [
      'uint64_t mask = 1ULL << h->B;              /* Go has (1 << B) - 1 */',
      'struct bucket *b = &h->buckets[hash & mask];',
    ].join('\n'),
    c: C,
    notModelled: [
      'Below 16 buckets an array has no spare buckets: there bucket 2^B is whatever lies behind the array.',
    ],
    async run(options: RunOptions = {}): Promise<Findings> {
      const { seed, seeds = DEFAULT_SEEDS } = options;
      const parts = [await lookups(seed, index), await overSeeds(seeds), await fixAndTwin(seed, index)];
      return gather(hashText(seed), parts, [false]);
    },
  };
}

export const wrongMask: Case = wrongMaskWith(right);
