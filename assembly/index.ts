/** The exported ABI: a flat list. A map is the offset of its record, an iterator likewise. */
import { FINGERPRINT } from "./shared/fingerprint.ts";
import { RT_STAGING } from "./shared/hostlayout.ts";
import { hostGet, recordSet } from "./memory/access.ts";
import { refuel, resolve } from "./memory/address.ts";
import { allocate, outOfMemory, settle, takeApart } from "./memory/malloc.ts";
import { initPages } from "./memory/pages.ts";
import { initSizeClasses, roundUpSize } from "./memory/sizeclass.ts";
import { freeObject, objectBase, objectSize } from "./memory/spans.ts";
import { hashKey } from "./hash/hasher.ts";
import { initMemhash, memhash } from "./hash/memhash.ts";
import { headerOf, typeOf } from "./classic/header.ts";
import { access } from "./classic/access.ts";
import { assign } from "./classic/assign.ts";
import { remove } from "./classic/delete.ts";
import { clear, freeMap } from "./classic/clear.ts";
import { adoptMap, arrayBuckets, makeMap, makeNil } from "./classic/make.ts";
import { endIterator, iterate, iterateNext } from "./classic/iterate.ts";
import { appendedCapacity } from "./classic/overflow.ts";
import { afterMutation, verify } from "./classic/invariants.ts";
import { SlowKey, StringKey, stringKey } from "./classic/key.ts";
import { freeOwned, storeElem } from "./classic/release.ts";
import { initSlotOrders } from "./classic/slots.ts";
import { settleArrays } from "./classic/wipe.ts";
import { setColumnAhead } from "./batch/ahead.ts";
import { deleteColumn } from "./batch/delete.ts";
import { copyEntries, drainMap } from "./batch/drain.ts";
import { setColumn } from "./batch/insert.ts";
import { getColumn } from "./batch/lookup.ts";

/* ---- the machine ---- */

export function fingerprint(): u32 {
  return FINGERPRINT;
}

/** To be called once, after the host state's addresses, limits and hash key are written. */
export function init(): void {
  initSizeClasses();
  initPages();
  initMemhash();
  initSlotOrders();
}

/** Whether this module checks the invariants after every mutation. */
export function isChecked(): bool {
  return isDefined(CHECKED);
}

/** Ends an operation that a trap or the host cut short: what it had set aside goes back. */
export { settle };

/** A zeroed object of the Go heap. */
export function newObject(size: u32): usize {
  const object = allocate(size);
  if (!object) outOfMemory();
  return object;
}

export { freeObject, freeOwned, objectBase, objectSize, resolve, roundUpSize, memhash };

/** Frees everything that waits for it. */
export function sweep(): void {
  takeApart(-1);
}

/* ---- maps ---- */

export { adoptMap, appendedCapacity, arrayBuckets, makeMap, makeNil, freeMap, settleArrays, verify };

export function mapHash(map: usize, key: usize, seed: u64): u64 {
  refuel();
  return hashKey(typeOf(map), key, seed);
}

export function mapClear(map: usize): void {
  refuel();
  clear(map);
  afterMutation(map);
}

export function mapStore(map: usize, to: usize, from: usize): void {
  storeElem(map, to, from);
  afterMutation(map);
}

/** A key in the staging area. */
// @ts-ignore: decorator
@inline
function staged<K>(key: K): usize {
  const at = <usize>hostGet<u32>(RT_STAGING);
  recordSet<K>(at, 0, key);
  return at;
}

export function get32(map: usize, key: u32): usize {
  refuel();
  return access<u32>(typeOf(map), headerOf(map), key);
}

export function get64(map: usize, key: u64): usize {
  refuel();
  return access<u64>(typeOf(map), headerOf(map), key);
}

export function getString(map: usize, bytes: usize, length: u32): usize {
  refuel();
  return access<StringKey>(typeOf(map), headerOf(map), stringKey(bytes, length));
}

export function getF64(map: usize, key: f64): usize {
  if (isDefined(GUARDED)) return getSlow(map, staged<f64>(key));
  return access<f64>(typeOf(map), headerOf(map), key);
}

export function getF32(map: usize, key: f32): usize {
  if (isDefined(GUARDED)) return getSlow(map, staged<f32>(key));
  return access<f32>(typeOf(map), headerOf(map), key);
}

export function getSlow(map: usize, key: usize): usize {
  refuel();
  return access<SlowKey>(typeOf(map), headerOf(map), <SlowKey>key);
}

export function set32(map: usize, key: u32): usize {
  refuel();
  const e = assign<u32>(map, key);
  afterMutation(map);
  return e;
}

export function set64(map: usize, key: u64): usize {
  refuel();
  const e = assign<u64>(map, key);
  afterMutation(map);
  return e;
}

export function setString(map: usize, bytes: usize, length: u32): usize {
  refuel();
  const e = assign<StringKey>(map, stringKey(bytes, length));
  afterMutation(map);
  return e;
}

