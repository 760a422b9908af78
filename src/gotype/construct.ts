/**
 * The constructors of Go types: sizes, alignment, pointer data and text of each kind.
 * Source: Go 1.19 `cmd/compile/internal/types` size.go (CalcSize, calcStructOffset, PtrDataSize), fmt.go.
 */
import { PTR_SIZE, SLICE_SIZE, STRING_SIZE } from '../../assembly/shared/golayout.ts';
import { GoTypeTooLarge } from './errors.ts';
import type {
  ArrayType,
  BasicKind,
  BasicType,
  ChanDir,
  ChanType,
  Facts,
  FuncType,
  GoType,
  InterfaceType,
  MapType,
  Method,
  PointerType,
  SliceType,
  StructField,
  StructType,
} from './model.ts';
import { PACKAGE } from './names.ts';
import { quote } from './quote.ts';

/** No type is larger, in bytes: the size of the emulated processors' address space. */
export const MAX_TYPE_SIZE = 2 ** 47;
/** The longest array, whatever its elements: the last number that JavaScript counts exactly. */
export const MAX_ARRAY_LENGTH = Number.MAX_SAFE_INTEGER;
/** A channel's element must be smaller than this, in bytes (CalcSize, TCHANARGS). */
const CHAN_ELEM_LIMIT = 1 << 16;
const INTERFACE_SIZE = 2 * PTR_SIZE;

/** `o` rounded up to a multiple of `align`, a power of two. Not by bits: sizes pass 2^32. */
function roundUp(o: number, align: number): number {
  const rest = o % align;
  return rest === 0 ? o : o + align - rest;
}

function basic(kind: BasicKind, size: number, align: number, ptrdata = 0): BasicType {
  return {
    kind,
    size,
    align,
    fieldAlign: align,
    ptrdata,
    string: kind,
    comparable: true,
    incomparable: undefined,
    named: true,
  };
}

/** The predeclared types by kind. */
export const BASIC: { readonly [K in BasicKind]: BasicType } = {
  bool: basic('bool', 1, 1),
  int: basic('int', 8, 8),
  int8: basic('int8', 1, 1),
  int16: basic('int16', 2, 2),
  int32: basic('int32', 4, 4),
  int64: basic('int64', 8, 8),
  uint: basic('uint', 8, 8),
  uint8: basic('uint8', 1, 1),
  uint16: basic('uint16', 2, 2),
  uint32: basic('uint32', 4, 4),
  uint64: basic('uint64', 8, 8),
  uintptr: basic('uintptr', PTR_SIZE, PTR_SIZE),
  float32: basic('float32', 4, 4),
  float64: basic('float64', 8, 8),
  complex64: basic('complex64', 8, 4),
  complex128: basic('complex128', 16, 8),
  string: basic('string', STRING_SIZE, PTR_SIZE, PTR_SIZE),
  'unsafe.Pointer': basic('unsafe.Pointer', PTR_SIZE, PTR_SIZE, PTR_SIZE),
};

/** The facts of a type that is one pointer. */
function pointerShaped(string: string): Facts {
  return {
    size: PTR_SIZE,
    align: PTR_SIZE,
    fieldAlign: PTR_SIZE,
    ptrdata: PTR_SIZE,
    string,
    comparable: true,
    incomparable: undefined,
    named: false,
  };
}

/** The facts of a type that is its own reason for not being comparable. */
function notComparable(string: string): Facts {
  return { ...pointerShaped(string), comparable: false, incomparable: string };
}

export function pointerTo(elem: GoType): PointerType {
  return { ...pointerShaped(`*${elem.string}`), kind: 'pointer', elem };
}

export function mapOf(key: GoType, elem: GoType): MapType {
  return { ...notComparable(`map[${key.string}]${elem.string}`), kind: 'map', key, elem };
}

/** @throws GoTypeTooLarge if the element has 64 KiB or more, as gc refuses it */
export function chanOf(dir: ChanDir, elem: GoType): ChanType {
  if (elem.size >= CHAN_ELEM_LIMIT) throw new GoTypeTooLarge('channel element type too large (>64kB)');
  // `chan <-chan int` would read as a channel that is only sent to.
  const inner =
    dir === 'both' && elem.kind === 'chan' && elem.dir === 'recv' ? `(${elem.string})` : elem.string;
  const word = dir === 'both' ? 'chan ' : dir === 'send' ? 'chan<- ' : '<-chan ';
  return { ...pointerShaped(word + inner), kind: 'chan', dir, elem };
}

/** Parameters and results as they stand after `func` or a method's name. */
function signature(params: readonly GoType[], results: readonly GoType[], variadic: boolean): string {
  const last = params.length - 1;
  const list = params.map((type, i) =>
    variadic && i === last && type.kind === 'slice' ? `...${type.elem.string}` : type.string,
  );
  const text = `(${list.join(', ')})`;
  const only = results[0];
  if (only === undefined) return text;
  if (results.length === 1) return `${text} ${only.string}`;
  return `${text} (${results.map((type) => type.string).join(', ')})`;
}

/** A function type; the last parameter of a variadic one is a slice. */
export function funcOf(
  params: readonly GoType[],
  results: readonly GoType[] = [],
  variadic = false,
): FuncType {
  const string = `func${signature(params, results, variadic)}`;
  return { ...notComparable(string), kind: 'func', params, results, variadic };
}

