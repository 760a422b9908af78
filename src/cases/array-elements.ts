/**
 * Arrays as elements: C that takes the keys of a map[int][16]byte for int, and its
 * elements to be aligned as vector registers want them.
 */
import { type CParser, cHeader, mapShape, parseMapType, RELEASES, Runtime, TARGETS } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Step, type Witness } from './case.ts';
import { gather, type Part } from './scene.ts';

const TARGET_NAMES: readonly string[] = TARGETS.map(({ name }) => name);
const TYPE = 'map[int][16]byte';
const SHAPE = mapShape(parseMapType(TYPE));
const LINE = 64;
const ENTRIES = 1000n;

const WRONG = `struct wrong_bucket {
  uint8_t tophash[8];
  int keys[8];
  struct { _Alignas(16) unsigned char bytes[16]; } elems[8];
  struct wrong_bucket *overflow;
};`;
const RIGHT = `struct bucket {
  uint8_t tophash[8];
  int64_t keys[8];
  unsigned char elems[8][16];
  struct bucket *overflow;
};`;

const C = `
${WRONG}
${RIGHT}

/* given: a bucket of a map[int][16]byte. */
void as_int(const unsigned char *given, size_t size) {
  struct wrong_bucket b = {0};
  memcpy(&b, given, size < sizeof b ? size : sizeof b);
  printf("size %zu, keys at %zu, elems at %zu, overflow at %zu\\n", sizeof b, offsetof(struct wrong_bucket, keys),
         offsetof(struct wrong_bucket, elems), offsetof(struct wrong_bucket, overflow));
  for (int i = 0; i < 8; i++) printf("%d%c", b.keys[i], i == 7 ? '\\n' : ' ');
}

void as_int64(const unsigned char *given, size_t size) {
  struct bucket b = {0};
  memcpy(&b, given, size < sizeof b ? size : sizeof b);
  printf("size %zu, keys at %zu, elems at %zu, overflow at %zu\\n", sizeof b, offsetof(struct bucket, keys),
         offsetof(struct bucket, elems), offsetof(struct bucket, overflow));
  for (int i = 0; i < 8; i++) printf("%" PRId64 "%c", b.keys[i], i == 7 ? '\\n' : ' ');
}

/* given: the address of an array of buckets, and their number. Where its elements lie. */
void alignment(const unsigned char *given, size_t size) {
  uint64_t at, n, off = 0, split = 0;
  memcpy(&at, given, 8);
  memcpy(&n, given + 8, size < 16 ? 0 : 8);
  for (uint64_t i = 0; i < n * 8; i++) {
    uintptr_t elem = (uintptr_t)((struct bucket *)(uintptr_t)at)[i / 8].elems[i % 8];
    off += elem % 16 != 0;
    split += elem / ${LINE} != (elem + 15) / ${LINE};
  }
  printf("%" PRIu64 " of %" PRIu64 " elements off 16, %" PRIu64 " across a cache line\\n", off, n * 8, split);
}`.trim();

/** A C declaration of the bucket, read by the target's ABI. */
interface Bucket {
  readonly size: number;
  readonly keys: number;
  readonly elems: number;
  readonly overflow: number;
  keysOf(bytes: Uint8Array): string[];
}

function bucketOf(c: CParser, text: string, name: string): Bucket {
  const type = c.parse(`#include <stdint.h>\n${text}`).type(`struct ${name}`);
  return {
    size: type.size,
    keys: type.offsetof('keys'),
    elems: type.offsetof('elems'),
    overflow: type.offsetof('overflow'),
    keysOf(bytes) {
      // As memcpy into a struct of this size: what the bytes do not reach is zero.
      const whole = new Uint8Array(type.size);
      whole.set(bytes.subarray(0, type.size));
      const view = type.cast(whole);
      return Array.from({ length: 8 }, (_, i) => String(view.get(`keys[${i}]`)));
    },
  };
}

