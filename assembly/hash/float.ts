/** The hashes of floating-point numbers (`runtime/alg.go` f32hash, f64hash). */
import { drawNaN } from "../memory/random.ts";
import { memhash32, memhash64 } from "./memhash.ts";

/** Multipliers of `runtime/alg.go` for 64-bit targets. */
export const C0: u64 = 33054211828000289;
export const C1: u64 = 23344194077549503;

/** Both zeros hash alike, a NaN each time to another number: it is never found again. */
// @ts-ignore: decorator
@inline
export function hashFloat32(f: f32, seed: u64): u64 {
  if (f == 0) return C1 * (C0 ^ seed);
  if (f != f) return C1 * (C0 ^ seed ^ drawNaN());
  return memhash32(reinterpret<u32>(f), seed);
}

// @ts-ignore: decorator
@inline
export function hashFloat64(f: f64, seed: u64): u64 {
  if (f == 0) return C1 * (C0 ^ seed);
  if (f != f) return C1 * (C0 ^ seed ^ drawNaN());
  return memhash64(reinterpret<u64>(f), seed);
}
