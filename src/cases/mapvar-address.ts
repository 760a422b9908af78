/**
 * The address of a map variable taken for the address of the map's header: one load is missing, and C reads the
 * pointer as the count.
 */
import { type CUnit, hex, parseType } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Witness } from './case.ts';
import { complaintsAbout, type OpenReader, openReader, type Reading } from './reader.ts';
import { CASE_RELEASE, facts, gather, guiltyField, hashText, type Part, Scene, TYPE } from './scene.ts';
import { HEADER_SIZE, headerDump } from './structs.ts';
import { column, NEIGHBOURS, newObject, WORD, wordAt, wordBytes } from './variable.ts';

const ENTRIES = 20;
const TARGETS = ['linux/amd64', 'linux/arm64'];

const DECLARATIONS = `
#include <stdint.h>

struct hmap {
  int64_t count;
  uint8_t flags, B;
  uint16_t noverflow;
  uint32_t hash0;
  void *buckets, *oldbuckets;
  uint64_t nevacuate;
  void *extra;
};
_Static_assert(sizeof(struct hmap) == ${HEADER_SIZE}, "hmap");
`.trim();

const C = `${DECLARATIONS}

static void show(const struct hmap *h) {
  printf("count %" PRId64 ", B %u, buckets 0x%" PRIx64 "\\n", h->count, h->B, (uint64_t)h->buckets);
}

/* given: the argument, which C takes for the address of the header. */
void read_header(const unsigned char *given, size_t size) {
  const struct hmap *h;
  if (size == sizeof h) memcpy(&h, given, size), show(h);
}

/* given: the argument, which C takes for the address of a variable that holds the address of the header. */
void read_through(const unsigned char *given, size_t size) {
  const struct hmap *const *m;
  if (size == sizeof m) memcpy(&m, given, size), show(*m);
}

/* given: the argument, as a pointer to ints. */
void read_ints(const unsigned char *given, size_t size) {
  const uint32_t *p;
  if (size == sizeof p) memcpy(&p, given, size), printf("0x%x 0x%x\\n", p[0], p[1]);
}`;

/** What C's struct says of the memory at an address. */
interface Seen {
  readonly count: bigint;
  readonly B: bigint;
  readonly buckets: bigint;
}

function seenByC(unit: CUnit, address: bigint): Seen {
  const view = unit.type('struct hmap').at(address);
  const field = (path: string): bigint => BigInt(view.get(path) as bigint | number);
  return { count: field('count'), B: field('B'), buckets: field('buckets') };
}

const printed = ({ count, B, buckets }: Seen): string => `count ${count}, B ${B}, buckets ${hex(buckets)}\n`;

/** A way in which the program hands its map to C, and what comes of it. */
interface Argument {
  readonly text: string;
  readonly given: bigint;
  readonly seen: Seen;
  readonly reading: Reading;
}

/** Two map variables with the same map, each with neighbours of its own. */
class Variables {
  readonly scene: Scene;
  readonly unit: CUnit;
  readonly open: OpenReader;
  readonly m: bigint;
  readonly n: bigint;

  private constructor(scene: Scene, unit: CUnit, open: OpenReader) {
    const { map, rt } = scene;
    this.scene = scene;
    this.unit = unit;
    this.open = open;
    this.m = newObject(rt, [map.header.address, ...NEIGHBOURS]);
    // Behind the copy lie a small number and a pointer, as behind many a variable.
    this.n = newObject(rt, [map.header.address, 5n, newObject(rt, [])]);
  }

  static async open(seed: bigint | undefined, open: OpenReader): Promise<Variables> {
    const scene = await Scene.open(seed, undefined, ENTRIES);
    return new Variables(scene, (await scene.rt.c()).parse(DECLARATIONS), open);
  }

  argument(text: string, given: bigint): Argument {
    const { rt } = this.scene;
    const reading = this.scene.read(rt.memory.read(given, HEADER_SIZE), this.open);
    return { text, given, seen: seenByC(this.unit, given), reading };
  }

  complaints({ reading }: Argument): string[] {
    return complaintsAbout(reading, this.scene.truth);
  }

  witness(name: string, { given, seen }: Argument): Witness {
    return this.printing(name, given, printed(seen));
  }

  printing(name: string, given: bigint, prints: string): Witness {
    return {
      function: name,
      targets: TARGETS,
      given: wordBytes(given),
      memory: [this.scene.heap()],
      prints,
    };
  }
}

const faultText = ({ faults }: Reading): string => (faults > 0 ? String(faults) : 'none');