const printed = (bucket: Bucket, bytes: Uint8Array): string =>
  `size ${bucket.size}, keys at ${bucket.keys}, elems at ${bucket.elems}, overflow at ${bucket.overflow}\n` +
  `${bucket.keysOf(bytes).join(' ')}\n`;

async function elements(seed: bigint | undefined, declared: string): Promise<Part> {
  const machines = await Promise.all(
    TARGET_NAMES.map(async (target) => {
      const rt = await Runtime.create({ target, seed: seed ?? 0n, memory: { limit: 2 ** 22 } });
      const c = await rt.c();
      return {
        target,
        rt,
        c,
        wrong: bucketOf(c, WRONG, 'wrong_bucket'),
        right: bucketOf(c, declared, 'bucket'),
      };
    }),
  );
  const [here] = machines as [(typeof machines)[number]];
  const { rt, wrong, right } = here;
  const map = rt.makeMap(TYPE);
  // Keys with something in their upper half, which int has not got.
  const key = (i: bigint): bigint => i | (i << 32n);
  for (let i = 1n; i <= ENTRIES; i++) map.set(key(i), new Uint8Array(16).fill(Number(i & 255n)));
  const { buckets, B } = map.header;
  const n = 2n ** BigInt(B);

  // The bucket with the most entries, as both structs have it.
  const [full] = [...map.buckets].sort(
    (a, b) => b.slots.filter((s) => s.filled).length - a.slots.filter((s) => s.filled).length,
  );
  const bytes = full?.bytes ?? new Uint8Array();
  const truth = (full?.slots ?? []).map((slot) => (slot.filled ? String(slot.key) : '0'));
  const asInt = wrong.keysOf(bytes);
  const as64 = right.keysOf(bytes);
  const mistaken = asInt.filter((text, i) => text !== truth[i]).length;

  // Where elements lie.
  let off = 0;
  let split = 0;
  for (let i = 0n; i < n * 8n; i++) {
    const elem = buckets + (i / 8n) * BigInt(SHAPE.bucketSize) + BigInt(SHAPE.elemOffset) + (i % 8n) * 16n;
    if (elem % 16n !== 0n) off++;
    if (elem / BigInt(LINE) !== (elem + 15n) / BigInt(LINE)) split++;
  }
  const place = new Uint8Array(16);
  new DataView(place.buffer).setBigUint64(0, buckets, true);
  new DataView(place.buffer).setBigUint64(8, n, true);

  // Go's own header for C, taken by both targets' C.
  const release = RELEASES.find(({ name }) => name === rt.release.name) ?? rt.release;
  const headers = machines.map(({ c, target }) => {
    const on = TARGETS.find(({ name }) => name === target);
    if (on === undefined) throw new TypeError(target);
    const type = c.parse(cHeader(SHAPE, release, on)).type('struct go_bmap');
    return { target, size: type.size, elems: type.offsetof('elems') };
  });

  // The legal twin: Go's int32 is C's int.
  const twin = rt.makeMap('map[int32][16]byte');
  for (let i = 1; i <= 8; i++) twin.set(i * 1000, new Uint8Array(16));
  const twinShape = mapShape(parseMapType('map[int32][16]byte'));
  const twinBucket = here.c
    .parse(
      '#include <stdint.h>\nstruct b { uint8_t tophash[8]; int keys[8]; unsigned char elems[8][16]; void *overflow; };',
    )
    .type('struct b');
  const twinBytes = twin.buckets.at(0)?.bytes ?? new Uint8Array();
  const twinKeys = Array.from({ length: 8 }, (_, i) => Number(twinBucket.cast(twinBytes).get(`keys[${i}]`)));
  const twinMissing = twinKeys.filter((value) => !twin.has(value));

  const sizes = [1, 2, 3, 4, 7, 8, 16].map((length) => {
    const shape = mapShape(parseMapType(`map[int][${length}]int`));
    const entry = shape.keySize + shape.elemSize;
    return [
      `[${length}]int`,
      String(entry),
      entry <= LINE ? 'one' : String(Math.ceil(entry / LINE)),
      String(shape.bucketSize),
    ];
  });
  const { size: goSize, elems: goElems } = headers[0] ?? { size: 0, elems: 0 };
  const steps: Step[] = [
    {
      kind: 'setting',
      title: `a ${TYPE} with ${ENTRIES} entries`,
      text:
        `A bucket has ${SHAPE.bucketSize} bytes on ${TARGET_NAMES.join(' and ')} alike: 8 tophash bytes, 8 keys of ` +
        `${SHAPE.keySize}, 8 elements of 16 from offset ${SHAPE.elemOffset} on, and the overflow word. Go aligns an array of ` +
        'bytes to 1, so there is no padding anywhere.',
      table: { head: ['element', 'key and element', 'cache lines at best', 'bucket'], rows: sizes },
      facts: { bucketSize: SHAPE.bucketSize, elemOffset: SHAPE.elemOffset },
    },
    {
      kind: 'wrong reading',
      title: 'int for the keys, aligned vectors for the elements',
      text:
        `C's int has 4 bytes, Go's has 8: every second key of C is the upper half of one of Go's. With elements aligned to ` +
        `16 the C struct has ${wrong.size} bytes where Go has ${SHAPE.bucketSize}: its elements begin at ${wrong.elems} and ` +
        `its overflow word is at ${wrong.overflow}, among Go's elements; from the second bucket on nothing is where it was.`,
      table: {
        head: ['slot', "Go's key", 'read as int'],
        rows: truth.map((text, i) => [String(i), text, asInt[i] ?? '']),
      },
      dumps: [
        {
          title: `bucket ${full?.index ?? 0}, its first 40 bytes`,
          columns: [{ label: '', address: full?.address, bytes: bytes.slice(0, 40) }],
          fields: [
            { name: 'tophash', offset: 0, length: 8, reads: [] },
            ...[0, 1, 2, 3].map((i) => ({
              name: `key[${i}]`,
              offset: 8 + 8 * i,
              length: 8,
              reads: [truth[i] ?? ''],
            })),
          ],
          guilty: [0, 1, 2, 3].map((i) => ({
            column: 0,
            offset: 12 + 8 * i,
            length: 4,
            why: 'the upper half, read as the next key',
          })),
          legend: [],
        },
      ],
      complaints: [
        `${mistaken} of 8 keys read wrong`,
        `${off} of ${n * 8n} elements are not at a multiple of 16: an aligned vector load faults`,
      ],
      facts: { wrongKeys: mistaken, offBySixteen: off },
    },
    {
      kind: 'right reading',
      title: 'int64_t, and elements where they are',
      text:
        `With the keys as int64_t and the elements as plain bytes the C struct has ${right.size} bytes, and every key reads ` +
        `as Go has it. ${off} of ${n * 8n} elements lie at 8 modulo 16, and ${split} cross a cache line of ${LINE} bytes: ordinary loads ` +
        'do not mind.',
      complaints: as64.join() === truth.join() ? [] : [`keys read as ${as64.join(' ')}`],
      facts: { size: right.size, crossing: split },
    },
    {
      kind: 'fix',
      title: 'let the header be written, and copy before you load',
      text:
        `hmap-wasm cheader '${TYPE}' writes the struct with an assertion for every offset: ${goSize} bytes, elements at ` +
        `${goElems}, on both targets. Where C wants aligned vectors, it copies an element into one by memcpy.`,
      complaints: headers
        .filter(({ size }) => size !== SHAPE.bucketSize)
        .map(({ target }) => `${target}: another size`),
      facts: { size: goSize, elems: goElems },
    },
    {
      kind: 'legal twin',
      title: 'map[int32][16]byte and int',
      text: `Go's int32 is C's int: read by a struct with int keys, the bucket of ${twinShape.bucketSize} bytes gives ${twinKeys.join(', ')}.`,
      complaints: twinMissing.map((value) => `key ${value} is not in the map`),
      facts: { keys: twinKeys },
    },
  ];
  const both = (name: string, given: Uint8Array, prints: string): Witness => ({
    function: name,
    targets: TARGET_NAMES,
    given,
    memory: [],
    prints,
  });
  return {
    steps,
    witnesses: [
      both('as_int', bytes, printed(wrong, bytes)),
      both('as_int64', bytes, printed(right, bytes)),
      both('alignment', place, `${off} of ${n * 8n} elements off 16, ${split} across a cache line\n`),
    ],
    checks: [
      check(
        'a bucket has so many bytes on both targets',
        SHAPE.bucketSize,
        headers.every((h) => h.size === goSize) ? goSize : -1,
      ),
      check('its elements begin at', SHAPE.elemOffset, goElems),
      check(
        "every second key read as int is the upper half of one of Go's",
        truth.slice(0, 4).flatMap(halves).join(' '),
        asInt.join(' '),
      ),
      check('with int64_t the keys are', truth.join(' '), as64.join(' ')),
      check('elements that are not at a multiple of 16', Number(n) * 8, off),
      holds(
        'the C struct has another size, and looks for the overflow word among the elements',
        wrong.size !== SHAPE.bucketSize && wrong.overflow < SHAPE.overflowOffset,
      ),
      check('int32 keys read as int, missing', 0, twinMissing.length),
    ],
    claims: [
      {
        says: 'A [16]byte element is aligned to 16.',
        holds: off === 0,
        shown: `the array of buckets is, but element 0 is at ${SHAPE.elemOffset} and buckets have ${SHAPE.bucketSize} bytes: 8 modulo 16, each of them`,
      },
      {
        says: 'On arm64 buckets are padded, on amd64 they are not.',
        holds: new Set(headers.map(({ size }) => size)).size > 1,
        shown: `${headers.map(({ target, size }) => `${target} ${size}`).join(', ')}`,
      },
      {
        says: 'A key with an array of up to 8 ints fits one cache line.',
        holds: sizes.find(([name]) => name === '[8]int')?.[2] === 'one',
        shown: `with 7 it has ${LINE} bytes, with 8 it has 72`,
      },
    ],
  };
}

