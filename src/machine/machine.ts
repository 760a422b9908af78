/**
 * One emulated machine: a memory, the core's instances on it, and what became
 * of the emulated process.
 *
 * `core` is one object whose functions are exchanged as a whole when something
 * changes for every operation: the guarded twin after memory was written from
 * outside, a refusal after the process has ended. Nothing of it is asked on the
 * hot path.
 */
import { Region } from '../../assembly/shared/codes.ts';
import {
  MAP_NEXT,
  MAP_SUSPECT,
  REGION_MAPPED,
  REGION_RECORD,
  RT_BLOCK_ABOVE,
  RT_DRAWS,
  RT_FAIL_COUNTDOWN,
  RT_HEAP_IN_USE,
  RT_MAPS,
  RT_REGIONS,
  RT_UNWIPED_MAPS,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import { ColumnSpace } from './columnspace.ts';
import {
  GoFatal,
  HandshakeError,
  InvariantViolation,
  OutOfMemory,
  ProcessEnded,
  SegmentationFault,
} from './errors.ts';
import { brokenInvariant, explainTrap } from './explain.ts';
import { type CoreProfile, type HostOptions, type RegionHighs, writeHostState } from './hoststate.ts';
import { type Build, type Core, instantiate, loadModule, twinOf, type WasmSource } from './load.ts';
import { type MemoryPlan, planMemory } from './plan.ts';
import { DrawFailed, InjectedRandom } from './random.ts';
import { type TypeTable, type ValueMemory, type Views, viewsOf } from './views.ts';

export interface MachineOptions extends HostOptions {
  readonly build: Build;
  readonly wasm?: WasmSource | undefined;
  /** Bytes that the Go heap may take. */
  readonly limit: number;
  /** Bytes that columns may take; a quarter of the limit, but at most 256 MiB, if not given. */
  readonly columns?: number | undefined;
}

const U64 = (1n << 64n) - 1n;
/** Bytes at the end of the program's data that are lent to keys which are only looked for. */
const LENT = 2 ** 18;

export class Machine implements ValueMemory {
  readonly build: Build;
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  /** The core's functions as they are to be called now. */
  readonly core: Core;
  readonly goHeapHigh: number;
  readonly regions: RegionHighs;
  readonly profile: CoreProfile;

  // The views, one by one: a codec that reads `mem.i64` must not go through a getter.
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;

  /** The program's type descriptors; set by the runtime that the machine belongs to. */
  types!: TypeTable;
  /** Linear offset of the staging area, its size in `stagingSize`. */
  readonly staging: number;
  readonly stagingSize: number;
  /** The staging area's bytes: to make a view of them for each string costs half as much as to encode it. */
  readonly stagingBytes: Uint8Array;
  /** Where columns lie. */
  readonly columns: ColumnSpace;
  /** Names a live map for reports, by its record. */
  readonly mapNames = new Map<number, string>();

  readonly #module: WebAssembly.Module;
  readonly #random: InjectedRandom | undefined;
  /** While storage is lent from the program's data: where it goes on, and what came from the heap. */
  #lent: { next: number; readonly end: number; readonly objects: number[] } | undefined;
  #guarded = false;
  #doubted = false;
  #ended: Error | undefined;

  private constructor(module: WebAssembly.Module, options: MachineOptions) {
    const plan = planMemory(options.limit, options.columns);
    this.build = options.build;
    this.plan = plan;
    this.memory = reserve(plan.wasmPages);
    this.#module = module;
    this.#random = options.random === undefined ? undefined : new InjectedRandom(options.random);
    const views: Views = viewsOf(this.memory.buffer);
    this.u8 = views.u8;
    this.i8 = views.i8;
    this.u16 = views.u16;
    this.i16 = views.i16;
    this.u32 = views.u32;
    this.i32 = views.i32;
    this.u64 = views.u64;
    this.i64 = views.i64;
    this.f32 = views.f32;
    this.f64 = views.f64;
    this.regions = options.regions;
    this.profile = options.profile;
    this.goHeapHigh = options.regions.goHeap;
    this.staging = plan.staging.start;
    this.stagingSize = plan.staging.end - plan.staging.start;
    this.stagingBytes = views.u8.subarray(plan.staging.start, plan.staging.end);
    this.columns = new ColumnSpace(plan.columns, views.u8);
    writeHostState(views, plan, options);
    const core = this.#instantiate(module);
    if (options.build === 'checked' && core.isChecked() === 0) {
      throw new HandshakeError(
        'the module given as wasm is not the checked build: pass checked.wasm, or ask for release',
      );
    }
    core.init();
    this.core = { ...core };
  }

  /** @throws HandshakeError, RangeError for a limit out of range or a memory that the host cannot reserve */
  static async create(options: MachineOptions): Promise<Machine> {
    return new Machine(await loadModule(options.build, options.wasm), options);
  }

  #instantiate(module: WebAssembly.Module): Core {
    const core = instantiate(module, this.memory, this.#random?.draw ?? noDraw);
    return this.#random === undefined ? core : this.#random.guard(core);
  }

  /** A field of the host state, unsigned. */
  host(field: number): number {
    return this.u32[(RUNTIME_BASE + field) >>> 2] as number;
  }

  /** Bytes of the Go heap that live objects take. */
  get heapInUse(): number {
    return this.host(RT_HEAP_IN_USE);
  }

  /** Random draws made so far. */
  get draws(): number {
    return this.host(RT_DRAWS);
  }

  /** Bytes that the Go heap may take. */
  get heapLimit(): number {
    return this.plan.goHeap.end - this.plan.goHeap.start;
  }

  /** Test aid: the n-th allocation from now on fails, once; 0 takes that back. */
  failAllocation(n: number): void {
    this.u32[(RUNTIME_BASE + RT_FAIL_COUNTDOWN) >>> 2] = n;
  }

  /** Whether a failure that was asked for is still to come. */
  get failsByRequest(): boolean {
    return this.host(RT_FAIL_COUNTDOWN) !== 0;
  }

  /** Test aid: bucket arrays of more bytes than this are touched ahead of each block of a batch. */
  touchAbove(bytes: number): void {
    this.u32[(RUNTIME_BASE + RT_BLOCK_ABOVE) >>> 2] = bytes;
  }

  /** The address of an offset of the Go heap; nil for 0. */
  toAddress(offset: number): bigint {
    return offset === 0 ? 0n : (BigInt(this.goHeapHigh) << 32n) | BigInt(offset);
  }

  /** The records of all live maps. */
  *maps(): Generator<number> {
    for (let map = this.host(RT_MAPS); map !== 0; map = this.u32[(map + MAP_NEXT) >>> 2] as number) yield map;
  }

  /** Linear offset of what every value of no bytes may have for its address: the program's first data. */
  get zerobase(): number {
    return this.plan.data.start;
  }

  highOf(offset: number): number {
    return offset < this.plan.goHeap.end ? this.goHeapHigh : this.regions.program;
  }

  /**
   * Lets `write` have storage from the program's data, as literals of the program would, so that a full heap
   * keeps no entry from being found or deleted. It is valid until the next call. What does not fit there
   * comes from the heap: the objects that are returned, to be freed afterwards.
   */
  lend(write: () => void): readonly number[] {
    const { end } = this.plan.data;
    this.#lent = { next: end - LENT, end, objects: [] };
    const { objects } = this.#lent;
    try {
      write();
    } catch (error) {
      for (const object of objects) this.core.freeObject(object);
      throw error;
    } finally {
      this.#lent = undefined;
    }
    return objects;
  }

  allocateString(length: number): number {
    if (length === 0) return 0;
    const lent = this.#lent;
    if (lent !== undefined && length <= lent.end - lent.next) {
      const at = lent.next;
      lent.next = Math.min((at + length + 7) & ~7, lent.end);
      this.u8.fill(0, at, at + length);
      return at;
    }
    const object = this.#allocate(length);
    lent?.objects.push(object);
    return object;
  }

  #allocate(length: number): number {
    try {
      return this.core.newObject(length) >>> 0;
    } catch (error) {
      throw this.explain(error);
    }
  }

  stringBytes(header: number): number {
    const at = header >>> 2;
    const low = this.u32[at] as number;
    const high = this.u32[at + 1] as number;
    const length = this.u32[at + 2] as number;
    const { start } = this.plan.goHeap;
    // What the engine has written lies in the Go heap; anything else is looked up.
    if (
      high === this.goHeapHigh &&
      this.u32[at + 3] === 0 &&
      low >= start &&
      low + length <= this.#heapMapped()
    )
      return low;
    return this.#findString(low, high, this.u64[(header + 8) >>> 3] as bigint);
  }

  objectAt(word: number, size: number): number {
    const address = this.u64[word >>> 3] as bigint;
    if (size === 0) return this.zerobase;
    const found = this.#locate(address, BigInt(size));
    if (found === undefined || found % 8 !== 0) {
      throw new SegmentationFault(address, size, 'the value of an interface that is not mapped');
    }
    return found;
  }

  /** All of linear memory, as it is now to whoever looks at it from outside. */
  get buffer(): ArrayBuffer {
    this.settleArrays();
    return this.u8.buffer as ArrayBuffer;
  }

  /** To be called before memory is read by address: bucket arrays read then as Go has them. */
  settleArrays(): void {
    if (this.host(RT_UNWIPED_MAPS) !== 0) this.core.settleArrays();
  }

  #heapMapped(): number {
    return this.host(RT_REGIONS + Region.GoHeap * REGION_RECORD + REGION_MAPPED);
  }

  #findString(low: number, high: number, length: bigint): number {
    if (length === 0n) return 0;
    const address = (BigInt(high) << 32n) | BigInt(low);
    const found = this.#locate(address, length);
    if (found === undefined) {
      throw new SegmentationFault(address, Number(length), 'the bytes of a string that are not mapped');
    }
    return found;
  }

  /** The linear offset of a range of emulated memory that can be read, or undefined. */
  findMapped(address: bigint, length: bigint): number | undefined {
    this.settleArrays();
    return this.#locate(address, length);
  }

  /** The same for the storage of one value, which is no bucket. */
  #locate(address: bigint, length: bigint): number | undefined {
    if (address < 0n || address > U64 || length < 0n || length > U64) return undefined;
    const { rodata } = this.plan;
    const low = Number(address & 0xffffffffn);
    if (
      Number(address >> 32n) === this.regions.program &&
      low >= rodata.start &&
      BigInt(low) + length <= BigInt(rodata.end)
    ) {
      return low;
    }
    const offset = this.core.resolve(address, length) >>> 0;
    return offset === 0 ? undefined : offset;
  }

  /**
   * To be called when the emulated memory was written from outside the engine:
   * from now on nothing in it is trusted.
   * @throws HandshakeError if the module carries no twin; then nothing has changed
   */
  distrust(): void {
    if (this.#ended === undefined && !this.#guarded) {
      const twin = this.#instantiate(twinOf(this.#module));
      // What waits to be freed is freed while the bytes that say what it is can still be trusted.
      this.core.sweep();
      this.settleArrays();
      Object.assign(this.core, twin);
      this.#guarded = true;
    }
    for (const map of this.maps()) this.u32[(map + MAP_SUSPECT) >>> 2] = 1;
  }

  /** Whether maps run on the guarded twin, since memory was written from outside. */
  get guarded(): boolean {
    return this.#guarded;
  }

  /** What ended the emulated process, if something did. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /**
   * The error that a call of the core ended with: of a trap, the one that the
   * outcome record names. A fatal one ends the emulated process.
   */
  explain(error: unknown, index?: number): unknown {
    if (error instanceof DrawFailed) return error.error;
    if (error instanceof OutOfMemory && index !== undefined) return error.at(index);
    if (isStackOverflow(error)) this.#doubt();
    if (!(error instanceof WebAssembly.RuntimeError)) return error;
    const { named, fatal } = explainTrap(this, error, index);
    if (fatal) this.#end(named);
    else this.core.settle();
    return named;
  }

  /**
   * The host's stack ran out, perhaps inside the core and in the middle of a
   * write. The next call, with the stack unwound, looks at every map first.
   */
  #doubt(): void {
    if (this.#ended !== undefined || this.#doubted) return;
    this.#doubted = true;
    const trusted = { ...this.core };
    for (const name of Object.keys(trusted) as (keyof Core)[]) {
      const call = trusted[name] as (...args: unknown[]) => unknown;
      this.core[name] = ((...args: unknown[]) => {
        trusted.settle();
        for (const map of this.maps()) {
          if (this.u32[(map + MAP_SUSPECT) >>> 2] !== 0 || trusted.verify(map) === 0) continue;
          const broken = brokenInvariant({ ...this.#context(), core: trusted }, map);
          const named = new InvariantViolation(
            broken?.rule ?? 0,
            `the host's stack ran out in the middle of a write: ${broken?.text}`,
            broken?.address ?? 0n,
          );
          this.#end(named);
          throw named;
        }
        Object.assign(this.core, trusted);
        this.#doubted = false;
        return call(...args);
      }) as never;
    }
  }

  /** What explaining a trap needs. */
  #context() {
    return {
      u8: this.u8,
      u32: this.u32,
      u64: this.u64,
      heapLimit: this.heapLimit,
      heapInUse: this.heapInUse,
      mapNames: this.mapNames,
      types: this.types,
      profile: this.profile,
      host: (field: number) => this.host(field),
      toAddress: (offset: number) => this.toAddress(offset),
      maps: () => this.maps(),
    };
  }

  /** Ends the emulated process: every further operation is refused, memory stays readable. */
  #end(cause: Error): void {
    this.#ended = cause;
    const refuse = (): never => {
      throw new ProcessEnded(cause);
    };
    const { resolve, objectBase, objectSize, settleArrays } = this.core;
    for (const name of Object.keys(this.core) as (keyof Core)[]) this.core[name] = refuse;
    Object.assign(this.core, { resolve, objectBase, objectSize, settleArrays });
  }
}

/** Whether the host says that its stack is used up: V8 and JavaScriptCore by a RangeError, SpiderMonkey by its own. */
function isStackOverflow(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'InternalError' || /call stack/i.test(error.message)) &&
    !(error instanceof GoFatal)
  );
}

function noDraw(): bigint {
  throw new Error('the core asked for an injected draw, and none is injected');
}

function reserve(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new RangeError(
      `the host cannot reserve ${pages * 65536} bytes of address space: create the runtime with a smaller memory.limit`,
      { cause },
    );
  }
}
