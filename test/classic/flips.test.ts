/**
 * What the invariant checker sees: every bit of a map in the middle of growth is flipped once, straight in
 * linear memory, and `verify` is asked. Each flip that it misses must be one that leaves a legal map, or
 * touches bytes that mean nothing any more: the reason is computed from the bytes, by rule.
 */
import { describe, expect, test } from 'vitest';
import {
  BUCKET_CNT,
  EVACUATED_EMPTY,
  EVACUATED_X,
  EVACUATED_Y,
  FLAG_ITERATOR,
  FLAG_OLD_ITERATOR,
  FLAG_SAME_SIZE_GROW,
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_COUNT,
  HMAP_EXTRA,
  HMAP_FLAGS,
  HMAP_HASH0,
  HMAP_NEVACUATE,
  HMAP_NOVERFLOW,
  HMAP_OLDBUCKETS,
  HMAP_SIZE,
  MAPEXTRA_NEXT_OVERFLOW,
  MAPEXTRA_OLDOVERFLOW,
  MAPEXTRA_OVERFLOW,
  MIN_TOP_HASH,
  PTR_SIZE,
  SLICE_ARRAY,
  SLICE_CAP,
  SLICE_LEN,
  STRING_LEN,
} from '../../assembly/shared/golayout.ts';
import { type GoMap, InvariantViolation, type MapShape, type Runtime } from '../../src/index.ts';
import { anyMap, liveObjects, start } from '../machine/inside.ts';

/* ---- the map ---- */

interface Kind {
  readonly type: string;
  readonly key: (n: number) => unknown;
  readonly elem: (n: number) => unknown;
}

const WORDS: Kind = { type: 'map[int64]int64', key: (n) => BigInt(n), elem: (n) => BigInt(n) * 1000n };
const TEXTS: Kind = { type: 'map[string]string', key: (n) => `key ${n}`, elem: (n) => `element ${n}` };
/** A pointer-free key beside an element with pointers: Go wipes its moved buckets. */
const ADDRESSES: Kind = { type: 'map[int64]*int', key: (n) => BigInt(n), elem: (n) => BigInt(n) };

/**
 * A map on its way from 16 buckets to 32: moved and unmoved old buckets, overflow buckets on both sides,
 * deleted slots in the middle and at the end of chains, a spare bucket that nobody has used.
 */
function growingMap(rt: Runtime, kind: Kind): GoMap<unknown, unknown> {
  const m = anyMap(rt, kind.type, { hash0: 0x12345678 });
  let n = 0;
  // Up to the last insertion before the second growth that matters; some keys go again on the way.
  while (m.header.B < 4 || m.oldbuckets.length > 0) m.set(kind.key(n), kind.elem(n++));
  while (m.size < 104) m.set(kind.key(n), kind.elem(n++));
  for (const gone of [3, 17, 40, 71, 90]) m.delete(kind.key(gone));
  while (m.oldbuckets.length === 0) m.set(kind.key(n), kind.elem(n++));
  // Now each write moves a bucket or two; one new bucket is filled until it overflows.
  const filled = m.oldbuckets.at(0)?.evacuated ? 0 : 1;
  const added: unknown[] = [];
  while (m.buckets.at(filled)?.overflow === undefined) {
    const key = kind.key(n);
    if ((m.hash(key) & 31n) === BigInt(filled)) {
      m.set(key, kind.elem(n));
      added.push(key);
    }
    n++;
  }
  // Not the last one: its slot becomes empty with entries behind it.
  m.delete(added[0]);
  m.verify();
  return m;
}

/* ---- every byte that the map is made of ---- */

type Side = 'new' | 'old' | 'moved';

/** A byte, what it belongs to, and what a flip of it may mean. */
interface Place {
  readonly at: number;
  /** The row of the table. */
  readonly field: string;
  readonly slot?: SlotPlace;
  /** Byte of the field. */
  readonly index: number;
}

interface SlotPlace {
  readonly side: Side;
  readonly bucket: number;
  /** Number of the bucket in its array, for overflow buckets that of the chain. */
  readonly number: number;
  readonly i: number;
  readonly top: number;
}

