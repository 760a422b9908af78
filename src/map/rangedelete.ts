/**
 * The loop `for k := range m { delete(m, k) }`. Where every key is equal to itself the compiler makes it one
 * `mapclear`; where a key may be a NaN it is the loop, and those entries stay.
 */
import { HITER_KEY } from '../../assembly/shared/golayout.ts';
import { ITER_HITER } from '../../assembly/shared/hostlayout.ts';
import { SegmentationFault } from '../machine/errors.ts';
import type { MapHandle } from './handle.ts';

/** @throws OutOfMemory, where deleting moves buckets; what was deleted before stays deleted */
export function rangeDelete(map: MapHandle): void {
  const { machine, shape } = map;
  const { core, staging } = machine;
  const { size } = shape.key;
  let iter = 0;
  try {
    iter = core.iterBegin(map.map) >>> 0;
    const word = (machine.u32[(iter + ITER_HITER) >>> 2] as number) + HITER_KEY;
    for (;;) {
      const address = machine.u64[word >>> 3] as bigint;
      if (address === 0n) return;
      // A forged key slot may lead anywhere.
      const at = machine.findMapped(address, BigInt(size));
      if (at === undefined) throw new SegmentationFault(address, size, 'unexpected fault address');
      // The loop's variable is a copy, which deleting does not clear; a key held by pointer outlives its slot.
      if (!shape.keyIndirect) machine.u8.copyWithin(staging, at, at + size);
      core.deleteSlow(map.map, shape.keyIndirect ? at : staging);
      core.iterNext(iter);
    }
  } catch (error) {
    throw machine.explain(error);
  } finally {
    if (iter !== 0 && machine.ended === undefined) core.iterEnd(iter);
  }
}
