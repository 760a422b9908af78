/**
 * A map variable taken for a header of 24 bytes, {hmap, count, flags}: it is one word, and the other two are
 * other people's. A slice variable does have such a header.
 */
import { type CUnit, hex, parseType } from '../index.ts';
import { type Case, check, type Findings, holds, type RunOptions, type Witness } from './case.ts';
import { CASE_RELEASE, gather, hashText, type Part, Scene, TYPE } from './scene.ts';
import { HEADER_SIZE } from './structs.ts';
import { column, NEIGHBOURS, newObject, WORD, wordAt, writeWord } from './variable.ts';
import {
  assigned,
  type Claimed,
  complaintsOf,
  damage,
  type ReadVariable,
  readClaimed,
  readWord,
  type Seen,
  WORDS_C,
  WORDS_DECLARATIONS,
  wordFields,
} from './words.ts';

const ENTRIES = 3;
const TARGETS = ['linux/amd64', 'linux/arm64'];
/** What lies behind the second variable. */
const OTHERS: readonly bigint[] = [0x6666n, 0x7777n];

class Variables {
  readonly scene: Scene;
  readonly unit: CUnit;
  /** Two variables; the first holds the map. */
  readonly m: bigint;
  readonly n: bigint;

  private constructor(scene: Scene, unit: CUnit) {
    this.scene = scene;
    this.unit = unit;
    this.m = newObject(scene.rt, [scene.map.header.address, ...NEIGHBOURS]);
    this.n = newObject(scene.rt, [0n, ...OTHERS]);
  }

  static async open(seed: bigint | undefined): Promise<Variables> {
    const scene = await Scene.open(seed, undefined, ENTRIES);
    return new Variables(scene, (await scene.rt.c()).parse(WORDS_DECLARATIONS));
  }

  claimed(): Claimed {
    return readClaimed(this.unit, this.scene.rt.memory.read(this.m, 24));
  }

  complaints(seen: Seen): string[] {
    const { map, truth } = this.scene;
    return complaintsOf(seen, map.header.address, truth.size, 'map');
  }

  /** Both variables with their neighbours, as C gets them. */
  both(): Uint8Array {
    const { memory } = this.scene.rt;
    return new Uint8Array([...memory.read(this.m, 24), ...memory.read(this.n, 24)]);
  }

  /** n = m, taken for so many bytes. What lies at n then. */
  assign(size: number): Uint8Array {
    const { memory } = this.scene.rt;
    memory.write(this.n, memory.read(this.m, size));
    return memory.read(this.n, 24);
  }
}

const KINDS: readonly (readonly [type: string, holds: string])[] = [
  ['map[int]int', "the header's address"],
  ['chan int', "the channel's address"],
  ['*int', 'an address'],
  ['string', 'address, length'],
  ['interface{}', 'type, data'],
  ['[]int', 'address, length, capacity'],
];

