/**
 * The kinds of key that a path is compiled for, as type parameters: Go has a
 * hand-made copy of access, assign, delete and evacuate for each; here one
 * generic source makes them all.
 *
 *   u32        a four-byte key by value          (fast32)
 *   u64        an eight-byte key by value        (fast64, fast64ptr)
 *   StringKey  where its bytes are, and how many (faststr)
 *   SlowKey    where the key's bytes are         (the general path)
 *   f64, f32   a float by value                  (the general path as well)
 *
 * Floats go by the rules of the general path. They only need not cross by way
 * of memory, nor be compared and hashed by what the type says. The guarded twin
 * has no such kinds: it takes every float by where it is.
 */
import { Hasher } from "../shared/codes.ts";
import { STRING_LEN, STRING_STR } from "../shared/golayout.ts";
import { equalText, get } from "../memory/access.ts";
import { toOffset } from "../memory/address.ts";
import { equalKeys, hash32, hash64, hashF32, hashF64, hashKey, hashString } from "../hash/hasher.ts";
import { hashStringAt } from "../hash/program.ts";
import { hasherOf, indirectKey, keySize, keyType, typeSize } from "../types/maptype.ts";

/** Offset of the bytes in the high half, their number in the low half. */
export type StringKey = i64;
/** Offset of the key's bytes. */
export type SlowKey = i32;

// @ts-ignore: decorator
@inline
export function stringKey(bytes: usize, length: u32): StringKey {
  return (<i64>bytes << 32) | <i64>length;
}

// @ts-ignore: decorator
@inline
export function stringBytes(key: StringKey): usize {
  return <usize>(<u64>key >> 32);
}

// @ts-ignore: decorator
@inline
export function stringLength(key: StringKey): u32 {
  return <u32>key;
}

// @ts-ignore: decorator
@inline
export function isFast<K>(): bool {
  return !isFloat<K>() && !isSigned<K>();
}

// @ts-ignore: decorator
@inline
export function isString<K>(): bool {
  return !isFloat<K>() && isSigned<K>() && sizeof<K>() == 8;
}

/** Whether a key is where its bytes are. */
// @ts-ignore: decorator
@inline
export function isPlace<K>(): bool {
  return !isFloat<K>() && isSigned<K>() && sizeof<K>() == 4;
}

/** Whether keys go by the rules of Go's general path. */
// @ts-ignore: decorator
@inline
export function isGeneral<K>(): bool {
  return !isFast<K>() && !isString<K>();
}

/** Bytes of a key slot: known at compile time on the specialised paths. */
// @ts-ignore: decorator
@inline
export function slotSize<K>(t: usize): u32 {
  if (isFast<K>() || isFloat<K>()) return sizeof<K>();
  if (isString<K>()) return 16;
  return keySize(t);
}

// @ts-ignore: decorator
@inline
export function hashOf<K>(t: usize, key: K, seed: u64): u64 {
  if (isFast<K>()) return sizeof<K>() == 4 ? hash32(t, <u32>key, seed) : hash64(t, <u64>key, seed);
  if (isString<K>()) return hashString(t, stringBytes(<StringKey>key), stringLength(<StringKey>key), seed);
  if (isFloat<K>()) return sizeof<K>() == 4 ? hashF32(t, <f32>key, seed) : hashF64(t, <f64>key, seed);
  return hashKey(t, <usize>key, seed);
}

/** The hash of the key that the slot at `k` holds. */
// @ts-ignore: decorator
@inline
export function hashSlot<K>(t: usize, k: usize, seed: u64): u64 {
  if (isFast<K>() || isFloat<K>()) return hashOf<K>(t, get<K>(k, 0), seed);
  if (isString<K>() && hasherOf(t) == <u32>Hasher.Str) return hashStringAt(k, seed);
  return hashKey(t, keyIn(t, k), seed);
}

/** Where the key of the slot at `k` is: the slot, or the object that it points to. */
// @ts-ignore: decorator
@inline
export function keyIn(t: usize, k: usize): usize {
  return indirectKey(t) ? toOffset(get<u64>(k, 0), typeSize(keyType(t))) : k;
}

/** Whether the slot at `k` holds this key. */
// @ts-ignore: decorator
@inline
export function holds<K>(t: usize, k: usize, key: K): bool {
  if (isFast<K>() || isFloat<K>()) return get<K>(k, 0) == key;
  if (isString<K>()) {
    const length = stringLength(<StringKey>key);
    if (get<u64>(k, STRING_LEN) != <u64>length) return false;
    return equalText(toOffset(get<u64>(k, STRING_STR), length), stringBytes(<StringKey>key), length);
  }
  return equalKeys(keyType(t), <usize>key, keyIn(t, k));
}
