/** Views: bytes or memory seen as a value of a C type. */
import type { AddressSpace } from '../machine/addressspace.ts';
import { MAX_LEAVES } from './limits.ts';
import { bodyOf, type CType, extentOf, integerOf, leavesOf, typeText } from './model.ts';
import { follow, type Member, parsePath, type Step } from './path.ts';
import { type CStruct, type CValue, integerValue, littleEndian, scalarValue } from './values.ts';

/** Where a view's bytes come from. */
export interface ByteSource {
  /** Bytes that lie there, undefined if not all of them do. @throws SegmentationFault for unmapped memory */
  read(offset: number, length: number): Uint8Array | undefined;
  /** How many there are; undefined where only an access tells. */
  readonly length: number | undefined;
  /** The address of the first; undefined for bytes that lie nowhere. */
  readonly address: bigint | undefined;
}

/** Bytes of the caller, not copied: a view shows what they are when it is asked. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    address: undefined,
    read: (offset, length) =>
      offset + length > bytes.length ? undefined : bytes.slice(offset, offset + length),
  };
}

/** Emulated memory from an address on. */
export function memorySource(memory: AddressSpace, address: bigint): ByteSource {
  return {
    length: undefined,
    address,
    read: (offset, length) => memory.read(address + BigInt(offset), length),
  };
}

/**
 * A value of a C type where it lies. Nothing is read before it is asked for, and then anew each time.
 * What truncated bytes do not hold is absent: `undefined`, or left out of an object or array.
 */
export class CView {
  readonly #type: CType;
  readonly #source: ByteSource;
  readonly #offset: number;
  readonly #bits: Member['bits'];
  readonly #memory: AddressSpace;

  /** For the library's own use: views come from `cast` and `at` of a type. */
  constructor(
    type: CType,
    source: ByteSource,
    memory: AddressSpace,
    place: Omit<Member, 'type'> = { offset: 0 },
  ) {
    this.#type = type;
    this.#source = source;
    this.#memory = memory;
    this.#offset = place.offset;
    this.#bits = place.bits;
  }

