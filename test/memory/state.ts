/** What an operation that runs out of memory must leave as it was. */
import {
  BITMAP_BYTES,
  HEAP_START,
  PAGE_SHIFT,
  PAGE_SIZE,
  RT_ALLOC_BITS,
  RT_POOL_NEXT,
  RT_RANDOM,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import type { Runtime } from '../../src/index.ts';
import { heapEnd } from '../machine/inside.ts';

export interface Before {
  readonly heap: Buffer;
  readonly bits: Buffer;
  readonly pool: Buffer;
  readonly rest: string;
}

const FIRST_PAGE = HEAP_START >> PAGE_SHIFT;

export function parts(rt: Runtime): Before {
  const { u8, plan } = rt.machine;
  const part = (from: number, to: number) => Buffer.from(u8.buffer, from, to - from);
  const bits = rt.machine.host(RT_ALLOC_BITS);
  const pages = heapEnd(rt) >> PAGE_SHIFT;
  return {
    heap: part(HEAP_START, heapEnd(rt)),
    bits: part(bits + FIRST_PAGE * BITMAP_BYTES, bits + pages * BITMAP_BYTES),
    pool: part(plan.pool.start, rt.machine.host(RT_POOL_NEXT)),
    rest: `in use ${rt.machine.heapInUse}, draws ${rt.machine.draws}, random ${rt.machine.u64[(RUNTIME_BASE + RT_RANDOM) >>> 3]}`,
  };
}

export function copyOf(state: Before): Before {
  const { heap, bits, pool, rest } = state;
  return { heap: Buffer.from(heap), bits: Buffer.from(bits), pool: Buffer.from(pool), rest };
}

/** What of the live state differs; bytes of free memory are nobody's. */
export function difference(rt: Runtime, before: Before): string | undefined {
  const now = parts(rt);
  if (now.rest !== before.rest) return `${now.rest}; it was ${before.rest}`;
  if (!now.pool.subarray(0, before.pool.length).equals(before.pool)) return 'a record of a map or iterator';
  if (!now.bits.subarray(0, before.bits.length).equals(before.bits)) return 'which objects are alive';
  if (now.bits.subarray(before.bits.length).some((byte) => byte !== 0)) return 'a new object is alive';
  for (let page = 0; page < before.heap.length; page += PAGE_SIZE) {
    const end = page + PAGE_SIZE;
    if (now.heap.compare(before.heap, page, end, page, end) === 0) continue;
    for (let at = page; at < end; at++) {
      if (now.heap[at] === before.heap[at]) continue;
      const object = rt.machine.core.objectBase(HEAP_START + at) >>> 0;
      if (object !== 0) return `byte ${HEAP_START + at - object} of the object at ${object}`;
    }
  }
  return undefined;
}

/** A value of `size` bytes, by number. */
export const long = (size: number, n: number) => {
  const value = new Uint8Array(size);
  new DataView(value.buffer).setUint32(0, n);
  return value;
};
