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

/** Two such products at once, of the two numbers in each vector. */
// @ts-ignore: decorator
@inline
export function mulFoldPair(a: v128, b: v128): v128 {
  const lows = i32x4.shuffle(a, a, 0, 2, 1, 3);
  const others = i32x4.shuffle(b, b, 0, 2, 1, 3);
  const crossed = i32x4.shuffle(b, b, 1, 3, 0, 2);
  const lowLow = i64x2.extmul_low_i32x4_u(lows, others);
  const middle = i64x2.add(i64x2.extmul_high_i32x4_u(lows, crossed), i64x2.shr_u(lowLow, 32));
  const upper = i64x2.add(i64x2.extmul_low_i32x4_u(lows, crossed), lowHalves(middle));
  const high = highParts(i64x2.extmul_high_i32x4_u(lows, others), middle, upper);
  return v128.xor(high, v128.or(i64x2.shl(upper, 32), lowHalves(lowLow)));
}

/** The lower halves of what it makes of one factor `a` for both numbers; above them stands nothing of use. */
// @ts-ignore: decorator
@inline
export function mulFoldPairLow(a: u64, b: v128): v128 {
  const parts = i32x4.shuffle(b, b, 0, 2, 1, 3);
  const low = i32x4.splat(<i32>a);
  const high = i32x4.splat(<i32>(a >> 32));
  const lowLow = i64x2.extmul_low_i32x4_u(parts, low);
  const middle = i64x2.add(i64x2.extmul_low_i32x4_u(parts, high), i64x2.shr_u(lowLow, 32));
  const upper = i64x2.add(i64x2.extmul_high_i32x4_u(parts, low), lowHalves(middle));
  return v128.xor(highParts(i64x2.extmul_high_i32x4_u(parts, high), middle, upper), lowLow);
}

// @ts-ignore: decorator
@inline
function lowHalves(pair: v128): v128 {
  return v128.and(pair, i64x2.splat(0xffffffff));
}

// @ts-ignore: decorator
@inline
function highParts(highHigh: v128, middle: v128, upper: v128): v128 {
  return i64x2.add(i64x2.add(highHigh, i64x2.shr_u(middle, 32)), i64x2.shr_u(upper, 32));
}
