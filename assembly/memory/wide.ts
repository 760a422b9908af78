/** The high 64 bits of a 64 by 64 bit product: wasm has no instruction for it. */
// @ts-ignore: decorator
@inline
export function mulHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const lowLow = aLow * bLow;
  const highLow = aHigh * bLow + (lowLow >> 32);
  const lowHigh = aLow * bHigh + (highLow & 0xffffffff);
  return aHigh * bHigh + (highLow >> 32) + (lowHigh >> 32);
}
