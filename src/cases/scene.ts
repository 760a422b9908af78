/**
 * What the parts of a case about one map share: a process with the map, what
 * the map must hold, and the forms in which readings and bytes are shown.
 */
import { type GoMapOf, hex, mapShape, parseMapType, Runtime } from '../index.ts';
import {
  type Check,
  type Claim,
  check,
  type Dump,
  type DumpColumn,
  type Findings,
  type Guilt,
  type MemoryRange,
  type Step,
  type Table,
  type Witness,
} from './case.ts';
import { elemAt, keyAt, type OpenReader, type Reader, type Reading, takeReading } from './reader.ts';
import { bucketDump, fieldNamed, headerField } from './structs.ts';

export const TYPE = 'map[int]int';
export const SHAPE = mapShape(parseMapType(TYPE));
/** Key 105 is the one that makes 16 buckets too few: 104 is 13/2 times 16. */
export const KEYS = 105;
export const GOLDEN_HASH0 = 0x12345678;
export const GOLDEN_KEY: readonly [bigint, bigint, bigint, bigint] = [1n, 1n, 1n, 1n];
/** The release that the case is about, and that its golden hash key belongs to. */
export const CASE_RELEASE = '1.19';
/** A part needs little; address space is what a large limit costs. */
const MEMORY = { limit: 2 ** 22 };
/** Where a loop would mean that a growth never ends. */
export const MANY = 10_000;

const MARKS = [
  '02: moved to the lower half, 03: moved to the upper half, 04: was empty, bucket moved',
  '00: empty, and nothing behind it; 05 and above: an entry',
];

/** What a part of a run hands on: the steps that it shows, what it checks, and what is said of it. */
export interface Part {
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  readonly claims?: readonly Claim[];
  readonly witnesses?: readonly Witness[];
}

/** The parts of a run as its findings, with a check of which claims hold: 'no, yes'. */
export function findings(seed: bigint | undefined, parts: readonly Part[], claimed: string): Findings {
  const claims = parts.flatMap((part) => part.claims ?? []);
  const judged = claims.map((claim) => (claim.holds ? 'yes' : 'no')).join(', ');
  return {
    hash: hashText(seed),
    steps: parts.flatMap((part) => part.steps),
    claims,
    witnesses: parts.flatMap((part) => part.witnesses ?? []),
    checks: [
      ...parts.flatMap((part) => part.checks),
      check('what is said of it turns out as documented', claimed, judged),
    ],
  };
}

/** Which hash a run with this seed has. */
export const hashText = (seed: bigint | undefined): string =>
  seed === undefined
    ? `hash key ${GOLDEN_KEY.join(', ')}, hash0 ${hex(BigInt(GOLDEN_HASH0))} (golden)`
    : `hash key and hash0 drawn from seed ${seed}`;

/** A process, its map, and what the map must hold. */
export class Scene {
  readonly rt: Runtime;
  readonly map: GoMapOf<typeof TYPE>;
  readonly truth = new Map<bigint, bigint>();
  readonly #hashers = new Map<number, GoMapOf<typeof TYPE>>();

  private constructor(rt: Runtime, golden: boolean) {
    this.rt = rt;
    this.map = rt.makeMap(TYPE, golden ? { hash0: GOLDEN_HASH0 } : {});
  }

  static async open(seed: bigint | undefined, target = 'linux/amd64', keys = KEYS): Promise<Scene> {
    const golden = seed === undefined;
    const hash = golden ? { hashKey: GOLDEN_KEY } : { seed };
    const scene = new Scene(
      await Runtime.create({ goVersion: CASE_RELEASE, target, memory: MEMORY, ...hash }),
      golden,
    );
    while (scene.map.size < keys) scene.insert();
    return scene;
  }

  put(key: bigint, elem: bigint): void {
    this.map.set(key, elem);
    this.truth.set(key, elem);
  }

  /** The next key: 1, 2, 3 and so on, each with ten times itself. */
  insert(): void {
    const key = BigInt(this.map.size + 1);
    this.put(key, key * 10n);
  }

  get growing(): boolean {
    return this.map.header.oldbuckets !== 0n;
  }

  insertUntil(growing: boolean): void {
    for (let i = 0; this.growing !== growing; i++) {
      if (i === MANY) throw new Error(`${MANY} inserts and the map is still ${growing ? 'not ' : ''}growing`);
      this.insert();
    }
  }

  /** A reader of a copied header. Its hash is Go's, under the seed that the copy holds. */
  reader(copy: Uint8Array, open: OpenReader): Reader {
    const hash0 = Number(headerField(copy, 'hash0'));
    const hash = (key: bigint): bigint => {
      const hasher = this.#hashers.get(hash0) ?? this.rt.makeMap(TYPE, { hash0 });
      this.#hashers.set(hash0, hasher);
      return hasher.hash(key);
    };
    return open(this.rt.memory, copy, SHAPE, hash);
  }

  /** What such a reader gets. */
  read(copy: Uint8Array, open: OpenReader): Reading {
    return takeReading(this.reader(copy, open), this.truth);
  }

  /** Keys in old buckets that have not moved, by the views of the map. */
  unmovedKeys(): bigint[] {
    return [...this.map.oldbuckets]
      .filter((bucket) => !bucket.evacuated)
      .flatMap((bucket) => [...bucket.chain()])
      .flatMap((bucket) => bucket.slots.filter((slot) => slot.filled).map((slot) => slot.key));
  }

  /** The Go heap as it is now, for a C program to follow pointers into. */
  heap(): MemoryRange {
    const region = this.rt.memory.region(this.map.header.address);
    if (region === undefined) throw new Error('the header lies in no region');
    const { start, mappedEnd } = region;
    const bytes = this.rt.memory.read(start, Number(mappedEnd - start));
    return { address: start, bytes: bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1) };
  }

  bucket(array: bigint, index: number): DumpColumn {
    const address = array + BigInt(index * SHAPE.bucketSize);
    return { label: '', address, bytes: this.rt.memory.read(address, SHAPE.bucketSize) };
  }
}

const READING_HEAD = ['when', 'len(m)', 'count', 'found', 'missed', 'walked', 'foreign'];

export const readingRow = (when: string, len: number, r: Reading): string[] => [
  when,
  ...[len, r.count, r.found, r.missed.length, r.walked, r.foreign].map(String),
];

export function readingTable(...rows: string[][]): Table {
  return { head: READING_HEAD, rows };
}

export const facts = (r: Reading) => ({
  count: r.count,
  found: r.found,
  missed: r.missed,
  wrong: r.wrong,
  walked: r.walked,
  foreign: r.foreign,
  faults: r.faults,
});

export function bucketColumns(
  before: DumpColumn,
  after: DumpColumn,
  guilty: readonly Guilt[],
  title: string,
): Dump {
  const reads = (kind: 'key' | 'elem', slot: number): string[] =>
    [before, after].map(({ bytes }) => String((kind === 'key' ? keyAt : elemAt)(bytes, SHAPE, slot)));
  return { title, columns: [before, after], fields: bucketDump(SHAPE, reads), guilty, legend: MARKS };
}

/** A field of the header to blame, in one column of a dump. */
export function guiltyField(column: number, name: string, why: string): Guilt {
  const { offset, size } = fieldNamed(name);
  return { column, offset, length: size, why };
}
