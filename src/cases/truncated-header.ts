/**
 * A truncated header: a C struct for the map's header that ends behind `buckets`,
 * 24 bytes, filled while the map is growing.
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
import { givenToC, printedLookups, READ_WHOLE_C, READER_C } from './csource.ts';
import { complaintsAbout, type OpenReader, openReader, type Reading, ranges } from './reader.ts';
import {
  CASE_RELEASE,
  facts,
  GOLDEN_HASH0,
  GOLDEN_KEY,
  gather,
  guiltyField,
  hashText,
  KEYS,
  MANY,
  type Part,
  Scene,
  TYPE,
} from './scene.ts';
import { fieldNamed, HEADER_SIZE, headerDump, headerField, withoutField } from './structs.ts';

/** Where the C struct ends: behind buckets. */
const CUT = fieldNamed('oldbuckets').offset;

/** What such a program has: the bytes that the copy brought, and nothing behind them. */
function cutOff(header: Uint8Array): Uint8Array {
  return header.slice().fill(0, CUT);
}

const C = `${READER_C}

struct header { /* ends too early */
  int64_t count;
  uint8_t flags, B;
  uint16_t noverflow;
  uint32_t hash0;
  struct bucket *buckets;
};
_Static_assert(sizeof(struct header) == ${CUT}, "the C struct");

void read_truncated(const unsigned char *given, size_t size) {
  uint64_t hashkey0;
  struct header h;
  memcpy(&hashkey0, given, 8);
  memcpy(&h, given + 8, size - 8 < sizeof h ? size - 8 : sizeof h);
  int64_t found = 0;
  for (int64_t key = 1; key <= h.count; key++) {
    uint64_t hash = memhash64(key, h.hash0, hashkey0);
    found += report(key, find(&h.buckets[hash & ((1ULL << h.B) - 1)], hash, key));
  }
  printf("count %" PRId64 ", found %" PRId64 "\\n", h.count, found);
}

${READ_WHOLE_C}`;

/** The C functions on the golden run's bytes. Other runs have a hash key that the library keeps to itself. */
function witnesses(scene: Scene, header: Uint8Array, open: OpenReader): Witness[] {
  const memory = [scene.heap()];
  const targets = ['linux/amd64', 'linux/arm64'];
  const prints = (bytes: Uint8Array): string => printedLookups(scene.reader(bytes, open));
  return [
    {
      function: 'read_truncated',
      targets,
      given: givenToC(header.subarray(0, CUT)),
      memory,
      prints: prints(cutOff(header)),
    },
    { function: 'read_whole', targets, given: givenToC(header), memory, prints: prints(header) },
  ];
}

interface Loss {
  readonly reading: Reading;
  readonly unmoved: readonly bigint[];
  readonly whole: Reading;
  /** Exactly the keys in unmoved old buckets are missed, count still says all, a walk gives the rest. */
  readonly rule: boolean;
}

/** Reads through the copy that is cut off, and through a whole one. */
function loseOldbuckets(scene: Scene, open: OpenReader): Loss {
  const copy = scene.map.header.bytes;
  const unmoved = scene.unmovedKeys();
  const reading = scene.read(cutOff(copy), open);
  const whole = scene.read(copy, open);
  const rule =
    sameKeys(reading.missed, unmoved) &&
    reading.wrong.length + reading.foreign + reading.faults === 0 &&
    reading.count === scene.truth.size &&
    reading.walked === scene.truth.size - unmoved.length &&
    whole.found === scene.truth.size;
  return { reading, unmoved, whole, rule };
}

const sameKeys = (a: readonly bigint[], b: readonly bigint[]): boolean =>
  a.length === b.length && ranges(a, MANY) === ranges(b, MANY);

