/**
 * The layout of structs and unions: where each field lies.
 *
 * Both ABIs place members in order at the lowest offset that their alignment allows, and round the size up to
 * the alignment. What an ABI does not say (attributes, `#pragma pack`, their meeting with bit-fields) gcc decides;
 * its rules, by the names of `stor-layout.c`, are:
 *
 * 1. layout_decl: a field's alignment is the larger of its type's and its own `aligned`. `packed` makes it one
 *    byte unless the field itself has an `aligned`; `#pragma pack` caps whatever came out.
 * 2. A bit-field asks for no alignment of its own, except that one as wide as an integer mode (8, 16, 32, 64, 128
 *    bits) that already stands at a multiple of its width counts as an ordinary field of that width.
 * 3. place_field: a bit-field that would span more units of its type's alignment than its type has begins at the
 *    next such unit ("must be contained in a storage unit"). Not so if it is packed or under `#pragma pack`.
 *    The next unit is counted from the last multiple of the record's own `aligned`, or of the target's largest
 *    basic alignment if that is more: for a type that an attribute aligns beyond it, not from the record's start.
 * 4. update_alignment_for_field: a named bit-field's type counts for the record's alignment; an unnamed one's
 *    where the ABI says so. A zero-width one is untouched by `packed` and `#pragma pack`.
 * 5. finalize_record_size: the size is rounded up to the alignment.
 *
 * Positions are counted in bits here.
 */
import type { Abi } from './abi/index.ts';
import { bodyOf, type CField, type CType, depthOf, extentOf, leavesOf, type RecordBody } from './model.ts';

/** A field before it has its place. */
export interface FieldSpec {
  readonly name: string | undefined;
  readonly type: CType;
  /** Of a bit-field: its width in bits. */
  readonly width?: number;
  readonly packed: boolean;
  /** What `aligned` or `_Alignas` on the field itself asks for, in bytes. */
  readonly align?: number;
}

export interface RecordSpec {
  readonly keyword: 'struct' | 'union';
  readonly fields: readonly FieldSpec[];
  readonly packed: boolean;
  /** `aligned` on the record, in bytes. */
  readonly align: number | undefined;
  /** `#pragma pack` at the closing brace, in bytes; 0 where there is none. */
  readonly pack: number;
}

const BYTE = 8;
/** Widths that are integer modes. */
const MODES = [8, 16, 32, 64, 128];

const roundUp = (value: number, to: number) => Math.ceil(value / to) * to;

interface Placed {
  /** In bits. */
  readonly align: number;
  /** Still placed by the rules of bit-fields. */
  readonly bitField: boolean;
  readonly packed: boolean;
}

/** Rules 1 and 2: the alignment that a field asks for at `at`, a position in bits. */
function layoutDecl(field: FieldSpec, packed: boolean, pack: number, at: number): Placed {
  const typeAlign = alignOf(field.type);
  const own = field.align === undefined ? undefined : field.align * BYTE;
  let align = own ?? 1;
  let bitField = field.width !== undefined;
  let squeezed = packed;
  if (field.width === 0) {
    squeezed = false;
    align = Math.max(align, typeAlign);
  } else if (field.width !== undefined) {
    const mode = MODES.includes(field.width) && !(field.width > BYTE && packed);
    if (mode && at % field.width === 0) {
      align = Math.max(align, field.width);
      bitField = false;
    }
  } else if (!(packed && own !== undefined)) {
    align = Math.max(align, typeAlign);
  }
  if (squeezed && own === undefined) align = Math.min(align, BYTE);
  if (pack !== 0 && field.width !== 0) align = Math.min(align, pack * BYTE);
  return { align, bitField, packed };
}

/** Rule 4: what a field adds to the record's alignment, in bits. */
function recordAlign(field: FieldSpec, placed: Placed, pack: number, abi: Abi): number {
  if (field.width === undefined || sizeOf(field.type) === 0) return placed.align;
  if (field.name === undefined && !abi.unnamedBitFieldAligns) return 1;
  let align = alignOf(field.type);
  if (field.width !== 0) {
    if (pack !== 0) align = Math.min(align, pack * BYTE);
    else if (placed.packed) align = Math.min(align, BYTE);
  }
  return Math.max(align, placed.align);
}

/** Rule 3: whether `width` bits at `at` span more units of `align` than the type itself. */
function spansTooMuch(at: number, width: number, align: number, type: CType): boolean {
  return Math.floor(((at % align) + width + align - 1) / align) > Math.floor((sizeOf(type) * BYTE) / align);
}

/** Bytes of a field's type; what has none never gets here. */
function sizeOf(type: CType): number {
  return extentOf(type)?.size ?? 0;
}

/** Bits that a type is aligned to. */
function alignOf(type: CType): number {
  return (extentOf(type)?.align ?? 1) * BYTE;
}

/** Lays a record out. Every field's type is complete. Sizes beyond 2^53 bits are the caller's to refuse. */
export function layoutRecord(spec: RecordSpec, abi: Abi): RecordBody {
  const { pack } = spec;
  let align = Math.max(BYTE, (spec.align ?? 1) * BYTE);
  const unit = Math.max(align, abi.biggestAlign * BYTE);
  let at = 0;
  let end = 0;
  const fields: CField[] = [];
  for (const field of spec.fields) {
    const type = extentOf(field.type);
    // A packed record packs the fields that have something to give: bit-fields, and types of more than a byte.
    const packed = field.packed || (spec.packed && (field.width !== undefined || (type?.align ?? 1) > 1));
    if (spec.keyword === 'union') at = 0;
    const placed = layoutDecl(field, packed, pack, at);
    align = Math.max(align, recordAlign(field, placed, pack, abi));
    if (spec.keyword === 'struct') {
      const base = Math.floor((placed.align < unit ? at : roundUp(at, placed.align)) / unit) * unit;
      at = roundUp(at, placed.align);
      const typeAlign = alignOf(field.type);
      const contained = placed.bitField && !packed && pack === 0 && field.width !== 0;
      if (contained && spansTooMuch(at, field.width ?? 0, typeAlign, field.type)) {
        at = base + roundUp(at - base, typeAlign);
      }
    }
    fields.push(fieldAt(field, at));
    at += field.width ?? sizeOf(field.type) * BYTE;
    end = Math.max(end, roundUp(at, BYTE));
  }
  return {
    size: roundUp(end, align) / BYTE,
    align: align / BYTE,
    fields,
    names: namesOf(fields),
    depth: 1 + Math.max(0, ...fields.map((field) => depthOf(field.type))),
    leaves: Math.min(
      2 ** 53,
      fields.reduce((sum, field) => sum + leavesOf(field.type), 1),
    ),
    flexible: isFlexible(fields),
  };
}

function fieldAt({ name, type, width }: FieldSpec, at: number): CField {
  const offset = Math.floor(at / BYTE);
  return width === undefined ? { name, type, offset } : { name, type, offset, bits: { offset: at, width } };
}

/** Names to the steps that lead to them: one, or more through anonymous members (C11 6.7.2.1, 13). */
function namesOf(fields: readonly CField[]): Map<string, readonly CField[]> {
  const names = new Map<string, readonly CField[]>();
  for (const field of fields) {
    if (field.name !== undefined) names.set(field.name, [field]);
    else for (const [name, steps] of bodyOf(field.type)?.names ?? []) names.set(name, [field, ...steps]);
  }
  return names;
}

function isFlexible(fields: readonly CField[]): boolean {
  const last = fields.at(-1)?.type;
  if (last === undefined) return false;
  if (last.kind === 'array') return last.length === undefined;
  return bodyOf(last)?.flexible ?? false;
}
