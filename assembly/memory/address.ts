/**
 * Between emulated 64-bit addresses and offsets in linear memory.
 *
 * The high half of an address names its region, the low half is the offset.
 * `toOffset` and `toAddress` are the only functions that know it. Following a
 * pointer that only the engine has written is one wrap. In the guarded twin the
 * same call checks that the whole extent lies in mapped memory of one region,
 * so no address, however it was forged, reaches the host's state.
 */
import {
  REGION_COUNT, REGION_END, REGION_HIGH, REGION_MAPPED, REGION_RECORD, REGION_START, RT_FUEL, RT_HEAP_HIGH,
  RT_HEAP_IN_USE, RT_REGIONS, RUNTIME_BASE,
} from "../shared/hostlayout.ts";
import { Outcome, Region } from "../shared/codes.ts";
import { hostGet, hostSet, recordGet } from "./access.ts";
import { fail, failAddress } from "./outcome.ts";

/** The address of an object of the Go heap at `offset` (in the guarded twin, of any region); nil for 0. */
// @ts-ignore: decorator
@inline
export function toAddress(offset: usize): u64 {
  if (isDefined(GUARDED)) return guardedAddress(offset);
  return offset == 0 ? 0 : (<u64>hostGet<u32>(RT_HEAP_HIGH) << 32) | <u64>offset;
}

/** The offset of `extent` bytes at `address`. Following nil is a nil dereference, unless nothing is read. */
// @ts-ignore: decorator
@inline
export function toOffset(address: u64, extent: usize): usize {
  if (isDefined(GUARDED)) return guardedOffset(address, extent);
  return <usize>address;
}

/** The same where Go looks whether there is anything: 0 for nil. */
// @ts-ignore: decorator
@inline
export function toOffsetOrNil(address: u64, extent: usize): usize {
  if (isDefined(GUARDED)) return address == 0 ? 0 : guardedElement(address, extent);
  return <usize>address;
}

/**
 * The offset of element `index` of an array at `base`, `size` bytes each. In the
 * guarded twin the sum is taken in 64 bits, as the emulated machine would.
 */
// @ts-ignore: decorator
@inline
export function elementOffset(base: u64, index: u64, size: usize): usize {
  if (isDefined(GUARDED)) return guardedElement(base + index * size, size);
  return <usize>base + <usize>index * size;
}

/** The same for an extent that may not fit 32 bits; the address is not nil. */
// @ts-ignore: decorator
@inline
export function toOffsetWide(address: u64, extent: u64): usize {
  if (isDefined(GUARDED)) return guardedElement(address, extent);
  return <usize>address;
}

/** Linear offset of a mapped range, or 0 if the range is not mapped whole. */
export function resolve(address: u64, extent: u64): usize {
  const high = <u32>(address >> 32);
  const low = <u64><u32>address;
  for (let i: usize = 0; i < <usize>REGION_COUNT; i++) {
    const region = RUNTIME_BASE + RT_REGIONS + i * REGION_RECORD;
    if (recordGet<u32>(region, REGION_HIGH) != high) continue;
    if (low < <u64>recordGet<u32>(region, REGION_START)) continue;
    if (extent > 0xffffffff || low + extent > <u64>recordGet<u32>(region, REGION_MAPPED)) continue;
    return <usize>low;
  }
  return 0;
}

/** Forged pointers lead into other regions too: the region follows from the offset's range. */
function guardedAddress(offset: usize): u64 {
  if (offset == 0) return 0;
  for (let i: usize = 0; i < <usize>REGION_COUNT; i++) {
    const region = RUNTIME_BASE + RT_REGIONS + i * REGION_RECORD;
    if (offset < <usize>recordGet<u32>(region, REGION_START)) continue;
    if (offset >= <usize>recordGet<u32>(region, REGION_END)) continue;
    return (<u64>recordGet<u32>(region, REGION_HIGH) << 32) | <u64>offset;
  }
  return (<u64>hostGet<u32>(RT_HEAP_HIGH) << 32) | <u64>offset;
}

function guardedOffset(address: u64, extent: usize): usize {
  if (address == 0 && extent == 0) return 0;
  return guardedElement(address, extent);
}

function guardedElement(address: u64, extent: u64): usize {
  const offset = resolve(address, extent);
  if (offset == 0) failAddress(address, extent);
  return offset;
}

/** Steps that a walk may take beyond one for every 16 bytes that are mapped: no honest one takes more. */
const SPARE_FUEL: u32 = 4096;

/** To be called where an operation begins: how far it may walk. */
// @ts-ignore: decorator
@inline
export function refuel(): void {
  if (isDefined(GUARDED)) {
    const heap = RUNTIME_BASE + RT_REGIONS + <usize>Region.GoHeap * REGION_RECORD;
    const mapped = recordGet<u32>(heap, REGION_MAPPED) - recordGet<u32>(heap, REGION_START);
    hostSet<u32>(RT_FUEL, mapped / 16 + SPARE_FUEL);
  }
}

/**
 * Takes one step of a walk over bytes that may be corrupt. Real Go would walk a
 * ring of buckets for ever; the guarded twin stops it by name.
 */
// @ts-ignore: decorator
@inline
export function step(): void {
  if (isDefined(GUARDED)) burnFuel();
}

/** The same for who must not trap: false where the walk has taken all its steps. */
export function canStep(): bool {
  if (isDefined(GUARDED)) {
    const fuel = hostGet<u32>(RT_FUEL);
    if (fuel == 0) return false;
    hostSet<u32>(RT_FUEL, fuel - 1);
  }
  return true;
}

function burnFuel(): void {
  const fuel = hostGet<u32>(RT_FUEL);
  if (fuel == 0) fail(Outcome.EndlessLoop);
  hostSet<u32>(RT_FUEL, fuel - 1);
}
