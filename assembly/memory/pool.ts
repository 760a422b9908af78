/**
 * The pool of host records, one size for all: map records and iterator records.
 * A free record's first word links to the next.
 */
import { MAP_RECORD, RT_POOL_END, RT_POOL_FREE, RT_POOL_NEXT } from "../shared/hostlayout.ts";
import { hostGet, hostSet, recordGet, recordSet, zeroBytes } from "./access.ts";

/** A zeroed record of MAP_RECORD bytes, or 0 if the pool is used up. */
export function newRecord(): usize {
  const free = <usize>hostGet<u32>(RT_POOL_FREE);
  if (free) {
    hostSet<u32>(RT_POOL_FREE, recordGet<u32>(free, 0));
    zeroBytes(free, MAP_RECORD);
    return free;
  }
  const next = hostGet<u32>(RT_POOL_NEXT);
  if (hostGet<u32>(RT_POOL_END) - next < <u32>MAP_RECORD) return 0;
  hostSet<u32>(RT_POOL_NEXT, next + MAP_RECORD);
  return next;
}

export function freeRecord(record: usize): void {
  recordSet<u32>(record, 0, hostGet<u32>(RT_POOL_FREE));
  hostSet<u32>(RT_POOL_FREE, <u32>record);
}
