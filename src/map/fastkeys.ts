/**
 * Maps whose keys cross to the core without the staging area: 64-bit and 32-bit
 * integers in registers, strings by a loop that writes their bytes itself.
 *
 * Each class spells its few methods out: a shared body would see all of them
 * and be compiled for none.
 */
import { encodedBound, encodeString, type MapShape, type StringValue } from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';
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
      if ((this.signed ? BigInt.asIntN(64, key) : BigInt.asUintN(64, key)) === key) return key;
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
    return slot === 0 ? undefined : this.elems_.read(this.machine, slot);
  }

  override set(key: bigint | number, value: VI): this {
    const taken = this.elems_.take(value);
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
    this.elems_.write(this.machine, slot, taken);
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
    const slot = this.find(key);
    return slot === 0 ? undefined : this.elems_.read(this.machine, slot);
  }

  override set(key: number, value: VI): this {
    const taken = this.elems_.take(value);
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
    this.elems_.write(this.machine, slot, taken);
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

/** Keys of type string, held inline. */
export class StringKeyMap<V, VI> extends GoMap<StringValue, V, StringValue, VI> {
  /** Bytes of the key that `stage` has written. */
  private length = 0;

  /** Writes a key to the staging area: false if it is too long for it. */
  private stage(given: StringValue): boolean {
    const key = typeof given === 'string' ? given : this.keys_.take(given);
    const { machine } = this;
    if (encodedBound(key) > machine.stagingSize >>> 1) return false;
    const length = encodeString(key, machine.u8, machine.staging);
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

  override set(key: StringValue, value: VI): this {
    if (this.owns) return super.set(key, value);
    const taken = this.elems_.take(value);
    if (!this.stage(key)) return super.set(key, value);
    if (this.map === 0) this.alive();
    const { machine } = this;
    let slot: number;
    try {
      slot = machine.core.setString(this.map, machine.staging, this.length) >>> 0;
    } catch (error) {
      throw machine.explain(error);
    }
    this.elems_.write(machine, slot, taken);
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
