/**
 * A frozen header: C keeps a copy of the 48 bytes of a map's header, made while
 * the map was growing, and reads the map through it.
 *
 * Each part of the run has a process of its own, so that none disturbs the
 * bytes of another; the same seed gives the same bytes in all of them.
 */
import { hex, slotState } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Witness } from './case.ts';
import { givenToC, printedLookups, READ_WHOLE_C, READER_C } from './csource.ts';
import { complaintsAbout, keyAt, movedCells, type OpenReader, openReader, ranges } from './reader.ts';
import {
  bucketColumns,
  CASE_RELEASE,
  facts,
  gather,
  guiltyField,
  hashText,
  KEYS,
  type Part,
  readingRow,
  readingTable,
  Scene,
  SHAPE,
  TYPE,
} from './scene.ts';
import { HEADER_SIZE, headerDump, headerField } from './structs.ts';

/* ---- the setting ---- */

async function setting(seed: bigint | undefined): Promise<Part> {
  const { map, truth } = await Scene.open(seed);
  const copy = map.header.bytes;
  const old = [...map.oldbuckets];
  const moved = old.filter((bucket) => bucket.evacuated).map((bucket) => BigInt(bucket.index));
  const other = await Scene.open(seed, 'linux/arm64');
  const same =
    String(other.map.header.bytes) === String(copy) &&
    [...other.map.buckets].every((b, i) => String(b.bytes) === String(map.buckets.at(i)?.bytes)) &&
    [...other.map.oldbuckets].every((b, i) => String(b.bytes) === String(old[i]?.bytes));
  return {
    steps: [
      {
        kind: 'setting',
        title: 'C copies the header in the middle of a growth',
        text:
          `Go has put the keys 1 to ${KEYS} into a ${TYPE}, each with ten times itself. Key ${KEYS} was one too ` +
          `many for ${old.length} buckets: Go made an array of ${map.buckets.length} and moved the old buckets ` +
          `${ranges(moved)} on the way; each later write moves two more at most. Now C copies the ` +
          `${copy.length} bytes of the header.`,
        dumps: [
          {
            title: `the header, hmap, ${copy.length} bytes`,
            columns: [{ label: 'Go, and C', address: map.header.address, bytes: copy }],
            fields: headerDump(copy),
            guilty: [],
            legend: [],
          },
        ],
        facts: { entries: truth.size, oldBuckets: old.length, moved, header: hex(map.header.address) },
      },
    ],
    checks: [
      holds(
        'the copy is made while the map grows',
        headerField(copy, 'oldbuckets') !== 0n && moved.length < old.length,
      ),
      holds('linux/arm64 gives the same header and buckets, byte for byte', same),
    ],
    claims: [
      {
        says: 'The header of a map that C gets has 24 bytes.',
        holds: copy.length === 24,
        shown: `it has ${copy.length}, as the struct declared in C has ${HEADER_SIZE}`,
      },
      {
        says: 'oldbuckets in the copy is always NULL.',
        holds: headerField(copy, 'oldbuckets') === 0n,
        shown: `${hex(headerField(copy, 'oldbuckets'))}, as in the map: it is copied as it is`,
      },
    ],
  };
}

/* ---- the copy grows stale ---- */

/** The C reader on a copy and on memory as it is now. */
function lookups(scene: Scene, copy: Uint8Array, open: OpenReader): Witness {
  return {
    function: 'read_whole',
    targets: ['linux/amd64', 'linux/arm64'],
    given: givenToC(copy),
    memory: [scene.heap()],
    prints: printedLookups(scene.reader(copy, open)),
  };
}

