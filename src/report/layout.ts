/** Where everything lies in a map of a type: its header, its buckets, and what follows for C. */
import { MapPath } from '../../assembly/shared/codes.ts';
import {
  MAPTYPE_HASH_MIGHT_PANIC,
  MAPTYPE_INDIRECT_ELEM,
  MAPTYPE_INDIRECT_KEY,
  MAPTYPE_NEED_KEY_UPDATE,
  MAPTYPE_REFLEXIVE_KEY,
} from '../../assembly/shared/golayout.ts';
import { HEADER_FIELDS, HEADER_SIZE, SLOTS, type StructField } from '../cases/structs.ts';
import { type GoType, type MapShape, mapShape, parseMapType, type Target } from '../index.ts';
import { jsonText } from './json.ts';
import { printable } from './quote.ts';
import { type Terminal, wrap } from './terminal.ts';

/** The runtime's functions that the compiler calls, by the path that it chooses. */
const FUNCTIONS: Readonly<Record<MapPath, readonly string[]>> = {
  [MapPath.Slow]: ['mapaccess1', 'mapassign', 'mapdelete'],
  [MapPath.Fast32]: ['mapaccess1_fast32', 'mapassign_fast32', 'mapdelete_fast32'],
  [MapPath.Fast64]: ['mapaccess1_fast64', 'mapassign_fast64', 'mapdelete_fast64'],
  [MapPath.Fast64Ptr]: ['mapaccess1_fast64', 'mapassign_fast64ptr', 'mapdelete_fast64'],
  [MapPath.FastStr]: ['mapaccess1_faststr', 'mapassign_faststr', 'mapdelete_faststr'],
};

const FLAGS: readonly (readonly [number, string])[] = [
  [MAPTYPE_INDIRECT_KEY, 'indirect key'],
  [MAPTYPE_INDIRECT_ELEM, 'indirect element'],
  [MAPTYPE_REFLEXIVE_KEY, 'reflexive key'],
  [MAPTYPE_NEED_KEY_UPDATE, 'key update needed'],
  [MAPTYPE_HASH_MIGHT_PANIC, 'hash might panic'],
];

/** The alignment that aligned vector loads of C ask for. */
const VECTOR = 16;

interface Range {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

interface Hole extends Range {
  /** Of which value it is a part. */
  readonly of: 'key' | 'element';
}

/** The layout of a map type on one target. */
export interface Layout {
  readonly type: string;
  readonly target: string;
  readonly headerSize: number;
  readonly header: readonly StructField[];
  readonly bucketSize: number;
  readonly bucketAlign: number;
  readonly bucketHasPointers: boolean;
  readonly bucket: readonly Range[];
  readonly key: SlotLayout;
  readonly elem: SlotLayout;
  readonly holes: readonly Hole[];
  readonly functions: readonly string[];
  readonly flags: number;
  readonly flagNames: readonly string[];
  /** Address of each element modulo 16, in a bucket at a multiple of 16. */
  readonly elemsModulo16: readonly number[];
  /** By how much the next bucket of the array shifts that. */
  readonly bucketShiftModulo16: number;
}

interface SlotLayout {
  readonly type: string;
  /** Size of the value. */
  readonly size: number;
  readonly slotSize: number;
  readonly indirect: boolean;
}

/** @throws GoTypeError for a text that is not a map type */
export function layoutOf(text: string, target: Target): Layout {
  const shape = mapShape(parseMapType(text));
  const { key, elem, keySize, elemSize, keyOffset, elemOffset, overflowOffset, bucketSize, flags } = shape;
  const slots = (name: string, start: number, size: number): Range[] =>
    SLOTS.map((i) => ({ name: `${name}[${i}]`, offset: start + i * size, size }));
  return {
    type: shape.type.string,
    target: target.name,
    headerSize: HEADER_SIZE,
    header: HEADER_FIELDS,
    bucketSize,
    bucketAlign: shape.bucketAlign,
    bucketHasPointers: shape.bucketHasPointers,
    bucket: [
      { name: 'tophash', offset: 0, size: keyOffset },
      ...slots('key', keyOffset, keySize),
      ...slots('elem', elemOffset, elemSize),
      { name: 'overflow', offset: overflowOffset, size: target.ptrSize },
    ],
    key: { type: key.string, size: key.size, slotSize: keySize, indirect: shape.keyIndirect },
    elem: { type: elem.string, size: elem.size, slotSize: elemSize, indirect: shape.elemIndirect },
    holes: holesOf(shape),
    functions: FUNCTIONS[shape.path],
    flags,
    flagNames: FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name),
    elemsModulo16: SLOTS.map((i) => (elemOffset + i * elemSize) % VECTOR),
    bucketShiftModulo16: bucketSize % VECTOR,
  };
}

/** More holes than this are not listed. */
const MAX_HOLES = 64;

function holesOf(shape: MapShape): Hole[] {
  const holes: Hole[] = [];
  collectHoles(shape.key, '', 0, (hole) => holes.push({ ...hole, of: 'key' }));
  collectHoles(shape.elem, '', 0, (hole) => holes.push({ ...hole, of: 'element' }));
  return holes.slice(0, MAX_HOLES);
}

