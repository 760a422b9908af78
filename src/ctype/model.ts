/** C types as the layouts and casts know them. Sizes, alignments and offsets are in bytes, unless said otherwise. */

interface Sized {
  readonly size: number;
  readonly align: number;
}

export interface CVoid {
  readonly kind: 'void';
}

export interface CInt extends Sized {
  readonly kind: 'int';
  readonly name: string;
  readonly signed: boolean;
  /** The conversion rank of C11 6.3.1.1: a higher one wins where two integers meet. */
  readonly rank: number;
  /** `_Bool`: one bit wide, whatever its size. */
  readonly bool?: true;
  /** One of the three character types. */
  readonly char?: true;
}

export interface CFloat extends Sized {
  readonly kind: 'float';
  readonly name: string;
  /** `x87` is the 80-bit format in 16 bytes, `binary128` IEEE's quadruple precision. */
  readonly format: 'binary16' | 'binary32' | 'binary64' | 'x87' | 'binary128';
}

export interface CComplex extends Sized {
  readonly kind: 'complex';
  readonly part: CFloat;
}

export interface CEnum extends Sized {
  readonly kind: 'enum';
  readonly tag: string | undefined;
  /** The integer type that holds it. */
  readonly underlying: CInt;
  readonly constants: ReadonlyMap<string, bigint>;
}

export interface CPointer extends Sized {
  readonly kind: 'pointer';
  readonly to: CType;
}

export interface CArray extends Sized {
  readonly kind: 'array';
  readonly elem: CType;
  /** Undefined: a flexible array, whose length the bytes decide. */
  readonly length: number | undefined;
}

export interface CFunction {
  readonly kind: 'function';
  readonly result: CType;
  /** The parameters as they were written. */
  readonly parameters: string;
}

export interface CField {
  /** Undefined: an anonymous struct or union, or an unnamed bit-field. */
  readonly name: string | undefined;
  readonly type: CType;
  readonly offset: number;
  /** Of a bit-field: its first bit from the start of the record, bit 0 of a byte being its lowest, and its width. */
  readonly bits?: { readonly offset: number; readonly width: number };
}

/** A struct or union. What is declared but not defined yet has no `body`. */
export interface CRecord {
  readonly kind: 'record';
  readonly keyword: 'struct' | 'union';
  readonly tag: string | undefined;
  /** For messages: the first typedef of one that has no tag. */
  alias: string | undefined;
  body: RecordBody | undefined;
}

export interface RecordBody extends Sized {
  readonly fields: readonly CField[];
  /** By name; those of anonymous members too, as paths from here. */
  readonly names: ReadonlyMap<string, readonly CField[]>;
  /** How deep records and arrays nest, itself included. */
  readonly depth: number;
  /** How many values it holds, counted through arrays; saturates at 2^53. */
  readonly leaves: number;
  readonly flexible: boolean;
}

/** A record whose alignment a typedef or attribute has changed: the same fields. */
export interface CAlignedRecord extends Sized {
  readonly kind: 'aligned';
  readonly record: CRecord;
}

export type CType =
  | CVoid
  | CInt
  | CFloat
  | CComplex
  | CEnum
  | CPointer
  | CArray
  | CRecord
  | CAlignedRecord
  | CFunction;

/** Size and alignment; undefined for `void`, functions and what is not complete. A flexible array has size 0. */
export function extentOf(type: CType): Sized | undefined {
  switch (type.kind) {
    case 'void':
    case 'function':
      return undefined;
    case 'record':
      return type.body;
    default:
      return type;
  }
}

/** The body of a struct or union that is complete. */
export function bodyOf(type: CType): RecordBody | undefined {
  if (type.kind === 'aligned') return type.record.body;
  return type.kind === 'record' ? type.body : undefined;
}

export function recordOf(type: CType): CRecord | undefined {
  if (type.kind === 'aligned') return type.record;
  return type.kind === 'record' ? type : undefined;
}

/** The integer type that a value of an integer or enum type is held in. */
export function integerOf(type: CType): CInt | undefined {
  if (type.kind === 'enum') return type.underlying;
  return type.kind === 'int' ? type : undefined;
}

export function depthOf(type: CType): number {
  if (type.kind === 'array') return 1 + depthOf(type.elem);
  return bodyOf(type)?.depth ?? 0;
}

export function leavesOf(type: CType): number {
  if (type.kind === 'array') {
    const each = leavesOf(type.elem);
    return Math.min(2 ** 53, Math.max(1, (type.length ?? 0) * each));
  }
  return bodyOf(type)?.leaves ?? 1;
}

/** The same type with another alignment, as an attribute on a typedef makes it. */
export function aligned(type: CType, align: number): CType {
  switch (type.kind) {
    case 'void':
    case 'function':
      return type;
    case 'record':
      return { kind: 'aligned', record: type, size: type.body?.size ?? 0, align };
    default:
      return { ...type, align };
  }
}

/** A type as C writes it, around `name`. Longer than some hundred characters it is cut off. */
export function typeText(type: CType, name = ''): string {
  if (name.length > 300) return '...';
  switch (type.kind) {
    case 'void':
      return join('void', name);
    case 'int':
    case 'float':
      return join(type.name, name);
    case 'complex':
      return join(`${type.part.name} _Complex`, name);
    case 'enum':
      return join(`enum ${type.tag ?? '(unnamed)'}`, name);
    case 'aligned':
      return typeText(type.record, name);
    case 'record':
      return join(
        type.tag === undefined ? (type.alias ?? `${type.keyword} (unnamed)`) : `${type.keyword} ${type.tag}`,
        name,
      );
    case 'pointer': {
      const inner = type.to.kind === 'array' || type.to.kind === 'function';
      return typeText(type.to, inner ? `(*${name})` : `*${name}`);
    }
    case 'array':
      return typeText(type.elem, `${name}[${type.length ?? ''}]`);
    case 'function':
      return typeText(type.result, `${name}${type.parameters}`);
  }
}

const join = (type: string, name: string) => (name === '' ? type : `${type} ${name}`);
