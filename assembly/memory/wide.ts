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
 * The same of two products at once, in vectors. wasm multiplies 32-bit lanes to 64 bits, the lower or the
 * upper two of a vector, so the halves of both numbers lie side by side: {low 0, low 1, high 0, high 1}.
 * (Of one hash after the other the scalar is as quick; of many keys, two at a time take 60 % of its time.)
 */

/** The halves of two u64 lanes, as `mulFoldPair` takes them. */
// @ts-ignore: decorator
@inline
export function halvesOf(pair: v128): v128 {
  return i32x4.shuffle(pair, pair, 0, 2, 1, 3);
}

/** The same, the high halves first. */
// @ts-ignore: decorator
@inline
export function crossedHalvesOf(pair: v128): v128 {
  return i32x4.shuffle(pair, pair, 1, 3, 0, 2);
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
  const low = i32x4.shuffle(lowLow, i64x2.shl(middle, 32), 0, 5, 2, 7);
  return v128.xor(high, low);
}

/** The lower halves of what it makes of one factor `a` for both numbers; above them stands nothing of use. */
// @ts-ignore: decorator
@inline
export function mulFoldPairLow(a: u64, b: v128, lows: v128): v128 {
  const parts = halvesOf(b);
  const low = i32x4.splat(<i32>a);
  const high = i32x4.splat(<i32>(a >> 32));
  const lowLow = i64x2.extmul_low_i32x4_u(parts, low);
  const lowHigh = i64x2.extmul_low_i32x4_u(parts, high);
  const highLow = i64x2.extmul_high_i32x4_u(parts, low);
  const highHigh = i64x2.extmul_high_i32x4_u(parts, high);
  const middle = i64x2.add(i64x2.add(lowHigh, i64x2.shr_u(lowLow, 32)), v128.and(highLow, lows));
  return v128.xor(i64x2.add(i64x2.add(highHigh, i64x2.shr_u(highLow, 32)), i64x2.shr_u(middle, 32)), lowLow);
}
