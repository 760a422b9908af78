/** Go's type descriptors as they lie in memory: getters named after the fields (`runtime/type.go`). */
import {
  MAPTYPE_BUCKET, MAPTYPE_BUCKETSIZE, MAPTYPE_ELEM, MAPTYPE_ELEMSIZE, MAPTYPE_FLAGS, MAPTYPE_HASHER,
  MAPTYPE_HASH_MIGHT_PANIC, MAPTYPE_INDIRECT_ELEM, MAPTYPE_INDIRECT_KEY, MAPTYPE_KEY, MAPTYPE_KEYSIZE,
  MAPTYPE_NEED_KEY_UPDATE, MAPTYPE_REFLEXIVE_KEY, TYPE_EQUAL, TYPE_PTRDATA, TYPE_SIZE_,
} from "../shared/golayout.ts";
import { get } from "../memory/access.ts";

// Descriptors lie in the program's read-only data, which nothing emulated can write:
// their pointers are trusted in every build.

// @ts-ignore: decorator
@inline
export function keyType(t: usize): usize {
  return <usize>get<u64>(t, MAPTYPE_KEY);
}

// @ts-ignore: decorator
@inline
export function elemType(t: usize): usize {
  return <usize>get<u64>(t, MAPTYPE_ELEM);
}

// @ts-ignore: decorator
@inline
export function bucketType(t: usize): usize {
  return <usize>get<u64>(t, MAPTYPE_BUCKET);
}

/** The HASHER_ number of the map type. */
// @ts-ignore: decorator
@inline
export function hasherOf(t: usize): u32 {
  return get<u32>(t, MAPTYPE_HASHER);
}

/** The program that hashes keys part by part, or 0. */
// @ts-ignore: decorator
@inline
export function programOf(t: usize): usize {
  return get<u32>(t, MAPTYPE_HASHER + 4);
}

/** Whether hashing a key may panic: it may hold a value of a type without equality. */
// @ts-ignore: decorator
@inline
export function hashMightPanic(t: usize): bool {
  return (get<u32>(t, MAPTYPE_FLAGS) & MAPTYPE_HASH_MIGHT_PANIC) != 0;
}

/** Bytes of a key slot. */
// @ts-ignore: decorator
@inline
export function keySize(t: usize): u32 {
  return get<u8>(t, MAPTYPE_KEYSIZE);
}

/** Bytes of an element slot. */
// @ts-ignore: decorator
@inline
export function elemSize(t: usize): u32 {
  return get<u8>(t, MAPTYPE_ELEMSIZE);
}

// @ts-ignore: decorator
@inline
export function bucketSize(t: usize): u32 {
  return get<u16>(t, MAPTYPE_BUCKETSIZE);
}

// @ts-ignore: decorator
@inline
export function indirectKey(t: usize): bool {
  return (get<u32>(t, MAPTYPE_FLAGS) & MAPTYPE_INDIRECT_KEY) != 0;
}

// @ts-ignore: decorator
@inline
export function indirectElem(t: usize): bool {
  return (get<u32>(t, MAPTYPE_FLAGS) & MAPTYPE_INDIRECT_ELEM) != 0;
}

/** Whether k == k for every key. */
// @ts-ignore: decorator
@inline
export function reflexiveKey(t: usize): bool {
  return (get<u32>(t, MAPTYPE_FLAGS) & MAPTYPE_REFLEXIVE_KEY) != 0;
}

/** Whether the stored key is replaced by an equal one. */
// @ts-ignore: decorator
@inline
export function needKeyUpdate(t: usize): bool {
  return (get<u32>(t, MAPTYPE_FLAGS) & MAPTYPE_NEED_KEY_UPDATE) != 0;
}

/** Bytes of a value of the type. */
// @ts-ignore: decorator
@inline
export function typeSize(type: usize): u32 {
  return get<u32>(type, TYPE_SIZE_);
}

/** Whether values of the type hold pointers. */
// @ts-ignore: decorator
@inline
export function hasPointers(type: usize): bool {
  return get<u64>(type, TYPE_PTRDATA) != 0;
}

/** How two values of the type are compared: an EQUAL_ number. */
// @ts-ignore: decorator
@inline
export function equalOf(type: usize): u32 {
  return get<u32>(type, TYPE_EQUAL);
}
