/** A Go runtime: one emulated process with its memory, hash key and random draws. */
import { Hasher } from '../../assembly/shared/codes.ts';
import { BUCKET_CNT, LOAD_FACTOR_DEN } from '../../assembly/shared/golayout.ts';
import type { CParser } from '../ctype/index.ts';
import {
  type MapElem,
  type MapElemInput,
  type MapKey,
  type MapKeyInput,
  type MapShape,
  mapShape,
  parseMapType,
  parseType,
  writeMapType,
} from '../gotype/index.ts';
import { AddressSpace } from '../machine/addressspace.ts';
import { ProcessEnded } from '../machine/errors.ts';
import type { Build, WasmSource } from '../machine/load.ts';
import { Machine } from '../machine/machine.ts';
import { DEFAULT_LIMIT } from '../machine/plan.ts';
import type { RandomSource } from '../machine/random.ts';
import { Column, type ColumnArrayOf, GoMap, StringColumn, wrapMap } from '../map/index.ts';
import { type Release, release, type Target, target } from '../profile/index.ts';
import {
  checkOpened,
  checkShape,
  DEFAULT_BASE,
  ImageError,
  MapImage,
  parseHeader,
  readImage,
  writeImage,
} from './image/index.ts';
import { Rodata } from './rodata.ts';
import { splitmix } from './seed.ts';

export interface RuntimeOptions {
  /** The Go release to emulate, as in `1.19`. */
  readonly goVersion?: string;
  /** `linux/amd64` or `linux/arm64`. */
  readonly target?: string;
  /** Everything random comes from it, unless given otherwise. 0 if not given. */
  readonly seed?: number | bigint;
  /** The process's `runtime.hashkey`, four 64-bit numbers. */
  readonly hashKey?: readonly [bigint, bigint, bigint, bigint];
  /** The runtime's random draws, of 32 or 64 bits. */
  readonly random?: RandomSource;
  /**
   * `limit`: bytes that the Go heap may take, 1 GiB if not given. `columns`: bytes that columns may take beside
   * it, a quarter of the limit, but at most 256 MiB, if not given.
   */
  readonly memory?: { readonly limit?: number; readonly columns?: number };
  /** `release`, or `checked`: with the invariants checked after every mutation. */
  readonly build?: Build;
  /** The wasm module, for workers and bundlers: a URL, bytes or a compiled module. */
  readonly wasm?: WasmSource;
  /** Changes to what the runtime does. */
  readonly experiment?: Experiment;
}

/** Changes to what the runtime does, for experiments: with them it is no longer what that Go, or any, does. */
export interface Experiment {
  /**
   * Entries a bucket above which a map grows (up to 8 entries stay in one bucket all the same): a multiple of
   * 0.5 from 2 to 8. The release's own if not given: 6.5, in Go 1.21 6.
   */
  readonly loadFactor?: number;
}

export interface ImageOptions {
  /** The address at which the image is to be mapped, a multiple of 4096; 0x7e0000000000 if not given. */
  readonly base?: bigint;
  /**
   * Whether maps without pointers get the lists by which Go keeps overflow buckets alive. Left out, the opening
   * runtime makes its own, which its collector sees: so header and mapextra can be copied to its heap as they
   * are. Who leaves the header in the mapping and iterates needs them.
   */
  readonly overflowLists?: boolean;
}

/** What an image does not say itself. */
export interface OpenOptions<S extends string = string>
  extends Omit<RuntimeOptions, 'goVersion' | 'target' | 'hashKey'> {
  /** The map's type, where it is known: an image of another one is refused. */
  readonly type?: S;
}

/** A map that was read from an image, in a process of its own. */
export interface Opened<S extends string> {
  readonly runtime: Runtime;
  readonly map: GoMapOf<S>;
}

/** A hasher in the place of the key type's own: all keys in one bucket, or in few. */
export type InjectedHasher = 'zero' | 'ones' | 'low-bits';

export interface MakeMapOptions {
  /** make's hint: the number of entries to make room for. A negative or absurdly large one counts as none. */
  readonly hint?: number | bigint;
  /** The hash seed, 32 bits; drawn by the runtime if not given. */
  readonly hash0?: number;
  /** For tests and lessons: a hasher that forces collisions. */
  readonly hasher?: InjectedHasher;
}

