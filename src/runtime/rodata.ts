/** The program's read-only data: type descriptors and what belongs to them, each written once. */
import {
  countOwned,
  type DescriptorPlace,
  type GoType,
  type InterfaceType,
  ownedParts,
  writeItab,
  writeType,
} from '../gotype/index.ts';
import { OutOfMemory, SegmentationFault } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { TypeTable } from '../machine/views.ts';
import type { Release } from '../profile/index.ts';

export class Rodata implements DescriptorPlace, TypeTable {
  readonly views: Machine;
  readonly written = new Map<string, number>();
  readonly types = new Map<number, GoType>();
  readonly largeMasks: Release['largeMasks'];
  readonly #machine: Machine;
  #next: number;

  constructor(machine: Machine, go: Release) {
    this.#machine = machine;
    this.views = machine;
    this.largeMasks = go.largeMasks;
    this.#next = machine.plan.rodata.start;
  }

  allocate(size: number, align: number): number {
    const at = Math.ceil(this.#next / align) * align;
    const { end, start } = this.#machine.plan.rodata;
    if (at + size > end) throw new OutOfMemory(size, end - start, this.#next - start, []);
    this.#next = at + size;
    return at;
  }

  toAddress(offset: number): bigint {
    return (BigInt(this.#machine.regions.program) << 32n) | BigInt(offset);
  }

  owned(type: GoType): { readonly at: number; readonly count: number } {
    const count = countOwned(type);
    if (count === 0) return { at: 0, count };
    return { at: this.#list(`owned ${type.string}`, () => ownedParts(type)), count };
  }

  interfaceWord(inter: InterfaceType, dynamic: GoType): bigint {
    const plain = inter.methods.length === 0;
    return this.toAddress(plain ? writeType(dynamic, this) : writeItab(inter, dynamic, this));
  }

  dynamicType(word: bigint, empty: boolean): GoType {
    const type = this.#typeAt(word);
    const isItab =
      type !== undefined && this.written.get(`type ${type.string}`) !== Number(word & 0xffffffffn);
    if (type === undefined || isItab === empty) {
      const what = empty ? 'a type descriptor' : 'an itab';
      throw new SegmentationFault(word, 8, `the first word of an interface that does not lead to ${what}`);
    }
    return type;
  }

  nameAt(address: bigint): string {
    return this.#typeAt(address)?.string ?? `at 0x${address.toString(16)}`;
  }

  #typeAt(address: bigint): GoType | undefined {
    return address >> 32n === BigInt(this.#machine.regions.program)
      ? this.types.get(Number(address & 0xffffffffn))
      : undefined;
  }

  /** A list of 32-bit numbers. */
  #list(name: string, make: () => readonly number[]): number {
    const known = this.written.get(name);
    if (known !== undefined) return known;
    const numbers = make();
    const at = this.allocate(numbers.length * 4, 4);
    this.#machine.u32.set(numbers, at >>> 2);
    this.written.set(name, at);
    return at;
  }
}