async function reading(seed: bigint | undefined): Promise<Part> {
  const all = await Variables.open(seed);
  const { scene, unit, m } = all;
  const { map, rt, truth } = scene;
  const size = parseType(TYPE).size;
  const guarded = parseType(`struct { m ${TYPE}; guard uint64 }`);
  const guardAt =
    guarded.kind === 'struct' ? guarded.fields.find(({ name }) => name === 'guard')?.offset : -1;
  const before = column(rt, 'at first', m, 24);
  const rows: { event: string; seen: Claimed; entries: number }[] = [];
  const complaints: string[] = [];
  const witnesses: Witness[] = [];
  const take = (event: string): Claimed => {
    const seen = all.claimed();
    rows.push({ event, seen, entries: truth.size });
    complaints.push(...all.complaints(seen).map((text) => `${event}: ${text}`));
    witnesses.push({
      function: 'read_claimed',
      targets: TARGETS,
      given: rt.memory.read(m, 24),
      memory: [],
      prints: `hmap ${hex(seen.hmap)}, count ${seen.count}, flags ${hex(seen.flags)}\n`,
    });
    return seen;
  };
  const first = take('at first');
  for (let i = 0; i < 5; i++) scene.insert();
  const inserted = take('5 keys more');
  writeWord(rt, m + BigInt(WORD), 7n);
  const changed = take('a neighbour is set');
  const after = column(rt, 'a neighbour is set', m, 24);

  // n = m, as if the variable had 24 bytes.
  const apart = await Variables.open(seed);
  const given = apart.both();
  const nBefore = column(apart.scene.rt, 'before n = m', apart.n, 24);
  const nAfter = { ...nBefore, label: 'after, 24 bytes', bytes: apart.assign(24) };
  const broken = damage(nBefore.bytes, nAfter.bytes);
  witnesses.push({
    function: 'assign_claimed',
    targets: TARGETS,
    given,
    memory: [],
    prints: assigned(unit, nAfter.bytes),
  });
  return {
    witnesses,
    steps: [
      {
        kind: 'setting',
        title: 'what variables of Go are',
        text:
          `A variable of the type ${TYPE} has ${size} bytes. In a struct the next member follows ${guardAt} bytes ` +
          `behind it. The ${HEADER_SIZE} bytes of the header lie elsewhere, once, however many variables hold the map.`,
        table: {
          head: ['type', 'bytes of a variable', 'words'],
          rows: KINDS.map(([type, what]) => [type, String(parseType(type).size), what]),
        },
        facts: { map: size, guard: guardAt ?? -1, header: HEADER_SIZE },
      },
      {
        kind: 'wrong reading',
        title: 'a header of three words: hmap, count, flags',
        text:
          `C takes 24 bytes at the variable. hmap is right, for that is all of the variable. What it takes for count ` +
          `and flags are the two words behind: ${first.count} and ${hex(first.flags)}, with ${ENTRIES} keys in the map. ` +
          `Five more keys do not change them; setting a neighbour to 7 makes count ${changed.count}.`,
        table: {
          head: ['when', 'hmap', 'count', 'flags', 'len(m)'],
          rows: rows.map(({ event, seen, entries }) => [
            event,
            hex(seen.hmap),
            String(seen.count),
            hex(seen.flags),
            String(entries),
          ]),
        },
        dumps: [
          {
            title: 'the variable m, and what lies behind it',
            columns: [before, after],
            fields: wordFields(['hmap', 'count', 'flags'], before.bytes, after.bytes),
            guilty: [0, 1].map((index) => ({
              column: index,
              offset: WORD,
              length: 2 * WORD,
              why: 'other variables of the program',
            })),
            legend: [],
          },
        ],
        complaints,
        facts: {
          readings: rows.map(({ event, seen: { count, flags }, entries }) => ({
            event,
            count,
            flags,
            entries,
          })),
        },
      },
      {
        kind: 'wrong reading',
        title: 'an assignment that copies 24 bytes',
        text:
          'Whoever assigns n = m for Go, in C or with unsafe, and takes the variable for three words, overwrites the ' +
          'two behind n with those behind m.',
        dumps: [
          {
            title: 'the variable n, and what lies behind it',
            columns: [nBefore, nAfter],
            fields: wordFields(['n', 'a neighbour', 'the next one'], nBefore.bytes, nAfter.bytes),
            guilty: [
              { column: 1, offset: WORD, length: 2 * WORD, why: 'overwritten with what lies behind m' },
            ],
            legend: [],
          },
        ],
        complaints: broken,
        facts: { damaged: broken.length },
      },
    ],
    checks: [
      check('a map variable has the bytes of one word', WORD, size),
      check('a struct has its next member behind', WORD, guardAt ?? -1),
      check('the claimed header has', 24, unit.type('struct claimed').size),
      check(
        'its pointer is right each time',
        hex(map.header.address),
        [...new Set(rows.map(({ seen }) => hex(seen.hmap)))].join(', '),
      ),
      check('its count is the neighbour', Number(NEIGHBOURS[0]), Number(first.count)),
      check('its flags are the next one', hex(NEIGHBOURS[1] ?? 0n), hex(first.flags)),
      check('more keys leave its count as it is', Number(first.count), Number(inserted.count)),
      check('a write to the neighbour does not', 7, Number(changed.count)),
      check('meanwhile the map holds', ENTRIES + 5, truth.size),
      check('an assignment of 24 bytes damages neighbours', 2, broken.length),
    ],
    claims: [
      {
        says: 'A map variable is a header of three words, 24 bytes on amd64.',
        holds: size === 24,
        shown: `it has ${size} bytes; three words are what a slice has`,
      },
      {
        says: 'The second word of the variable is the count.',
        holds: rows.some(({ seen, entries }) => Number(seen.count) === entries),
        shown: `it reads ${rows.map(({ seen }) => seen.count).join(', ')}, the map holds ${rows.map(({ entries }) => entries).join(', ')}`,
      },
    ],
  };
}