async function lost(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed);
  const { map, rt, truth } = scene;
  const copy = map.header.bytes;
  const { reading, unmoved, whole } = loseOldbuckets(scene, open);
  const c = seed === undefined ? witnesses(scene, copy, open) : [];
  const old = [...map.oldbuckets];
  const moved = old.filter((bucket) => bucket.evacuated).map((bucket) => BigInt(bucket.index));

  // Go's own code on the same damage, as a second witness.
  const field = map.header.address + BigInt(CUT);
  const word = rt.memory.read(field, 8);
  rt.memory.write(field, new Uint8Array(8));
  const goMisses = [...truth.keys()].filter((key) => !map.has(key));
  const goWalks = [...map].length;
  const goLen = map.size;
  rt.memory.write(field, word);
  const restored = [...truth].every(([key, elem]) => map.get(key) === elem);

  return {
    witnesses: c,
    steps: [
      {
        kind: 'setting',
        title: 'a copy made in the middle of a growth',
        text:
          `Go has put the keys 1 to ${KEYS} into a ${TYPE}, each with ten times itself. Key ${KEYS} was one too ` +
          `many for ${old.length} buckets: Go made an array of ${map.buckets.length} and has moved the old buckets ` +
          `${ranges(moved)} so far. The other ${old.length - moved.length} are where oldbuckets says, and nowhere else.`,
        facts: { entries: truth.size, oldBuckets: old.length, moved },
      },
      {
        kind: 'wrong reading',
        title: `a struct of ${CUT} bytes`,
        text:
          `The C struct has count, flags, B, noverflow, hash0 and buckets, and ends there. Its reader looks for every ` +
          `key in the new array, where ${truth.size - unmoved.length} of ${truth.size} are: it misses ` +
          `${reading.missed.length}, exactly those in old buckets that have not moved, and count still says ` +
          `${reading.count}. Go's own code does the same on a header without oldbuckets: it misses ` +
          `${goMisses.length}, its range yields ${goWalks}, len says ${goLen}; with the word restored it finds ` +
          'everything again.',
        dumps: [
          {
            title: 'the header: as it is, and as far as the C struct goes',
            columns: [
              { label: "Go's header", address: map.header.address, bytes: copy },
              { label: `the C struct`, address: undefined, bytes: copy.slice(0, CUT) },
            ],
            fields: headerDump(copy, cutOff(copy)).map((each) =>
              each.offset < CUT ? each : { ...each, reads: [each.reads[0] ?? '', 'not there'] },
            ),
            guilty: [
              {
                ...guiltyField(
                  0,
                  'oldbuckets',
                  `the C struct ends before it: ${unmoved.length} keys are lost`,
                ),
              },
            ],
            legend: [],
          },
        ],
        complaints: complaintsAbout(reading, truth),
        facts: { ...facts(reading), unmoved, goMisses: goMisses.length, goWalks },
      },
      {
        kind: 'right reading',
        title: 'the whole header',
        text:
          `A reader with all ${HEADER_SIZE} bytes, that takes the old bucket of a key as long as it has not moved, ` +
          `finds ${whole.found} of ${truth.size} keys, and its walk gives ${whole.walked} entries.`,
        complaints: complaintsAbout(whole, truth),
        facts: facts(whole),
      },
    ],
    checks: [
      check(
        'cut off, the keys missed are those in unmoved old buckets',
        ranges(unmoved, MANY),
        ranges(reading.missed, MANY),
      ),
      check('count still says', KEYS, reading.count),
      check('a walk gives the rest', truth.size - unmoved.length, reading.walked),
      check(
        "Go's own code misses the same keys without oldbuckets",
        ranges(unmoved, MANY),
        ranges(goMisses, MANY),
      ),
      check('its range yields the rest', truth.size - unmoved.length, goWalks),
      holds('with the word restored Go finds everything again', restored),
      check('with the whole header the reader finds', truth.size, whole.found),
      check('and has nothing to complain of', 0, complaintsAbout(whole, truth).length),
    ],
    claims: [
      {
        says: `The header of a map has ${CUT} bytes.`,
        holds: copy.length === CUT,
        shown: `it has ${copy.length}; the ${copy.length - CUT} behind buckets are what a growth needs`,
      },
      {
        says: 'oldbuckets can be left out: it is NULL.',
        holds: headerField(copy, 'oldbuckets') === 0n,
        shown: `${hex(headerField(copy, 'oldbuckets'))} while the map grows`,
      },
    ],
  };
}

