/** The types that values in interfaces have here, named as the Go program names them (go/dynamic.go). */
import { parseType } from 'hmap-wasm';

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

const names = new Map(
  [...HASHABLE, ...NESTING, ...UNHASHABLE].map((name) => [parseType(name).string, name] as const),
);

/** The name of a dynamic type that the library gives as Go prints it. */
export function dynamicName(printed: string): string {
  return names.get(printed) ?? printed;
}
