/**
 * From a map type to its hash and its equality.
 *
 * The specialised paths know which hasher they expect and compute it in line;
 * any other number in the descriptor is an injected hasher, which tests and
 * lessons use to force collisions.
 */
import { Equal, Hasher } from "../shared/codes.ts";
import { STRING_LEN, STRING_STR } from "../shared/golayout.ts";
import { equalBytes, get } from "../memory/access.ts";
import { toOffset } from "../memory/address.ts";
import { failAddress, failInternal } from "../memory/outcome.ts";
import { equalOf, hasherOf, keyType, typeSize } from "../types/maptype.ts";
import { memhash, memhash32, memhash64 } from "./memhash.ts";

/** What an injected hasher makes of the real hash. */
export function inject(hasher: u32, hash: u64): u64 {
  if (hasher == Hasher.Zero) return 0;
  if (hasher == Hasher.Ones) return -1;
  if (hasher == Hasher.LowBits) return hash & 3;
  failInternal(4);
  return 0;
}

// @ts-ignore: decorator
@inline
export function hash32(t: usize, key: u32, seed: u64): u64 {
  const hash = memhash32(key, seed);
  const hasher = hasherOf(t);
  return hasher == Hasher.Mem32 ? hash : inject(hasher, hash);
}

// @ts-ignore: decorator
@inline
export function hash64(t: usize, key: u64, seed: u64): u64 {
  const hash = memhash64(key, seed);
  const hasher = hasherOf(t);
  return hasher == Hasher.Mem64 ? hash : inject(hasher, hash);
}

// @ts-ignore: decorator
@inline
export function hashString(t: usize, bytes: usize, length: u32, seed: u64): u64 {
  const hash = memhash(bytes, seed, length);
  const hasher = hasherOf(t);
  return hasher == Hasher.Str ? hash : inject(hasher, hash);
}

/** The hash of the key at `key`, by the descriptor. */
export function hashKey(t: usize, key: usize, seed: u64): u64 {
  const hasher = hasherOf(t);
  if (hasher == Hasher.Mem32) return memhash32(get<u32>(key, 0), seed);
  if (hasher == Hasher.Mem64) return memhash64(get<u64>(key, 0), seed);
  if (hasher == Hasher.Mem) {
    const size = typeSize(keyType(t));
    // A key of no bytes has a hasher of its own, memhash0, which returns the seed as it is.
    return size ? memhash(key, seed, size) : seed;
  }
  if (equalOf(keyType(t)) == Equal.String) {
    const length = stringLength(key);
    return hashString(t, toOffset(get<u64>(key, STRING_STR), length), length, seed);
  }
  return inject(hasher, memhash(key, seed, typeSize(keyType(t))));
}

/** Length of the string at `p`. One that no memory can hold faults where it would be read. */
// @ts-ignore: decorator
@inline
function stringLength(p: usize): u32 {
  const length = get<u64>(p, STRING_LEN);
  if (isDefined(GUARDED)) {
    if (length > 0xffffffff) failAddress(get<u64>(p, STRING_STR), length);
  }
  return <u32>length;
}

/** Whether two keys of the type are equal. */
export function equalKeys(type: usize, a: usize, b: usize): bool {
  if (equalOf(type) == Equal.Memory) return equalBytes(a, b, typeSize(type));
  const length = stringLength(a);
  if (get<u64>(a, STRING_LEN) != get<u64>(b, STRING_LEN)) return false;
  const x = get<u64>(a, STRING_STR);
  const y = get<u64>(b, STRING_STR);
  return x == y || equalBytes(toOffset(x, length), toOffset(y, length), length);
}