/** What is right: one word; and two variables with the same word have the same map. */
async function words(seed: bigint | undefined, read: ReadVariable): Promise<Part> {
  const all = await Variables.open(seed);
  const { scene, unit, m, n } = all;
  const { rt, truth } = scene;
  const given = all.both();
  const before = rt.memory.read(n, 24);
  const after = all.assign(parseType(TYPE).size);
  const harmed = damage(before, after);
  const seen: Seen[] = [];
  const complaints: string[] = [];
  const witnesses: Witness[] = [
    { function: 'assign_word', targets: TARGETS, given, memory: [], prints: assigned(unit, after) },
  ];
  for (let round = 0; round < 2; round++) {
    for (const variable of [m, n]) {
      const one = read(unit, rt, variable);
      seen.push(one);
      complaints.push(...all.complaints(one));
      witnesses.push({
        function: 'read_word',
        targets: TARGETS,
        given: rt.memory.read(variable, WORD),
        memory: [scene.heap()],
        prints: `hmap ${hex(one.hmap)}, count ${one.count}\n`,
      });
    }
    if (round === 0) for (let i = 0; i < 5; i++) scene.insert();
  }
  const counts = seen.map(({ count }) => Number(count));
  return {
    witnesses,
    steps: [
      {
        kind: 'right reading',
        title: 'one word, and the first word of what it leads to',
        text:
          `Read as one word, m leads to count ${counts[0]}. After n = m, which copies that word, n leads there too: the ` +
          `entries are shared, not copied. With 5 keys put in through m, C reads ${counts.slice(2).join(' and ')} ` +
          'through m and n.',
        complaints,
        facts: { counts },
      },
      {
        kind: 'fix',
        title: 'declare the variable as one pointer',
        text:
          `In C a Go map is a void *, as cgo declares it: ${unit.type('void *').size} bytes. An assignment copies ` +
          'that and no more, and leaves what lies behind n as it was.',
        complaints: harmed,
        facts: { harmed: harmed.length },
      },
    ],
    checks: [
      check('as one word, count is', ENTRIES, counts[0] ?? -1),
      check('two variables with the word see the same', `${ENTRIES}, ${ENTRIES}, 8, 8`, counts.join(', ')),
      check('and have nothing to complain of', 0, complaints.length),
      check('an assignment of one word leaves the neighbours', 0, harmed.length),
      check('after it both words are the same', hex(wordAt(rt, m)), hex(wordAt(rt, n))),
      holds(
        'a pointer of C has the bytes of a map variable',
        unit.type('void *').size === parseType(TYPE).size,
      ),
    ],
    claims: [
      {
        says: 'A map passed by value is a copy: its entries are not shared.',
        holds: counts[2] !== counts[3],
        shown: `the copy is of ${WORD} bytes; both variables lead to count ${truth.size}`,
      },
    ],
  };
}

/** A variable that is a header of three words: that of a slice. */
async function legalTwin(seed: bigint | undefined): Promise<Part> {
  const { rt } = await Scene.open(seed, undefined, ENTRIES);
  const unit = (await rt.c()).parse(WORDS_DECLARATIONS);
  const array = newObject(rt, [10n, 20n, 30n]);
  const variable = newObject(rt, [array, 3n, 4n, ...NEIGHBOURS]);
  const given = rt.memory.read(variable, parseType('[]int').size);
  const seen = readClaimed(unit, given);
  const complaints = complaintsOf(seen, array, 3, 'slice');
  return {
    witnesses: [
      {
        function: 'read_claimed',
        targets: TARGETS,
        given,
        memory: [],
        prints: `hmap ${hex(seen.hmap)}, count ${seen.count}, flags ${hex(seen.flags)}\n`,
      },
    ],
    steps: [
      {
        kind: 'legal twin',
        title: 'the same three words of a slice variable',
        text:
          `A slice variable has ${given.length} bytes: address, length, capacity. The same C struct reads the length ` +
          `${seen.count} in its second word, and the capacity ${seen.flags} in its third.`,
        complaints,
        facts: { size: given.length, count: seen.count, capacity: seen.flags },
      },
    ],
    checks: [check('of a slice variable there is nothing to complain of', 0, complaints.length)],
  };
}

/** The case with another reader of variables in the place of the right one, to see that it can fail. */
export function header24BytesWith(read: ReadVariable): Case {
  return {
    name: 'header-24-bytes',
    title: 'A map header of 24 bytes',
    goesWrong:
      'C takes a map variable for a header of three words: a pointer, a count and flags. The variable is the pointer ' +
      'alone; count and flags are other variables of the program, and an assignment of 24 bytes overwrites such.',
    releases: [CASE_RELEASE],
    targets: TARGETS,
    program: [
      'c := *(*C.struct_claimed)(unsafe.Pointer(&m)) // { void *hmap; count; flags }',
      'n = m // 8 bytes in Go; 24 if it were that struct',
    ].join('\n'),
    c: WORDS_C,
    notModelled: [
      'The variables lie in objects of the Go heap here. They can as well lie on the stack of a goroutine, which ' +
        'moves, or among the globals of the program; what lies behind them is then something else.',
      "Go's checkptr, which is on with -race, can stop the cast to a larger struct before anything is read.",
    ],
    run: (options) => run(options, read),
  };
}

async function run({ seed }: RunOptions = {}, read: ReadVariable): Promise<Findings> {
  const parts = [await reading(seed), await words(seed, read), await legalTwin(seed)];
  return gather(hashText(seed), parts, [false, false, false]);
}

export const header24Bytes: Case = header24BytesWith(readWord);