function placesOf(rt: Runtime, m: GoMap<unknown, unknown>): Place[] {
  const { shape } = m;
  const offset = (address: bigint) => Number(address & 0xffffffffn);
  const places: Place[] = [];
  const range = (from: number, size: number, field: string, slot?: SlotPlace) => {
    for (let i = 0; i < size; i++) {
      places.push({ at: from + i, field, index: i, ...(slot === undefined ? {} : { slot }) });
    }
  };
  const h = offset(m.header.address);
  range(h + HMAP_COUNT, 8, 'hmap.count');
  range(h + HMAP_FLAGS, 1, 'hmap.flags');
  range(h + HMAP_B, 1, 'hmap.B');
  range(h + HMAP_NOVERFLOW, 2, 'hmap.noverflow');
  range(h + HMAP_HASH0, 4, 'hmap.hash0');
  range(h + HMAP_BUCKETS, 8, 'hmap.buckets');
  range(h + HMAP_OLDBUCKETS, 8, 'hmap.oldbuckets');
  range(h + HMAP_NEVACUATE, 8, 'hmap.nevacuate');
  range(h + HMAP_EXTRA, HMAP_SIZE - HMAP_EXTRA, 'hmap.extra');
  const x = offset(m.header.extra);
  range(x + MAPEXTRA_OVERFLOW, 8, 'mapextra.overflow');
  range(x + MAPEXTRA_OLDOVERFLOW, 8, 'mapextra.oldoverflow');
  range(x + MAPEXTRA_NEXT_OVERFLOW, 8, 'mapextra.nextOverflow');
  for (const [field, name] of [
    [MAPEXTRA_OVERFLOW, 'overflow'],
    [MAPEXTRA_OLDOVERFLOW, 'oldoverflow'],
  ] as const) {
    const list = rt.machine.u32[(x + field) >>> 2] as number;
    if (list === 0) continue;
    range(list + SLICE_ARRAY, 8, `*mapextra.${name}: array`);
    range(list + SLICE_LEN, 8, `*mapextra.${name}: len`);
    range(list + SLICE_CAP, 8, `*mapextra.${name}: cap`);
    const array = rt.machine.u32[(list + SLICE_ARRAY) >>> 2] as number;
    const length = rt.machine.u32[(list + SLICE_LEN) >>> 2] as number;
    const capacity = rt.machine.u32[(list + SLICE_CAP) >>> 2] as number;
    range(array, length * PTR_SIZE, `*mapextra.${name}: bucket pointers`);
    range(array + length * PTR_SIZE, (capacity - length) * PTR_SIZE, `*mapextra.${name}: spare capacity`);
  }
  const bucket = (b: number, side: Side, number: number, kind: string) => {
    const slot = (i: number): SlotPlace => ({
      side,
      bucket: b,
      number,
      i,
      top: rt.machine.u8[b + i] as number,
    });
    for (let i = 0; i < BUCKET_CNT; i++) {
      range(b + i, 1, `${kind}: tophash`, slot(i));
      range(b + shape.keyOffset + i * shape.keySize, shape.keySize, `${kind}: key`, slot(i));
      range(b + shape.elemOffset + i * shape.elemSize, shape.elemSize, `${kind}: elem`, slot(i));
    }
    range(b + shape.overflowOffset, PTR_SIZE, `${kind}: overflow link`);
  };
  for (const array of [m.buckets, m.oldbuckets]) {
    for (const first of array) {
      const side: Side = array.address === m.buckets.address ? 'new' : first.evacuated ? 'moved' : 'old';
      for (const b of first.chain()) {
        const kind = `${side} ${b.address === first.address ? 'bucket' : 'overflow bucket'}`;
        bucket(offset(b.address), side, first.index, kind);
      }
    }
  }
  // The spare buckets that no chain has taken yet.
  const next = rt.machine.u32[(x + MAPEXTRA_NEXT_OVERFLOW) >>> 2] as number;
  const start = offset(m.buckets.address);
  const end = start + (rt.machine.core.objectSize(start) >>> 0);
  for (let b = next; b !== 0 && b + shape.bucketSize <= end; b += shape.bucketSize) {
    range(b, shape.bucketSize, 'spare bucket');
  }
  return places;
}

/* ---- why a flip may be missed ---- */

const REASONS = {
  iterator: 'the iterator flags may be set on any map',
  element: 'any value is a legal element',
  staleKey: 'the key of an empty slot, which Go leaves where it holds no pointer',
  staleLength: 'the length of an emptied string key, which the fast path leaves',
  moved: 'an entry that has moved away: nobody reads it but iterators',
  wiped: 'X or Y of an entry whose key is wiped or has a pointer: the half can no longer be told',
  otherKey: 'another key (of a string: storage that holds one), with the same tophash and bucket',
  sharedText: "an element's string, in live storage that has room for it",
  spareCapacity: 'what lies behind the length of a list',
} as const;

type Reason = keyof typeof REASONS;