export function setF64(map: usize, key: f64): usize {
  if (isDefined(GUARDED)) return setSlow(map, staged<f64>(key));
  return assign<f64>(map, key);
}

export function setF32(map: usize, key: f32): usize {
  if (isDefined(GUARDED)) return setSlow(map, staged<f32>(key));
  return assign<f32>(map, key);
}

export function setSlow(map: usize, key: usize): usize {
  refuel();
  const e = assign<SlowKey>(map, <SlowKey>key);
  afterMutation(map);
  return e;
}

export function delete32(map: usize, key: u32): bool {
  refuel();
  const found = remove<u32>(map, key);
  afterMutation(map);
  return found;
}

export function delete64(map: usize, key: u64): bool {
  refuel();
  const found = remove<u64>(map, key);
  afterMutation(map);
  return found;
}

export function deleteString(map: usize, bytes: usize, length: u32): bool {
  refuel();
  const found = remove<StringKey>(map, stringKey(bytes, length));
  afterMutation(map);
  return found;
}

export function deleteF64(map: usize, key: f64): bool {
  if (isDefined(GUARDED)) return deleteSlow(map, staged<f64>(key));
  return remove<f64>(map, key);
}

export function deleteF32(map: usize, key: f32): bool {
  if (isDefined(GUARDED)) return deleteSlow(map, staged<f32>(key));
  return remove<f32>(map, key);
}

export function deleteSlow(map: usize, key: usize): bool {
  refuel();
  const found = remove<SlowKey>(map, <SlowKey>key);
  afterMutation(map);
  return found;
}

/* ---- iteration ---- */

export function iterBegin(map: usize): usize {
  refuel();
  const iter = iterate(map);
  afterMutation(map);
  return iter;
}

export function iterNext(iter: usize): void {
  refuel();
  iterateNext(iter);
}

export { endIterator as iterEnd, copyEntries, drainMap };

/* ---- columns ---- */

export function getMany32(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  refuel();
  return getColumn<u32>(map, keys, elems, found, n);
}

export function getMany64(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  refuel();
  return getColumn<u64>(map, keys, elems, found, n);
}

export function getManyString(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  refuel();
  return getColumn<StringKey>(map, keys, elems, found, n);
}

export function getManySlow(map: usize, keys: usize, elems: usize, found: usize, n: u32): u32 {
  refuel();
  return getColumn<SlowKey>(map, keys, elems, found, n);
}

export function setMany32(map: usize, keys: usize, elems: usize, n: u32): void {
  refuel();
  setColumn<u32>(map, keys, elems, n, false, 0, 0);
  afterMutation(map);
}

export function setMany64(map: usize, keys: usize, elems: usize, n: u32): void {
  refuel();
  setColumn<u64>(map, keys, elems, n, false, 0, 0);
  afterMutation(map);
}

export function setManyString(map: usize, keys: usize, elems: usize, n: u32): void {
  refuel();
  setColumn<StringKey>(map, keys, elems, n, false, 0, 0);
  afterMutation(map);
}

export function setManySlow(map: usize, keys: usize, elems: usize, n: u32): void {
  refuel();
  setColumn<SlowKey>(map, keys, elems, n, false, 0, 0);
  afterMutation(map);
}

export function setAhead32(map: usize, keys: usize, elems: usize, n: u32, scratch: usize, room: u32): void {
  refuel();
  setColumnAhead<u32>(map, keys, elems, n, scratch, room);
  afterMutation(map);
}

export function setAhead64(map: usize, keys: usize, elems: usize, n: u32, scratch: usize, room: u32): void {
  refuel();
  setColumnAhead<u64>(map, keys, elems, n, scratch, room);
  afterMutation(map);
}

export function setAheadString(
  map: usize, keys: usize, elems: usize, n: u32, scratch: usize, room: u32,
): void {
  refuel();
  setColumnAhead<StringKey>(map, keys, elems, n, scratch, room);
  afterMutation(map);
}

export function setAheadSlow(map: usize, keys: usize, elems: usize, n: u32, scratch: usize, room: u32): void {
  refuel();
  setColumnAhead<SlowKey>(map, keys, elems, n, scratch, room);
  afterMutation(map);
}

export function deleteMany32(map: usize, keys: usize, n: u32): u32 {
  refuel();
  const hits = deleteColumn<u32>(map, keys, n);
  afterMutation(map);
  return hits;
}

export function deleteMany64(map: usize, keys: usize, n: u32): u32 {
  refuel();
  const hits = deleteColumn<u64>(map, keys, n);
  afterMutation(map);
  return hits;
}

export function deleteManyString(map: usize, keys: usize, n: u32): u32 {
  refuel();
  const hits = deleteColumn<StringKey>(map, keys, n);
  afterMutation(map);
  return hits;
}

export function deleteManySlow(map: usize, keys: usize, n: u32): u32 {
  refuel();
  const hits = deleteColumn<SlowKey>(map, keys, n);
  afterMutation(map);
  return hits;
}