  /** The type as C writes it. */
  get type(): string {
    return typeText(this.#type);
  }

  /** Bytes of the value; of a flexible array what the bytes hold, of a bit-field those that it lies in. */
  get size(): number {
    if (this.#bits !== undefined) return this.#span().length;
    const { kind } = this.#type;
    if (kind === 'array') return this.length * (extentOf(this.#elem())?.size ?? 0);
    return extentOf(this.#type)?.size ?? 0;
  }

  /** Bytes from the start of what was cast. Of a bit-field: those of its first bit. */
  get offset(): number {
    return this.#span().offset;
  }

  /** Where the value lies in emulated memory; undefined for bytes that were given. */
  get address(): bigint | undefined {
    const { address } = this.#source;
    return address === undefined ? undefined : address + BigInt(this.offset);
  }

  /** Whether all bytes of the value are there. Memory that is not mapped is a fault, not an absence. */
  get present(): boolean {
    const { length } = this.#source;
    return length === undefined || this.offset + this.size <= length;
  }

  /**
   * A copy of the bytes; undefined if not all are there.
   * @throws SegmentationFault for memory that is not mapped
   */
  get bytes(): Uint8Array | undefined {
    const { offset, length } = this.#span();
    return this.#source.read(offset, length);
  }

  /**
   * The value in JavaScript; undefined where it is absent.
   * @throws SegmentationFault for memory that is not mapped
   * @throws RangeError for more than 2^20 values at once
   */
  get value(): CValue | undefined {
    const leaves = this.#type.kind === 'array' ? this.length * leavesOf(this.#elem()) : leavesOf(this.#type);
    if (leaves > MAX_LEAVES) {
      throw new RangeError(`${this.type} holds more than ${MAX_LEAVES} values: take its members one by one`);
    }
    return this.#value();
  }

  /** The number of elements of an array; of a flexible one as many as there are bytes, 0 in memory. */
  get length(): number {
    if (this.#type.kind !== 'array') throw new TypeError(`${this.type} is no array`);
    if (this.#type.length !== undefined) return this.#type.length;
    const each = extentOf(this.#type.elem)?.size ?? 0;
    const { length = 0 } = this.#source;
    return each === 0 ? 0 : Math.max(0, Math.floor((length - this.#offset) / each));
  }

  /**
   * A member: `field('a.b[2].c')`.
   * @throws TypeError for a member that is not there, RangeError for an index beyond an array
   */
  field(path: string): CView {
    return parsePath(path).reduce<CView>((view, step) => view.#step(step), this);
  }

  /** The value of a member: `get('a.b[2].c')`. */
  get(path: string): CValue | undefined {
    return this.field(path).value;
  }

  /** An element of an array. @throws RangeError beyond its end */
  at(index: number): CView {
    if (!Number.isSafeInteger(index) || index < 0)
      throw new RangeError(`an index is a whole number, got ${String(index)}`);
    return this.#step({ index });
  }

  /**
   * The text in a char array up to its NUL, or up to its end; undefined where it is absent.
   * Bytes that are no UTF-8 come out as U+FFFD.
   */
  text(): string | undefined {
    const elem = this.#type.kind === 'array' ? integerOf(this.#elem()) : undefined;
    if (elem?.char !== true) throw new TypeError(`${this.type} is no array of characters`);
    const bytes = this.#source.read(this.#offset, this.size);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /**
   * What a pointer points to, in emulated memory; `as` says the type where the pointer does not, as for `void *`.
   * The pointer is read now, what it points to when the view is asked.
   * @throws TypeError for what is no pointer, is absent, or points to no known type
   */
  deref(as?: { at(address: bigint): CView }): CView {
    if (this.#type.kind !== 'pointer') throw new TypeError(`${this.type} is no pointer`);
    const address = this.value;
    if (typeof address !== 'bigint') throw new TypeError('the bytes of this pointer are not there');
    if (as !== undefined) return as.at(address);
    const { to } = this.#type;
    if (extentOf(to) === undefined) {
      throw new TypeError(`${this.type} does not say what it points to: pass a type, deref(type)`);
    }
    return new CView(to, memorySource(this.#memory, address), this.#memory);
  }

  #elem(): CType {
    if (this.#type.kind !== 'array') throw new TypeError(`${this.type} is no array`);
    return this.#type.elem;
  }

  /** The whole bytes that the value lies in. */
  #span(): { offset: number; length: number } {
    const bits = this.#bits;
    if (bits === undefined) return { offset: this.#offset, length: this.size };
    const offset = Math.floor(bits.offset / 8);
    return { offset, length: Math.ceil((bits.offset + bits.width) / 8) - offset };
  }

  #step(step: Step): CView {
    return this.#member(follow(this.#type, step));
  }

  #member({ type, offset, bits }: Member): CView {
    const at = this.#offset + offset;
    const place =
      bits === undefined
        ? { offset: at }
        : { offset: at, bits: { offset: bits.offset + this.#offset * 8, width: bits.width } };
    return new CView(type, this.#source, this.#memory, place);
  }

  #value(): CValue | undefined {
    const type = this.#type;
    if (type.kind === 'array') return this.#array();
    if (bodyOf(type) !== undefined) return this.#struct();
    const { offset, length } = this.#span();
    const bytes = this.#source.read(offset, length);
    if (bytes === undefined) return undefined;
    const bits = this.#bits;
    const integer = integerOf(type);
    if (bits === undefined || integer === undefined) return scalarValue(type, bytes);
    const raw = (littleEndian(bytes) >> BigInt(bits.offset - offset * 8)) & ((1n << BigInt(bits.width)) - 1n);
    return integerValue(raw, bits.width, integer);
  }

  #array(): CValue | undefined {
    const elem = this.#elem();
    const { length: given } = this.#source;
    const each = extentOf(elem)?.size ?? 0;
    // Of truncated bytes the elements that are there, the last one perhaps in part.
    const there = given === undefined || each === 0 ? this.length : Math.ceil((given - this.#offset) / each);
    if (this.length > 0 && there <= 0) return undefined;
    const count = Math.min(this.length, there);
    if (elem.kind === 'int' && elem.char && elem.name !== 'signed char') {
      return this.#source.read(this.#offset, count);
    }
    const values: CValue[] = [];
    for (let i = 0; i < count; i++) {
      const value = this.#member({ type: elem, offset: i * each }).#value();
      if (value === undefined) break;
      values.push(value);
    }
    return values.length === 0 && this.length > 0 ? undefined : values;
  }

  #struct(): CStruct | undefined {
    const body = bodyOf(this.#type);
    const { length } = this.#source;
    if (length !== undefined && this.#offset >= length && (body?.size ?? 0) > 0) return undefined;
    const object: Record<string, CValue> = Object.create(null);
    for (const name of body?.names.keys() ?? []) {
      const value = this.#step({ name }).#value();
      if (value !== undefined) object[name] = value;
    }
    return object;
  }
}