/** The two halves of a key as C's int has them. */
function halves(text: string): string[] {
  const value = BigInt(text);
  return [String(BigInt.asIntN(32, value)), String(BigInt.asIntN(32, value >> 32n))];
}

/** The case with another declaration of the bucket in the place of the right one, to see that it can fail. */
export function arrayElementsWith(declared: string): Case {
  return {
    name: 'array-elements',
    title: "Arrays as elements, and C's int",
    goesWrong:
      `C reads the buckets of a ${TYPE} by a struct with int keys and elements aligned for vector loads. Go's int is 64 bits ` +
      'wide and its arrays of bytes are aligned to one, so keys come apart in the middle and aligned loads fault.',
    releases: ['1.19', '1.20', '1.21', '1.22', '1.23'],
    targets: TARGET_NAMES,
    program: ['m := map[int][16]byte{}', 'C.as_int(buckets) // struct { ...; int keys[8]; ... }'].join('\n'),
    c: C,
    notModelled: [
      'The fault of an aligned load: the emulator has no vector instructions. It counts the addresses that would fault.',
    ],
    async run({ seed }: RunOptions = {}): Promise<Findings> {
      const hash =
        seed === undefined
          ? 'hash key and hash0 drawn from seed 0'
          : `hash key and hash0 drawn from seed ${seed}`;
      return gather(hash, [await elements(seed, declared)], [false, false, false]);
    },
  };
}

export const arrayElements: Case = arrayElementsWith(RIGHT);