const HASHERS: Readonly<Record<InjectedHasher, Hasher>> = {
  zero: Hasher.Zero,
  ones: Hasher.Ones,
  'low-bits': Hasher.LowBits,
};

const U64 = 1n << 64n;

/** A map with its key and element types taken from the literal text of its Go type. */
export type GoMapOf<S extends string> = GoMap<MapKey<S>, MapElem<S>, MapKeyInput<S>, MapElemInput<S>>;

/** A map of any type. */
// biome-ignore lint/suspicious/noExplicitAny: a map of narrower keys and values is none of wider ones.
type GoMapLike = GoMap<any, any, any, any>;

export class Runtime {
  /** The emulated release. */
  readonly release: Release;
  readonly target: Target;
  /** Entries a bucket above which maps grow: the release's own, or what an experiment has set. */
  readonly loadFactor: number;
  /** The emulated address space. */
  readonly memory: AddressSpace;
  /** The machine underneath. For the library's own use. */
  readonly machine: Machine;
  readonly #place: Rodata;
  /** Where the descriptors of map types lie that have been written, by shape: those with the type's own hasher. */
  readonly #described = new WeakMap<MapShape, number>();

  private constructor(machine: Machine, go: Release, on: Target) {
    this.machine = machine;
    this.release = go;
    this.target = on;
    this.loadFactor = machine.profile.loadFactorNum / LOAD_FACTOR_DEN;
    this.memory = new AddressSpace(machine);
    this.#place = new Rodata(machine, go);
    machine.types = this.#place;
  }

  /**
   * Starts a process.
   * @throws Unsupported for a release or target that is not emulated
   * @throws TypeError, RangeError for an option that makes no sense; HandshakeError for a foreign module
   */
  static async create(options: RuntimeOptions = {}): Promise<Runtime> {
    checkOptions(options);
    const go = release(options.goVersion);
    const loadFactorNum = numeratorOf(options.experiment) ?? go.loadFactorNum;
    const on = target(options.target);
    const next = splitmix(options.seed ?? 0);
    // Go sets the low bit of each word of its hash key.
    const drawn = [next(), next(), next(), next()].map((k) => k | 1n) as [bigint, bigint, bigint, bigint];
    const machine = await Machine.create({
      build: options.build ?? 'release',
      wasm: options.wasm,
      limit: options.memory?.limit ?? DEFAULT_LIMIT,
      columns: options.memory?.columns,
      regions: on.regions,
      profile: { ...go, loadFactorNum },
      hashKey: options.hashKey ?? drawn,
      randomState: next(),
      random: options.random,
    });
    return new Runtime(machine, go, on);
  }

  /**
   * Reads an image (see `image`) into a new process of the release, target and hash key that it names, and goes
   * on with its map. What it holds is checked whole before anything relies on it.
   * @throws ImageError for bytes that are no image, or hold no map in order
   * @throws Unsupported for a release, target or type that is not emulated
   */
  static async open<const S extends string = string>(
    image: Uint8Array | MapImage,
    options: OpenOptions<S> = {},
  ): Promise<Opened<S>> {
    if (typeof options !== 'object' || options === null)
      throw new TypeError('Runtime.open takes an object of options');
    const bytes = image instanceof MapImage ? image.bytes : image;
    const header = parseHeader(bytes);
    const { type, ...rest } = options;
    if (type !== undefined && parseMapType(type).string !== parseMapType(header.type).string) {
      throw new ImageError(`the image holds a ${header.type}, not a ${type}`);
    }
    const runtime = await Runtime.create({
      ...rest,
      goVersion: header.go,
      target: `linux/${header.arch}`,
      hashKey: header.hashkey,
    });
    const shape = runtime.#shapeOf(header.type);
    checkShape(header, shape);
    const descriptor = runtime.#describe(shape, undefined);
    const h = readImage(runtime.machine, descriptor, shape, header, bytes);
    const map = runtime.#wrap(shape, (...owned) => runtime.machine.core.adoptMap(descriptor, h, ...owned));
    checkOpened(map, header);
    return { runtime, map: map as unknown as GoMapOf<S> };
  }

