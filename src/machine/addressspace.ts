/** The emulated address space as a debugger sees it: read, write, hex dump, regions. */
import { Region } from '../../assembly/shared/codes.ts';
import {
  REGION_HIGH,
  REGION_MAPPED,
  REGION_RECORD,
  REGION_START,
  RT_REGIONS,
} from '../../assembly/shared/hostlayout.ts';
import { hex, ProcessEnded, SegmentationFault } from './errors.ts';
import type { Machine } from './machine.ts';
import type { Range } from './plan.ts';

/** A region of the emulated address space. */
export interface RegionInfo {
  readonly name: 'program' | 'read-only data' | 'Go heap' | 'C heap' | 'system stack';
  /** First address of the region. */
  readonly start: bigint;
  /** First address behind it. */
  readonly end: bigint;
  /** First address that is not mapped: reading from there on faults. */
  readonly mappedEnd: bigint;
  readonly writable: boolean;
}

const MAX_ADDRESS = (1n << 64n) - 1n;
/** Bytes in a line of a hex dump. */
const LINE = 16;

/** An address given by a caller, as a bigint. */
export function checkAddress(address: unknown): bigint {
  if (typeof address === 'number' && Number.isSafeInteger(address)) address = BigInt(address);
  if (typeof address !== 'bigint') throw new TypeError(`an address is a bigint, got ${typeof address}`);
  if (address < 0n || address > MAX_ADDRESS) throw new RangeError(`${address} is not a 64-bit address`);
  return address;
}

function checkLength(length: unknown): number {
  if (typeof length === 'bigint') length = Number(length);
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw new RangeError(`a length is a whole number of bytes, got ${String(length)}`);
  }
  return length;
}

export class AddressSpace {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * A copy of `length` bytes at `address`.
   * @throws SegmentationFault if any of them is not mapped
   */
  read(address: bigint, length: number): Uint8Array {
    const at = checkAddress(address);
    const size = checkLength(length);
    if (size === 0) return new Uint8Array(0);
    const offset = this.#machine.findMapped(at, BigInt(size));
    if (offset === undefined) throw this.#fault(at, size);
    return this.#machine.u8.slice(offset, offset + size);
  }

  /**
   * Writes bytes at `address`, as C code or a debugger would. From then on the
   * runtime trusts nothing in emulated memory: maps run on the guarded twin.
   * @throws SegmentationFault if any byte is not mapped or not writable; nothing is written
   */
  write(address: bigint, bytes: Uint8Array): void {
    const at = checkAddress(address);
    if (!(bytes instanceof Uint8Array)) throw new TypeError('write takes a Uint8Array');
    const machine = this.#machine;
    if (machine.ended !== undefined) throw new ProcessEnded(machine.ended);
    // A plain copy: what a subclass says of itself is not asked.
    const plain = new Uint8Array(bytes);
    if (plain.length === 0) return;
    const offset = machine.findMapped(at, BigInt(plain.length));
    if (offset === undefined) throw this.#fault(at, plain.length);
    if (this.region(at)?.writable === false) {
      throw new SegmentationFault(at, plain.length, 'read-only data of the program');
    }
    machine.distrust();
    machine.u8.set(plain, offset);
  }

  /**
   * The bytes at `address` as text: address, 16 bytes in hex, the same as ASCII.
   * @throws SegmentationFault
   */
  hexdump(address: bigint, length: number): string {
    const at = checkAddress(address);
    const bytes = this.read(at, length);
    const lines: string[] = [];
    for (let i = 0; i < bytes.length; i += LINE) {
      const line = [...bytes.subarray(i, i + LINE)];
      const words = line
        .map((b, j) => `${j === LINE / 2 ? ' ' : ''}${b.toString(16).padStart(2, '0')}`)
        .join(' ');
      const text = line.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
      lines.push(`${hex(at + BigInt(i)).padEnd(14)}  ${words.padEnd(LINE * 3)}  |${text}|`);
    }
    return lines.join('\n');
  }

  /** The region around an address, mapped there or not; undefined where there is none. */
  region(address: bigint): RegionInfo | undefined {
    const at = checkAddress(address);
    return this.regions().find((region) => at >= region.start && at < region.end);
  }

  /** Every region, by address. */
  regions(): RegionInfo[] {
    const machine = this.#machine;
    const { plan } = machine;
    const rodataStart = BigInt(machine.regions.program) << 32n;
    return [
      {
        name: 'read-only data',
        start: rodataStart + BigInt(plan.rodata.start),
        end: rodataStart + BigInt(plan.rodata.end),
        mappedEnd: rodataStart + BigInt(plan.rodata.end),
        writable: false,
      },
      this.#region('program', Region.Program, plan.data),
      this.#region('Go heap', Region.GoHeap, plan.goHeap),
      this.#region('C heap', Region.CHeap, plan.cHeap),
      this.#region('system stack', Region.SystemStack, plan.systemStack),
    ];
  }

  #region(name: RegionInfo['name'], region: Region, range: Range): RegionInfo {
    const record = RT_REGIONS + region * REGION_RECORD;
    const base = BigInt(this.#machine.host(record + REGION_HIGH)) << 32n;
    return {
      name,
      start: base + BigInt(this.#machine.host(record + REGION_START)),
      end: base + BigInt(range.end),
      mappedEnd: base + BigInt(this.#machine.host(record + REGION_MAPPED)),
      writable: true,
    };
  }

  #fault(address: bigint, size: number): SegmentationFault {
    const region = this.region(address);
    let why = 'no region of the emulated process lies there';
    if (address < 4096n) why = 'the nil page';
    else if (region !== undefined)
      why = `${region.name} is mapped only from ${hex(region.start)} to ${hex(region.mappedEnd)}`;
    return new SegmentationFault(address, size, why);
  }
}
