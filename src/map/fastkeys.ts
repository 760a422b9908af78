/**
 * Maps whose keys cross to the core without a codec: 64-bit and 32-bit integers
 * and floats in registers, short strings by a loop that packs their bytes.
 *
 * Each class spells its few methods out: a shared body would see all of them
 * and be compiled for none.
 */
import { encodedBound, encodeString, encodeText, type MapShape, type StringValue } from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';
import { fitsInt64, fitsUint64, readElem, takeElem, writeElem } from './elements.ts';
import { GoMap } from './gomap.ts';

/** Keys of eight bytes that are one integer or one address. */
export class WideKeyMap<V, VI> extends GoMap<bigint, V, bigint | number, VI> {
  // Not #private: a private method's brand check and call cost a lookup several nanoseconds.
  private readonly signed: boolean;

  constructor(machine: Machine, map: number, shape: MapShape) {
    super(machine, map, shape);
    this.signed = shape.key.kind === 'int' || shape.key.kind === 'int64';
  }

  private wide(key: bigint | number): bigint {
    if (typeof key === 'bigint') {
      if (this.signed) {
        if (fitsInt64(key)) return key;
      } else if (fitsUint64(key)) return key;
    }
    return this.keys_.take(key);
  }

  protected override find(key: bigint | number): number {
    const k = this.wide(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.get64(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  override get(key: bigint | number): V | undefined {
    const k = this.wide(key);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.get64(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    return slot === 0 ? undefined : readElem(this.elemForm, this.elems_, this.machine, slot);
  }

  override set(key: bigint | number, value: VI): this {
    const taken = takeElem(this.elemForm, this.elems_, value);
    const k = this.wide(key);
    if (this.owns) {
      this.setOwning(k, taken);
      return this;
    }
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.set64(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    writeElem(this.elemForm, this.elems_, this.machine, slot, taken);
    return this;
  }

  override delete(key: bigint | number): boolean {
    const k = this.wide(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.delete64(this.map, k) !== 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }
}

/** Keys of type int32 or uint32. */
export class Int32KeyMap<V, VI> extends GoMap<number, V, number, VI> {
  private readonly signed: boolean;

  constructor(machine: Machine, map: number, shape: MapShape) {
    super(machine, map, shape);
    this.signed = shape.key.kind === 'int32';
  }

  private narrow(key: number): number {
    if (typeof key === 'number' && (this.signed ? (key | 0) === key : key >>> 0 === key)) return key;
    return this.keys_.take(key);
  }

  protected override find(key: number): number {
    const k = this.narrow(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.get32(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  override get(key: number): V | undefined {
    const k = this.narrow(key);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.get32(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    return slot === 0 ? undefined : readElem(this.elemForm, this.elems_, this.machine, slot);
  }

  override set(key: number, value: VI): this {
    const taken = takeElem(this.elemForm, this.elems_, value);
    const k = this.narrow(key);
    if (this.owns) {
      this.setOwning(k, taken);
      return this;
    }
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.set32(this.map, k) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    writeElem(this.elemForm, this.elems_, this.machine, slot, taken);
    return this;
  }

  override delete(key: number): boolean {
    const k = this.narrow(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.delete32(this.map, k) !== 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }
}

/**
 * Keys of type float64. A NaN goes by the staging area: which of its bit patterns crosses in a register is
 * the engine's choice.
 */
export class Float64KeyMap<V, VI> extends GoMap<number, V, number, VI> {
  protected override find(key: number): number {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.find(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.getF64(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  override get(key: number): V | undefined {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.get(key);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.getF64(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    return slot === 0 ? undefined : readElem(this.elemForm, this.elems_, this.machine, slot);
  }

  override set(key: number, value: VI): this {
    if (this.owns || typeof key !== 'number' || Number.isNaN(key)) return super.set(key, value);
    const taken = takeElem(this.elemForm, this.elems_, value);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.setF64(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    writeElem(this.elemForm, this.elems_, this.machine, slot, taken);
    return this;
  }

  override delete(key: number): boolean {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.delete(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.deleteF64(this.map, key) !== 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }
}

/**
 * Keys of type float32. A NaN goes by the staging area: which of its bit patterns crosses in a register is
 * the engine's choice.
 */
export class Float32KeyMap<V, VI> extends GoMap<number, V, number, VI> {
  protected override find(key: number): number {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.find(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.getF32(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  override get(key: number): V | undefined {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.get(key);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.getF32(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    return slot === 0 ? undefined : readElem(this.elemForm, this.elems_, this.machine, slot);
  }

  override set(key: number, value: VI): this {
    if (this.owns || typeof key !== 'number' || Number.isNaN(key)) return super.set(key, value);
    const taken = takeElem(this.elemForm, this.elems_, value);
    if (this.map === 0) this.alive();
    let slot: number;
    try {
      slot = this.machine.core.setF32(this.map, key) >>> 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
    writeElem(this.elemForm, this.elems_, this.machine, slot, taken);
    return this;
  }

  override delete(key: number): boolean {
    if (typeof key !== 'number' || Number.isNaN(key)) return super.delete(key);
    if (this.map === 0) this.alive();
    try {
      return this.machine.core.deleteF32(this.map, key) !== 0;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }
}

/** Up to this many characters are packed here; above it an encoder is faster, its call included. */
const PACKED_MAX = 24;

/**
 * Writes an ASCII string to the staging area, four characters a store. False, and nothing that counts is
 * written, where a character is no ASCII. Each `charCodeAt` costs 2 ns, half of a lookup of 8 characters. That up
 * to 16 cross as four words in registers instead, and are stored by eights, saves 6 ns in the core and loses them
 * again here, where the code that makes the words is too long to be compiled into its callers.
 */
function packAscii(text: string, machine: Machine): boolean {
  const { i32 } = machine;
  const { length } = text;
  let word = machine.staging >>> 2;
  let all = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    i32[word++] = a | (b << 8) | (c << 16) | (d << 24);
  }
  let rest = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const unit = text.charCodeAt(i);
    all |= unit;
    rest |= unit << shift;
  }
  // Up to three bytes behind the string are written as well: staging has room for them.
  i32[word] = rest;
  return all < 0x80;
}

/** Keys of type string, held inline. */
export class StringKeyMap<V, VI> extends GoMap<StringValue, V, StringValue, VI> {
  /** Bytes of the key that `stage` has written. */
  private length = 0;

  /** Writes a key to the staging area: false if it is too long for it. */
  private stage(given: StringValue): boolean {
    if (typeof given === 'string' && given.length <= PACKED_MAX && packAscii(given, this.machine)) {
      this.length = given.length;
      return true;
    }
    const key = typeof given === 'string' ? given : this.keys_.take(given);
    const { machine } = this;
    if (encodedBound(key) > machine.stagingSize >>> 1) return false;
    const length =
      typeof key === 'string'
        ? encodeText(key, machine.stagingBytes)
        : encodeString(key, machine.u8, machine.staging);
    // Text that is not well-formed is found while it is written; the check says what is wrong with it.
    if (length < 0) this.keys_.check(key);
    this.length = length;
    return true;
  }

  protected override find(key: StringValue): number {
    if (!this.stage(key)) return super.find(key);
    if (this.map === 0) this.alive();
    const { machine } = this;
    try {
      return machine.core.getString(this.map, machine.staging, this.length) >>> 0;
    } catch (error) {
      throw machine.explain(error);
    }
  }

  override get(key: StringValue): V | undefined {
    if (!this.stage(key)) return super.get(key);
    if (this.map === 0) this.alive();
    const { machine } = this;
    let slot: number;
    try {
      slot = machine.core.getString(this.map, machine.staging, this.length) >>> 0;
    } catch (error) {
      throw machine.explain(error);
    }
    return slot === 0 ? undefined : readElem(this.elemForm, this.elems_, machine, slot);
  }

  override set(key: StringValue, value: VI): this {
    if (this.owns) return super.set(key, value);
    const taken = takeElem(this.elemForm, this.elems_, value);
    if (!this.stage(key)) return super.set(key, value);
    if (this.map === 0) this.alive();
    const { machine } = this;
    let slot: number;
    try {
      slot = machine.core.setString(this.map, machine.staging, this.length) >>> 0;
    } catch (error) {
      throw machine.explain(error);
    }
    writeElem(this.elemForm, this.elems_, machine, slot, taken);
    return this;
  }

  override delete(key: StringValue): boolean {
    if (!this.stage(key)) return super.delete(key);
    if (this.map === 0) this.alive();
    const { machine } = this;
    try {
      return machine.core.deleteString(this.map, machine.staging, this.length) !== 0;
    } catch (error) {
      throw machine.explain(error);
    }
  }
}