  /**
   * One map as an image: bytes that a process of the same release, target and hash key maps at `base` and opens
   * as a map of its own. Iterators of the map live on, but not in the image.
   * @throws Unsupported for a nil map, one with an injected hasher, and for keys or elements with pointers other
   *   than those of strings; InvariantViolation for a map whose bytes are not in order
   */
  image(map: GoMapLike, options: ImageOptions = {}): MapImage {
    if (!(map instanceof GoMap)) throw new TypeError('image takes a map of this runtime');
    if (map.machine !== this.machine) throw new TypeError('the map is one of another runtime: ask that one');
    if (typeof options !== 'object' || options === null)
      throw new TypeError('image takes an object of options');
    const { base = DEFAULT_BASE, overflowLists = false } = options;
    return writeImage(map, base, overflowLists ? 'always' : 'none', this.release, this.target);
  }

  /**
   * make(map[K]V, hint). The types of keys and elements follow from a literal: `makeMap('map[string]int')`.
   * @throws GoTypeError (a TypeError with position and caret) for a type that does not parse
   * @throws OutOfMemory; nothing was changed
   */
  makeMap<const S extends string>(type: S, options: MakeMapOptions = {}): GoMapOf<S> {
    const shape = this.#shapeOf(type);
    checkMapOptions(options);
    const { hint = 0, hash0 } = options;
    const at = this.#describe(shape, options.hasher);
    const asked = BigInt.asIntN(64, clampHint(hint));
    const drawn = hash0 === undefined ? 1 : 0;
    return this.#wrap(shape, (...owned) =>
      this.machine.core.makeMap(at, asked, drawn, hash0 ?? 0, ...owned),
    ) as unknown as GoMapOf<S>;
  }

  /** A nil map: reads find nothing, writes panic. */
  nilMap<const S extends string>(type: S): GoMapOf<S> {
    const shape = this.#shapeOf(type);
    try {
      const map = this.machine.core.makeNil(this.#describe(shape, undefined));
      return wrapMap(this.machine, map >>> 0, shape) as unknown as GoMapOf<S>;
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  /**
   * A column for batches (`setMany`, `getMany`, `hasMany`, `deleteMany`, `drain`): `entries` zero values of a Go
   * type, in memory that the core works on in place; `array` is a typed array over them. Of strings, a column is
   * made from the strings. It takes room (`memory.columns`) until `free()`.
   * @throws GoTypeError for a type that does not parse; TypeError for one that owns storage, such as an interface
   * @throws RangeError for a length that is no whole number, or for which there is no room
   */
  column(type: 'string', strings: readonly (string | Uint8Array)[]): StringColumn;
  column<const S extends string>(type: S, entries: number): Column<ColumnArrayOf<S>>;
  column(type: string, entries: unknown): StringColumn | Column {
    const { machine } = this;
    if (machine.ended !== undefined) throw new ProcessEnded(machine.ended);
    const of = parseType(type);
    if (of.kind === 'string') {
      if (!Array.isArray(entries)) throw new TypeError('a column of string takes an array of strings');
      return new StringColumn(machine, of, entries);
    }
    if (!Number.isSafeInteger(entries) || (entries as number) < 0) {
      throw new RangeError(`a column takes a whole number of entries, got ${String(entries)}`);
    }
    return new Column(machine, of, entries as number);
  }

  /**
   * The C parser for this runtime's target, which is loaded at the first call of a process. Its types cast
   * bytes, and look into this runtime's memory.
   */
  async c(): Promise<CParser> {
    // Only who reads C pays for the parser.
    const { CParser } = await import('../ctype/index.ts');
    return CParser.load(this.target, this.memory);
  }

  #shapeOf(type: string): MapShape {
    if (this.machine.ended !== undefined) throw new ProcessEnded(this.machine.ended);
    const shape = mapShape(parseMapType(type));
    for (const part of [shape.key, shape.elem]) {
      if (part.size > this.machine.heapLimit) {
        throw new RangeError(
          `a value of type ${part.string} takes ${part.size} bytes, more than the Go heap's ${this.machine.heapLimit} (memory.limit)`,
        );
      }
    }
    return shape;
  }

  /** The object of a map that `make` makes, given what elements and keys own. */
  #wrap(shape: MapShape, make: (...owned: [number, number, number, number]) => number): GoMap {
    const elems = this.#place.owned(shape.elem);
    const keys = this.#place.owned(shape.key);
    try {
      return wrapMap(this.machine, make(elems.at, elems.count, keys.at, keys.count) >>> 0, shape);
    } catch (error) {
      throw this.machine.explain(error);
    }
  }

  #describe(shape: MapShape, hasher: InjectedHasher | undefined): number {
    if (hasher !== undefined) return writeMapType(shape, this.#place, HASHERS[hasher]).maptype;
    let at = this.#described.get(shape);
    if (at === undefined) {
      at = writeMapType(shape, this.#place).maptype;
      this.#described.set(shape, at);
    }
    return at;
  }
}

function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('Runtime.create takes an object of options');
  const { hashKey, seed, build, memory, random } = options as RuntimeOptions;
  if (hashKey !== undefined) {
    if (
      !Array.isArray(hashKey) ||
      hashKey.length !== 4 ||
      Array.from(hashKey).some((k) => typeof k !== 'bigint')
    ) {
      throw new TypeError('hashKey takes four bigints');
    }
    if (hashKey.some((k) => k < 0n || k >= U64)) throw new RangeError('hashKey takes numbers of 64 bits');
  }
  if (seed !== undefined && typeof seed !== 'bigint' && !Number.isSafeInteger(seed)) {
    throw new TypeError('seed takes a whole number or a bigint');
  }
  if (build !== undefined && build !== 'release' && build !== 'checked') {
    throw new TypeError(`build is 'release' or 'checked', got ${String(build)}`);
  }
  if (memory !== undefined && (typeof memory !== 'object' || memory === null)) {
    throw new TypeError('memory takes an object with limit');
  }
  if (random !== undefined && typeof random !== 'function') {
    throw new TypeError('random takes a function of the number of bits');
  }
}