async function arguments_(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const both = await Variables.open(seed, open);
  const { scene, m, n } = both;
  const { map, rt, truth } = scene;
  const header = map.header.address;
  const all = [
    both.argument('&m', m),
    both.argument('the word in m', wordAt(rt, m)),
    both.argument('it as uintptr', wordAt(rt, m)),
    both.argument('&n, a copy', n),
  ] as const;
  const [address, loaded, number, copy] = all;
  const [low = 0n, high = 0n] = [rt.memory.read(m, 4), rt.memory.read(m + 4n, 4)].map((bytes) =>
    BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)),
  );
  const atM = column(rt, 'at &m', m, HEADER_SIZE);
  const atHeader = column(rt, 'the header', header, HEADER_SIZE);
  return {
    witnesses: [
      ...all.map((each) => both.witness('read_header', each)),
      both.printing('read_ints', m, `${hex(low)} ${hex(high)}\n`),
    ],
    steps: [
      {
        kind: 'setting',
        title: 'a map, and two variables that hold it',
        text:
          `Go has put ${ENTRIES} keys into a ${TYPE}. The variable m lies at ${hex(m)}, and the word in it is ` +
          `${hex(wordAt(rt, m))}: the address of the map's header. n is a copy of m; it lies at ${hex(n)}, and the ` +
          'word in it is the same.',
        facts: { m: hex(m), n: hex(n), header: hex(header), entries: truth.size },
      },
      {
        kind: 'wrong reading',
        title: 'the address of the variable as that of the header',
        text:
          'The same C function gets four arguments, takes each for the address of the header, and looks every key up. ' +
          `From &m and &n it reads the pointer as the count, ${address.seen.count}, and takes B and buckets from ` +
          'the neighbours of the variable. What comes of that is up to them: through &m, ' +
          `${address.reading.faults} reads fault, and the others land in what the program has at small addresses; ` +
          'through &n the word in the place of buckets is an address, and the reads find nothing, without a fault.',
        table: {
          head: ['argument', 'C gets', 'count', 'B', 'buckets', 'found', 'faults'],
          rows: all.map(({ text, given, seen, reading }) => [
            text,
            hex(given),
            String(seen.count),
            String(seen.B),
            hex(seen.buckets),
            `${reading.found}/${truth.size}`,
            faultText(reading),
          ]),
        },
        dumps: [
          {
            title: 'what C takes for the header, and the header',
            columns: [atM, atHeader],
            fields: headerDump(atM.bytes, atHeader.bytes),
            guilty: [
              guiltyField(0, 'count', `the variable: its word is ${hex(header)}, the address of the header`),
              ...['flags', 'B', 'noverflow', 'hash0', 'buckets', 'oldbuckets', 'nevacuate', 'extra'].map(
                (name) => guiltyField(0, name, 'what lies behind the variable'),
              ),
            ],
            legend: [],
          },
        ],
        complaints: [address, copy].flatMap((each) =>
          both.complaints(each).map((text) => `${each.text}: ${text}`),
        ),
        facts: {
          arguments: all.map(({ text, given, seen: { count, B, buckets } }) => ({
            text,
            given: hex(given),
            count,
            B,
            buckets: hex(buckets),
          })),
          throughAddress: facts(address.reading),
          throughCopy: facts(copy.reading),
        },
      },
      {
        kind: 'wrong reading',
        title: 'the address of the variable as a pointer to ints',
        text:
          `A C function that takes an int * for two numbers sees ${hex(low)} and ${hex(high)}: the two halves of the ` +
          "header's address, lower half first. Nothing is cut off, and nothing of it is about the map's entries.",
        complaints: [
          `the ints are ${low} and ${high}, the halves of an address; the map holds ${truth.size} entries`,
        ],
        facts: { low, high },
      },
      {
        kind: 'right reading',
        title: 'the word in the variable, as a pointer or as a number',
        text:
          `Loaded from the variable, the word leads to the header: count is ${loaded.seen.count}, B ${loaded.seen.B}, ` +
          `and ${loaded.reading.found} of ${truth.size} keys are found. As a uintptr it is the same word; but to ` +
          'Go that is a number, and does not keep the map alive.',
        complaints: [...both.complaints(loaded), ...both.complaints(number)],
        facts: facts(loaded.reading),
      },
    ],
    checks: [
      check('read at &m, count is the address of the header', String(header), String(address.seen.count)),
      check('read at &n too', String(header), String(copy.seen.count)),
      check(
        'read at &m, B is a byte of the neighbour',
        Number(((NEIGHBOURS[0] ?? 0n) >> 8n) & 0xffn),
        Number(address.seen.B),
      ),
      check('and buckets the neighbour after that', hex(NEIGHBOURS[1] ?? 0n), hex(address.seen.buckets)),
      check('through &m no key is found', 0, address.reading.found),
      holds('and reads fault', address.reading.faults > 0),
      check(
        'through &n no key is found, without a fault',
        '0, 0',
        `${copy.reading.found}, ${copy.reading.faults}`,
      ),
      check('the two ints make up the address', hex(header), hex((high << 32n) | low)),
      check('through the word, count is', ENTRIES, Number(loaded.seen.count)),
      check('B is', map.header.B, Number(loaded.seen.B)),
      check('and found are', truth.size, loaded.reading.found),
      holds('the word as a number is the same address', number.given === loaded.given),
    ],
    claims: [
      {
        says: "&m is the address of the map's header.",
        holds: m === header,
        shown: `&m is ${hex(m)}, the header lies at ${hex(header)}`,
      },
      {
        says: '&m leads to an interface: the word of a type and the word of the data.',
        holds: parseType(TYPE).size === parseType('interface{}').size,
        shown:
          `the variable has ${parseType(TYPE).size} bytes, an interface ${parseType('interface{}').size}; ` +
          'the first word is the address of the header itself',
      },
      {
        says: 'Read at &m, count is garbage.',
        holds: Number(address.seen.count) !== truth.size,
        shown: `it is ${address.seen.count}, which is ${hex(header)}`,
      },
      {
        says: 'The word in the variable is the start of the header, and count can be read there.',
        holds: wordAt(rt, m) === header && Number(loaded.seen.count) === truth.size,
        shown: `count is ${loaded.seen.count}`,
      },
      {
        says: 'Passing &m to C truncates the header.',
        holds: wordAt(rt, address.given) !== header,
        shown: 'the whole word arrives; it is only taken for something else',
      },
    ],
  };
}

