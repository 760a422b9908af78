/**
 * Operations on columns: one plain loop over many keys in one call.
 *
 * A column of fixed-size keys or elements is their bytes one behind the other.
 * A column of strings is one record {offset of the bytes, length} each. The
 * index of the entry under way stands in the host state, so that a batch that
 * fails says where it stopped; the entries before it stand.
 */
import { HITER_ELEM, HITER_KEY } from "../shared/golayout.ts";
import { RT_BATCH_INDEX } from "../shared/hostlayout.ts";
import { copyValue, get, hostSet, set } from "../memory/access.ts";
import { refuel, toOffset } from "../memory/address.ts";
import { elemType, keyType, typeSize } from "../types/maptype.ts";
import { headerOf, typeOf } from "../classic/header.ts";
import { access } from "../classic/access.ts";
import { assign } from "../classic/assign.ts";
import { remove } from "../classic/delete.ts";
import { hiterOf, iterateNext } from "../classic/iterate.ts";
import { isFast, isString, stringKey } from "../classic/key.ts";
import { releaseElemOwned } from "../classic/release.ts";

/** Bytes from one key of a column to the next. */
// @ts-ignore: decorator
@inline
function stride<K>(t: usize): u32 {
  if (isFast<K>()) return sizeof<K>();
  if (isString<K>()) return 8;
  return typeSize(keyType(t));
}

/** The key of a column at `p`. */
// @ts-ignore: decorator
@inline
function columnKey<K>(p: usize): K {
  if (isFast<K>()) return get<K>(p, 0);
  if (isString<K>()) return <K>stringKey(get<u32>(p, 0), get<u32>(p, 4));
  return <K>p;
}

/** Overwrites the element at `to`, which frees what the old one owns. */
export function storeElem(map: usize, to: usize, from: usize): void {
  releaseElemOwned(map, to);
  copyValue(to, from, typeSize(elemType(typeOf(map))));
}

/** Assigns `n` elements to `n` keys. */
export function setColumn<K>(map: usize, keys: usize, elems: usize, n: u32): void {
  const keyStride = stride<K>(typeOf(map));
  const elemStride = typeSize(elemType(typeOf(map)));
  for (let i: u32 = 0; i < n; i++) {
    refuel();
    hostSet<u32>(RT_BATCH_INDEX, i);
    storeElem(map, assign<K>(map, columnKey<K>(keys)), elems);
    keys += keyStride;
    elems += elemStride;
  }
}

/** Looks `n` keys up: elements go to `elems` (0: not wanted), 1 or 0 to `found` for each. How many hits. */
export function getColumn<K>(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  const t = typeOf(map);
  const keyStride = stride<K>(t);
  const elemStride = typeSize(elemType(t));
  let hits: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    refuel();
    const e = access<K>(t, headerOf(map), columnKey<K>(keys));
    const hit = e != 0;
    if (hit && elems) copyValue(elems + i * elemStride, e, elemStride);
    set<u8>(found + i, 0, <u8>hit);
    hits += <u32>hit;
    keys += keyStride;
  }
  return hits;
}

/** Deletes `n` keys; 1 or 0 to `found` for each that was there or not. */
export function deleteColumn<K>(map: usize, keys: usize, found: usize, n: u32): u32 {
  const keyStride = stride<K>(typeOf(map));
  let hits: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    refuel();
    hostSet<u32>(RT_BATCH_INDEX, i);
    const hit = remove<K>(map, columnKey<K>(keys));
    set<u8>(found + i, 0, <u8>hit);
    hits += <u32>hit;
    keys += keyStride;
  }
  return hits;
}

/**
 * Copies up to `n` entries, from the one on which the iterator stands, to two
 * columns (of strings: their 16-byte headers). How many; the iterator stands on
 * the next one.
 */
export function copyEntries(map: usize, iter: usize, keys: usize, elems: usize, n: u32): u32 {
  const keyStride = typeSize(keyType(typeOf(map)));
  const elemStride = typeSize(elemType(typeOf(map)));
  const it = hiterOf(iter);
  let i: u32 = 0;
  while (i < n && get<u64>(it, HITER_KEY)) {
    copyValue(keys + i * keyStride, toOffset(get<u64>(it, HITER_KEY), keyStride), keyStride);
    copyValue(elems + i * elemStride, toOffset(get<u64>(it, HITER_ELEM), elemStride), elemStride);
    i++;
    refuel();
    iterateNext(iter);
  }
  return i;
}
