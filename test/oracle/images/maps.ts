/** The maps whose images are opened natively: every kind of key with every kind of element, at each stage. */
import type { MapImage, Runtime } from 'hmap-wasm';
import { FLAG_SAME_SIZE_GROW } from '../../../assembly/shared/golayout.ts';
import { type MapKind, Trip } from '../../support/stages.ts';

interface Column {
  readonly type: string;
  readonly value: (n: number) => unknown;
  readonly nan?: unknown;
}

const bytes = (size: number) => (n: number) => {
  const value = new Uint8Array(size);
  new DataView(value.buffer).setUint32(size - 4, n);
  return value;
};

const KEYS: readonly Column[] = [
  { type: 'uint64', value: (n) => BigInt.asUintN(64, BigInt(n) * 0x9e3779b97f4a7c15n) },
  { type: 'uint32', value: (n) => Math.imul(n, 0x9e3779b1) >>> 0 },
  { type: '[16]uint8', value: bytes(16) },
  { type: '[136]uint8', value: bytes(136) },
  { type: 'string', value: (n) => (n === 0 ? '' : `key ${n} ${'long '.repeat(n % 7)}`) },
  { type: 'float64', value: (n) => n * 0.75, nan: Number.NaN },
  { type: 'float32', value: (n) => n * 0.5, nan: Number.NaN },
  {
    type: 'struct { a uint8; b uint32; c uint16 }',
    value: (n) => ({ a: n & 0xff, b: n, c: (n * 7) & 0xffff }),
  },
];

const ELEMS: readonly Column[] = [
  { type: 'uint64', value: BigInt },
  { type: 'string', value: (n) => (n % 5 === 0 ? '' : `element ${n}`) },
  { type: '[200]uint8', value: bytes(200) },
  { type: 'struct {}', value: () => ({}) },
];

/** Every key with every element. */
export const KINDS: readonly MapKind[] = KEYS.flatMap((key) =>
  ELEMS.map((elem) => ({
    type: `map[${key.type}]${elem.type}`,
    key: key.value,
    elem: elem.value,
    serial: () => 0,
    ...(key.nan !== undefined && { nan: key.nan }),
  })),
);

/** The types as the Go program's table names them, and as images do. */
export const TYPES: readonly string[] = KINDS.map(({ type }) => type);

/** A moment in a map's life. */
interface Stage {
  readonly name: string;
  /** Brings a map there. */
  readonly reach: (rt: Runtime, kind: MapKind) => Trip;
}

const doubling = (rt: Runtime, kind: MapKind): Trip => new Trip(rt, kind, 'doubling');

/** Steps until the map doubles to 2^B buckets, then so many more. */
const growing = (B: number, more: number) => (rt: Runtime, kind: MapKind) => {
  const trip = doubling(rt, kind);
  while (trip.map.header.B < B) trip.step();
  return trip.advance(more);
};

const sameSize = (more: number) => (rt: Runtime, kind: MapKind) => {
  const trip = new Trip(rt, kind, 'same size');
  while ((trip.map.header.flags & FLAG_SAME_SIZE_GROW) === 0) trip.step();
  return trip.advance(more);
};

export const STAGES: readonly Stage[] = [
  { name: 'empty', reach: doubling },
  { name: 'one bucket', reach: (rt, kind) => doubling(rt, kind).advance(8) },
  { name: 'two buckets', reach: (rt, kind) => doubling(rt, kind).advance(10) },
  { name: 'growth begins', reach: growing(4, 0) },
  { name: 'in the middle of growth', reach: growing(4, 3) },
  { name: 'after growth', reach: growing(5, 40) },
  { name: 'a larger map grows', reach: growing(7, 20) },
  { name: 'same-size growth begins', reach: sameSize(0) },
  { name: 'in the middle of same-size growth', reach: sameSize(2) },
  {
    name: 'after deletions',
    reach: (rt, kind) => {
      const trip = growing(6, 30)(rt, kind);
      for (let n = 0; n < 300; n += 2) trip.delete(n);
      return trip;
    },
  },
  {
    name: 'in iteration while it grows',
    reach: (rt, kind) => {
      const trip = growing(5, 1)(rt, kind);
      trip.map.entries().next();
      return trip.advance(4);
    },
  },
  {
    name: 'cleared and filled again',
    reach: (rt, kind) => {
      const trip = growing(5, 10)(rt, kind);
      trip.clear();
      return trip.advance(50);
    },
  },
];

/** One image of the matrix. */
export interface Sample {
  readonly name: string;
  readonly kind: MapKind;
  readonly stage: Stage;
  /** Its number in the matrix. */
  readonly index: number;
}

/** One image in `n` of the matrix, spread over kinds and stages; `first` says which. */
export function samples(n = 1, first = 0): Sample[] {
  const turn = (index: number) => index + Math.floor(index / STAGES.length);
  return KINDS.flatMap((kind) =>
    STAGES.map((stage) => ({ kind, stage, name: `${kind.type}, ${stage.name}` })),
  )
    .map((sample, index) => ({ ...sample, index }))
    .filter(({ index }) => turn(index) % n === first % n);
}

/** Where images are mapped, in turn. */
export const BASES = [0x7e0000000000n, 0xc800000000n];

/** The map of a sample as an image, every other with its overflow lists. */
export function imageOf(rt: Runtime, { kind, stage, index }: Sample): MapImage {
  const { map } = stage.reach(rt, kind);
  return rt.image(map, {
    base: BASES[(index >> 1) % BASES.length] as bigint,
    overflowLists: index % 2 === 1,
  });
}
