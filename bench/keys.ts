/**
 * Keys: the same numbers in every engine, so that all look up the same things in the same order. The Go
 * program has its own copy of these few functions in peers/go/keys.go; each prepared engine answers with a
 * checksum of its keys, so a difference between the two is found before anything is timed.
 *
 * All is done on 32-bit halves: with bigints the making of keys would take longer than the measurements.
 */

/** The kinds of keys, by the names that labels have. */
export const KEY_KINDS = [
  'uint64',
  'int32',
  'float64',
  'string8',
  'string16',
  'string32',
  'string100',
  '[16]byte',
  'struct',
] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** The struct: with padding, so that Go hashes and compares it field by field. */
export const STRUCT_TYPE = 'struct{ ID uint64; Part int32 }';

/** The Go type of a kind. */
export function goTypeOf(kind: KeyKind): string {
  if (kind.startsWith('string')) return 'string';
  return kind === 'struct' ? STRUCT_TYPE : kind;
}

/** Elements by size in bytes: 8 is a uint64, 0 the empty struct, others arrays of bytes. */
export function elemTypeOf(size: number): string {
  if (size === 8) return 'uint64';
  return size === 0 ? 'struct{}' : `[${size}]byte`;
}

/** The high half of the product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = al * bl;
  const mid = ah * bl + (low >>> 16);
  const mid2 = al * bh + (mid % 65536);
  return (ah * bh + Math.floor(mid / 65536) + Math.floor(mid2 / 65536)) >>> 0;
}

/** One 64-bit number as two halves; `mix64` and `wordAt` leave their results here. */
const word = { high: 0, low: 0 };

function multiply(high: number, low: number): void {
  const h = (mulHigh(word.low, low) + Math.imul(word.high, low) + Math.imul(word.low, high)) >>> 0;
  word.low = Math.imul(word.low, low) >>> 0;
  word.high = h;
}

function xorShift(by: number): void {
  word.low = (word.low ^ ((word.low >>> by) | (word.high << (32 - by)))) >>> 0;
  word.high = (word.high ^ (word.high >>> by)) >>> 0;
}

/** The finisher of splitmix64, on `word`. */
function mix64(): void {
  xorShift(30);
  multiply(0xbf58476d, 0x1ce4e5b9);
  xorShift(27);
  multiply(0x94d049bb, 0x133111eb);
  xorShift(31);
}

/** The i-th number of splitmix64, into `word`. */
function wordAt(i: number): void {
  word.high = Math.floor(i / 2 ** 32);
  word.low = i >>> 0;
  multiply(0x9e3779b9, 0x7f4a7c15);
  mix64();
}

/** The next number of a chain that begins at `word`. */
function nextWord(): void {
  const low = word.low + 0x7f4a7c15;
  word.high = (word.high + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
  word.low = low >>> 0;
  mix64();
}

/** A one-to-one scramble of 32 bits: distinct numbers stay distinct. */
export function mix32(i: number): number {
  let z = Math.imul(i ^ (i >>> 16), 0x7feb352d);
  z = Math.imul(z ^ (z >>> 15), 0x846ca68b);
  return z ^ (z >>> 16);
}

const ALPHABET = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', (c) =>
  c.charCodeAt(0),
);

/** `length` characters of the alphabet: ten from each number of a chain, six bits each. */
function textAt(i: number, length: number, to: Uint8Array): string {
  wordAt(i);
  for (let at = 0; at < length; nextWord()) {
    for (const half of [word.low, word.high]) {
      for (let bits = 0; bits < 30 && at < length; bits += 6)
        to[at++] = ALPHABET[(half >>> bits) & 63] as number;
    }
  }
  return String.fromCharCode.apply(null, to.subarray(0, length) as unknown as number[]);
}

/** A struct key. */
export interface StructKey {
  readonly ID: bigint;
  readonly Part: number;
}

/** Keys first..first+n-1 in the form that the library takes as a column. */
export type KeyColumn = BigUint64Array | Int32Array | Float64Array | string[] | Uint8Array[] | StructKey[];

