/**
 * Codecs of bool and the integers. A class each, written out: every `read` and `write` stays on one view
 * and one type, which engines compile far better than one body that serves all.
 */
import type { ValueMemory } from '../../machine/views.ts';
import { BASIC } from '../construct.ts';
import type { BasicType, GoType } from '../model.ts';
import { type Codec, outOfRange, wrongKind } from './codec.ts';

class BoolCodec implements Codec<boolean> {
  readonly type: BasicType = BASIC.bool;
  readonly size = 1;
  readonly primitive = true;
  check(value: unknown): void {
    if (typeof value !== 'boolean') wrongKind('bool', 'a boolean', value);
  }
  take(value: unknown): boolean {
    this.check(value);
    return value as boolean;
  }
  read(mem: ValueMemory, at: number): boolean {
    return mem.u8[at] !== 0;
  }
  write(mem: ValueMemory, at: number, value: boolean): void {
    mem.u8[at] = value ? 1 : 0;
  }
}

/** Refuses what isn't a whole number from `min` to `max`. */
function checkSmall(value: unknown, type: string, min: number, max: number): void {
  if (typeof value !== 'number') wrongKind(type, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    outOfRange(type, value, `a whole number from ${min} to ${max}`);
  }
}

/** A checked number, -0 made 0. */
function takeSmall(value: unknown): number {
  return (value as number) + 0;
}

class Int8Codec implements Codec<number> {
  readonly type: BasicType = BASIC.int8;
  readonly size = 1;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'int8', -0x80, 0x7f);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.i8[at] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.i8[at] = value;
  }
}

class Uint8Codec implements Codec<number> {
  readonly type: BasicType = BASIC.uint8;
  readonly size = 1;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'uint8', 0, 0xff);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.u8[at] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.u8[at] = value;
  }
}

class Int16Codec implements Codec<number> {
  readonly type: BasicType = BASIC.int16;
  readonly size = 2;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'int16', -0x8000, 0x7fff);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.i16[at >>> 1] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.i16[at >>> 1] = value;
  }
}

class Uint16Codec implements Codec<number> {
  readonly type: BasicType = BASIC.uint16;
  readonly size = 2;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'uint16', 0, 0xffff);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.u16[at >>> 1] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.u16[at >>> 1] = value;
  }
}

class Int32Codec implements Codec<number> {
  readonly type: BasicType = BASIC.int32;
  readonly size = 4;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'int32', -0x80000000, 0x7fffffff);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.i32[at >>> 2] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.i32[at >>> 2] = value;
  }
}

class Uint32Codec implements Codec<number> {
  readonly type: BasicType = BASIC.uint32;
  readonly size = 4;
  readonly primitive = true;
  check(value: unknown): void {
    checkSmall(value, 'uint32', 0, 0xffffffff);
  }
  take(value: unknown): number {
    this.check(value);
    return takeSmall(value);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.u32[at >>> 2] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.u32[at >>> 2] = value;
  }
}

const MIN_I64 = -(2n ** 63n);
const MAX_I64 = 2n ** 63n - 1n;
const MAX_U64 = 2n ** 64n - 1n;

/** int and int64. */
class Int64Codec implements Codec<bigint> {
  readonly type: GoType;
  readonly size = 8;
  readonly primitive = true;
  constructor(type: GoType) {
    this.type = type;
  }
  check(value: unknown): void {
    if (typeof value === 'bigint') {
      if (value < MIN_I64 || value > MAX_I64) {
        outOfRange(this.type.string, value, `${MIN_I64} to ${MAX_I64}`);
      }
    } else if (typeof value !== 'number') {
      wrongKind(this.type.string, 'a bigint or a safe integer', value);
    } else if (!Number.isSafeInteger(value)) {
      outOfRange(this.type.string, value, 'a number must be a safe integer; a bigint holds larger ones');
    }
  }
  take(value: unknown): bigint {
    this.check(value);
    return typeof value === 'bigint' ? value : BigInt(value as number);
  }
  read(mem: ValueMemory, at: number): bigint {
    return mem.i64[at >>> 3] as bigint;
  }
  write(mem: ValueMemory, at: number, value: bigint | number): void {
    mem.i64[at >>> 3] = typeof value === 'bigint' ? value : BigInt(value);
  }
}

/** uint, uint64 and uintptr. */
class Uint64Codec implements Codec<bigint> {
  readonly type: GoType;
  readonly size = 8;
  readonly primitive = true;
  constructor(type: GoType) {
    this.type = type;
  }
  check(value: unknown): void {
    if (typeof value === 'bigint') {
      if (value < 0n || value > MAX_U64) outOfRange(this.type.string, value, `0 to ${MAX_U64}`);
    } else if (typeof value !== 'number') {
      wrongKind(this.type.string, 'a bigint or a safe integer', value);
    } else if (!Number.isSafeInteger(value) || value < 0) {
      const range = 'a number must be a safe integer from 0; a bigint holds larger ones';
      outOfRange(this.type.string, value, range);
    }
  }
  take(value: unknown): bigint {
    this.check(value);
    return typeof value === 'bigint' ? value : BigInt(value as number);
  }
  read(mem: ValueMemory, at: number): bigint {
    return mem.u64[at >>> 3] as bigint;
  }
  write(mem: ValueMemory, at: number, value: bigint | number): void {
    mem.u64[at >>> 3] = typeof value === 'bigint' ? value : BigInt(value);
  }
}

/** Whatever is one address: pointers, channels, functions, unsafe.Pointer, and a map as its header. */
export class AddressCodec implements Codec<bigint> {
  readonly type: GoType;
  readonly size = 8;
  readonly primitive = true;
  constructor(type: GoType) {
    this.type = type;
  }
  check(value: unknown): void {
    if (typeof value !== 'bigint') wrongKind(this.type.string, 'an address as a bigint (0n is nil)', value);
    if (value < 0n || value > MAX_U64) outOfRange(this.type.string, value, `0 to ${MAX_U64}`);
  }
  take(value: unknown): bigint {
    this.check(value);
    return value as bigint;
  }
  read(mem: ValueMemory, at: number): bigint {
    return mem.u64[at >>> 3] as bigint;
  }
  write(mem: ValueMemory, at: number, value: bigint): void {
    mem.u64[at >>> 3] = value;
  }
}

/** One codec each, for bool and the integers. */
export const INTEGER_CODECS = {
  bool: new BoolCodec(),
  int: new Int64Codec(BASIC.int),
  int8: new Int8Codec(),
  int16: new Int16Codec(),
  int32: new Int32Codec(),
  int64: new Int64Codec(BASIC.int64),
  uint: new Uint64Codec(BASIC.uint),
  uint8: new Uint8Codec(),
  uint16: new Uint16Codec(),
  uint32: new Uint32Codec(),
  uint64: new Uint64Codec(BASIC.uint64),
  uintptr: new Uint64Codec(BASIC.uintptr),
} as const;