/** With less a small map can be due to grow before its last growth is done: a write moves one bucket or two. */
const MIN_LOAD_FACTOR = 2;
/** With more a map can have as many overflow buckets as buckets without deletions, and grow in place in vain. */
const MAX_LOAD_FACTOR = BUCKET_CNT;

/**
 * The numerator of the load factor that an experiment asks for, over Go's own denominator, so that the core
 * computes as Go does; undefined if it asks for none.
 */
function numeratorOf(experiment: unknown): number | undefined {
  if (experiment === undefined) return undefined;
  if (typeof experiment !== 'object' || experiment === null) {
    throw new TypeError('experiment takes an object with loadFactor');
  }
  const { loadFactor } = experiment as Experiment;
  if (loadFactor === undefined) return undefined;
  if (typeof loadFactor !== 'number') {
    throw new TypeError(`experiment.loadFactor takes a number, got ${typeof loadFactor}`);
  }
  const numerator = loadFactor * LOAD_FACTOR_DEN;
  if (!Number.isInteger(numerator) || loadFactor < MIN_LOAD_FACTOR || loadFactor > MAX_LOAD_FACTOR) {
    throw new RangeError(
      `experiment.loadFactor takes a multiple of ${1 / LOAD_FACTOR_DEN} from ${MIN_LOAD_FACTOR} to ${MAX_LOAD_FACTOR}, got ${loadFactor}`,
    );
  }
  return numerator;
}

function checkMapOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('makeMap takes an object of options');
  const { hint, hash0, hasher } = options as MakeMapOptions;
  if (hint !== undefined && typeof hint !== 'bigint' && !Number.isInteger(hint)) {
    throw new TypeError(`hint takes a whole number, got ${String(hint)}`);
  }
  if (hash0 !== undefined && (!Number.isInteger(hash0) || hash0 < 0 || hash0 > 0xffffffff)) {
    throw new RangeError(`hash0 takes a whole number of 32 bits, got ${String(hash0)}`);
  }
  if (hasher !== undefined && !Object.hasOwn(HASHERS, hasher)) {
    throw new TypeError(`hasher is one of ${Object.keys(HASHERS).join(', ')}, got ${String(hasher)}`);
  }
}

/** A hint as the int that Go would see: one that is no int counts as none. */
function clampHint(hint: number | bigint): bigint {
  const wide = BigInt(hint);
  return BigInt.asIntN(64, wide) === wide ? wide : 0n;
}
