/** The types that the compiler reads out of type texts; `npm run check` compiles this file. */
import { describe, expectTypeOf, test } from 'vitest';
import type {
  Complex,
  GoInput,
  GoValue,
  InterfaceValue,
  MapElem,
  MapElemInput,
  MapKey,
  MapKeyInput,
  SliceValue,
} from '../../src/gotype/index.ts';

describe('types read from type texts', () => {
  test('predeclared types', () => {
    expectTypeOf<GoValue<'bool'>>().toEqualTypeOf<boolean>();
    expectTypeOf<GoValue<'int'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'int8'>>().toEqualTypeOf<number>();
    expectTypeOf<GoValue<'uint8'>>().toEqualTypeOf<number>();
    expectTypeOf<GoValue<'rune'>>().toEqualTypeOf<number>();
    expectTypeOf<GoValue<'uint64'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'uintptr'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'float32'>>().toEqualTypeOf<number>();
    expectTypeOf<GoValue<'complex64'>>().toEqualTypeOf<Complex>();
    expectTypeOf<GoValue<'string'>>().toEqualTypeOf<string>();
    expectTypeOf<GoValue<'unsafe.Pointer'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'any'>>().toEqualTypeOf<InterfaceValue | null>();
    expectTypeOf<GoValue<'interface{}'>>().toEqualTypeOf<InterfaceValue | null>();
  });

  test('what goes in is wider than what comes out', () => {
    expectTypeOf<GoInput<'int'>>().toEqualTypeOf<bigint | number>();
    expectTypeOf<GoInput<'uint32'>>().toEqualTypeOf<number>();
    expectTypeOf<GoInput<'string'>>().toEqualTypeOf<string | Uint8Array>();
    expectTypeOf<MapKeyInput<'map[string]int'>>().toEqualTypeOf<string | Uint8Array>();
    expectTypeOf<MapElemInput<'map[string]int'>>().toEqualTypeOf<bigint | number>();
    expectTypeOf<GoInput<'*int'>>().toEqualTypeOf<bigint>();
  });

  test('maps, with brackets in their keys', () => {
    expectTypeOf<MapKey<'map[string]int'>>().toEqualTypeOf<string>();
    expectTypeOf<MapElem<'map[string]int'>>().toEqualTypeOf<bigint>();
    expectTypeOf<MapKey<'map[[4]int32]string'>>().toEqualTypeOf<number[]>();
    expectTypeOf<MapElem<'map[[4]int32]string'>>().toEqualTypeOf<string>();
    expectTypeOf<MapKey<'map[[2][3]string]bool'>>().toEqualTypeOf<string[][]>();
    expectTypeOf<MapElem<'map[uint8]map[string]bool'>>().toEqualTypeOf<bigint>();
    expectTypeOf<MapKey<' map[ string ] int '>>().toEqualTypeOf<string>();
    expectTypeOf<MapKey<'map[struct{ a [2]int; b string }]int'>>().toEqualTypeOf<{
      a: bigint[];
      b: string;
    }>();
    expectTypeOf<GoValue<'map[string]int'>>().toEqualTypeOf<bigint>();
  });

  test('arrays, bytes, slices, pointers, channels', () => {
    expectTypeOf<GoValue<'[16]byte'>>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<GoValue<'[1 << 4]uint8'>>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<GoValue<'[3]int16'>>().toEqualTypeOf<number[]>();
    expectTypeOf<GoValue<'[3][4]byte'>>().toEqualTypeOf<Uint8Array[]>();
    expectTypeOf<GoValue<'[]int'>>().toEqualTypeOf<SliceValue>();
    expectTypeOf<GoValue<'**string'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'chan int'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'<-chan (chan<- int)'>>().toEqualTypeOf<bigint>();
    expectTypeOf<GoValue<'(int8)'>>().toEqualTypeOf<number>();
    expectTypeOf<GoValue<'interface{}'>>().toEqualTypeOf<InterfaceValue | null>();
  });

  test('structs', () => {
    expectTypeOf<GoValue<'struct{}'>>().toEqualTypeOf<Record<never, never>>();
    expectTypeOf<GoValue<'struct{ x, y float64; name string }'>>().toEqualTypeOf<{
      x: number;
      y: number;
      name: string;
    }>();
    expectTypeOf<GoValue<'struct { int; s string `json:"s"` }'>>().toEqualTypeOf<{
      int: bigint;
      s: string;
    }>();
    expectTypeOf<GoValue<'struct{ a int8; _ [3]byte; b struct{ c bool } }'>>().toEqualTypeOf<{
      a: number;
      b: { c: boolean };
    }>();
    expectTypeOf<
      GoValue<`struct {
        a int8
        b, c string
        unsafe unsafe.Pointer
      }`>
    >().toEqualTypeOf<{ a: number; b: string; c: string; unsafe: bigint }>();
    expectTypeOf<GoInput<'struct{ n int }'>>().toEqualTypeOf<{ n: bigint | number }>();
  });

  test('what is not understood is unknown, never an error', () => {
    expectTypeOf<GoValue<string>>().toEqualTypeOf<unknown>();
    expectTypeOf<MapKey<string>>().toEqualTypeOf<unknown>();
    expectTypeOf<MapElem<string>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<'strng'>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<'int]'>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<''>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<'map['>>().toEqualTypeOf<unknown>();
    expectTypeOf<MapKey<'[4]int'>>().toEqualTypeOf<unknown>();
    expectTypeOf<MapElem<'map[int]func(int) string'>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<'struct{ *int }'>>().toEqualTypeOf<unknown>();
    expectTypeOf<GoValue<'****************************************int'>>().toEqualTypeOf<unknown>();
    expectTypeOf<
      GoValue<'[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]int'>
    >().toEqualTypeOf<unknown>();
  });
});
