/** All entries as columns. */
import { HITER_ELEM, HITER_KEY } from "../shared/golayout.ts";
import { copyValue, get } from "../memory/access.ts";
import { refuel, toOffset } from "../memory/address.ts";
import { elemType, keyType, typeSize } from "../types/maptype.ts";
import { typeOf } from "../classic/header.ts";
import { hiterOf, iterateNext } from "../classic/iterate.ts";

/**
 * Copies up to `n` entries, from the one on which the iterator stands, to two
 * columns (of strings: their 16-byte headers). How many; the iterator stands on
 * the next one.
 */
export function copyEntries(map: usize, iter: usize, keys: usize, elems: usize, n: u32): u32 {
  const keyStride = typeSize(keyType(typeOf(map)));
  const elemStride = typeSize(elemType(typeOf(map)));
  const it = hiterOf(iter);
  let i: u32 = 0;
  while (i < n && get<u64>(it, HITER_KEY)) {
    copyValue(keys + i * keyStride, toOffset(get<u64>(it, HITER_KEY), keyStride), keyStride);
    copyValue(elems + i * elemStride, toOffset(get<u64>(it, HITER_ELEM), elemStride), elemStride);
    i++;
    refuel();
    iterateNext(iter);
  }
  return i;
}
