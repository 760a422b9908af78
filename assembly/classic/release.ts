/**
 * What an entry owns beyond its slot: the storage of its strings, and the
 * objects that hold a key or element too large for the slot. Go leaves them to
 * its collector; here they are freed when the entry goes.
 */
import { STRING_STR } from "../shared/golayout.ts";
import {
  MAP_ELEM_STRINGS, MAP_ELEM_STRING_COUNT, MAP_KEY_STRINGS, MAP_KEY_STRING_COUNT, MAP_SUSPECT,
} from "../shared/hostlayout.ts";
import { get, recordGet } from "../memory/access.ts";
import { release } from "../memory/malloc.ts";
import { indirectElem, indirectKey } from "../types/maptype.ts";

/** Frees the strings at `count` listed offsets of the value at `p`. */
function releaseStrings(map: usize, p: usize, list: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    release(map, <usize>get<u64>(p + recordGet<u32>(list + <usize>i * 4, 0), STRING_STR));
  }
}

/** Frees the strings of the key at `key` (not the slot). */
// @ts-ignore: decorator
@inline
export function releaseKeyStrings(map: usize, key: usize): void {
  const count = recordGet<u32>(map, MAP_KEY_STRING_COUNT);
  if (count) releaseStrings(map, key, recordGet<u32>(map, MAP_KEY_STRINGS), count);
}

/** Frees the strings of the element at `elem` (not the slot). */
// @ts-ignore: decorator
@inline
export function releaseElemStrings(map: usize, elem: usize): void {
  const count = recordGet<u32>(map, MAP_ELEM_STRING_COUNT);
  if (count) releaseStrings(map, elem, recordGet<u32>(map, MAP_ELEM_STRINGS), count);
}

/** Whether entries of the map own anything at all. */
export function ownsStorage(map: usize, t: usize): bool {
  return recordGet<u32>(map, MAP_KEY_STRING_COUNT) != 0 || recordGet<u32>(map, MAP_ELEM_STRING_COUNT) != 0 ||
    indirectKey(t) || indirectElem(t);
}

/** Frees what the entry with these slots owns; to be called before the slots are cleared. */
export function releaseEntry(map: usize, t: usize, k: usize, e: usize): void {
  // Nothing is freed by the word of bytes that may be forged.
  if (recordGet<u32>(map, MAP_SUSPECT)) return;
  if (indirectKey(t)) {
    const key = <usize>get<u64>(k, 0);
    releaseKeyStrings(map, key);
    release(map, key);
  } else {
    releaseKeyStrings(map, k);
  }
  if (indirectElem(t)) {
    const elem = <usize>get<u64>(e, 0);
    releaseElemStrings(map, elem);
    release(map, elem);
  } else {
    releaseElemStrings(map, e);
  }
}
