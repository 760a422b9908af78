/** Loading and instantiating the core: the module, its guarded twin, the layout handshake. */
import { instantiateSync } from '@assemblyscript/loader';
import { findWasm } from '#find-wasm';
import { FINGERPRINT } from '../../assembly/shared/fingerprint.ts';
import { HandshakeError } from './errors.ts';

/** Which build of the core: with or without the invariants after every mutation. */
export type Build = 'release' | 'checked';

/** What a module can be given as. */
export type WasmSource = string | URL | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** The section in which a module carries the guarded twin; `scripts/build.mjs` puts it there. */
const TWIN_SECTION = 'hmap-guarded';

/**
 * The core's functions. Maps, iterators and offsets are i32 and come back
 * signed: `>>> 0` makes them linear offsets.
 */
export interface Core {
  fingerprint(): number;
  isChecked(): number;
  settle(): void;
  init(): void;
  newObject(size: number): number;
  /** Frees what a value that no map holds owns, by a list. */
  freeOwned(at: number, list: number, count: number): void;
  freeObject(offset: number): number;
  objectBase(offset: number): number;
  objectSize(offset: number): number;
  resolve(address: bigint, extent: bigint): number;
  roundUpSize(size: bigint): bigint;
  memhash(offset: number, seed: bigint, size: number): bigint;
  sweep(): void;
  /** Buckets of an array for 2^b, the spare overflow buckets behind it included. */
  arrayBuckets(type: number, b: number): bigint;
  /** The capacity of an overflow list of at least so many buckets. */
  appendedCapacity(length: bigint): bigint;
  adoptMap(
    type: number,
    hmap: number,
    elemOwned: number,
    elemCount: number,
    keyOwned: number,
    keyCount: number,
  ): number;
  /** Wipes what is still to be wiped of bucket arrays: to be called before they are read by address. */
  settleArrays(): void;
  makeMap(
    type: number,
    hint: bigint,
    drawn: number,
    hash0: number,
    elemOwned: number,
    elemCount: number,
    keyOwned: number,
    keyCount: number,
  ): number;
  makeNil(type: number): number;
  freeMap(map: number): void;
  verify(map: number): number;
  mapHash(map: number, key: number, seed: bigint): bigint;
  mapClear(map: number): void;
  mapStore(map: number, to: number, from: number): void;
  get32(map: number, key: number): number;
  get64(map: number, key: bigint): number;
  getString(map: number, bytes: number, length: number): number;
  getF64(map: number, key: number): number;
  getF32(map: number, key: number): number;
  getSlow(map: number, key: number): number;
  set32(map: number, key: number): number;
  set64(map: number, key: bigint): number;
  setString(map: number, bytes: number, length: number): number;
  setF64(map: number, key: number): number;
  setF32(map: number, key: number): number;
  setSlow(map: number, key: number): number;
  delete32(map: number, key: number): number;
  delete64(map: number, key: bigint): number;
  deleteString(map: number, bytes: number, length: number): number;
  deleteF64(map: number, key: number): number;
  deleteF32(map: number, key: number): number;
  deleteSlow(map: number, key: number): number;
  iterBegin(map: number): number;
  iterNext(iter: number): void;
  iterEnd(iter: number): void;
  copyEntries(map: number, iter: number, keys: number, elems: number, n: number): number;
  /** Copies all entries to columns of `n` entries and clears the map. How many, or -1 where it does nothing. */
  drainMap(map: number, keys: number, elems: number, n: number): number;
  getMany32(map: number, keys: number, elems: number, found: number, n: number): number;
  getMany64(map: number, keys: number, elems: number, found: number, n: number): number;
  getManyString(map: number, keys: number, elems: number, found: number, n: number): number;
  getManySlow(map: number, keys: number, elems: number, found: number, n: number): number;
  setMany32(map: number, keys: number, elems: number, n: number): void;
  setMany64(map: number, keys: number, elems: number, n: number): void;
  setManyString(map: number, keys: number, elems: number, n: number): void;
  setManySlow(map: number, keys: number, elems: number, n: number): void;
  setAheadSlow(map: number, keys: number, elems: number, n: number, scratch: number, size: number): void;
  setAheadString(map: number, keys: number, elems: number, n: number, scratch: number, size: number): void;
  setAhead64(map: number, keys: number, elems: number, n: number, scratch: number, size: number): void;
  setAhead32(map: number, keys: number, elems: number, n: number, scratch: number, size: number): void;
  deleteMany32(map: number, keys: number, n: number): number;
  deleteMany64(map: number, keys: number, n: number): number;
  deleteManyString(map: number, keys: number, n: number): number;
  deleteManySlow(map: number, keys: number, n: number): number;
}

/** The import of the core: a random draw of 32 or 64 bits. */
export type Draw = (bits: number) => bigint;

const compiled = new Map<Build, Promise<WebAssembly.Module>>();

/** The module of a build, compiled once a process; or the one that is given. */
export async function loadModule(build: Build, source?: WasmSource): Promise<WebAssembly.Module> {
  if (source !== undefined) return compileSource(source);
  let module = compiled.get(build);
  if (module === undefined) {
    module = findWasm(build);
    compiled.set(build, module);
    // A failure is not kept: the next runtime tries again.
    module.catch(() => compiled.delete(build));
  }
  return module;
}

async function compileSource(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) {
    const response = await fetch(source);
    if (!response.ok) throw new TypeError(`wasm: ${String(source)} answered ${response.status}`);
    return compile(await response.arrayBuffer());
  }
  if (typeof Response === 'function' && source instanceof Response) {
    return compile(await source.arrayBuffer());
  }
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return compile(source as BufferSource);
  }
  throw new TypeError('wasm takes a URL, a Response, bytes or a WebAssembly.Module');
}

/** @throws HandshakeError for bytes that are no module */
async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new HandshakeError(
      'what was given as wasm is not a WebAssembly module: pass the release.wasm of this version',
      {
        cause,
      },
    );
  }
}

/**
 * An instance of the core on a memory.
 * @throws HandshakeError if the module was built from other layout numbers
 */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, draw: Draw): Core {
  let core: Core;
  try {
    // The instance's own functions: the loader wraps each in a closure that spreads its arguments, and through
    // that V8 no longer compiles a call of the core into its caller.
    const { instance } = instantiateSync(module, { env: { memory, ...{ random: draw } } });
    core = instance.exports as unknown as Core;
  } catch (cause) {
    throw new HandshakeError(
      'the wasm module is not the core of hmap-wasm: pass the release.wasm of this version',
      {
        cause,
      },
    );
  }
  const theirs = typeof core.fingerprint === 'function' ? core.fingerprint() : undefined;
  if (theirs !== FINGERPRINT) {
    throw new HandshakeError(
      `the wasm module was built from other layout numbers (its fingerprint is ${theirs}, the library's ${FINGERPRINT}): ` +
        'use the module of the same version, or rebuild',
    );
  }
  return core;
}

const twins = new WeakMap<WebAssembly.Module, WebAssembly.Module>();

/** The guarded twin that a module carries, compiled once. */
export function twinOf(module: WebAssembly.Module): WebAssembly.Module {
  const known = twins.get(module);
  if (known !== undefined) return known;
  const [bytes] = WebAssembly.Module.customSections(module, TWIN_SECTION);
  if (bytes === undefined) {
    throw new HandshakeError(
      'the wasm module carries no guarded twin: pass the release.wasm of this version whole',
    );
  }
  const twin = new WebAssembly.Module(bytes);
  twins.set(module, twin);
  return twin;
}
