/** The hashes of floating-point numbers (`runtime/alg.go` f32hash, f64hash). */
import { get } from "../memory/access.ts";
import { drawNaN } from "../memory/random.ts";
import { memhash32, memhash64 } from "./memhash.ts";

/** Multipliers of `runtime/alg.go` for 64-bit targets. */
export const C0: u64 = 33054211828000289;
export const C1: u64 = 23344194077549503;

/** Both zeros hash alike, a NaN each time to another number: it is never found again. */
// @ts-ignore: decorator
@inline
export function hashFloat32(p: usize, seed: u64): u64 {
  const f = get<f32>(p, 0);
  if (f == 0) return C1 * (C0 ^ seed);
  if (f != f) return C1 * (C0 ^ seed ^ drawNaN());
  return memhash32(get<u32>(p, 0), seed);
}

// @ts-ignore: decorator
@inline
export function hashFloat64(p: usize, seed: u64): u64 {
  const f = get<f64>(p, 0);
  if (f == 0) return C1 * (C0 ^ seed);
  if (f != f) return C1 * (C0 ^ seed ^ drawNaN());
  return memhash64(get<u64>(p, 0), seed);
}