/** Which reason excuses that a flip was missed; to be asked while the flip is in place. */
function reasonFor(rt: Runtime, m: GoMap<unknown, unknown>, place: Place, mask: number): Reason | undefined {
  const { shape } = m;
  const { field, slot } = place;
  if (field === 'hmap.flags' && (mask & ~(FLAG_ITERATOR | FLAG_OLD_ITERATOR)) === 0) return 'iterator';
  if (field.endsWith('spare capacity')) return 'spareCapacity';
  if (slot === undefined) return undefined;
  const strings = shape.key.kind === 'string';
  if (slot.side === 'moved') {
    const part = field.split(': ')[1];
    if (part === 'elem') return 'moved';
    if (part === 'key') {
      if (strings || slot.top === EVACUATED_EMPTY || isWiped(rt, shape, slot)) return 'moved';
      // The half that the mark names must be that of the flipped key too.
      return half(rt, m, slot) === slot.top ? 'moved' : undefined;
    }
    const marks: readonly number[] = [EVACUATED_X, EVACUATED_Y];
    const now = rt.machine.u8[place.at] as number;
    const legal = marks.includes(slot.top) && marks.includes(now);
    return legal && (strings || isWiped(rt, shape, slot)) ? 'wiped' : undefined;
  }
  const filled = slot.top >= MIN_TOP_HASH;
  if (field.endsWith(': elem') && filled) {
    if (shape.elem.kind !== 'string') return 'element';
    return isLiveText(rt, place) ? 'sharedText' : undefined;
  }
  if (field.endsWith(': key')) {
    if (!filled) {
      if (!strings) return 'staleKey';
      return place.index >= STRING_LEN ? 'staleLength' : undefined;
    }
    if (strings && !isLiveText(rt, place)) return undefined;
    const hash = hashAt(rt, m, place.at - place.index);
    const belongs = topOf(hash) === slot.top && (hash & (bucketsOn(m, slot) - 1n)) === BigInt(slot.number);
    return belongs ? 'otherKey' : undefined;
  }
  return undefined;
}

const hashAt = (rt: Runtime, m: GoMap<unknown, unknown>, at: number): bigint =>
  BigInt.asUintN(64, rt.machine.core.mapHash(m.map, at, BigInt(m.header.hash0)));

const topOf = (hash: bigint): number => {
  const top = Number(hash >> 56n);
  return top < MIN_TOP_HASH ? top + MIN_TOP_HASH : top;
};

const bucketsOn = (m: GoMap<unknown, unknown>, slot: SlotPlace): bigint =>
  BigInt(slot.side === 'new' ? m.buckets.length : m.oldbuckets.length);

/** The mark that an entry gets by the half of the new array to which its key belongs. */
function half(rt: Runtime, m: GoMap<unknown, unknown>, slot: SlotPlace): number {
  if ((m.header.flags & FLAG_SAME_SIZE_GROW) !== 0) return EVACUATED_X;
  const at = slot.bucket + m.shape.keyOffset + slot.i * m.shape.keySize;
  return (hashAt(rt, m, at) & BigInt(m.oldbuckets.length)) === 0n ? EVACUATED_X : EVACUATED_Y;
}

/** Whether Go has wiped the moved bucket: keys, elements and link, the flipped byte apart. */
function isWiped(rt: Runtime, shape: MapShape, slot: SlotPlace): boolean {
  const rest = rt.machine.u8.subarray(slot.bucket + BUCKET_CNT, slot.bucket + shape.bucketSize);
  return rest.filter((byte) => byte !== 0).length <= 1;
}

/** Whether the string whose header the flipped byte is in lies in a live object that can hold it. */
function isLiveText(rt: Runtime, place: Place): boolean {
  const header = place.at - place.index;
  const word = (at: number) => rt.machine.u64[at >>> 3] as bigint;
  const storage = word(header);
  const length = word(header + STRING_LEN);
  if (length === 0n) return storage === 0n;
  return liveObjects(rt).some(
    ({ offset, size }) => rt.machine.toAddress(offset) === storage && length <= BigInt(size),
  );
}

/* ---- the flips ---- */

interface Row {
  flips: number;
  caught: number;
  readonly missed: Map<string, number>;
}

const ONE_BIT = [1, 2, 4, 8, 16, 32, 64, 128];
const MASKS = [...ONE_BIT, 0xff];

