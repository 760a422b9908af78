/**
 * The only file that loads from or stores to linear memory.
 *
 * Two families, the same in machine code, apart for the reader: `get`/`set` touch
 * emulated memory (Go's bytes), `hostGet`/`hostSet` the emulator's own state.
 * `p + offset` with a constant offset folds into the instruction's immediate.
 *
 * Checking happens where a pointer is followed (`address.ts`), once a hop and
 * over the whole extent, so these need no variant of their own.
 */
import { RUNTIME_BASE } from "../shared/hostlayout.ts";

// @ts-ignore: decorator
@inline
export function get<T>(p: usize, offset: usize): T {
  return load<T>(p + offset);
}

// @ts-ignore: decorator
@inline
export function set<T>(p: usize, offset: usize, value: T): void {
  store<T>(p + offset, value);
}

/** Eight bytes in the low half of a vector whose high half is zero. */
// @ts-ignore: decorator
@inline
export function getHalf(p: usize): v128 {
  return v128.load64_zero(p);
}

/** Two integers of four or eight bytes that lie side by side, each in a u64 lane. */
// @ts-ignore: decorator
@inline
export function getPair<T>(p: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32x2_u(p) : v128.load(p);
}

/** The eight bytes at `p` and those at `q`. */
// @ts-ignore: decorator
@inline
export function getBoth(p: usize, q: usize): v128 {
  return v128.load64_lane(q, v128.load64_zero(p), 1);
}

/** Four bytes in each quarter of a vector. */
// @ts-ignore: decorator
@inline
export function splatGet(p: usize, offset: usize): v128 {
  return v128.load32_splat(p + offset);
}

/** Stores the low half of a vector. */
// @ts-ignore: decorator
@inline
export function setHalf(p: usize, value: v128): void {
  v128.store64_lane(p, value, 0);
}

/** A field of the host state. */
// @ts-ignore: decorator
@inline
export function hostGet<T>(field: usize): T {
  return load<T>(RUNTIME_BASE + field);
}

// @ts-ignore: decorator
@inline
export function hostSet<T>(field: usize, value: T): void {
  store<T>(RUNTIME_BASE + field, value);
}

/** A field of a host record (a page, a size class, a map record). */
// @ts-ignore: decorator
@inline
export function recordGet<T>(record: usize, field: usize): T {
  return load<T>(record + field);
}

// @ts-ignore: decorator
@inline
export function recordSet<T>(record: usize, field: usize, value: T): void {
  store<T>(record + field, value);
}

/** Copies `size` bytes; the ranges may overlap. */
// @ts-ignore: decorator
@inline
export function copyBytes(to: usize, from: usize, size: usize): void {
  memory.copy(to, from, size);
}

// @ts-ignore: decorator
@inline
export function zeroBytes(p: usize, size: usize): void {
  memory.fill(p, 0, size);
}

// @ts-ignore: decorator
@inline
export function fillBytes(p: usize, byte: u8, size: usize): void {
  memory.fill(p, byte, size);
}

/** The same for a multiple of eight bytes, in line where those are few. */
// @ts-ignore: decorator
@inline
export function zeroWords(p: usize, size: usize): void {
  if (size > FEW) {
    memory.fill(p, 0, size);
    return;
  }
  const end = p + (size & ~15);
  for (; p < end; p += 16) v128.store(p, i64x2.splat(0));
  if (size & 8) store<u64>(p, 0);
}

/**
 * Copies the bytes of one key or element: the sizes that most types have in one
 * or two moves, since a call of `memory.copy` costs more than they do.
 */
// @ts-ignore: decorator
@inline
export function copyValue(to: usize, from: usize, size: usize): void {
  if (size == 8) {
    store<u64>(to, load<u64>(from));
  } else if (size == 4) {
    store<u32>(to, load<u32>(from));
  } else if (size == 16) {
    store<u64>(to, load<u64>(from));
    store<u64>(to + 8, load<u64>(from + 8));
  } else if (size != 0) {
    // Forged pointers can lead to places that overlap.
    if (isDefined(GUARDED)) memory.copy(to, from, size);
    else copyApart(to, from, size);
  }
}

/** Bytes that are quicker copied or wiped in line than by a call of `memory.copy` or `memory.fill`. */
const FEW: usize = 256;

/** Copies `size` bytes, at least one, between places that do not overlap. */
export function copyApart(to: usize, from: usize, size: usize): void {
  if (size >= 16) {
    if (size > FEW) {
      memory.copy(to, from, size);
      return;
    }
    const last = size - 16;
    for (let at: usize = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at));
    v128.store(to + last, v128.load(from + last));
  } else if (size >= 8) {
    const first = load<u64>(from);
    store<u64>(to + size - 8, load<u64>(from + size - 8));
    store<u64>(to, first);
  } else if (size >= 4) {
    const first = load<u32>(from);
    store<u32>(to + size - 4, load<u32>(from + size - 4));
    store<u32>(to, first);
  } else {
    store<u8>(to + (size >> 1), load<u8>(from + (size >> 1)));
    store<u8>(to + size - 1, load<u8>(from + size - 1));
    store<u8>(to, load<u8>(from));
  }
}

/** Copies `words` times eight bytes, sixteen at once: eight more where the number is odd. */
// @ts-ignore: decorator
@inline
export function copyPairs(to: usize, from: usize, words: u32): void {
  for (const end = from + words * 8; from < end; from += 16, to += 16) v128.store(to, v128.load(from));
}

// @ts-ignore: decorator
@inline
export function zeroValue(p: usize, size: usize): void {
  if (size == 8) {
    store<u64>(p, 0);
  } else if (size == 4) {
    store<u32>(p, 0);
  } else if (size != 0) {
    zeroLong(p, size);
  }
}

/** The same for other sizes. */
function zeroLong(p: usize, size: usize): void {
  if (size < 16 || size > FEW) {
    memory.fill(p, 0, size);
    return;
  }
  const last = p + size - 16;
  for (; p < last; p += 16) v128.store(p, i64x2.splat(0));
  v128.store(last, i64x2.splat(0));
}

/** Whether `size` bytes at `a` and `b` are the same. */
export function equalBytes(a: usize, b: usize, size: usize): bool {
  while (size >= 16) {
    if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
    size -= 16;
  }
  if (size & 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    size -= 8;
  }
  if (size & 4) {
    if (load<u32>(a) != load<u32>(b)) return false;
    a += 4;
    b += 4;
  }
  if (size & 2) {
    if (load<u16>(a) != load<u16>(b)) return false;
    a += 2;
    b += 2;
  }
  return !(size & 1) || load<u8>(a) == load<u8>(b);
}

/** The same, in line for 8 to 16 bytes: two words that may overlap. */
// @ts-ignore: decorator
@inline
export function equalText(a: usize, b: usize, size: usize): bool {
  if (size - 8 > 8) return equalBytes(a, b, size);
  return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + size - 8) ^ load<u64>(b + size - 8))) == 0;
}

/** Whether `size` bytes at `p` are all zero. */
export function isZero(p: usize, size: usize): bool {
  while (size >= 8) {
    if (load<u64>(p) != 0) return false;
    p += 8;
    size -= 8;
  }
  while (size) {
    if (load<u8>(p) != 0) return false;
    p += 1;
    size -= 1;
  }
  return true;
}
