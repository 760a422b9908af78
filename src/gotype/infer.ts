/**
 * Go type texts read by the TypeScript compiler: `MapKey<'map[string]int'>` is `string`.
 *
 * A recursive-descent parser in types, like the one in `parse.ts` but forgiving: whatever it can't read,
 * or a text that isn't a literal, is `unknown`, never an error. Each rule takes a text and gives a pair of
 * the value's type and the rest of the text, or `never`.
 */
import type { Complex, InterfaceValue, SliceValue } from './codec/index.ts';

/** Which way a value goes: what the library gives, or what it takes. */
type Way = 'out' | 'in';

/** Integers of 64 bits. */
type Wide<W extends Way> = W extends 'in' ? bigint | number : bigint;
/** Strings: text that isn't valid UTF-8 comes out as bytes, which the types don't say (see README). */
type Text<W extends Way> = W extends 'in' ? string | Uint8Array : string;

type Basics<W extends Way> = {
  bool: boolean;
  int: Wide<W>;
  int8: number;
  int16: number;
  int32: number;
  int64: Wide<W>;
  uint: Wide<W>;
  uint8: number;
  uint16: number;
  uint32: number;
  uint64: Wide<W>;
  uintptr: Wide<W>;
  byte: number;
  rune: number;
  float32: number;
  float64: number;
  complex64: Complex;
  complex128: Complex;
  string: Text<W>;
  any: InterfaceValue | null;
  error: InterfaceValue | null;
};

type Blank = ' ' | '\t' | '\r';
type Space = Blank | '\n';
type Indent = '        ';
/** A text that nothing reads: what takes too many steps becomes it, before the compiler gives up. */
type Unreadable = '!';

/** Without white space at the front; at most 100 steps. */
type Trim<S extends string, N extends unknown[] = []> = N['length'] extends 100
  ? Unreadable
  : S extends `${Indent}${infer R}`
    ? Trim<R, [...N, unknown]>
    : S extends `${Space}${infer R}`
      ? Trim<R, [...N, unknown]>
      : S;

/** Everything before the first of the characters that may follow a name. */
type Head<S extends string, D extends string> = S extends `${infer A}${D}${string}` ? A : S;
type Name<S extends string> = Head<
  Head<Head<Head<Head<Head<Head<Head<Head<Head<S, ' '>, ']'>, ';'>, '}'>, ')'>, ','>, '\n'>, '\t'>, '`'>,
  '"'
>;

/** How deep a type may nest before it becomes unknown. */
type Depth = 12;
type Deeper<D extends unknown[]> = [...D, unknown];

/** [value type, rest of the text] of the type that S begins with; never if it isn't understood. */
type Parse<S extends string, W extends Way, D extends unknown[]> = D['length'] extends Depth
  ? never
  : S extends `${Space}${infer R}`
    ? Parse<Trim<R>, W, D>
    : S extends `map[${infer R}`
      ? ParseMap<R, D>
      : S extends `[${infer R}`
        ? ParseArray<Trim<R>, W, D>
        : S extends `*${infer R}`
          ? Address<Parse<R, W, Deeper<D>>>
          : S extends `unsafe.Pointer${infer R}`
            ? [bigint, R]
            : S extends `${'chan<-' | '<-chan' | 'chan'}${Space}${infer R}`
              ? Address<Parse<R, W, Deeper<D>>>
              : S extends `struct${infer R}`
                ? ParseStruct<Trim<R>, W, D>
                : S extends `interface${infer R}`
                  ? ParseInterface<Trim<R>>
                  : S extends `(${infer R}`
                    ? Closed<Parse<R, W, Deeper<D>>>
                    : ParseName<S, Name<S>, W>;

type ParseName<S extends string, N extends string, W extends Way> = N extends keyof Basics<W>
  ? S extends `${N}${infer R}`
    ? [Basics<W>[N], R]
    : never
  : never;

/** A pointer, channel or map: an address, whatever it leads to. */
type Address<P> = P extends [unknown, infer R] ? [bigint, R] : never;

/** A type in parentheses. */
type Closed<P> = P extends [infer T, infer R extends string]
  ? Trim<R> extends `)${infer Rest}`
    ? [T, Rest]
    : never
  : never;

type ParseMap<S extends string, D extends unknown[]> = Address<ParseMapParts<S, 'out', D>>;

/** [key, elem, rest] of what follows `map[`. */
type ParseMapParts<S extends string, W extends Way, D extends unknown[]> =
  Parse<S, W, Deeper<D>> extends [infer K, infer R extends string]
    ? Trim<R> extends `]${infer E}`
      ? Parse<E, W, Deeper<D>> extends [infer V, infer Rest extends string]
        ? [[K, V], Rest]
        : never
      : never
    : never;

