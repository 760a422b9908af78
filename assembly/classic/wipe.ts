/**
 * Arrays that are wiped as they are filled.
 *
 * The array of a growth can be hundreds of megabytes. On fresh pages it is zero;
 * where pages come back from freed objects, wiping it at once would make the
 * insert that begins the growth wait in proportion to the map. But nothing reads
 * a bucket of the new array before the old bucket that it is filled from has
 * moved. So each is wiped just before that:
 *
 *   bucket i            when old bucket i & oldbucketmask moves
 *   the spare buckets   one with each old bucket that moves, and always those
 *                       up to the one that nextOverflow points to
 *   what lies behind    when the growth begins
 *
 * Who looks from outside must not see a difference: before anything reads memory
 * by address, checks the map or takes it apart, `settleArrays` wipes the rest.
 * The guarded twin does not know such arrays, since they are settled before it
 * takes over.
 *
 * (Wiping freed pages ahead of time, a few with each insert, was no way out:
 * what was freed keeps its bytes until it is handed out again, as in Go, and
 * dangling pointers must see them.)
 */
import {
  MAP_NEXT, MAP_SPARES_END, MAP_SPARES_NEXT, RT_MAPS, RT_UNWIPED, RT_UNWIPED_MAPS,
} from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet, recordSet, zeroBytes, zeroWords } from "../memory/access.ts";
import { spanObjectSize, spanOf } from "../memory/spans.ts";
import { bucketSize } from "../types/maptype.ts";
import { buckets, headerOf, noldbuckets, oldbuckets, sameSizeGrow, typeOf } from "./header.ts";
import { bucketAt, evacuated } from "./bucket.ts";

/** Whether the map's array is not wholly wiped yet: then it grows. */
// @ts-ignore: decorator
@inline
export function isUnwiped(map: usize): bool {
  if (isDefined(GUARDED)) return false;
  return recordGet<u32>(map, MAP_SPARES_NEXT) != 0;
}

/**
 * To be called when a map begins to grow into `array` of `nbuckets` buckets, `spares` the first spare one (0:
 * none). An array that the allocator has not wiped is prepared: its first and its last spare bucket.
 */
export function adoptArray(map: usize, t: usize, array: usize, spares: usize, nbuckets: u64): void {
  if (isDefined(GUARDED)) return;
  if (hostGet<u32>(RT_UNWIPED) != <u32>array) return;
  hostSet<u32>(RT_UNWIPED, 0);
  const size = spanObjectSize(spanOf(array));
  if (!spares) {
    zeroBytes(array, size);
    return;
  }
  const last = array + <usize>(nbuckets - 1) * bucketSize(t);
  zeroBytes(last, array + size - last);
  zeroWords(spares, bucketSize(t));
  recordSet<u32>(map, MAP_SPARES_NEXT, min<u32>(<u32>(spares + bucketSize(t)), <u32>last));
  recordSet<u32>(map, MAP_SPARES_END, <u32>last);
  hostSet<u32>(RT_UNWIPED_MAPS, hostGet<u32>(RT_UNWIPED_MAPS) + 1);
}

/** Wipes the spare bucket that is next, if it is not above `spare`; any if that is 0. */
function wipeSpare(map: usize, t: usize, spare: usize): void {
  const next = <usize>recordGet<u32>(map, MAP_SPARES_NEXT);
  if (next == <usize>recordGet<u32>(map, MAP_SPARES_END) || (spare && next > spare)) return;
  zeroWords(next, bucketSize(t));
  recordSet<u32>(map, MAP_SPARES_NEXT, <u32>(next + bucketSize(t)));
}

/** To be called before nextOverflow is made to point to `spare`. */
// @ts-ignore: decorator
@inline
export function wipeNextOverflow(map: usize, t: usize, spare: usize): void {
  if (isUnwiped(map)) wipeSpare(map, t, spare);
}

/** To be called before an old bucket moves to the buckets `xb` and `yb` (0: none). */
// @ts-ignore: decorator
@inline
export function wipeTargets(map: usize, t: usize, xb: usize, yb: usize): void {
  if (!isUnwiped(map)) return;
  zeroWords(xb, bucketSize(t));
  if (yb) zeroWords(yb, bucketSize(t));
  wipeSpare(map, t, 0);
}

/** To be called when the last old bucket has moved: only spare buckets can be left to wipe. */
export function endWiping(map: usize): void {
  if (!isUnwiped(map)) return;
  const next = <usize>recordGet<u32>(map, MAP_SPARES_NEXT);
  zeroBytes(next, <usize>recordGet<u32>(map, MAP_SPARES_END) - next);
  recordSet<u32>(map, MAP_SPARES_NEXT, 0);
  hostSet<u32>(RT_UNWIPED_MAPS, hostGet<u32>(RT_UNWIPED_MAPS) - 1);
}

/** Wipes what is left of the map's array. To be called before a growth is given up. */
export function settleArray(map: usize): void {
  if (!isUnwiped(map)) return;
  const h = headerOf(map);
  const t = typeOf(map);
  const n = noldbuckets(h);
  const halves: u32 = sameSizeGrow(h) ? 1 : 2;
  // Buckets that follow each other are wiped at once.
  let i: u64 = 0;
  while (i < n) {
    const first = i;
    while (i < n && !evacuated(bucketAt(t, oldbuckets(h), i))) i++;
    for (let half: u32 = 0; half < halves && i != first; half++) {
      zeroBytes(bucketAt(t, buckets(h), first + half * n), <usize>(i - first) * bucketSize(t));
    }
    i++;
  }
  endWiping(map);
}

/** Wipes what is left of every map's array. */
export function settleArrays(): void {
  if (isDefined(GUARDED)) return;
  if (!hostGet<u32>(RT_UNWIPED_MAPS)) return;
  for (let map = <usize>hostGet<u32>(RT_MAPS); map; map = recordGet<u32>(map, MAP_NEXT)) settleArray(map);
}
