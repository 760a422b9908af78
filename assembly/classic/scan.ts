/**
 * Looking at one bucket for a key: the step that lookups, assignments and
 * deletions of every kind of key have in common.
 *
 * On trusted bytes the eight tophash bytes are compared at once. The guarded
 * twin looks slot by slot, as Go does, because on forged bytes it matters in
 * which order: the 32 and 64-bit paths never look at a tophash beyond whether
 * the slot is empty.
 */
import { BUCKET_CNT, EMPTY_REST } from "../shared/golayout.ts";
import { endsHere, empties, isEmpty, keyAt, lowestSlot, matches, tophash, tophashes } from "./bucket.ts";
import { holds, isFast, isGeneral, slotSize } from "./key.ts";

/** The bucket does not hold the key; the chain goes on. */
export const NOT_HERE: u32 = 8;
/** Nor does any bucket behind it. */
export const CHAIN_ENDS: u32 = 9;

/** The slot of bucket `b` that holds `key`, or NOT_HERE, or CHAIN_ENDS. */
// @ts-ignore: decorator
@inline
export function scan<K>(t: usize, b: usize, key: K, top: u32, assigning: bool): u32 {
  if (isDefined(GUARDED)) return scanSlots<K>(t, b, key, top, assigning);
  const word = tophashes(b);
  const keysize = slotSize<K>(t);
  let mask = matches(word, top);
  while (mask) {
    const i = lowestSlot(mask);
    if (holds<K>(t, keyAt(b, i, keysize), key)) return i;
    mask &= mask - 1;
  }
  return endsHere(word) ? CHAIN_ENDS : NOT_HERE;
}

function scanSlots<K>(t: usize, b: usize, key: K, top: u32, assigning: bool): u32 {
  const keysize = slotSize<K>(t);
  for (let i: u32 = 0; i < <u32>BUCKET_CNT; i++) {
    const have = tophash(b, i);
    if (isFast<K>() ? isEmpty(have) : have != top) {
      // Go's fast lookups and deletions walk on over an emptyRest.
      if (have == EMPTY_REST && (assigning || isGeneral<K>())) return CHAIN_ENDS;
      continue;
    }
    if (holds<K>(t, keyAt(b, i, keysize), key)) return i;
  }
  return NOT_HERE;
}

/** The first empty slot of bucket `b`, or NOT_HERE. */
// @ts-ignore: decorator
@inline
export function firstEmpty(b: usize): u32 {
  const mask = empties(tophashes(b));
  return mask ? lowestSlot(mask) : NOT_HERE;
}
