/** Codecs of arrays, structs and slices. */
import { SLICE_ARRAY, SLICE_CAP, SLICE_LEN, SLICE_SIZE } from '../../../assembly/shared/golayout.ts';
import type { ValueMemory } from '../../machine/views.ts';
import { GoTypeTooLarge, GoValueRangeError, within } from '../errors.ts';
import { hasHoles } from '../mapshape.ts';
import type { ArrayType, GoType, SliceType, StructType } from '../model.ts';
import { type Codec, clipType, wrongKind } from './codec.ts';
import { checkFields } from './fields.ts';
import { bytesLength, isBytes } from './strings.ts';

/** `[N]byte` as a Uint8Array. */
export class BytesCodec implements Codec<Uint8Array> {
  readonly type: ArrayType;
  readonly size: number;
  readonly primitive = false;
  constructor(type: ArrayType) {
    this.type = type;
    this.size = type.size;
  }
  check(value: unknown): void {
    if (!isBytes(value)) wrongKind(this.type.string, `a Uint8Array of ${this.size}`, value);
    const length = bytesLength(value);
    if (length !== this.size) throw wrongLength(this.type, length);
  }
  take(value: unknown): Uint8Array {
    this.check(value);
    // Not by slice, which a subclass has a say in.
    return new Uint8Array(value as Uint8Array);
  }
  read(mem: ValueMemory, at: number): Uint8Array {
    if (at + this.size > mem.u8.length) throw tooManyValues(this.type);
    return mem.u8.slice(at, at + this.size);
  }
  write(mem: ValueMemory, at: number, value: Uint8Array): void {
    mem.u8.set(value, at);
  }
}

function wrongLength(type: ArrayType, length: number): GoValueRangeError {
  return new GoValueRangeError(
    `${clipType(type.string)} takes exactly ${type.length} elements, got ${length}`,
  );
}

/** Beyond this many JavaScript values inside one, `read` refuses: `[1<<40]struct{}` has no bytes at all. */
const MAX_VALUES = 1 << 24;

function tooManyValues(type: GoType): GoTypeTooLarge {
  return new GoTypeTooLarge(`a value of type ${clipType(type.string)} is too large to be read whole`);
}

/** How many JavaScript values a value is made of, itself included. */
function countValues(type: GoType): number {
  if (type.kind === 'array' && type.elem.kind !== 'uint8') return 1 + type.length * countValues(type.elem);
  if (type.kind === 'struct') return type.fields.reduce((sum, field) => sum + countValues(field.type), 1);
  return 1;
}

