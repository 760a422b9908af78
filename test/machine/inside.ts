/**
 * What the hostile tests share: a look at all the state that an operation could change, live objects told
 * from free memory, and small tools for bytes and errors.
 */
import {
  BITMAP_BYTES,
  CHUNK_PAGES,
  CLASS_RECORD,
  CLASS_SIZE,
  HEAP_START,
  PAGE_CLASS,
  PAGE_COUNT,
  PAGE_ELEMS,
  PAGE_RECORD,
  PAGE_SHIFT,
  PAGE_SIZE,
  PAGE_STATE,
  PAGE_STATE_SPAN,
  RT_ALLOC_BITS,
  RT_BATCH_INDEX,
  RT_CHUNK_SPANS,
  RT_CLASSES,
  RT_DEFERRED_BITS,
  RT_FUEL,
  RT_HASHKEY,
  RT_HEAP_FRESH,
  RT_PAGE_TABLE,
  RT_POOL_NEXT,
  RT_SIZE,
  RT_VERIFY_ENTRIES,
  RT_VERIFY_NEXT,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import { type GoMap, Runtime, type RuntimeOptions } from '../../src/index.ts';

export const BUILDS = ['release', 'checked'] as const;

/** A runtime of 16 MiB whose hashes are the same in every run. */
export function start(options: RuntimeOptions = {}): Promise<Runtime> {
  return Runtime.create({
    goVersion: '1.19',
    hashKey: [1n, 1n, 1n, 1n],
    memory: { limit: 2 ** 24 },
    ...options,
  });
}

/** A map of any type, its static types set aside. */
export function anyMap(
  rt: Runtime,
  type: string,
  options?: Parameters<Runtime['makeMap']>[1],
): GoMap<unknown, unknown> {
  return rt.makeMap(type, options) as GoMap<unknown, unknown>;
}

/** What `run` throws. */
export function thrown(run: () => unknown): Error {
  let got: unknown;
  try {
    got = run();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error(`nothing was thrown; the result is ${String(got)}`);
}

/** What a promise is rejected with. */
export async function rejected(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A number as `size` bytes, lowest first. */
export function bytes(size: number, value: number | bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return out.slice(0, size);
}

/** The eight bytes at an emulated address as a number. */
export function wordAt(rt: Runtime, address: bigint): bigint {
  const found = rt.memory.read(address, 8);
  return new DataView(found.buffer, found.byteOffset).getBigUint64(0, true);
}

/** A source of numbers below `n` that is the same in every run. */
export function numbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const u32 = (rt: Runtime, at: number) => rt.machine.u32[at >>> 2] as number;

/** Offset behind the last byte of the Go heap that was ever handed out. */
export function heapEnd(rt: Runtime): number {
  return rt.machine.host(RT_HEAP_FRESH) << PAGE_SHIFT;
}

/**
 * All of the state that an operation can change, in one buffer: host state, used heap, page table, bitmaps
 * and records. What is only scratch (outcome record, fuel, the checker's counters) reads as zero.
 */
export function wholeState(rt: Runtime): Buffer {
  const { u8 } = rt.machine;
  const part = (from: number, to: number) => Buffer.from(u8.buffer, from, to - from);
  const pages = rt.machine.host(RT_HEAP_FRESH);
  const first = HEAP_START >> PAGE_SHIFT;
  const table = rt.machine.host(RT_PAGE_TABLE);
  const chunks = rt.machine.host(RT_CHUNK_SPANS);
  const bits = rt.machine.host(RT_ALLOC_BITS);
  const deferred = rt.machine.host(RT_DEFERRED_BITS);
  const host = Buffer.from(part(RUNTIME_BASE, RUNTIME_BASE + RT_SIZE));
  host.fill(0, 0, RT_HASHKEY);
  host.fill(0, RT_FUEL, RT_FUEL + 4);
  host.fill(0, RT_BATCH_INDEX, RT_BATCH_INDEX + 4);
  host.fill(0, RT_VERIFY_ENTRIES, RT_VERIFY_ENTRIES + 16);
  host.fill(0, RT_VERIFY_NEXT, RT_VERIFY_NEXT + 8);
  return Buffer.concat([
    host,
    part(HEAP_START, heapEnd(rt)),
    part(table + first * PAGE_RECORD, table + pages * PAGE_RECORD),
    part(chunks, chunks + Math.ceil(pages / CHUNK_PAGES) * 4),
    part(bits + first * BITMAP_BYTES, bits + pages * BITMAP_BYTES),
    part(deferred + first * BITMAP_BYTES, deferred + pages * BITMAP_BYTES),
    part(rt.machine.plan.pool.start, rt.machine.host(RT_POOL_NEXT)),
  ]);
}

/** One object of the Go heap that is in use. */
export interface LiveObject {
  readonly offset: number;
  readonly size: number;
}

/** Every object of the Go heap that is in use, by address. */
export function liveObjects(rt: Runtime): LiveObject[] {
  const { u8, u16 } = rt.machine;
  const table = rt.machine.host(RT_PAGE_TABLE);
  const bits = rt.machine.host(RT_ALLOC_BITS);
  const found: LiveObject[] = [];
  const end = rt.machine.host(RT_HEAP_FRESH);
  for (let page = HEAP_START >> PAGE_SHIFT; page < end; page++) {
    const record = table + page * PAGE_RECORD;
    if (u8[record + PAGE_STATE] !== PAGE_STATE_SPAN) continue;
    const sizeClass = u8[record + PAGE_CLASS] as number;
    const size =
      sizeClass === 0
        ? u32(rt, record + PAGE_COUNT) * PAGE_SIZE
        : u32(rt, RUNTIME_BASE + RT_CLASSES + sizeClass * CLASS_RECORD + CLASS_SIZE);
    const elems = u16[(record + PAGE_ELEMS) >>> 1] as number;
    for (let i = 0; i < elems; i++) {
      const byte = u8[bits + page * BITMAP_BYTES + (i >> 3)] as number;
      if (((byte >> (i & 7)) & 1) === 1) found.push({ offset: (page << PAGE_SHIFT) + i * size, size });
    }
  }
  return found;
}

/** Where every live object is, and all their bytes. */
export function liveBytes(rt: Runtime): Buffer {
  const objects = liveObjects(rt);
  const { buffer } = rt.machine.u8;
  return Buffer.concat([
    Buffer.from(Float64Array.from(objects.flatMap(({ offset, size }) => [offset, size])).buffer),
    ...objects.map(({ offset, size }) => Buffer.from(buffer, offset, size)),
  ]);
}

/** Runs what must change nothing at all; what it throws. */
export function changesNothing(rt: Runtime, run: () => unknown): Error {
  const before = wholeState(rt);
  const error = thrown(run);
  const after = wholeState(rt);
  if (!before.equals(after)) {
    const at = before.findIndex((byte, i) => byte !== after[i]);
    throw new Error(`the state differs from byte ${at} on, after: ${error.message}`);
  }
  return error;
}