/** Go goes on, the growth ends, and another map gets the memory of the old array. */
async function freedArray(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed);
  const { map, rt, truth } = scene;
  const copy = map.header.bytes;
  const oldArray = headerField(copy, 'oldbuckets');
  const index = [...map.oldbuckets].findIndex((bucket) => !bucket.evacuated);
  const before = { ...scene.bucket(oldArray, index), label: 'when C made its copy' };
  const witnesses: Witness[] = seed === undefined ? [lookups(scene, copy, open)] : [];
  const atCopy = scene.read(copy, open);
  const oldBuckets = map.oldbuckets.length;

  scene.insertUntil(false);
  const header = map.header.bytes;
  const marks = markCounts(scene, oldArray, oldBuckets);
  const grownSize = truth.size;
  const grown = scene.read(copy, open);

  // A map with room for 104 entries asks for as many bytes as the old array had.
  const tenant = rt.makeMap(TYPE, { hint: KEYS - 1 });
  for (let i = 0n; i < BigInt(KEYS - 1); i++) tenant.set(900_001n + i, -1n);
  const reused = tenant.header.buckets === oldArray;
  const after = { ...scene.bucket(oldArray, index), label: "now, another map's" };
  const taken = scene.read(copy, open);
  if (seed === undefined) witnesses.push(lookups(scene, copy, open));

  return {
    witnesses,
    steps: [
      {
        kind: 'right reading',
        title: 'as long as nobody writes',
        text: `Right after copying C finds ${atCopy.found} of ${KEYS} keys, and its walk gives ${atCopy.walked} entries.`,
        complaints: complaintsAbout(atCopy, new Map([...truth].slice(0, KEYS))),
        facts: facts(atCopy),
      },
      {
        kind: 'wrong reading',
        title: 'the freed old array gets a new tenant',
        text:
          `With key ${grownSize} the growth is over and Go lets go of the old array. Nothing tells C: its count ` +
          `stays ${atCopy.count}, its oldbuckets leads to freed memory. For a while that goes well, because the ` +
          `freed bytes still say "moved" everywhere (${marks}). Then the program makes another map, its array ` +
          'takes the same memory, and its marks read as buckets that have not moved: C looks for every key in ' +
          'the wrong map, and its walk gives entries of both.',
        table: readingTable(
          readingRow('C copies the header', KEYS, atCopy),
          readingRow('the growth is over', grownSize, grown),
          readingRow('another map is made', truth.size, taken),
        ),
        dumps: [
          {
            title: "the header: C's copy, and Go's when the growth is over",
            columns: [
              { label: "C's copy", address: undefined, bytes: copy },
              { label: "Go's header", address: map.header.address, bytes: header },
            ],
            fields: headerDump(copy, header),
            guilty: [
              guiltyField(0, 'count', `the map holds ${grownSize} by now`),
              guiltyField(0, 'oldbuckets', 'the array that it leads to is freed'),
            ],
            legend: [],
          },
          bucketColumns(
            before,
            after,
            [{ column: 1, offset: 0, length: 8, why: 'no mark says "moved": the reader stays here' }],
            `old bucket ${index}`,
          ),
        ],
        complaints: complaintsAbout(taken, truth),
        facts: { atCopy: facts(atCopy), growthOver: facts(grown), reused: facts(taken), tenant: tenant.size },
      },
    ],
    checks: [
      check('when C copies, it reads everything', KEYS, atCopy.found),
      check('the count of the copy stays as it was', KEYS, grown.count),
      holds('the map has grown past it', grownSize > KEYS),
      holds('the freed array is given to another map', reused),
      check('through the copy, none of the keys is found any more', 0, taken.found),
      check("the walk gives the other map's entries too", tenant.size, taken.foreign),
      check(
        'no read faults: the bytes are mapped, and wrong',
        0,
        atCopy.faults + grown.faults + taken.faults,
      ),
    ],
    claims: [
      {
        says: 'The count in the copy stays in step with the map.',
        holds: taken.count === truth.size,
        shown: `it says ${taken.count}, the map holds ${truth.size}`,
      },
      {
        says: 'Reading through a stale copy ends in SIGSEGV.',
        holds: taken.faults > 0,
        shown: `${truth.size} lookups and a walk, ${taken.faults} faults: wrong answers, silently`,
      },
    ],
  };
}