/** What follows `[`: a slice, `[N]byte`, or another array. Lengths hold no brackets. */
type ParseArray<S extends string, W extends Way, D extends unknown[]> = S extends `]${infer R}`
  ? Parse<R, W, Deeper<D>> extends [unknown, infer Rest]
    ? [SliceValue, Rest]
    : never
  : S extends `${string}]${infer R}`
    ? Name<Trim<R>> extends 'byte' | 'uint8'
      ? Trim<R> extends `${Name<Trim<R>>}${infer Rest}`
        ? [Uint8Array, Rest]
        : never
      : Parse<R, W, Deeper<D>> extends [infer T, infer Rest]
        ? [T[], Rest]
        : never
    : never;

type ParseInterface<S extends string> = S extends `{${infer R}`
  ? Trim<R> extends `}${infer Rest}`
    ? [InterfaceValue | null, Rest]
    : never
  : never;

type ParseStruct<S extends string, W extends Way, D extends unknown[]> = S extends `{${infer R}`
  ? ParseFields<Trim<R>, W, Deeper<D>, unknown, []>
  : never;

/** How many fields and semicolons a struct may have before it becomes unknown. */
type MaxFields = 160;

/** Fields until the closing brace; F is what came before, C counts it. */
type ParseFields<
  S extends string,
  W extends Way,
  D extends unknown[],
  F,
  C extends unknown[],
> = C['length'] extends MaxFields
  ? never
  : S extends `}${infer R}`
    ? [unknown extends F ? Record<never, never> : { [K in keyof F]: F[K] }, R]
    : S extends `;${infer R}`
      ? ParseFields<Trim<R>, W, D, F, [...C, unknown]>
      : S extends `*${string}`
        ? never
        : S extends `${Name<S>}${infer R}`
          ? AfterName<Name<S>, Name<S>, R, W, D, F, C>
          : never;

/** What follows a field's name: another name, its type, or nothing for an embedded type. */
type AfterName<
  N extends string,
  Last extends string,
  S extends string,
  W extends Way,
  D extends unknown[],
  F,
  C extends unknown[],
> = C['length'] extends MaxFields
  ? never
  : [N] extends ['']
    ? never
    : Blanks<S> extends `,${infer R}`
      ? Trim<R> extends `${Name<Trim<R>>}${infer Rest}`
        ? AfterName<N | Name<Trim<R>>, Name<Trim<R>>, Rest, W, D, F, [...C, unknown]>
        : never
      : Blanks<S> extends `${';' | '}' | '\n'}${string}`
        ? AfterType<N, ParseName<`${Last}${S}`, Last, W>, W, D, F, C>
        : AfterType<N, Parse<S, W, D>, W, D, F, C>;

/** Without blanks at the front, but with a line's end, which ends a field. */
type Blanks<S extends string, N extends unknown[] = []> = N['length'] extends 100
  ? Unreadable
  : S extends `${Indent}${infer R}`
    ? Blanks<R, [...N, unknown]>
    : S extends `${Blank}${infer R}`
      ? Blanks<R, [...N, unknown]>
      : S;

type AfterType<N extends string, P, W extends Way, D extends unknown[], F, C extends unknown[]> = P extends [
  infer T,
  infer R extends string,
]
  ? ParseFields<Trim<AfterTag<Blanks<R>>>, W, D, F & { [K in Exclude<N, '_'>]: T }, [...C, unknown]>
  : never;

type AfterTag<S extends string> = S extends `\`${string}\`${infer R}`
  ? R
  : S extends `"${string}"${infer R}`
    ? R
    : S;

type Whole<P> = [P] extends [never]
  ? unknown
  : P extends [infer T, infer R extends string]
    ? Trim<R> extends ''
      ? T
      : unknown
    : unknown;

type ValueOf<S extends string, W extends Way> = string extends S ? unknown : Whole<Parse<S, W, []>>;

type MapParts<S extends string, W extends Way> = string extends S
  ? [unknown, unknown]
  : Trim<S> extends `map[${infer R}`
    ? Whole<ParseMapParts<R, W, []>> extends [infer K, infer V]
      ? [K, V]
      : [unknown, unknown]
    : [unknown, unknown];

/** The JavaScript type that values of a Go type come out as. */
export type GoValue<S extends string> = ValueOf<S, 'out'>;
/** The JavaScript type that is taken for values of a Go type. */
export type GoInput<S extends string> = ValueOf<S, 'in'>;
/** What the keys of a map type come out as. */
export type MapKey<S extends string> = MapParts<S, 'out'>[0];
/** What the elements of a map type come out as. */
export type MapElem<S extends string> = MapParts<S, 'out'>[1];
/** What is taken for the keys of a map type. */
export type MapKeyInput<S extends string> = MapParts<S, 'in'>[0];
/** What is taken for the elements of a map type. */
export type MapElemInput<S extends string> = MapParts<S, 'in'>[1];
