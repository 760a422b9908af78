/** The host state as the core finds it: written once, before the core begins (`assembly/shared/hostlayout.ts`). */
import { Region } from '../../assembly/shared/codes.ts';
import {
  REGION_END,
  REGION_HIGH,
  REGION_MAPPED,
  REGION_RECORD,
  REGION_START,
  RT_ALLOC_BITS,
  RT_BLOCK_ABOVE,
  RT_CHUNK_SPANS,
  RT_CLEAR_MARKS,
  RT_CLEAR_SEQ,
  RT_DEFERRED_BITS,
  RT_DRAW_HASH0,
  RT_DRAW_ITERATION,
  RT_DRAW_NAN,
  RT_DRAW_NOVERFLOW,
  RT_DRAW_WIDE_ABOVE,
  RT_DRAW_WIDE_ITERATION,
  RT_HASHKEY,
  RT_HEAP_END,
  RT_HEAP_HIGH,
  RT_HITER_SIZE,
  RT_HMAP_EXTRA,
  RT_HMAP_SIZE,
  RT_KEY_CHECKS,
  RT_KEYED_HASH,
  RT_LOAD_FACTOR_NUM,
  RT_MALLOC_HEADERS,
  RT_PAGE_TABLE,
  RT_POOL_END,
  RT_POOL_NEXT,
  RT_RANDOM,
  RT_RANDOM_INJECTED,
  RT_REGIONS,
  RT_RODATA_END,
  RT_STAGING,
  RT_STAGING_SIZE,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import type { MemoryPlan, Range } from './plan.ts';
import type { RandomSource } from './random.ts';
import type { Views } from './views.ts';

/** What of a release's profile the core reads from the host state. */
export interface CoreProfile {
  readonly hashMultipliers: 'fixed' | 'hashkey';
  readonly hmap: { readonly size: number; readonly extra: number; readonly clearSeq: number | undefined };
  readonly hiterSize: number;
  readonly clearMarksSlots: boolean;
  readonly emptyLookups: 'hash' | 'check';
  readonly loadFactorNum: number;
  readonly checkedKeyPanic: string;
  readonly mallocHeaders: boolean;
  readonly drawWidths: {
    readonly hash0: number;
    readonly iteration: number;
    readonly wideIteration: number;
    readonly wideIterationAbove: number;
    readonly noverflow: number;
    readonly nan: number;
  };
}

/** The high halves of the regions' addresses. */
export interface RegionHighs {
  readonly program: number;
  readonly goHeap: number;
  readonly cHeap: number;
  readonly systemStack: number;
}

/** What a machine is told of its process. */
export interface HostOptions {
  readonly regions: RegionHighs;
  readonly profile: CoreProfile;
  /** `runtime.hashkey`. */
  readonly hashKey: readonly [bigint, bigint, bigint, bigint];
  /** First state of the generator of random draws. */
  readonly randomState: bigint;
  readonly random?: RandomSource | undefined;
}

/** Bucket arrays of more bytes than this are taken to be out of the caches near by: half of a usual second one. */
const BLOCK_ABOVE = 2 ** 19;

const U64 = (1n << 64n) - 1n;

/** Writes what the core must know before it begins: where everything lies, the profile, hash key and first random state. */
export function writeHostState(views: Views, plan: MemoryPlan, options: HostOptions): void {
  const { regions, profile } = options;
  const put = (field: number, value: number) => {
    views.u32[(RUNTIME_BASE + field) >>> 2] = value;
  };
  const put64 = (field: number, value: bigint) => {
    views.u64[(RUNTIME_BASE + field) >>> 3] = value & U64;
  };
  const region = (index: Region, high: number, range: Range, mapped: number) => {
    const at = RT_REGIONS + index * REGION_RECORD;
    put(at + REGION_HIGH, high);
    put(at + REGION_START, range.start);
    put(at + REGION_END, range.end);
    put(at + REGION_MAPPED, mapped);
  };
  region(Region.Program, regions.program, plan.data, plan.data.end);
  region(Region.GoHeap, regions.goHeap, plan.goHeap, plan.goHeap.start);
  region(Region.CHeap, regions.cHeap, plan.cHeap, plan.cHeap.start);
  region(Region.SystemStack, regions.systemStack, plan.systemStack, plan.systemStack.start);
  put(RT_HEAP_END, plan.goHeap.end);
  put(RT_HEAP_HIGH, regions.goHeap);
  put(RT_PAGE_TABLE, plan.pageTable.start);
  put(RT_CHUNK_SPANS, plan.chunkSpans.start);
  put(RT_ALLOC_BITS, plan.allocBits.start);
  put(RT_DEFERRED_BITS, plan.deferredBits.start);
  put(RT_POOL_NEXT, plan.pool.start);
  put(RT_POOL_END, plan.pool.end);
  put(RT_BLOCK_ABOVE, BLOCK_ABOVE);
  put(RT_RODATA_END, plan.rodata.end);
  put(RT_STAGING, plan.staging.start);
  put(RT_STAGING_SIZE, plan.staging.end - plan.staging.start);
  put(RT_RANDOM_INJECTED, options.random === undefined ? 0 : 1);
  put64(RT_RANDOM, options.randomState);
  put(RT_KEYED_HASH, profile.hashMultipliers === 'hashkey' ? 1 : 0);
  put(RT_HMAP_EXTRA, profile.hmap.extra);
  put(RT_HMAP_SIZE, profile.hmap.size);
  put(RT_HITER_SIZE, profile.hiterSize);
  put(RT_CLEAR_SEQ, profile.hmap.clearSeq === undefined ? 0 : 1);
  put64(RT_LOAD_FACTOR_NUM, BigInt(profile.loadFactorNum));
  put(RT_KEY_CHECKS, profile.emptyLookups === 'check' ? 1 : 0);
  put(RT_CLEAR_MARKS, profile.clearMarksSlots ? 1 : 0);
  put(RT_MALLOC_HEADERS, profile.mallocHeaders ? 1 : 0);
  put(RT_DRAW_HASH0, profile.drawWidths.hash0);
  put(RT_DRAW_NOVERFLOW, profile.drawWidths.noverflow);
  put(RT_DRAW_NAN, profile.drawWidths.nan);
  put(RT_DRAW_ITERATION, profile.drawWidths.iteration);
  put(RT_DRAW_WIDE_ABOVE, profile.drawWidths.wideIterationAbove);
  put(RT_DRAW_WIDE_ITERATION, profile.drawWidths.wideIteration);
  options.hashKey.forEach((key, i) => {
    put64(RT_HASHKEY + 8 * i, key);
  });
}
