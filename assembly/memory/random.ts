/**
 * The runtime's random draws (`runtime.fastrand`, `fastrand64`): one source,
 * seeded by the runtime's seed or injected from TypeScript, so that the number,
 * order and width of draws can be compared with recorded ones.
 */
import { RT_DRAWS, RT_RANDOM, RT_RANDOM_INJECTED } from "../shared/hostlayout.ts";
import { hostGet, hostSet } from "./access.ts";
import { mulHigh } from "./wide.ts";

// @ts-ignore: decorator
@external("env", "random")
declare function injectedRandom(bits: i32): u64;

/** One step of wyrand (Go 1.19 `runtime/stubs.go` fastrand64). */
function wyrand(): u64 {
  const state = hostGet<u64>(RT_RANDOM) + 0xa0761d6478bd642f;
  hostSet<u64>(RT_RANDOM, state);
  const other = state ^ 0xe7037ed1a0b428db;
  return mulHigh(state, other) ^ (state * other);
}

function draw(bits: i32): u64 {
  hostSet<u32>(RT_DRAWS, hostGet<u32>(RT_DRAWS) + 1);
  return hostGet<u32>(RT_RANDOM_INJECTED) ? injectedRandom(bits) : wyrand();
}

/** A draw of 32 bits. */
export function fastrand(): u32 {
  return <u32>draw(32);
}

/** A draw of 64 bits. */
export function fastrand64(): u64 {
  return draw(64);
}
