/** The types that values in interfaces have here, named as the Go program names them (go/dynamic.go). */
import { declareType, type GoType, parseType } from 'hmap-wasm';

// The types of go/shapes.go: an interface with a method, and one type for each way in which it holds a value.
const methods = ['Area() float64'];
declareType('Shape', 'interface{ Area() float64 }');
declareType('Square', 'struct{ Side float64 }', { methods });
declareType('Rect', 'struct{ W, H float64 }', { pointerMethods: methods });
declareType('Handle', 'struct{ rect *Rect }', { methods });
declareType('Units', 'int32', { methods });
declareType('Label', 'string', { methods });
declareType('Unit', 'struct{}', { methods });
declareType('Couple', 'struct{ First, Second Shape }', { methods });
declareType('Polygon', 'struct{ Points []float64 }', { methods });

/** Those that can be hashed. */
export const HASHABLE: readonly string[] = [
  'bool',
  'int',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'uintptr',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'string',
  '[4]byte',
  '[2]string',
  '[0]int',
  '[2]float64',
  '[200]byte',
  'struct{}',
  'struct{a,b int32}',
  'struct{a int; s string}',
  '*int',
  'unsafe.Pointer',
  'chan int',
  '[1]*int',
  'struct{p *int}',
];

/** Those that may or may not be, by the interfaces in them. */
export const NESTING: readonly string[] = ['[2]interface{}', 'struct{a int8; f float64; v interface{}}'];

/** Those at which a hasher panics. */
export const UNHASHABLE: readonly string[] = [
  'map[string]int',
  'func()',
  'struct{f func()}',
  '[]int',
  '[1][]int',
  'struct{a int; s []byte}',
];

/** What an interface of a type may hold: those that can be hashed, those that depend, those that cannot. */
export interface Choice {
  readonly hashable: readonly string[];
  readonly nesting: readonly string[];
  readonly unhashable: readonly string[];
}

const SHAPES: Choice = {
  hashable: ['Square', '*Rect', 'Handle', 'Units', 'Label', 'Unit'],
  nesting: ['Couple'],
  unhashable: ['Polygon'],
};
const ANY: Choice = {
  hashable: [...HASHABLE, ...SHAPES.hashable],
  nesting: [...NESTING, ...SHAPES.nesting],
  unhashable: [...UNHASHABLE, ...SHAPES.unhashable],
};

/** The choice for an interface type: Shape is the only one with methods here. */
export function choiceFor(type: GoType): Choice {
  return type.kind === 'interface' && type.methods.length > 0 ? SHAPES : ANY;
}

const names = new Map(
  [...ANY.hashable, ...ANY.nesting, ...ANY.unhashable].map((name) => [parseType(name).string, name] as const),
);

/** The name of a dynamic type that the library gives as Go prints it. */
export function dynamicName(printed: string): string {
  return names.get(printed) ?? printed;
}
