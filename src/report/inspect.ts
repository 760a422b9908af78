/** A map as it lies in memory: header, arrays, the state of every slot. */
import { bucketDump, headerDump, headerFields, headerText } from '../cases/structs.ts';
import type { Buckets, BucketView, GoMap, MapShape, SlotState, SlotView } from '../index.ts';
import { dumpText } from './dump.ts';
import { jsonText } from './json.ts';
import { clip, type Terminal, wrap } from './terminal.ts';
import { goJson, goText } from './values.ts';

interface Slot {
  readonly index: number;
  readonly tophash: number;
  readonly state: SlotState;
  /** The slot's entry, or what is left of one that has moved. */
  readonly entry: { readonly key: unknown; readonly elem: unknown } | undefined;
}

interface Bucket {
  readonly index: number;
  /** 0 for a bucket of the array, 1 for the first overflow bucket behind it, and so on. */
  readonly overflow: number;
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly slots: readonly Slot[];
}

interface BucketArray {
  readonly name: 'buckets' | 'oldbuckets';
  readonly address: bigint;
  readonly length: number;
  /** Those in which there is or was something. */
  readonly used: readonly Bucket[];
}

/** What there is to see of a map, taken at one moment. */
export interface Inspection {
  readonly type: string;
  readonly shape: MapShape;
  readonly address: bigint;
  readonly entries: number;
  readonly header: Uint8Array;
  readonly flags: number;
  readonly arrays: readonly BucketArray[];
}

export function inspectMap(map: GoMap): Inspection {
  const { header, shape } = map;
  return {
    type: map.type,
    shape,
    address: header.address,
    entries: map.size,
    header: header.bytes,
    flags: header.flags,
    arrays: [arrayOf('buckets', map.buckets), arrayOf('oldbuckets', map.oldbuckets)],
  };
}

function arrayOf(name: BucketArray['name'], buckets: Buckets<unknown, unknown>): BucketArray {
  const used: Bucket[] = [];
  for (const first of buckets) {
    if (first.overflowAddress === 0n && first.tophash.every((top) => top === 0)) continue;
    let overflow = 0;
    for (const bucket of first.chain()) used.push(bucketOf(bucket, overflow++));
  }
  return { name, address: buckets.address, length: buckets.length, used };
}

function bucketOf(bucket: BucketView<unknown, unknown>, overflow: number): Bucket {
  const { index, address, bytes } = bucket;
  return { index, overflow, address, bytes, slots: bucket.slots.map(slotOf) };
}

function slotOf(slot: SlotView<unknown, unknown>): Slot {
  const { index, tophash, state } = slot;
  const held = state === 'filled' || state === 'evacuatedX' || state === 'evacuatedY';
  return { index, tophash, state, entry: held ? { key: slot.key, elem: slot.elem } : undefined };
}

/* ---- as text ---- */

/** Columns that a key may take; the element has the rest of the line. */
const KEY_WIDTH = 24;
const ELEM_LENGTH = 240;

/** The bits of hmap.flags, from the lowest. */
const FLAG_NAMES = ['iterator', 'oldIterator', 'hashWriting', 'sameSizeGrow'];

/** @param bytes every bucket as a hex dump too */
export function inspectionText(inspection: Inspection, terminal: Terminal, bytes: boolean): string {
  const { type, address, entries, header, flags, shape } = inspection;
  const names = FLAG_NAMES.filter((_, bit) => flags & (1 << bit));
  const dump = dumpText(
    {
      title: `hmap, the header: ${header.length} bytes`,
      columns: [{ label: '', address, bytes: header }],
      fields: headerDump(header),
      guilty: [],
      legend: names.length > 0 ? [`flags: ${names.join(', ')}`] : [],
    },
    terminal,
  );
  const arrays = inspection.arrays
    .filter(({ name, length }) => name === 'buckets' || length > 0)
    .map((array) => arrayText(array, shape, terminal, bytes));
  const heading = `${type}, ${entries} ${entries === 1 ? 'entry' : 'entries'}`;
  const title = terminal.paint('heading', wrap(heading, terminal.width));
  return `${[title, dump, ...arrays].join('\n\n')}\n`;
}