/** Flips each byte by each mask, alone, and asks; the table by field. */
function flipAll(rt: Runtime, m: GoMap<unknown, unknown>, places: readonly Place[]): Map<string, Row> {
  const { u8 } = rt.machine;
  const table = new Map<string, Row>();
  for (const place of places) {
    const row = table.get(place.field) ?? { flips: 0, caught: 0, missed: new Map() };
    table.set(place.field, row);
    for (const mask of MASKS) {
      u8[place.at] = (u8[place.at] as number) ^ mask;
      row.flips++;
      try {
        m.verify();
        const reason = reasonFor(rt, m, place, mask) ?? 'NO REASON';
        row.missed.set(reason, (row.missed.get(reason) ?? 0) + 1);
      } catch (error) {
        // Anything else, a trap above all, is a fault of the checker.
        if (!(error instanceof InvariantViolation)) throw error;
        row.caught++;
      } finally {
        u8[place.at] = (u8[place.at] as number) ^ mask;
      }
    }
  }
  return table;
}

function print(type: string, table: Map<string, Row>): string {
  const lines = [`${type.padEnd(40)}   flips  caught  missed`];
  for (const [field, { flips, caught, missed }] of table) {
    const why = [...missed].map(([reason, n]) => `${n} ${reason}`).join(', ');
    const numbers = [flips, caught, flips - caught].map((n) => String(n).padStart(8)).join('');
    lines.push(`${field.padEnd(40)}${numbers}  ${why}`);
  }
  return lines.join('\n');
}

/** The rows with a flip that was missed without a reason. */
function unexcused(table: Map<string, Row>): string[] {
  const rows = [...table].filter(([, { missed }]) => missed.has('NO REASON'));
  return rows.map(([field, { missed }]) => `${field}: ${missed.get('NO REASON')} missed`);
}

/** The slices that keep the overflow buckets of a pointer-free map alive. */
const isList = (field: string): boolean => field.startsWith('*mapextra.');

describe.each([WORDS, TEXTS, ADDRESSES])('$type', (kind) => {
  test('every flip of a bit is caught, or leaves nothing wrong', async () => {
    const rt = await start();
    const m = growingMap(rt, kind);
    const places = placesOf(rt, m);
    const seen = (field: string) => places.some((place) => place.field.startsWith(field));
    // The map has everything that is worth flipping.
    for (const field of ['new overflow', 'old bucket', 'moved bucket', 'spare', 'mapextra.nextOverflow']) {
      expect(seen(field), field).toBe(true);
    }
    expect(places.some(({ slot }) => slot?.side !== 'moved' && slot?.top === 1)).toBe(true);
    const table = flipAll(
      rt,
      m,
      places.filter(({ field }) => !isList(field)),
    );
    if (process.env['FLIP_TABLE'] !== undefined) console.log(print(kind.type, table));
    expect(unexcused(table)).toEqual([]);
    const reasons = new Set([...table.values()].flatMap(({ missed }) => [...missed.keys()]));
    for (const reason of reasons) expect(REASONS).toHaveProperty(reason);
    m.verify();
  });
});

test('the same in the middle of a growth of the same size', async () => {
  const rt = await start();
  const m = anyMap(rt, WORDS.type, { hash0: 0x12345678 });
  // A window of keys that slides on leaves emptied slots behind, until the overflow buckets are too many.
  let n = 0;
  while (m.size < 100) m.set(BigInt(n), BigInt(n++));
  while ((m.header.flags & FLAG_SAME_SIZE_GROW) === 0 || m.header.nevacuate < 3n) {
    m.delete(BigInt(n - 100));
    m.set(BigInt(n), BigInt(n++));
  }
  m.verify();
  expect(m.oldbuckets.length).toBe(m.buckets.length);
  const table = flipAll(
    rt,
    m,
    placesOf(rt, m).filter(({ field }) => !isList(field)),
  );
  if (process.env['FLIP_TABLE'] !== undefined) console.log(print('growth of the same size', table));
  expect(unexcused(table)).toEqual([]);
});

describe('the overflow lists', () => {
  test('are there to be flipped', async () => {
    const rt = await start();
    const lists = placesOf(rt, growingMap(rt, WORDS)).filter(({ field }) => isList(field));
    for (const part of ['array', 'len', 'cap', 'bucket pointers', 'spare capacity']) {
      expect(
        lists.some(({ field }) => field.endsWith(`: ${part}`)),
        part,
      ).toBe(true);
    }
  });

  test('every flip of a bit is caught, or leaves nothing wrong', async () => {
    const rt = await start();
    const m = growingMap(rt, WORDS);
    const lists = placesOf(rt, m).filter(({ field }) => isList(field));
    const table = flipAll(rt, m, lists);
    if (process.env['FLIP_TABLE'] !== undefined) console.log(print('the lists of map[int64]int64', table));
    expect(unexcused(table)).toEqual([]);
  });
});
