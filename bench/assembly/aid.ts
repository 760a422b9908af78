/**
 * What only the benchmark asks of the core's memory: independent random loads from a bucket array, which no
 * lookup can outrun, and the core's own hash in a loop, without a call from JavaScript for each. Compiled
 * apart and instantiated on the same memory, so that nothing of it ships.
 */
import { get } from "../../assembly/memory/access.ts";
import { memhash, memhash32, memhash64 } from "../../assembly/hash/memhash.ts";

/** The bytes in which the hashed ranges lie: a power of two. */
const WINDOW: usize = 1 << 16;

// @ts-ignore: decorator
@inline
function gather<L>(base: usize, stride: usize, indices: usize, n: u32): u64 {
  let sum: u64 = 0;
  for (const end = indices + (<usize>n << 2); indices < end; indices += 4) {
    const p = base + <usize>get<u32>(indices, 0) * stride;
    sum += get<u64>(p, 0);
    if (sizeof<L>() > 1) sum += get<u64>(p, 64);
    if (sizeof<L>() > 2) sum += get<u64>(p, 128);
  }
  return sum;
}

/** One cache line of each of `n` buckets, by their indices. */
export function gather1(base: usize, stride: usize, indices: usize, n: u32): u64 {
  return gather<u8>(base, stride, indices, n);
}

/** Two lines. */
export function gather2(base: usize, stride: usize, indices: usize, n: u32): u64 {
  return gather<u16>(base, stride, indices, n);
}

/** Three lines: a bucket of 144 bytes spans just so many. */
export function gather3(base: usize, stride: usize, indices: usize, n: u32): u64 {
  return gather<u32>(base, stride, indices, n);
}

/** Hashes `n` ranges of `size` bytes in the window at `base`, with seeds 0, 1, 2...: their sum. */
export function hashes(base: usize, size: u32, n: u32): u64 {
  let sum: u64 = 0;
  let at: usize = 0;
  if (size == 4) {
    for (let i: u32 = 0; i < n; i++) {
      sum += memhash32(get<u32>(base + at, 0), i);
      at = (at + 4) & (WINDOW - 1);
    }
  } else if (size == 8) {
    for (let i: u32 = 0; i < n; i++) {
      sum += memhash64(get<u64>(base + at, 0), i);
      at = (at + 8) & (WINDOW - 1);
    }
  } else {
    for (let i: u32 = 0; i < n; i++) {
      sum += memhash(base + at, i, size);
      at = (at + size) & (WINDOW - 1);
    }
  }
  return sum;
}
