/**
 * Both halves of a 64 by 64 bit product, folded by xor: wasm has no instruction for the high one. The low
 * half comes out of the parts of the high one. (Measured on V8: a multiplication more for it costs 4 % of a
 * long hash; the four products side by side instead of one behind the other 5 to 20 %; two SIMD
 * multiplications of two lanes each 15 to 25 %.)
 */
// @ts-ignore: decorator
@inline
export function mulFold(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const lowLow = aLow * bLow;
  const highLow = aHigh * bLow + (lowLow >> 32);
  const lowHigh = aLow * bHigh + (highLow & 0xffffffff);
  return (aHigh * bHigh + (highLow >> 32) + (lowHigh >> 32)) ^ ((lowHigh << 32) | (lowLow & 0xffffffff));
}

/*
 * The same of two products at once, in vectors. wasm multiplies 32-bit lanes to 64 bits, the lower or the upper
 * two of a vector, so the halves of both numbers lie side by side: {low 0, low 1, high 0, high 1}.
 * (One product at a time is quicker above; of many, two at a time take half as long.)
 */

/** The halves of two u64 lanes, as `mulFoldPair` takes them. */
// @ts-ignore: decorator
@inline
export function halvesOf(pair: v128): v128 {
  return i8x16.shuffle(pair, pair, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15);
}

/** The same, the high halves first. */
// @ts-ignore: decorator
@inline
export function crossedHalvesOf(pair: v128): v128 {
  return i8x16.shuffle(pair, pair, 4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3, 8, 9, 10, 11);
}

/**
 * Two folded products of `a` and `b`, given as halves, those of `b` also crossed: two u64 lanes. `lows` has
 * the low half of each lane set.
 */
// @ts-ignore: decorator
@inline
export function mulFoldPair(a: v128, b: v128, bCrossed: v128, lows: v128): v128 {
  const lowLow = i64x2.extmul_low_i32x4_u(a, b);
  const highHigh = i64x2.extmul_high_i32x4_u(a, b);
  const lowHigh = i64x2.extmul_low_i32x4_u(a, bCrossed);
  const highLow = i64x2.extmul_high_i32x4_u(a, bCrossed);
  const middle = i64x2.add(
    i64x2.add(lowHigh, i64x2.shr_u(lowLow, 32)), v128.and(highLow, lows),
  );
  const high = i64x2.add(i64x2.add(highHigh, i64x2.shr_u(highLow, 32)), i64x2.shr_u(middle, 32));
  const low = i8x16.shuffle(
    lowLow, i64x2.shl(middle, 32), 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31,
  );
  return v128.xor(high, low);
}
