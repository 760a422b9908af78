/**
 * What an entry owns beyond its slot: the storage of its strings, the objects
 * that its interfaces point to, and those that hold a key or element too large
 * for the slot. Go leaves them to its collector; here they are freed when the
 * entry goes.
 */
import { IFACE_DATA, STRING_STR } from "../shared/golayout.ts";
import {
  MAP_ELEM_OWNED, MAP_ELEM_OWNED_COUNT, MAP_KEY_OWNED, MAP_KEY_OWNED_COUNT, MAP_SUSPECT,
  OWNED_EMPTY_INTERFACE, OWNED_KIND, OWNED_STRING,
} from "../shared/hostlayout.ts";
import { copyValue, get, recordGet } from "../memory/access.ts";
import { release } from "../memory/malloc.ts";
import { dynamicType, isDirect, ownedCountOf, ownedOf } from "../types/interface.ts";
import { elemType, indirectElem, indirectKey, typeSize } from "../types/maptype.ts";
import { typeOf } from "./header.ts";

/** Frees what the value at `p` owns by the `count` entries of a list; without a map (0) at once. */
function releaseOwned(map: usize, p: usize, list: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const entry = recordGet<u32>(list + <usize>i * 4, 0);
    const at = p + (entry & ~OWNED_KIND);
    const kind = entry & OWNED_KIND;
    if (kind == OWNED_STRING) release(map, <usize>get<u64>(at, STRING_STR));
    else releaseBox(map, at, kind == OWNED_EMPTY_INTERFACE);
  }
}

/** Frees the object that the interface at `p` points to, and first what that owns. */
function releaseBox(map: usize, p: usize, empty: bool): void {
  const type = dynamicType(p, empty);
  if (type == 0) return;
  // A value that is one pointer is its holder's; one of no bytes has no object.
  if (isDirect(type) || typeSize(type) == 0) return;
  const value = <usize>get<u64>(p, IFACE_DATA);
  const count = ownedCountOf(type);
  if (count) releaseOwned(map, value, ownedOf(type), count);
  release(map, value);
}

/** Frees what the key at `key` (not the slot) owns. */
// @ts-ignore: decorator
@inline
export function releaseKeyOwned(map: usize, key: usize): void {
  const count = recordGet<u32>(map, MAP_KEY_OWNED_COUNT);
  if (count && !recordGet<u32>(map, MAP_SUSPECT)) {
    releaseOwned(map, key, recordGet<u32>(map, MAP_KEY_OWNED), count);
  }
}

/** Frees what the element at `elem` (not the slot) owns. */
// @ts-ignore: decorator
@inline
export function releaseElemOwned(map: usize, elem: usize): void {
  const count = recordGet<u32>(map, MAP_ELEM_OWNED_COUNT);
  if (count && !recordGet<u32>(map, MAP_SUSPECT)) {
    releaseOwned(map, elem, recordGet<u32>(map, MAP_ELEM_OWNED), count);
  }
}

/** Overwrites the element at `to`, which frees what the old one owns. */
export function storeElem(map: usize, to: usize, from: usize): void {
  releaseElemOwned(map, to);
  copyValue(to, from, typeSize(elemType(typeOf(map))));
}

/** Frees what a value owns that no map has taken. */
export function freeOwned(p: usize, list: usize, count: u32): void {
  releaseOwned(0, p, list, count);
}

/** Whether entries of the map own anything at all. */
export function ownsStorage(map: usize, t: usize): bool {
  return recordGet<u32>(map, MAP_KEY_OWNED_COUNT) != 0 || recordGet<u32>(map, MAP_ELEM_OWNED_COUNT) != 0 ||
    indirectKey(t) || indirectElem(t);
}

/** Frees what the entry with these slots owns; to be called before the slots are cleared. */
export function releaseEntry(map: usize, t: usize, k: usize, e: usize): void {
  // Nothing is freed by the word of bytes that may be forged.
  if (recordGet<u32>(map, MAP_SUSPECT)) return;
  if (indirectKey(t)) {
    const key = <usize>get<u64>(k, 0);
    releaseKeyOwned(map, key);
    release(map, key);
  } else {
    releaseKeyOwned(map, k);
  }
  if (indirectElem(t)) {
    const elem = <usize>get<u64>(e, 0);
    releaseElemOwned(map, elem);
    release(map, elem);
  } else {
    releaseElemOwned(map, e);
  }
}