/** Bytes of a value that belong to no field, named by the field that they follow. */
function collectHoles(type: GoType, path: string, at: number, found: (hole: Range) => void): void {
  if (type.kind === 'array') {
    // Every element is as the first; a huge array need not be walked.
    if (type.length > 0) collectHoles(type.elem, `${path}[i]`, at, found);
  }
  if (type.kind !== 'struct') return;
  type.fields.forEach((field, i) => {
    const name = `${path}.${field.name}`;
    const end = field.offset + field.type.size;
    const next = type.fields[i + 1]?.offset ?? type.size;
    collectHoles(field.type, name, at + field.offset, found);
    if (end < next) found({ name: `after ${name}`, offset: at + end, size: next - end });
  });
}

/* ---- as text ---- */

/** One text for all targets if they agree, else one each. */
export function layoutsText(layouts: readonly Layout[], terminal: Terminal): string {
  const groups = new Map<string, Layout[]>();
  for (const layout of layouts) {
    const alike = jsonText({ ...layout, target: '' });
    groups.set(alike, [...(groups.get(alike) ?? []), layout]);
  }
  return [...groups.values()].map((group) => layoutText(group, terminal)).join('\n\n');
}

function layoutText(group: readonly Layout[], terminal: Terminal): string {
  const layout = group[0] as Layout;
  const { width } = terminal;
  const targets = group.map(({ target }) => target).join(' and ');
  const heading = (text: string): string => terminal.paint('heading', text);
  const rangeRow = ({ name, offset, size }: Range): string[] => [
    `${offset}`,
    size === 0 ? '-' : `${offset + size - 1}`,
    `${size}`,
    name,
  ];
  const head = ['first', 'last', 'size', 'field'];
  const numbers = [0, 1, 2];
  const parts = [
    heading(wrap(`${printable(layout.type)} on ${targets}`, width)),
    wrap('A map variable is one word, the address of the header.', width),
    heading(`hmap, the header: ${layout.headerSize} bytes`),
    terminal.table({
      head: [...head, 'type'],
      rows: layout.header.map((field) => [...rangeRow(field), field.type]),
      numbers,
      indent: 2,
    }),
    heading(
      `bmap, a bucket of ${SLOTS.length} slots: ${layout.bucketSize} bytes, aligned to ${layout.bucketAlign}`,
    ),
    terminal.table({
      head: [...head, 'address mod 16'],
      rows: layout.bucket.map((range) => [
        ...rangeRow(range),
        range.name.startsWith('elem') ? `${range.offset % VECTOR}` : '',
      ]),
      numbers,
      indent: 2,
    }),
    factsText(layout, terminal),
  ];
  return `${parts.join('\n\n')}\n`;
}

function factsText(layout: Layout, terminal: Terminal): string {
  const { width } = terminal;
  const facts = [
    ['keys', slotText(layout.key)],
    ['elements', slotText(layout.elem)],
    ['holes', holesText(layout)],
    ['functions', layout.functions.join(', ')],
    ['flags', `${layout.flags}${layout.flagNames.length > 0 ? `: ${layout.flagNames.join(', ')}` : ''}`],
    ['overflow', overflowText(layout)],
    ['alignment', alignmentText(layout)],
  ];
  return facts
    .map(([name = '', text = '']) => {
      const mark = terminal.paint('heading', name.padEnd(11));
      return mark + wrap(text, width, 11).trimStart();
    })
    .join('\n');
}

function slotText({ type, size, slotSize, indirect }: SlotLayout): string {
  const bytes = `${printable(type)}, ${size} byte${size === 1 ? '' : 's'}`;
  return indirect
    ? `${bytes}: over 128, so the slot holds a pointer (${slotSize} bytes)`
    : `${bytes}, in the slot`;
}

function holesText({ holes }: Layout): string {
  if (holes.length === 0) return 'none, neither in keys and elements nor between them';
  const texts = holes.map(({ of, name, size, offset }) => {
    return `${size} byte${size === 1 ? '' : 's'} ${name} (from ${offset} of each ${of})`;
  });
  return `${texts.join('; ')}${holes.length === MAX_HOLES ? '; ...' : ''}`;
}

function overflowText({ bucketHasPointers }: Layout): string {
  return bucketHasPointers
    ? 'the last word, an unsafe.Pointer: the collector looks into buckets'
    : 'the last word, a uintptr: buckets hold no pointers, and the collector skips them';
}

function alignmentText({ elem, elemsModulo16, bucketShiftModulo16, bucketSize }: Layout): string {
  if (elem.slotSize === 0) return 'elements take no bytes';
  const values = [...new Set(elemsModulo16)];
  const residues =
    values.length === 1
      ? `every element lies at an address that is ${values[0]} modulo 16`
      : `the elements lie at addresses that are ${elemsModulo16.join(', ')} modulo 16`;
  const shift =
    bucketShiftModulo16 === 0
      ? `${bucketSize} is a multiple of 16, so that is so in every bucket of the array`
      : `${bucketSize} is not a multiple of 16, so each next bucket of the array shifts that by ${bucketShiftModulo16}`;
  const aligned = values.every((value) => value === 0) && bucketShiftModulo16 === 0;
  const verdict =
    aligned || elem.slotSize < VECTOR
      ? ''
      : '. A 16-byte load that asks for alignment (movaps) faults on what is not at 0';
  return `in a bucket at a multiple of 16 ${residues}; ${shift}${verdict}`;
}

/* ---- as JSON ---- */

export function layoutsJson(layouts: readonly Layout[]): string {
  return `${jsonText({ type: layouts[0]?.type, layouts })}\n`;
}
