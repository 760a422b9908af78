/**
 * From a map type to its hash and its equality.
 *
 * The specialised paths know which hasher they expect and compute it in line;
 * any other number in the descriptor is an injected hasher, which tests and
 * lessons use to force collisions.
 */
import { AlgOp, Equal, Hasher } from "../shared/codes.ts";
import { PROGRAM_ARG, PROGRAM_OFFSET, PROGRAM_OP, RT_KEY_CHECKS } from "../shared/hostlayout.ts";
import { equalBytes, get, hostGet, recordGet } from "../memory/access.ts";
import { failInternal } from "../memory/outcome.ts";
import { dynamicProgram } from "../types/interface.ts";
import { equalOf, hasherOf, keyType, programOf, typeSize } from "../types/maptype.ts";
import { hashFloat32, hashFloat64 } from "./float.ts";
import { memhash, memhash32, memhash64 } from "./memhash.ts";
import { checkByProgram, equalByProgram, equalStringsAt, hashByProgram, hashStringAt } from "./program.ts";

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

// @ts-ignore: decorator
@inline
export function hashF32(t: usize, key: f32, seed: u64): u64 {
  const hash = hashFloat32(key, seed);
  const hasher = hasherOf(t);
  return hasher == Hasher.Float32 ? hash : inject(hasher, hash);
}

// @ts-ignore: decorator
@inline
export function hashF64(t: usize, key: f64, seed: u64): u64 {
  const hash = hashFloat64(key, seed);
  const hasher = hasherOf(t);
  return hasher == Hasher.Float64 ? hash : inject(hasher, hash);
}

/** The hash of the key at `key`, by the descriptor. */
export function hashKey(t: usize, key: usize, seed: u64): u64 {
  const hasher = hasherOf(t);
  if (hasher == Hasher.Mem32) return memhash32(get<u32>(key, 0), seed);
  if (hasher == Hasher.Mem64) return memhash64(get<u64>(key, 0), seed);
  if (hasher == Hasher.Float64) return hashFloat64(get<f64>(key, 0), seed);
  const hash = realHash(t, key, seed);
  return hasher >= <u32>Hasher.Zero ? inject(hasher, hash) : hash;
}

/**
 * How many bytes from its first on tell a key of the map from others, where keys are hashed and compared as
 * that one stretch of memory: all of them, or all but the padding at its end. 0 where more is to be done.
 */
export function plainBytes(t: usize): u32 {
  const type = keyType(t);
  const equal = equalOf(type);
  if (equal == Equal.Memory) return typeSize(type);
  if (equal != Equal.Program) return 0;
  const program = programOf(t);
  const record = program + 4;
  const whole = recordGet<u32>(program, 0) == 1 && recordGet<u32>(record, PROGRAM_OP) == AlgOp.Memory &&
    recordGet<u32>(record, PROGRAM_OFFSET) == 0;
  return whole ? recordGet<u32>(record, PROGRAM_ARG) : 0;
}

/** The same where the hash is of these bytes too: 0 where another hasher was injected. */
export function plainlyHashedBytes(t: usize): u32 {
  return hasherOf(t) < <u32>Hasher.Zero ? plainBytes(t) : 0;
}

/** The hash of the key's own type, whatever was injected. */
function realHash(t: usize, key: usize, seed: u64): u64 {
  const type = keyType(t);
  const equal = equalOf(type);
  if (equal == Equal.Memory) {
    const size = typeSize(type);
    // A key of no bytes has a hasher of its own, memhash0, which returns the seed as it is.
    return size ? memhash(key, seed, size) : seed;
  }
  if (equal == Equal.String) return hashStringAt(key, seed);
  if (equal == Equal.Float64) return hashFloat64(get<f64>(key, 0), seed);
  if (equal == Equal.Float32) return hashFloat32(get<f32>(key, 0), seed);
  return hashByProgram(programOf(t), key, seed);
}

/**
 * What a lookup in an empty map does with a key that may not be hashable: up to Go 1.21 it is hashed, with
 * what that draws; later it is only looked at.
 */
export function checkKey(t: usize, key: usize): void {
  if (hostGet<u32>(RT_KEY_CHECKS)) checkByProgram(programOf(t), key);
  else hashKey(t, key, 0);
}

/** Whether two keys of the type are equal. */
export function equalKeys(type: usize, a: usize, b: usize): bool {
  const equal = equalOf(type);
  if (equal == Equal.Memory) return equalBytes(a, b, typeSize(type));
  if (equal == Equal.String) return equalStringsAt(a, b);
  if (equal == Equal.Float64) return get<f64>(a, 0) == get<f64>(b, 0);
  if (equal == Equal.Float32) return get<f32>(a, 0) == get<f32>(b, 0);
  return equalByProgram(dynamicProgram(type), a, b);
}
