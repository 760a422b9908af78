/** What lies in a map's memory, in the words of a recording. */
import type { GoMap, GoType, Runtime } from 'hmap-wasm';
import {
  FLAG_SAME_SIZE_GROW,
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_COUNT,
  HMAP_FLAGS,
  HMAP_HASH0,
  HMAP_NEVACUATE,
  HMAP_NOVERFLOW,
  HMAP_OLDBUCKETS,
} from '../../../assembly/shared/golayout.ts';
import type { Chains, Contents, Dump, OverflowList } from '../protocol.ts';
import { formOf, isWhole, textAt, wordsOf } from '../text.ts';
import { crc32 } from './crc.ts';
import { type Layout, layoutOf, sparesOf } from './layout.ts';

/** Where a map stands: what decides which buckets an operation touches. */
export interface State {
  readonly B: number;
  readonly nevacuate: number;
  /** Offsets of the arrays; 0 for none. */
  readonly buckets: number;
  readonly oldbuckets: number;
  /** How many old buckets there are. */
  readonly old: number;
  readonly sameSize: boolean;
}

/** A longer chain is a ring. */
const LONGEST_CHAIN = 100_000;

interface BucketText {
  readonly hex: string;
  readonly k?: (string | null)[];
  readonly e?: (string | null)[];
}

export class Snapshot {
  readonly layout: Layout;
  readonly #rt: Runtime;
  readonly #map: GoMap;
  readonly #h: number;
  /** The emulated memory, with Node's fast way to hex. */
  readonly #memory: Buffer;
  readonly #header: Buffer;
  readonly #bucket: Buffer;
  /** Offsets in a bucket of words that are told as 0 or 1, and of padding. */
  readonly #pointers: readonly number[];
  readonly #holes: readonly (readonly [number, number])[];

  constructor(rt: Runtime, map: GoMap) {
    const { shape } = map;
    this.#rt = rt;
    this.#map = map;
    this.layout = layoutOf(rt);
    this.#h = offsetOf(map.header.address);
    this.#memory = Buffer.from(rt.machine.buffer);
    this.#header = Buffer.alloc(this.layout.headerSize);
    this.#bucket = Buffer.alloc(shape.bucketSize);
    const pointers: number[] = [];
    const holes: (readonly [number, number])[] = [];
    const column = (type: GoType, indirect: boolean, from: number, size: number): void => {
      for (let i = 0; i < 8; i++) {
        const at = from + i * size;
        if (indirect) pointers.push(at);
        else {
          for (const word of wordsOf(type).pointers) pointers.push(at + word);
          for (const [hole, length] of wordsOf(type).holes) holes.push([at + hole, length]);
        }
      }
    };
    column(shape.key, shape.keyIndirect, shape.keyOffset, shape.keySize);
    column(shape.elem, shape.elemIndirect, shape.elemOffset, shape.elemSize);
    pointers.push(shape.overflowOffset);
    this.#pointers = pointers;
    this.#holes = holes;
  }

