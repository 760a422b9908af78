/** A layout as data: fields, sizes, holes; and what differs between two. */
import { MAX_LEAVES } from './limits.ts';
import { bodyOf, type CField, type CType, extentOf, type RecordBody, typeText } from './model.ts';

/** A run of bits, counted from the start of the whole; bit 0 of a byte is its lowest. */
export interface BitRange {
  readonly offset: number;
  readonly width: number;
}

/** One member. Offsets are from the start of the whole type; sizes and alignments in bytes. */
export interface LayoutField {
  /** As `offsetof` takes it; `[]` stands for the first element of an array of structs. */
  readonly path: string;
  readonly type: string;
  /** Of a bit-field: of the byte that holds its first bit. */
  readonly offset: number;
  /** Of a bit-field: of its declared type. */
  readonly size: number;
  readonly align: number;
  readonly bits?: BitRange;
}

/** Room that belongs to no member: padding, or an unnamed bit-field. */
export interface LayoutHole {
  /** The struct or union that has it: a path, empty for the whole. */
  readonly within: string;
  /** Of the first byte that it reaches into. */
  readonly offset: number;
  /** Bytes that it reaches into. */
  readonly size: number;
  /** Where it is not made of whole bytes. */
  readonly bits?: BitRange;
}

export interface Layout {
  readonly type: string;
  readonly size: number;
  readonly align: number;
  /** Every member, those of structs within behind the struct; empty for what is no struct or union. */
  readonly fields: readonly LayoutField[];
  readonly holes: readonly LayoutHole[];
}

/** How a member differs between two layouts. */
export interface LayoutDifference {
  /** Empty for the whole type. */
  readonly path: string;
  /** What differs; `missing` where one side has no such member. */
  readonly changes: readonly ('missing' | 'type' | 'offset' | 'size' | 'align' | 'bits')[];
  readonly left: Partial<LayoutField> | undefined;
  readonly right: Partial<LayoutField> | undefined;
}

/**
 * The layout of a complete type.
 * @throws RangeError for one of more than 2^20 members
 */
export function layoutOf(type: CType): Layout {
  const fields: LayoutField[] = [];
  const holes: LayoutHole[] = [];
  const body = bodyOf(type);
  if (body !== undefined) collect(body, '', 0, extentOf(type)?.size ?? 0, fields, holes);
  return {
    type: typeText(type),
    size: extentOf(type)?.size ?? 0,
    align: extentOf(type)?.align ?? 1,
    fields,
    holes,
  };
}

function collect(
  body: RecordBody,
  within: string,
  base: number,
  size: number,
  fields: LayoutField[],
  holes: LayoutHole[],
): void {
  holes.push(...holesOf(body, within, base, size));
  for (const field of body.fields) {
    if (fields.length >= MAX_LEAVES) throw new RangeError(`a layout lists at most ${MAX_LEAVES} members`);
    if (field.name === undefined && field.bits !== undefined) continue;
    const path = field.name === undefined ? within : within === '' ? field.name : `${within}.${field.name}`;
    const extent = extentOf(field.type);
    if (field.name !== undefined) {
      fields.push({
        path,
        type: typeText(field.type),
        offset: base + field.offset,
        size: extent?.size ?? 0,
        align: extent?.align ?? 1,
        ...(field.bits === undefined
          ? {}
          : { bits: { offset: base * 8 + field.bits.offset, width: field.bits.width } }),
      });
    }
    const [inner, suffix] = elementOf(field.type);
    const below = bodyOf(inner);
    if (below !== undefined) {
      collect(below, `${path}${suffix}`, base + field.offset, extentOf(inner)?.size ?? 0, fields, holes);
    }
  }
}

/** What an array is made of, through all its dimensions. */
function elementOf(type: CType): [CType, string] {
  let suffix = '';
  while (type.kind === 'array') {
    suffix += '[]';
    type = type.elem;
  }
  return [type, suffix];
}

function holesOf(body: RecordBody, within: string, base: number, size: number): LayoutHole[] {
  const covered = body.fields
    .filter((field) => field.name !== undefined || field.bits === undefined)
    .map(rangeOf)
    .filter(({ width }) => width > 0)
    .sort((a, b) => a.offset - b.offset);
  const holes: LayoutHole[] = [];
  let end = 0;
  for (const { offset, width } of [...covered, { offset: size * 8, width: 0 }]) {
    if (offset > end) holes.push(holeOf(within, base * 8 + end, offset - end));
    end = Math.max(end, offset + width);
  }
  return holes;
}

function rangeOf(field: CField): BitRange {
  return field.bits ?? { offset: field.offset * 8, width: (extentOf(field.type)?.size ?? 0) * 8 };
}

function holeOf(within: string, offset: number, width: number): LayoutHole {
  const first = Math.floor(offset / 8);
  const size = Math.ceil((offset + width) / 8) - first;
  const whole = offset % 8 === 0 && width % 8 === 0;
  return { within, offset: first, size, ...(whole ? {} : { bits: { offset, width } }) };
}

/** What differs between two layouts, member by member, in the order of the first; nothing where they agree. */
export function diffLayouts(
  left: Layout | { layout(): Layout },
  right: Layout | { layout(): Layout },
): LayoutDifference[] {
  const a = 'fields' in left ? left : left.layout();
  const b = 'fields' in right ? right : right.layout();
  const found: LayoutDifference[] = [];
  const whole = (['size', 'align'] as const).filter((what) => a[what] !== b[what]);
  if (whole.length > 0) {
    const side = ({ type, size, align }: Layout) => ({ type, size, align });
    found.push({ path: '', changes: whole, left: side(a), right: side(b) });
  }
  const others = new Map(b.fields.map((field) => [field.path, field]));
  for (const field of a.fields) {
    const other = others.get(field.path);
    others.delete(field.path);
    const changes = other === undefined ? (['missing'] as const) : changesOf(field, other);
    if (changes.length > 0) found.push({ path: field.path, changes, left: field, right: other });
  }
  for (const field of others.values()) {
    found.push({ path: field.path, changes: ['missing'], left: undefined, right: field });
  }
  return found;
}

function changesOf(a: LayoutField, b: LayoutField): LayoutDifference['changes'] {
  const plain = (['type', 'offset', 'size', 'align'] as const).filter((what) => a[what] !== b[what]);
  const bits = a.bits?.offset !== b.bits?.offset || a.bits?.width !== b.bits?.width;
  return bits ? [...plain, 'bits'] : plain;
}
