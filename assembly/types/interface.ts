/**
 * Interface values: two words of which the first leads to the dynamic type. Both
 * descriptors and itabs lie in read-only data; a word that leads anywhere else
 * was forged.
 */
import {
  IFACE_DATA, IFACE_TYPE, ITAB_TYPE, KIND_DIRECT_IFACE, PTR_SIZE, TYPE_EQUAL, TYPE_KIND,
} from "../shared/golayout.ts";
import {
  ITAB_MAGIC_VALUE, RT_HEAP_END, RT_RODATA_END, TYPE_MAGIC, TYPE_MAGIC_VALUE, TYPE_OWNED, TYPE_OWNED_COUNT,
  TYPE_PREFIX,
} from "../shared/hostlayout.ts";
import { get, hostGet, recordGet } from "../memory/access.ts";
import { toOffset } from "../memory/address.ts";
import { failAddress } from "../memory/outcome.ts";
import { typeSize } from "./maptype.ts";

/** The offset of the descriptor or itab at `address`, which is not nil. */
// @ts-ignore: decorator
@inline
function trusted(address: u64, magic: u32): usize {
  if (isDefined(GUARDED)) checkDescriptor(address, magic);
  return <usize>address;
}

function checkDescriptor(address: u64, magic: u32): void {
  if (!isDescriptor(address, magic)) failAddress(address, PTR_SIZE);
}

function isDescriptor(address: u64, magic: u32): bool {
  const low = <u64>hostGet<u32>(RT_HEAP_END) + TYPE_PREFIX;
  const high = <u64>hostGet<u32>(RT_RODATA_END);
  if (address < low || address >= high || (address & 7) != 0) return false;
  return recordGet<u32>(<usize>address, TYPE_MAGIC) == (<u32>address ^ magic);
}

/** Whether the first word of the interface value at `p` is nil, or leads to a type. */
export function isInterface(p: usize, empty: bool): bool {
  const word = get<u64>(p, IFACE_TYPE);
  if (word == 0) return true;
  if (empty) return isDescriptor(word, TYPE_MAGIC_VALUE);
  if (!isDescriptor(word, ITAB_MAGIC_VALUE)) return false;
  return isDescriptor(get<u64>(<usize>word, ITAB_TYPE), TYPE_MAGIC_VALUE);
}

/** The dynamic type of the interface value at `p`: its descriptor, or 0 for a nil one. */
export function dynamicType(p: usize, empty: bool): usize {
  const word = get<u64>(p, IFACE_TYPE);
  if (word == 0) return 0;
  if (empty) return trusted(word, TYPE_MAGIC_VALUE);
  const tab = trusted(word, ITAB_MAGIC_VALUE);
  return trusted(get<u64>(tab, ITAB_TYPE), TYPE_MAGIC_VALUE);
}

/** Whether an interface holds values of the type in its data word. */
// @ts-ignore: decorator
@inline
export function isDirect(type: usize): bool {
  return (get<u8>(type, TYPE_KIND) & KIND_DIRECT_IFACE) != 0;
}

/** Where the value is that the interface at `p` holds, of dynamic type `type`. */
// @ts-ignore: decorator
@inline
export function dynamicValue(p: usize, type: usize): usize {
  return isDirect(type) ? p + IFACE_DATA : toOffset(get<u64>(p, IFACE_DATA), typeSize(type));
}

/** The program by which values of the type are compared, and hashed inside of an interface; or 0. */
// @ts-ignore: decorator
@inline
export function dynamicProgram(type: usize): usize {
  return get<u32>(type, TYPE_EQUAL + 4);
}

/** The list of what a value of the type owns, and its length. */
// @ts-ignore: decorator
@inline
export function ownedOf(type: usize): usize {
  return recordGet<u32>(type, TYPE_OWNED);
}

// @ts-ignore: decorator
@inline
export function ownedCountOf(type: usize): u32 {
  return recordGet<u32>(type, TYPE_OWNED_COUNT);
}