  /** The header's bytes, its pointer words as 0 or 1. */
  header(): string {
    const { headerSize, extra } = this.layout;
    this.#memory.copy(this.#header, 0, this.#h, this.#h + headerSize);
    symbolic(this.#header, HMAP_BUCKETS);
    symbolic(this.#header, HMAP_OLDBUCKETS);
    symbolic(this.#header, extra);
    return this.#header.toString('hex');
  }

  state(): State {
    const { u8, u32 } = this.#rt.machine;
    const at = this.#h;
    const B = u8[at + HMAP_B] as number;
    const sameSize = ((u8[at + HMAP_FLAGS] as number) & FLAG_SAME_SIZE_GROW) !== 0;
    const oldbuckets = u32[(at + HMAP_OLDBUCKETS) >>> 2] as number;
    return {
      B,
      nevacuate: u32[(at + HMAP_NEVACUATE) >>> 2] as number,
      buckets: u32[(at + HMAP_BUCKETS) >>> 2] as number,
      oldbuckets,
      old: oldbuckets === 0 ? 0 : 2 ** (sameSize ? B : B - 1),
      sameSize,
    };
  }

  hash0(): number {
    return this.#rt.machine.u32[(this.#h + HMAP_HASH0) >>> 2] as number;
  }

  setHash0(hash0: number): void {
    this.#rt.machine.u32[(this.#h + HMAP_HASH0) >>> 2] = hash0;
  }

  /** `mapextra` in short. */
  extra(): string {
    const { u32 } = this.#rt.machine;
    const at = u32[(this.#h + this.layout.extra) >>> 2] as number;
    if (at === 0) return '-';
    const list = (field: number): string => {
      const header = u32[(at + field) >>> 2] as number;
      return header === 0 ? '-' : `${u32[(header + 8) >>> 2]}/${u32[(header + 16) >>> 2]}`;
    };
    return `${list(0)};${list(8)};${this.#next(at) ?? '-'}`;
  }

  /** The index in the array of `extra.nextOverflow`. */
  #next(extra: number): number | null {
    const { u32 } = this.#rt.machine;
    const next = u32[(extra + 16) >>> 2] as number;
    if (next === 0) return null;
    return (next - (u32[(this.#h + HMAP_BUCKETS) >>> 2] as number)) / this.#map.shape.bucketSize;
  }

  /** The CRC of the chains that an operation on a key with this hash may have changed. */
  touched(before: State, after: State, hash: bigint): string {
    if (after.buckets === 0) return crc32('').toString(16).padStart(8, '0');
    const low = Number(hash & 0xffffffffn);
    const bucket = (count: number) => (low & (count - 1)) >>> 0;
    const b = new Set<number>([bucket(2 ** after.B)]);
    const o = new Set<number>();
    const began = after.oldbuckets !== 0 && after.oldbuckets !== before.oldbuckets;
    const growth = began ? after : before;
    if (growth.oldbuckets !== 0) {
      for (const e of [bucket(growth.old), before.nevacuate, began ? after.nevacuate : before.nevacuate]) {
        b.add(e);
        if (!growth.sameSize) b.add(e + 2 ** (after.B - 1));
        o.add(e);
      }
    }
    let text = '';
    text += this.#chainsText('b', after.buckets, 2 ** after.B, b);
    text += this.#chainsText('o', after.oldbuckets, after.old, o);
    return crc32(text).toString(16).padStart(8, '0');
  }

  #chainsText(letter: string, base: number, length: number, indices: ReadonlySet<number>): string {
    let text = '';
    const line = (column: (string | null)[] | undefined): void => {
      if (column !== undefined) text += `${column.map((cell) => cell ?? '-').join(',')}\n`;
    };
    for (const i of [...indices].filter((index) => index < length).sort((x, y) => x - y)) {
      text += `${letter}${i}\n`;
      for (const at of this.#chain(base + i * this.#map.shape.bucketSize)) {
        const bucket = this.#bucketText(at);
        text += `${bucket.hex}\n`;
        line(bucket.k);
        line(bucket.e);
      }
    }
    return text;
  }

  /** The buckets of a chain, by offset. */
  *#chain(first: number): Generator<number> {
    const { u32 } = this.#rt.machine;
    const { overflowOffset } = this.#map.shape;
    let left = LONGEST_CHAIN;
    for (let at = first; at !== 0; at = u32[(at + overflowOffset) >>> 2] as number) {
      if (left-- === 0) throw new Error('a chain is a ring');
      yield at;
    }
  }

  /** The bytes of a bucket, pointer words as 0 or 1 and padding as zeros, until this is asked again. */
  masked(at: number): Buffer {
    const bytes = this.#bucket;
    this.#memory.copy(bytes, 0, at, at + bytes.length);
    for (const pointer of this.#pointers) symbolic(bytes, pointer);
    for (const [hole, length] of this.#holes) bytes.fill(0, hole, hole + length);
    return bytes;
  }

  #bucketText(at: number): BucketText {
    const { shape } = this.#map;
    const k = this.#column(shape.key, shape.keyIndirect, at, shape.keyOffset, shape.keySize);
    const e = this.#column(shape.elem, shape.elemIndirect, at, shape.elemOffset, shape.elemSize);
    const hex = this.masked(at).toString('hex');
    return { hex, ...(k === undefined ? {} : { k }), ...(e === undefined ? {} : { e }) };
  }

  /** What the pointers of the eight keys or elements lead to. */
  #column(
    type: GoType,
    indirect: boolean,
    at: number,
    from: number,
    size: number,
  ): (string | null)[] | undefined {
    if (!indirect && formOf(type) === 'fixed') return undefined;
    const { machine } = this.#rt;
    const out: (string | null)[] = [];
    for (let i = 0; i < 8; i++) {
      const top = machine.u8[at + i] as number;
      const filled = top === 2 || top === 3 || top >= 5;
      const slot = at + from + i * size;
      const value = indirect ? (machine.u32[slot >>> 2] as number) : slot;
      const there = filled && value !== 0 && isWhole(type, machine, value);
      out.push(there ? textAt(type, machine, value) : null);
    }
    return out;
  }

  dump(after: number): Dump {
    const { header, shape } = this.#map;
    const { u32 } = this.#rt.machine;
    const names = new Map<number, string>();
    const contents: Record<string, Contents> = {};
    const { B, buckets, oldbuckets, old, sameSize, nevacuate } = this.state();
    const extra = u32[(this.#h + this.layout.extra) >>> 2] as number;
    const spares = buckets === 0 ? 0 : sparesOf(this.#rt, shape, B);
    const oldspares = oldbuckets === 0 ? 0 : sparesOf(this.#rt, shape, sameSize ? B : B - 1);
    const nameSpares = (base: number, normal: number, count: number, prefix: string): void => {
      for (let i = 0; i < count; i++) {
        const at = base + (normal + i) * shape.bucketSize;
        if (!names.has(at)) names.set(at, `${prefix}${i}`);
      }
    };
    const chains = buckets === 0 ? null : this.#allChains('b', buckets, 2 ** B, names, contents);
    nameSpares(buckets, 2 ** B, spares, 's');
    const oldchains = oldbuckets === 0 ? null : this.#allChains('o', oldbuckets, old, names, contents);
    nameSpares(oldbuckets, old, oldspares, 'os');
    const nextOverflow = extra === 0 ? 0 : (u32[(extra + 16) >>> 2] as number);
    const list = (field: number) => this.#list(u32[(extra + field) >>> 2] as number, names);
    return {
      after,
      header: {
        count: u32[(this.#h + HMAP_COUNT) >>> 2] as number,
        flags: header.flags,
        B,
        noverflow: this.#rt.machine.u16[(this.#h + HMAP_NOVERFLOW) >>> 1] as number,
        hash0: this.hash0(),
        nevacuate,
      },
      buckets: chains,
      oldbuckets: oldchains,
      spares: buckets === 0 ? null : { count: spares, next: extra === 0 ? null : this.#next(extra) },
      oldspares,
      extra:
        extra === 0
          ? null
          : {
              overflow: list(0),
              oldoverflow: list(8),
              nextOverflow: nextOverflow === 0 ? null : (names.get(nextOverflow) ?? 'unlinked'),
            },
      ...(Object.keys(contents).length === 0 ? {} : { contents }),
    };
  }

  #allChains(
    letter: string,
    base: number,
    length: number,
    names: Map<number, string>,
    contents: Record<string, Contents>,
  ): Chains {
    const { bucketSize } = this.#map.shape;
    const zeros = ZEROS.subarray(0, bucketSize);
    const all: string[][] = [];
    for (let i = 0; i < length; i++) {
      const chain: string[] = [];
      const first = base + i * bucketSize;
      if (this.#memory.compare(zeros, 0, bucketSize, first, first + bucketSize) === 0) {
        names.set(first, `${letter}${i}`);
        all.push(chain);
        continue;
      }
      for (const at of this.#chain(first)) {
        const name = chain.length === 0 ? `${letter}${i}` : `${letter}${i}.${chain.length}`;
        names.set(at, name);
        const { hex, ...columns } = this.#bucketText(at);
        chain.push(hex);
        if (columns.k !== undefined || columns.e !== undefined) contents[name] = columns;
      }
      all.push(chain);
    }
    return all;
  }

  #list(header: number, names: ReadonlyMap<number, string>): OverflowList | null {
    if (header === 0) return null;
    const { u32 } = this.#rt.machine;
    const array = u32[header >>> 2] as number;
    const len = u32[(header + 8) >>> 2] as number;
    const cap = u32[(header + 16) >>> 2] as number;
    const list = Array.from(
      { length: len },
      (_, i) => names.get(u32[(array + 8 * i) >>> 2] as number) ?? 'unlinked',
    );
    return { len, cap, list };
  }
}

/** Larger than any bucket: 8 + 8 * 128 + 8 * 128 + 8 bytes. */
const ZEROS = Buffer.alloc(4096);

/** The offset that an address of the Go heap means. */
export function offsetOf(address: bigint): number {
  return Number(address & 0xffffffffn);
}

/** A pointer's word as whether it is nil. */
function symbolic(bytes: Buffer, at: number): void {
  if (bytes.readUInt32LE(at) === 0 && bytes.readUInt32LE(at + 4) === 0) return;
  bytes.writeUInt32LE(1, at);
  bytes.writeUInt32LE(0, at + 4);
}