/** How often each mark stands in an array: 53 x 02, 51 x 03. */
function markCounts(scene: Scene, array: bigint, buckets: number): string {
  const counts = new Map<number, number>();
  for (let i = 0; i < buckets; i++) {
    for (const mark of scene.bucket(array, i).bytes.subarray(0, 8)) {
      counts.set(mark, (counts.get(mark) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([mark, times]) => `${times} x ${mark.toString(16).padStart(2, '0')}`)
    .join(', ');
}

const filledSlots = (bucket: { slots: readonly { filled: boolean }[] }): number =>
  bucket.slots.filter((slot) => slot.filled).length;

/** Go goes on until the map grows again: now the array that the copy calls the new one is the old one. */
async function grownAgain(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed);
  const { map, truth } = scene;
  const copy = map.header.bytes;
  scene.insertUntil(false);
  scene.insertUntil(true);
  const array = headerField(copy, 'buckets');
  const size = truth.size;
  const half = scene.read(copy, open);
  // Of the buckets that have not moved yet, the one with the most entries.
  const [fullest] = [...map.oldbuckets]
    .filter((bucket) => !bucket.evacuated)
    .sort((a, b) => filledSlots(b) - filledSlots(a));
  const inBucket = fullest?.index ?? 0;
  const before = { ...scene.bucket(array, inBucket), label: 'the map grows again' };

  // Go changes what the dumped bucket holds, and goes on.
  const changed = [...before.bytes.subarray(0, 8)].flatMap((mark, slot) =>
    slotState(mark) === 'filled' ? [{ slot, key: keyAt(before.bytes, SHAPE, slot) }] : [],
  );
  for (const { key } of changed) scene.put(key, -key);
  scene.insertUntil(false);
  const over = scene.read(copy, open);
  const witnesses = seed === undefined ? [lookups(scene, copy, open)] : [];
  const after = { ...scene.bucket(array, inBucket), label: 'the growth is over' };
  const cells = movedCells(scene.rt.memory, array, 2 ** Number(headerField(copy, 'B')), SHAPE);
  const stale = cells.filter(({ key, elem }) => truth.get(key) !== elem);

  return {
    witnesses,
    steps: [
      {
        kind: 'wrong reading',
        title: 'the map grows again, and moves out of the array',
        text:
          `With key ${size} Go makes a larger array. To C, ${hex(array)} is still the array in use; what has moved ` +
          `out of it is lost to C, and when the growth is over, with ${truth.size} keys, that is everything. ` +
          'A reader that takes any mark but 00 and 01 for an entry is worse off: it finds cells that have moved, ' +
          `with the elements of that time. Go has since changed ${changed.length} of them.`,
        table: readingTable(
          readingRow('the map grows again', size, half),
          readingRow('that growth is over', truth.size, over),
        ),
        dumps: [
          bucketColumns(
            before,
            after,
            [
              ...changed.map(({ slot }) => ({
                column: 1,
                offset: slot,
                length: 1,
                why: 'moved: whoever obeys the mark misses the key',
              })),
              ...changed.map(({ slot }) => ({
                column: 1,
                offset: SHAPE.elemOffset + slot * SHAPE.elemSize,
                length: SHAPE.elemSize,
                why: 'stale: Go has changed this element elsewhere',
              })),
            ],
            `bucket ${inBucket} of the array that the copy calls new`,
          ),
        ],
        complaints: complaintsAbout(over, truth),
        facts: {
          growing: facts(half),
          growthOver: facts(over),
          movedCells: cells.length,
          staleKeys: stale.map(({ key }) => key),
        },
      },
    ],
    checks: [
      holds('while the map grows again, the copy loses keys', half.missed.length > 0 && half.found > 0),
      check('when it has grown, the copy finds no key at all', 0, over.found),
      check('its walk gives nothing, and its count says', KEYS, over.walked + over.count),
      check(
        'a reader that ignores the marks reads stale elements, of exactly the changed keys',
        ranges(changed.map(({ key }) => key)),
        ranges(stale.map(({ key }) => key)),
      ),
    ],
    claims: [
      {
        says: 'A growth can leave buckets in the copy dangling.',
        holds: headerField(copy, 'buckets') !== map.header.buckets,
        shown: `the copy has ${hex(array)}, Go has ${hex(map.header.buckets)}`,
      },
    ],
  };
}

/* ---- what works ---- */

async function fixes(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  // A copy made under Go's lock, and used before Go writes again.
  const locked = await Scene.open(seed);
  let copies = 0;
  const lockedComplaints: string[] = [];
  for (let growing = true; growing; copies++) {
    lockedComplaints.push(...complaintsAbout(locked.read(locked.map.header.bytes, open), locked.truth));
    growing = locked.growing;
    locked.insert();
  }

  // Go writes the entries out, C keeps two plain arrays; and C asks Go by a callback.
  const scene = await Scene.open(seed);
  const { map, truth } = scene;
  const exported = { keys: new BigInt64Array(KEYS), elems: new BigInt64Array(KEYS) };
  let at = 0;
  for (const [key, elem] of map) {
    exported.keys[at] = key;
    exported.elems[at++] = elem;
  }
  const then = new Map(truth);
  const callback = (key: bigint): bigint | undefined => map.lookup(key).value;
  scene.insertUntil(false);
  scene.insertUntil(true);
  scene.insertUntil(false);
  for (const key of then.keys()) if (key % 7n === 0n) scene.put(key, -key);
  const kept = [...exported.keys].filter((key, i) => then.get(key) === exported.elems[i]).length;
  const answered = [...truth].filter(([key, elem]) => callback(key) === elem).length;

  return {
    steps: [
      {
        kind: 'fix',
        title: 'three ways that work',
        text:
          `Copy under the lock that Go's writers take, and use the copy before letting go of it: ${copies} fresh ` +
          `copies, one after each write until the growth is over, ${lockedComplaints.length} complaints.\n` +
          'Let Go write the entries out, into two plain arrays that C owns: after two growths and changed ' +
          `elements ${kept} of ${KEYS} are what they were when they were exported, and they bring their own count.\n` +
          `Ask Go, through an exported function: ${answered} of ${truth.size} keys are answered with the element of ` +
          'now, wherever it has moved.',
        complaints: lockedComplaints,
        facts: { lockedCopies: copies, exportedKept: kept, callbackAnswered: answered, entries: truth.size },
      },
    ],
    checks: [
      holds('copies were made throughout the growth', copies > 2),
      check('a copy under the lock, used at once, is never wrong', 0, lockedComplaints.length),
      check('exported entries stay what they were', KEYS, kept),
      check('a callback into Go answers for every key', truth.size, answered),
    ],
  };
}

/** The same reader where nothing is wrong: on a map that is not growing, and that nobody changes. */
async function legalTwin(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const scene = await Scene.open(seed, undefined, KEYS - 1);
  const copy = scene.map.header.bytes;
  const complaints = [copy, copy].flatMap((header) => complaintsAbout(scene.read(header, open), scene.truth));
  return {
    steps: [
      {
        kind: 'legal twin',
        title: 'a map that is not growing, and that nobody changes',
        text: `The same reader through a copy made with ${scene.truth.size} keys, one before the growth. It reads twice.`,
        complaints,
        facts: { entries: scene.truth.size, growing: scene.growing },
      },
    ],
    checks: [check('on a map at rest there is nothing to complain of', 0, complaints.length)],
  };
}

/** The case with another reader in the place of the right one, to see that it can fail. */
export function frozenHeaderWith(open: OpenReader): Case {
  return {
    name: 'frozen-header',
    title: 'A frozen header',
    goesWrong:
      "C code copies the 48 bytes of a Go map's header while the map is growing, keeps the copy, and reads the map " +
      'through it. Its count goes stale with the next insert, its arrays are freed and given to others behind its ' +
      'back, and a second growth moves everything out of the array that it knows, all in silence.',
    releases: [CASE_RELEASE],
    targets: ['linux/amd64', 'linux/arm64'],
    program: [
      'h := *(*unsafe.Pointer)(unsafe.Pointer(&m)) // one word: the *hmap',
      '*(*[48]byte)(c) = *(*[48]byte)(h)           // c: 48 bytes of C memory',
      'm[106] = 1060                               // Go goes on; C reads through c',
    ].join('\n'),
    c: `${READER_C}\n\n${READ_WHOLE_C}`,
    notModelled: [
      'Go frees an old array in a later collection; here its memory is free as soon as the growth is over. ' +
        'The copy may so be wrong earlier than in a real process.',
      'C and Go take turns here. In a real process C can also read in the middle of a write, ' +
        'and be wrong in more ways than these.',
    ],
    run: (options) => run(options, open),
  };
}

async function run(options: RunOptions = {}, open: OpenReader): Promise<Findings> {
  const { seed } = options;
  const parts = [
    await setting(seed),
    await freedArray(seed, open),
    await grownAgain(seed, open),
    await fixes(seed, open),
    await legalTwin(seed, open),
  ];
  return gather(hashText(seed), parts, [false, false, false, false, true]);
}

export const frozenHeader: Case = frozenHeaderWith(openReader);
