/**
 * Go types as values: a union told apart by `kind`, each member with its size, alignment, pointer data and
 * canonical text already worked out.
 *
 * A declared type (`declare.ts`) is its underlying type under another text. None refers to itself, so every
 * walk over a type ends. The constructors are in `construct.ts`, the texts in `parse.ts`.
 * Sizes and offsets are in bytes, for 64-bit targets.
 */

/** What every Go type knows about itself. */
export interface Facts {
  /** Size of a value, in bytes: at most 2^47. */
  readonly size: number;
  /** Alignment of a value, in bytes: 1, 2, 4 or 8. */
  readonly align: number;
  /** Alignment of a struct field of this type. gc uses `align` for both. */
  readonly fieldAlign: number;
  /** Bytes of the prefix that holds all pointers; 0 without pointers. Mirrors `types.PtrDataSize`. */
  readonly ptrdata: number;
  /** The type's text as `reflect.Type.String` gives it. */
  readonly string: string;
  /** Whether Go's `==` takes two values of this type, so that it may be a map key. */
  readonly comparable: boolean;
  /** The text of the part that cannot be compared, possibly the type's own; undefined if comparable. */
  readonly incomparable: string | undefined;
  /** A predeclared type with a name (`int`, `error`), not a type literal. */
  readonly named: boolean;
}

export type SmallIntKind = 'int8' | 'int16' | 'int32' | 'uint8' | 'uint16' | 'uint32';
export type WideIntKind = 'int' | 'int64' | 'uint' | 'uint64' | 'uintptr';
export type BasicKind =
  | 'bool'
  | SmallIntKind
  | WideIntKind
  | 'float32'
  | 'float64'
  | 'complex64'
  | 'complex128'
  | 'string'
  | 'unsafe.Pointer';

/** A predeclared type other than `error`; `byte` is uint8, `rune` is int32. */
export interface BasicType extends Facts {
  readonly kind: BasicKind;
}

export interface PointerType extends Facts {
  readonly kind: 'pointer';
  readonly elem: GoType;
}

export interface ArrayType extends Facts {
  readonly kind: 'array';
  readonly elem: GoType;
  readonly length: number;
}

export interface SliceType extends Facts {
  readonly kind: 'slice';
  readonly elem: GoType;
}

export interface MapType extends Facts {
  readonly kind: 'map';
  readonly key: GoType;
  readonly elem: GoType;
}

export type ChanDir = 'both' | 'send' | 'recv';

export interface ChanType extends Facts {
  readonly kind: 'chan';
  readonly dir: ChanDir;
  readonly elem: GoType;
}

export interface FuncType extends Facts {
  readonly kind: 'func';
  /** The parameters' types; of a variadic function the last is a slice. */
  readonly params: readonly GoType[];
  readonly results: readonly GoType[];
  readonly variadic: boolean;
}

export interface StructField {
  /** The field's name; `_` is blank; of an embedded field the name of its type as written. */
  readonly name: string;
  readonly type: GoType;
  /** From the start of the struct, in bytes. */
  readonly offset: number;
  readonly embedded: boolean;
  /** The tag's content, unquoted; empty without one. */
  readonly tag: string;
}

export interface StructType extends Facts {
  readonly kind: 'struct';
  readonly fields: readonly StructField[];
}

export interface Method {
  readonly name: string;
  readonly type: FuncType;
}

export interface InterfaceType extends Facts {
  readonly kind: 'interface';
  /** In Go's order: exported names first, then by name. Methods of embedded interfaces are among them. */
  readonly methods: readonly Method[];
}

export type GoType =
  | BasicType
  | PointerType
  | ArrayType
  | SliceType
  | MapType
  | ChanType
  | FuncType
  | StructType
  | InterfaceType;

export type Kind = GoType['kind'];

/**
 * Why a type cannot be a map key, in Go's words (`invalid map key type []int`), or undefined if it can.
 * Where only a part is at fault, that part is named too.
 */
export function invalidMapKey(type: GoType): string | undefined {
  const part = type.incomparable;
  if (part === undefined) return undefined;
  const whole = `invalid map key type ${type.string}`;
  return part === type.string ? whole : `${whole} (it holds ${part}, which cannot be compared)`;
}