export function sliceOf(elem: GoType): SliceType {
  return { ...notComparable(`[]${elem.string}`), size: SLICE_SIZE, kind: 'slice', elem };
}

/**
 * An array type; `length` is a whole number from 0.
 * @throws GoTypeTooLarge beyond 2^47 bytes, or beyond 2^53 - 1 elements of size 0
 */
export function arrayOf(length: number, elem: GoType): ArrayType {
  const tooMany =
    elem.size === 0 ? length > MAX_ARRAY_LENGTH : length > Math.floor(MAX_TYPE_SIZE / elem.size);
  if (tooMany) throw tooLarge(`[${length}]${elem.string}`);
  return {
    kind: 'array',
    elem,
    length,
    size: length * elem.size,
    align: elem.align,
    fieldAlign: elem.fieldAlign,
    ptrdata: length === 0 || elem.ptrdata === 0 ? 0 : (length - 1) * elem.size + elem.ptrdata,
    string: `[${length}]${elem.string}`,
    comparable: elem.comparable,
    incomparable: elem.incomparable,
    named: false,
  };
}

/** A field before its offset is known. */
export interface FieldSpec {
  readonly name: string;
  readonly type: GoType;
  readonly embedded?: boolean;
  readonly tag?: string;
}

/**
 * A struct type. Fields go one after another, each at its alignment, and the size is rounded up to the
 * largest alignment. A struct that has a size and ends in a field of size 0 gets a byte more first, so
 * that the address of that field is not the next object's (calcStructOffset).
 * @param string the type's text where it isn't its fields (a map's bucket type)
 * @throws GoTypeTooLarge beyond 2^47 bytes
 */
export function structOf(specs: readonly FieldSpec[], string: string = structString(specs)): StructType {
  const fields: StructField[] = [];
  let end = 0;
  let align = 1;
  let ptrdata = 0;
  let lastZero = 0;
  let incomparable: string | undefined;
  for (const { name, type, embedded = false, tag = '' } of specs) {
    align = Math.max(align, type.align);
    const offset = roundUp(end, type.align);
    fields.push({ name, type, offset, embedded, tag });
    if (type.ptrdata > 0) ptrdata = offset + type.ptrdata;
    if (type.size === 0) lastZero = offset;
    incomparable ??= type.incomparable;
    end = offset + type.size;
    if (end > MAX_TYPE_SIZE) throw tooLarge(string);
  }
  if (end > 0 && end === lastZero) end += 1;
  const size = roundUp(end, align);
  if (size > MAX_TYPE_SIZE) throw tooLarge(string);
  return {
    kind: 'struct',
    fields,
    size,
    align,
    fieldAlign: align,
    ptrdata,
    string,
    comparable: incomparable === undefined,
    incomparable,
    named: false,
  };
}

/** The text of a struct type. An embedded field's name is left out, as reflect does. */
function structString(specs: readonly FieldSpec[]): string {
  if (specs.length === 0) return 'struct {}';
  const fields = specs.map(({ name, type, embedded, tag }) => {
    const head = embedded ? type.string : `${name} ${type.string}`;
    return tag === undefined || tag === '' ? head : `${head} ${quote(tag)}`;
  });
  return `struct { ${fields.join('; ')} }`;
}

/** Whether a Go name is visible outside its package: it begins with an upper-case letter. */
export function isExported(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}

/** Go's order of methods: exported names first, then by name (`types.Sym.Less`). */
function methodOrder(a: Method, b: Method): number {
  const [first, second] = [isExported(a.name), isExported(b.name)];
  if (first !== second) return first ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * An interface type from its whole method set, in any order. An unexported method has its package's name before
 * it in the type's text, as Go shows it.
 * @param name of a predeclared one: `error`
 */
export function interfaceOf(methods: readonly Method[], name?: string): InterfaceType {
  const sorted = [...methods].sort(methodOrder);
  // A method's text is its function's without the word func.
  const list = sorted.map(({ name: own, type }) => {
    const shown = isExported(own) ? own : `${PACKAGE}.${own}`;
    return shown + type.string.slice('func'.length);
  });
  const literal = list.length === 0 ? 'interface {}' : `interface { ${list.join('; ')} }`;
  return {
    kind: 'interface',
    methods: sorted,
    size: INTERFACE_SIZE,
    align: PTR_SIZE,
    fieldAlign: PTR_SIZE,
    ptrdata: INTERFACE_SIZE,
    string: name ?? literal,
    comparable: true,
    incomparable: undefined,
    named: name !== undefined,
  };
}

/** `any`. */
export const EMPTY_INTERFACE: InterfaceType = interfaceOf([]);
/** `error`. */
export const ERROR_INTERFACE: InterfaceType = interfaceOf(
  [{ name: 'Error', type: funcOf([], [BASIC.string]) }],
  'error',
);

/** The predeclared type names of Go. */
export const PREDECLARED: ReadonlyMap<string, GoType> = new Map<string, GoType>([
  ...Object.values(BASIC)
    .filter((type) => type.kind !== 'unsafe.Pointer')
    .map((type): [string, GoType] => [type.kind, type]),
  ['byte', BASIC.uint8],
  ['rune', BASIC.int32],
  ['any', EMPTY_INTERFACE],
  ['error', ERROR_INTERFACE],
]);

function tooLarge(string: string): GoTypeTooLarge {
  const text = string.length > 60 ? `${string.slice(0, 60)}...` : string;
  return new GoTypeTooLarge(`type ${text} is larger than the address space (2^47 bytes)`);
}