function arrayText(array: BucketArray, shape: MapShape, terminal: Terminal, bytes: boolean): string {
  const { name, address, length, used } = array;
  if (length === 0) return `${terminal.paint('heading', name)}: none yet; the first entry makes the array`;
  const plural = length === 1 ? 'bucket' : 'buckets';
  const where = `${length} ${plural} of ${shape.bucketSize} bytes at 0x${address.toString(16)}`;
  const empty = length - used.filter(({ overflow }) => overflow === 0).length;
  const parts = [
    `${terminal.paint('heading', name)}: ${where}${empty > 0 ? `, ${empty} of them empty` : ''}`,
  ];
  if (used.length === 0) return parts.join('\n');
  parts.push(
    terminal.table({
      head: ['bucket', 'slot', 'top', 'state', 'key', 'element'],
      rows: used.flatMap((bucket) => bucketRows(bucket, shape)),
      numbers: [1],
      indent: 2,
    }),
  );
  const chained = used.filter(({ overflow }) => overflow > 0);
  if (chained.length > 0) {
    const places = chained.map((bucket) => `${label(bucket)} at 0x${bucket.address.toString(16)}`);
    parts.push(wrap(`overflow buckets: ${places.join(', ')}`, terminal.width, 2));
  }
  if (bytes) parts.push(...used.map((bucket) => bucketText(bucket, shape, terminal)));
  return parts.join('\n\n');
}

const label = ({ index, overflow }: Bucket): string => (overflow === 0 ? `${index}` : `${index}+${overflow}`);
const topText = (tophash: number): string => tophash.toString(16).padStart(2, '0');

/** A row for each entry, and one for a run of empty slots. */
function bucketRows(bucket: Bucket, shape: MapShape): string[][] {
  const rows: string[][] = [];
  for (let i = 0; i < bucket.slots.length; ) {
    const { index, tophash, state, entry } = bucket.slots[i] as Slot;
    let next = i + 1;
    if (entry === undefined) while (bucket.slots[next]?.state === state) next++;
    rows.push([
      i === 0 ? label(bucket) : '',
      next - i > 1 ? `${index}-${next - 1}` : `${index}`,
      topText(tophash),
      state,
      entry === undefined ? '' : clip(goText(shape.key, entry.key), KEY_WIDTH),
      entry === undefined ? '' : clip(goText(shape.elem, entry.elem), ELEM_LENGTH),
    ]);
    i = next;
  }
  return rows;
}

function bucketText(bucket: Bucket, shape: MapShape, terminal: Terminal): string {
  const reads = (kind: 'key' | 'elem', slot: number): string[] => {
    const entry = bucket.slots[slot]?.entry;
    return entry === undefined ? [] : [goText(kind === 'key' ? shape.key : shape.elem, entry[kind])];
  };
  return dumpText(
    {
      title: `bucket ${label(bucket)}`,
      columns: [{ label: '', address: bucket.address, bytes: bucket.bytes }],
      fields: bucketDump(shape, reads),
      guilty: [],
      legend: [],
    },
    terminal,
  );
}

/* ---- as JSON ---- */

export function inspectionJson(inspection: Inspection): string {
  const { type, address, entries, header, shape, arrays } = inspection;
  const [buckets, oldbuckets] = arrays.map((array) => ({
    address: hexAddress(array.address),
    length: array.length,
    used: array.used.map((bucket) => ({
      index: bucket.index,
      overflow: bucket.overflow,
      address: hexAddress(bucket.address),
      bytes: bucket.bytes,
      slots: bucket.slots.map(({ index, tophash, state, entry }) => ({
        index,
        tophash,
        state,
        ...(entry && { key: goJson(shape.key, entry.key), elem: goJson(shape.elem, entry.elem) }),
      })),
    })),
  }));
  const fields = headerFields(header).map(({ name, type: of, offset, size }) => {
    const field = { name, type: of, offset, size };
    const text = headerText(field, header);
    return { ...field, value: text.startsWith('0x') ? text : BigInt(text) };
  });
  const data = {
    type,
    entries,
    header: { address: hexAddress(address), bytes: header, fields },
    bucketSize: shape.bucketSize,
    buckets,
    oldbuckets,
  };
  return `${jsonText(data)}\n`;
}

const hexAddress = (address: bigint): string => `0x${address.toString(16)}`;