/** Any array but `[N]byte`, as a JavaScript array of exactly its length. */
export class ArrayCodec implements Codec<unknown[]> {
  readonly type: ArrayType;
  readonly size: number;
  readonly primitive = false;
  private readonly elem: Codec;
  private readonly readable: boolean;
  constructor(type: ArrayType, elem: Codec) {
    this.type = type;
    this.size = type.size;
    this.elem = elem;
    this.readable = countValues(type) <= MAX_VALUES;
  }
  /** The array, with the right length; no element is looked at yet. */
  private array(value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) wrongKind(this.type.string, `an array of ${this.type.length}`, value);
    if (value.length !== this.type.length) throw wrongLength(this.type, value.length);
    return value;
  }
  check(value: unknown): void {
    const array = this.array(value);
    for (let i = 0; i < this.type.length; i++) {
      try {
        this.elem.check(array[i]);
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
  }
  take(value: unknown): unknown[] {
    const array = this.array(value);
    const copy: unknown[] = [];
    for (let i = 0; i < this.type.length; i++) {
      try {
        copy.push(this.elem.take(array[i]));
      } catch (error) {
        throw within(`[${i}]`, error);
      }
    }
    return copy;
  }
  read(mem: ValueMemory, at: number): unknown[] {
    if (!this.readable) throw tooManyValues(this.type);
    const out: unknown[] = [];
    for (let i = 0; i < this.type.length; i++) out.push(this.elem.read(mem, at + i * this.elem.size));
    return out;
  }
  write(mem: ValueMemory, at: number, value: unknown[]): void {
    for (let i = 0; i < this.type.length; i++) this.elem.write(mem, at + i * this.elem.size, value[i]);
  }
}

/** A field that JavaScript sees: any but a blank one. */
interface FieldCodec {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec;
}

export type StructValue = Record<string, unknown>;

/** A struct as a null-prototype object of its fields in order, so that `__proto__` is a name like others. */
export class StructCodec implements Codec<StructValue> {
  readonly type: StructType;
  readonly size: number;
  readonly primitive = false;
  private readonly fields: readonly FieldCodec[];
  private readonly names: ReadonlySet<string>;
  /** Whether some byte belongs to no field that JavaScript sees, and must be zeroed. */
  private readonly hasGaps: boolean;
  constructor(type: StructType, codecFor: (type: GoType) => Codec) {
    this.type = type;
    this.size = type.size;
    this.fields = type.fields
      .filter((field) => field.name !== '_')
      .map(({ name, offset, type: fieldType }) => ({ name, offset, codec: codecFor(fieldType) }));
    this.names = new Set(this.fields.map((field) => field.name));
    this.hasGaps = hasHoles(type) || this.fields.length < type.fields.length;
  }
  check(value: unknown): void {
    const object = checkFields(value, this.names, this.type.string);
    for (const { name, codec } of this.fields) {
      const field = object[name];
      try {
        codec.check(field);
      } catch (error) {
        throw within(`.${name}`, error);
      }
    }
  }
  take(value: unknown): StructValue {
    const object = checkFields(value, this.names, this.type.string);
    const copy: StructValue = Object.create(null);
    for (const { name, codec } of this.fields) {
      const field = object[name];
      try {
        copy[name] = codec.take(field);
      } catch (error) {
        throw within(`.${name}`, error);
      }
    }
    return copy;
  }
  read(mem: ValueMemory, at: number): StructValue {
    const out: StructValue = Object.create(null);
    for (const { name, offset, codec } of this.fields) out[name] = codec.read(mem, at + offset);
    return out;
  }
  write(mem: ValueMemory, at: number, value: StructValue): void {
    if (this.hasGaps) mem.u8.fill(0, at, at + this.size);
    for (const { name, offset, codec } of this.fields) codec.write(mem, at + offset, value[name]);
  }
}

/** A slice as the three words of its header. */
export interface SliceValue {
  array: bigint;
  len: bigint;
  cap: bigint;
}

const SLICE_FIELDS: ReadonlySet<string> = new Set(['array', 'len', 'cap']);

export class SliceCodec implements Codec<SliceValue> {
  readonly type: SliceType;
  readonly size = SLICE_SIZE;
  readonly primitive = false;
  private readonly address: Codec<bigint>;
  private readonly length: Codec<bigint>;
  constructor(type: SliceType, address: Codec<bigint>, length: Codec<bigint>) {
    this.type = type;
    this.address = address;
    this.length = length;
  }
  check(value: unknown): void {
    this.take(value);
  }
  take(value: unknown): SliceValue {
    const object = checkFields(value, SLICE_FIELDS, this.type.string);
    return sliceValue(
      takeField(object, 'array', this.address),
      takeField(object, 'len', this.length),
      takeField(object, 'cap', this.length),
    );
  }
  read(mem: ValueMemory, at: number): SliceValue {
    return sliceValue(
      this.address.read(mem, at + SLICE_ARRAY),
      this.length.read(mem, at + SLICE_LEN),
      this.length.read(mem, at + SLICE_CAP),
    );
  }
  write(mem: ValueMemory, at: number, value: SliceValue): void {
    this.address.write(mem, at + SLICE_ARRAY, value.array);
    this.length.write(mem, at + SLICE_LEN, value.len);
    this.length.write(mem, at + SLICE_CAP, value.cap);
  }
}

function takeField<T>(object: { readonly [name: string]: unknown }, name: string, codec: Codec<T>): T {
  const value = object[name];
  try {
    return codec.take(value);
  } catch (error) {
    throw within(`.${name}`, error);
  }
}

function sliceValue(array: bigint, len: bigint, cap: bigint): SliceValue {
  const out: SliceValue = Object.create(null);
  out.array = array;
  out.len = len;
  out.cap = cap;
  return out;
}
