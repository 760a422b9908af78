/**
 * The runtime's random draws (`runtime.fastrand`, `fastrand64`; from Go 1.22 on
 * `rand`): one source, seeded by the runtime's seed or injected from TypeScript,
 * so that the number, order and width of draws can be compared with recorded ones.
 * How wide each is, says the release's profile.
 */
import {
  RT_DRAW_HASH0, RT_DRAW_ITERATION, RT_DRAW_NAN, RT_DRAW_NOVERFLOW, RT_DRAW_WIDE_ABOVE,
  RT_DRAW_WIDE_ITERATION, RT_DRAWS, RT_RANDOM, RT_RANDOM_INJECTED,
} from "../shared/hostlayout.ts";
import { hostGet, hostSet } from "./access.ts";
import { mulFold } from "./wide.ts";

// @ts-ignore: decorator
@external("env", "random")
declare function injectedRandom(bits: i32): u64;

/** One step of wyrand (Go 1.19 `runtime/stubs.go` fastrand64). */
function wyrand(): u64 {
  const state = hostGet<u64>(RT_RANDOM) + 0xa0761d6478bd642f;
  hostSet<u64>(RT_RANDOM, state);
  const other = state ^ 0xe7037ed1a0b428db;
  return mulFold(state, other);
}

/** A number of 32 or 64 bits, as the field of the profile says. */
function draw(field: usize): u64 {
  const bits = hostGet<u32>(field);
  hostSet<u32>(RT_DRAWS, hostGet<u32>(RT_DRAWS) + 1);
  const drawn = hostGet<u32>(RT_RANDOM_INJECTED) ? injectedRandom(bits) : wyrand();
  return bits == 32 ? <u64><u32>drawn : drawn;
}

/** A new hash0. */
export function drawHash0(): u32 {
  return <u32>draw(RT_DRAW_HASH0);
}

/** For one sample of the overflow count. */
export function drawNoverflow(): u32 {
  return <u32>draw(RT_DRAW_NOVERFLOW);
}

/** What the hash of a NaN is mixed with. */
export function drawNaN(): u64 {
  return draw(RT_DRAW_NAN);
}

/** Where an iteration over 1 << b buckets starts. */
export function drawIteration(b: u32): u64 {
  return draw(b > hostGet<u32>(RT_DRAW_WIDE_ABOVE) ? RT_DRAW_WIDE_ITERATION : RT_DRAW_ITERATION);
}