/** The fix: C says what it is given, the address of a variable, and does the load. */
async function fix(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const both = await Variables.open(seed, open);
  const { scene, m, n } = both;
  const { rt, truth } = scene;
  const counts: number[] = [];
  const complaints: string[] = [];
  const witnesses: Witness[] = [];
  for (let round = 0; round < 2; round++) {
    for (const variable of [m, n]) {
      const through = both.argument('through a variable', wordAt(rt, variable));
      counts.push(Number(through.seen.count));
      complaints.push(...both.complaints(through));
      witnesses.push(both.printing('read_through', variable, printed(through.seen)));
    }
    if (round === 0) scene.insertUntil(true);
  }
  return {
    witnesses,
    steps: [
      {
        kind: 'fix',
        title: 'declare the argument as what it is',
        text:
          'With a parameter of type struct hmap ** it is C that loads the word. Through &m and through &n it reads ' +
          `count ${counts.slice(0, 2).join(' and ')}; and when Go has put keys in until the map grows, without another ` +
          `word to C, ${counts.slice(2).join(' and ')}: the header stays where it is.`,
        complaints,
        facts: { counts },
      },
    ],
    checks: [
      check('with one more load there is nothing to complain of', 0, complaints.length),
      check(
        'before and in a growth, through both variables, count is',
        [ENTRIES, ENTRIES, truth.size, truth.size].join(', '),
        counts.join(', '),
      ),
    ],
  };
}

/** The same C function given the address of a variable, where that variable is a header. */
async function legalTwin(seed: bigint | undefined, open: OpenReader): Promise<Part> {
  const both = await Variables.open(seed, open);
  const { scene } = both;
  const { map, rt } = scene;
  const words = Array.from({ length: HEADER_SIZE / WORD }, (_, i) =>
    wordAt(rt, map.header.address + BigInt(i * WORD)),
  );
  const twin = both.argument('&h', newObject(rt, words));
  const complaints = both.complaints(twin);
  return {
    witnesses: [both.witness('read_header', twin)],
    steps: [
      {
        kind: 'legal twin',
        title: 'the address of a variable that is a header',
        text:
          `h is a variable of ${HEADER_SIZE} bytes, into which Go has copied the header; nobody has written since. The ` +
          `same C function given &h reads count ${twin.seen.count} and finds ${twin.reading.found} keys.`,
        complaints,
        facts: facts(twin.reading),
      },
    ],
    checks: [check('of a variable that is a header there is nothing to complain of', 0, complaints.length)],
  };
}

/** The case with another reader in the place of the right one, to see that it can fail. */
export function mapvarAddressWith(open: OpenReader): Case {
  return {
    name: 'mapvar-address',
    title: 'The address of a map variable',
    goesWrong:
      "C gets the address of a map variable, and takes it for the address of the map's header. One load is missing: " +
      'the pointer is read as the count, and B and buckets come from whatever lies behind the variable.',
    releases: [CASE_RELEASE],
    targets: TARGETS,
    program: [
      'C.read_header((*C.char)(unsafe.Pointer(&m)))           // wrong',
      'C.read_header(*(*unsafe.Pointer)(unsafe.Pointer(&m)))  // the word in it',
    ].join('\n'),
    c: C,
    notModelled: [
      "cgo's check of arguments. In a real process it ends a call with the plain pointer &m in a panic before C " +
        'runs; it does not look where the C parameter points to a type without pointers, as char * and int * do, ' +
        'nor at a uintptr.',
      'The variables lie in objects of the Go heap here. They can as well lie on the stack of a goroutine, which ' +
        'moves, or among the globals of the program; what lies behind them is then something else.',
    ],
    run: (options) => run(options, open),
  };
}

async function run({ seed }: RunOptions = {}, open: OpenReader): Promise<Findings> {
  const parts = [await arguments_(seed, open), await fix(seed, open), await legalTwin(seed, open)];
  return gather(hashText(seed), parts, [false, false, true, true, false]);
}

export const mapvarAddress: Case = mapvarAddressWith(openReader);