/** Keys number `first` to `first + n - 1` of a kind; numbers begin with 1. */
export function keysOf(kind: KeyKind, first: number, n: number): KeyColumn {
  switch (kind) {
    case 'uint64':
      return wideKeys(first, n);
    case 'int32':
      return Int32Array.from({ length: n }, (_, i) => mix32(first + i));
    case 'float64': {
      const keys = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        wordAt(first + i);
        // The upper 53 bits, as a fraction.
        keys[i] = (word.high * 2 ** 21 + (word.low >>> 11)) / 2 ** 53;
      }
      return keys;
    }
    case '[16]byte': {
      const wide = wideKeys(first, n);
      return Array.from(wide, (w) => new Uint8Array(BigUint64Array.of(w, ~w).buffer));
    }
    case 'struct':
      return Array.from(wideKeys(first, n), (ID, i) => ({ ID, Part: mix32(first + i) }));
    default: {
      const length = Number(kind.slice('string'.length));
      const buffer = new Uint8Array(length);
      return Array.from({ length: n }, (_, i) => textAt(first + i, length, buffer));
    }
  }
}

function wideKeys(first: number, n: number): BigUint64Array {
  const keys = new BigUint64Array(n);
  const halves = new Uint32Array(keys.buffer);
  for (let i = 0; i < n; i++) {
    wordAt(first + i);
    halves[2 * i] = word.low;
    halves[2 * i + 1] = word.high;
  }
  return keys;
}

/**
 * `passes` shuffled orders of 0..n-1, one behind the other. Shuffled, for V8's Map is much faster at keys in the
 * order in which they were inserted; each pass in another order, for a processor learns the branches of a few
 * thousand operations by heart when they come again and again.
 */
export function shuffledOrder(n: number, passes = 1): Uint32Array {
  const order = new Uint32Array(n * passes);
  for (let i = 0; i < n; i++) order[i] = i;
  let state = 0x2545f491;
  for (let start = 0; start < order.length; start += n) {
    if (start > 0) order.copyWithin(start, start - n, start);
    for (let i = n - 1; i > 0; i--) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const j = start + ((state >>> 0) % (i + 1));
      const swapped = order[start + i] as number;
      order[start + i] = order[j] as number;
      order[j] = swapped;
    }
  }
  return order;
}

/** Column `from` in an order: the same kind of column. */
export function inOrder<C extends KeyColumn>(from: C, order: Uint32Array): C {
  const Column = from.constructor as new (n: number) => unknown;
  const to = new Column(order.length) as unknown[];
  for (let i = 0; i < order.length; i++) to[i] = from[order[i] as number];
  return to as unknown as C;
}

/** Whether place `i` of a column with `percent` hits in a hundred is a hit. */
export function isHit(i: number, percent: number): boolean {
  return (Math.imul(i, 0x9e3779b1) >>> 0) / 2 ** 32 < percent / 100;
}

/** Hits among `keys` and misses among `absent`, in one column. */
export function mixed<C extends KeyColumn>(keys: C, absent: C, percent: number): C {
  const to = keys.slice() as unknown[];
  for (let i = 0; i < keys.length; i++) if (!isHit(i, percent)) to[i] = absent[i];
  return to as unknown as C;
}

const TEXT = new TextEncoder();

/** FNV-1a of the bytes of a few keys of a column: what every engine must come to. */
export function checksum(keys: KeyColumn): number {
  let hash = 0x811c9dc5;
  const step = Math.max(1, Math.floor(keys.length / 64));
  for (let i = 0; i < keys.length; i += step) {
    for (const byte of bytesOf(keys[i] as unknown, keys)) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

function bytesOf(key: unknown, column: KeyColumn): Uint8Array {
  if (typeof key === 'string') return TEXT.encode(key);
  if (typeof key === 'bigint') return new Uint8Array(BigUint64Array.of(key).buffer);
  if (key instanceof Uint8Array) return key;
  if (typeof key === 'number') {
    return new Uint8Array(
      column instanceof Float64Array ? Float64Array.of(key).buffer : Int32Array.of(key).buffer,
    );
  }
  const { ID, Part } = key as StructKey;
  return new Uint8Array([...bytesOf(ID, column), ...new Uint8Array(Int32Array.of(Part).buffer)]);
}