/** The figure depends on the hash; the rule does not. */
async function rule(seeds: SeedRange, open: OpenReader): Promise<Part> {
  const golden = loseOldbuckets(await Scene.open(undefined), open);
  const runs: { seed: number; missed: number; unmoved: number; holds: boolean }[] = [];
  for (let seed = seeds.from; seed <= seeds.to; seed++) {
    const { reading, unmoved, rule: ok } = loseOldbuckets(await Scene.open(BigInt(seed)), open);
    runs.push({ seed, missed: reading.missed.length, unmoved: unmoved.length, holds: ok });
  }
  const misses = runs.map((run) => run.missed).sort((a, b) => a - b);
  const kept = runs.filter((run) => run.holds).length;
  const broken = runs.filter((run) => !run.holds).map((run) => BigInt(run.seed));
  return {
    steps: [
      {
        kind: 'rule',
        title: 'the hash decides how many are missed, not which ones',
        text:
          `With the golden hash (hash key ${GOLDEN_KEY.join(', ')} and hash0 ${hex(BigInt(GOLDEN_HASH0))}) ` +
          `${golden.reading.missed.length} are missed and a walk gives ${golden.reading.walked}. Over the seeds ` +
          `${seeds.from} to ${seeds.to}, each with a hash of its own, the rule that exactly the keys in unmoved old ` +
          `buckets are missed held for ${kept} of ${runs.length}` +
          `${broken.length > 0 ? ` (not for ${ranges(broken)})` : ''}; ` +
          `between ${misses[0]} and ${misses.at(-1)} were missed, the median ${misses[misses.length >> 1]}.`,
        facts: {
          goldenMissed: golden.reading.missed.length,
          goldenWalked: golden.reading.walked,
          seeds: runs,
        },
      },
    ],
    checks: [
      check('with the golden hash, missed', 88, golden.reading.missed.length),
      check('with the golden hash, a walk gives', 17, golden.reading.walked),
      check(`the rule holds for each of the seeds ${seeds.from} to ${seeds.to}`, runs.length, kept),
    ],
  };
}

/** The fix without a longer struct: do not read while the map grows. C can tell only by the field that it lacks. */
async function fix(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed);
  let refused = 0;
  while (scene.growing) {
    refused++;
    scene.insert();
  }
  const reading = scene.read(cutOff(scene.map.header.bytes), open);
  const complaints = complaintsAbout(reading, scene.truth);
  return {
    steps: [
      {
        kind: 'fix',
        title: 'declare the whole header, or let Go say when',
        text:
          `The struct with all ${HEADER_SIZE} bytes is the fix. Where C must do with ${CUT}, Go has to tell it when the ` +
          `map is not growing: here that is ${refused} writes later, with ${scene.truth.size} keys, and then the short ` +
          `struct finds ${reading.found} of them.`,
        complaints,
        facts: { writes: refused, ...facts(reading) },
      },
    ],
    checks: [check('when the growth is over, the short struct finds', scene.truth.size, reading.found)],
  };
}

/** The same short struct where nothing is wrong: on a map that is not growing. */
async function legalTwin(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed, undefined, KEYS - 1);
  const copy = scene.map.header.bytes;
  const complaints = [copy, cutOff(copy), withoutField(copy, 'oldbuckets')].flatMap((header) =>
    complaintsAbout(scene.read(header, open), scene.truth),
  );
  return {
    steps: [
      {
        kind: 'legal twin',
        title: 'the same struct on a map that is not growing',
        text: `With ${scene.truth.size} keys, one before the growth, oldbuckets is nil, and nothing is cut off that counts.`,
        complaints,
        facts: { entries: scene.truth.size, growing: scene.growing },
      },
    ],
    checks: [check('on a map at rest there is nothing to complain of', 0, complaints.length)],
  };
}

/** The case with another reader in the place of the right one, to see that it can fail. */
export function truncatedHeaderWith(open: OpenReader): Case {
  return {
    name: 'truncated-header',
    title: 'A truncated header',
    goesWrong:
      `A C struct for the map's header ends behind buckets, ${CUT} bytes, and is filled while the map is growing. What ` +
      'it lacks is oldbuckets, so every key whose bucket has not moved yet is lost to C, while count says they are there.',
    releases: [CASE_RELEASE],
    targets: ['linux/amd64', 'linux/arm64'],
    program: [
      'h := *(*unsafe.Pointer)(unsafe.Pointer(&m)) // one word: the *hmap',
      `C.read_truncated(h, ${CUT})                  // sizeof(struct header) in C`,
    ].join('\n'),
    c: C,
    notModelled: [
      'C and Go take turns here. In a real process C can also read in the middle of a write, ' +
        'and be wrong in more ways than these.',
    ],
    run: (options) => run(options, open),
  };
}

async function run(options: RunOptions = {}, open: OpenReader): Promise<Findings> {
  const { seed, seeds = DEFAULT_SEEDS } = options;
  const parts = [
    await lost(seed, open),
    await rule(seeds, open),
    await fix(seed, open),
    await legalTwin(seed, open),
  ];
  return gather(hashText(seed), parts, [false, false]);
}

export const truncatedHeader: Case = truncatedHeaderWith(openReader);
