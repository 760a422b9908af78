/** Views of a map's buckets: the state of every slot, keys, elements, overflow chains. */
import {
  BUCKET_CNT,
  EMPTY_ONE,
  EMPTY_REST,
  EVACUATED_EMPTY,
  EVACUATED_X,
  EVACUATED_Y,
  FLAG_SAME_SIZE_GROW,
  PTR_SIZE,
} from '../../assembly/shared/golayout.ts';
import { type Codec, codecFor, type MapShape } from '../gotype/index.ts';
import { AddressSpace } from '../machine/addressspace.ts';
import { SegmentationFault } from '../machine/errors.ts';
import { checkAlive, type MapHandle } from './handle.ts';
import { HeaderView } from './header.ts';

/** What a tophash byte says of its slot. */
export type SlotState = 'emptyRest' | 'emptyOne' | 'evacuatedX' | 'evacuatedY' | 'evacuatedEmpty' | 'filled';

const STATES: readonly SlotState[] = ['emptyRest', 'emptyOne', 'evacuatedX', 'evacuatedY', 'evacuatedEmpty'];

/** The state that a tophash byte stands for. */
export function slotState(tophash: number): SlotState {
  return STATES[tophash] ?? 'filled';
}

/** One slot of a bucket. Key and element are read when asked for; of an empty slot they are what was left. */
export class SlotView<K, V> {
  readonly index: number;
  readonly tophash: number;
  readonly state: SlotState;
  /** Address of the key's slot. */
  readonly keyAddress: bigint;
  /** Address of the element's slot. */
  readonly elemAddress: bigint;
  readonly #bucket: BucketView<K, V>;

  constructor(bucket: BucketView<K, V>, index: number, tophash: number) {
    const { shape } = bucket;
    this.#bucket = bucket;
    this.index = index;
    this.tophash = tophash;
    this.state = slotState(tophash);
    this.keyAddress = bucket.address + BigInt(shape.keyOffset + index * shape.keySize);
    this.elemAddress = bucket.address + BigInt(shape.elemOffset + index * shape.elemSize);
  }

  /** Whether the slot holds an entry. */
  get filled(): boolean {
    return this.state === 'filled';
  }

  /** @throws SegmentationFault if it is held by a pointer that leads nowhere */
  get key(): K {
    const { shape } = this.#bucket;
    return this.#bucket.value(this.keyAddress, codecFor(shape.key) as Codec<K>, shape.keyIndirect);
  }

  /** @throws SegmentationFault if it is held by a pointer that leads nowhere */
  get elem(): V {
    const { shape } = this.#bucket;
    return this.#bucket.value(this.elemAddress, codecFor(shape.elem) as Codec<V>, shape.elemIndirect);
  }
}

/** One bucket, as it is now. */
export class BucketView<K, V> {
  /** Its number in the array; of an overflow bucket, that of the bucket whose chain it is in. */
  readonly index: number;
  readonly address: bigint;
  readonly shape: MapShape;
  readonly #map: MapHandle;

  constructor(map: MapHandle, address: bigint, index: number) {
    this.#map = map;
    this.shape = map.shape;
    this.address = address;
    this.index = index;
  }

  /** A copy of the bucket's bytes. */
  get bytes(): Uint8Array {
    return this.#read(0, this.shape.bucketSize);
  }

  /** The eight tophash bytes. */
  get tophash(): Uint8Array {
    return this.#read(0, BUCKET_CNT);
  }

  /** Whether the entries have moved to the new array. */
  get evacuated(): boolean {
    const [first = 0] = this.tophash;
    return first >= EVACUATED_X && first <= EVACUATED_EMPTY;
  }

  get slots(): SlotView<K, V>[] {
    return [...this.tophash].map((top, i) => new SlotView<K, V>(this, i, top));
  }

  /** The address in the overflow word. */
  get overflowAddress(): bigint {
    const word = this.#read(this.shape.overflowOffset, PTR_SIZE);
    return new DataView(word.buffer).getBigUint64(0, true);
  }

  /** The next bucket of the chain, or undefined. */
  get overflow(): BucketView<K, V> | undefined {
    const address = this.overflowAddress;
    return address === 0n ? undefined : new BucketView<K, V>(this.#map, address, this.index);
  }

  /** This bucket and its overflow buckets; a chain that leads back into itself ends where it does. */
  *chain(): Generator<BucketView<K, V>> {
    const seen = new Set<bigint>();
    for (
      let b: BucketView<K, V> | undefined = this;
      b !== undefined && !seen.has(b.address);
      b = b.overflow
    ) {
      seen.add(b.address);
      yield b;
    }
  }

  /** The value in the slot at `address`. */
  value<T>(address: bigint, codec: Codec<T>, indirect: boolean): T {
    const { machine } = this.#map;
    let at = this.#find(address, indirect ? PTR_SIZE : codec.size);
    if (indirect) at = this.#find(machine.u64[at >>> 3] as bigint, codec.size);
    return codec.read(machine, at);
  }

  #read(offset: number, size: number): Uint8Array {
    checkAlive(this.#map);
    return new AddressSpace(this.#map.machine).read(BigInt.asUintN(64, this.address + BigInt(offset)), size);
  }

  #find(address: bigint, size: number): number {
    checkAlive(this.#map);
    const at = this.#map.machine.findMapped(address, BigInt(size));
    if (at === undefined) throw new SegmentationFault(address, size, 'a slot of a bucket that leads nowhere');
    return at;
  }
}

/** An array of buckets, read as it is now. */
export class Buckets<K, V> implements Iterable<BucketView<K, V>> {
  /** Address of the array; nil where there is none. */
  readonly address: bigint;
  /** Buckets of the array, without the spare overflow buckets behind it. */
  readonly length: number;
  readonly #map: MapHandle;

  constructor(map: MapHandle, address: bigint, length: number) {
    this.#map = map;
    this.address = address;
    this.length = length;
  }

  /** Bucket `index`, or undefined behind the end. */
  at(index: number): BucketView<K, V> | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) return undefined;
    // Addresses of a forged array wrap, as the machine's do.
    const address = BigInt.asUintN(64, this.address + BigInt(index) * BigInt(this.#map.shape.bucketSize));
    return new BucketView<K, V>(this.#map, address, index);
  }

  *[Symbol.iterator](): Generator<BucketView<K, V>> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as BucketView<K, V>;
  }
}

/** The current or the old array of a map. */
export function bucketsOf<K, V>(map: MapHandle, which: 'buckets' | 'oldbuckets'): Buckets<K, V> {
  const header = new HeaderView(map);
  if (header.address === 0n) return new Buckets(map, 0n, 0);
  const address = header[which];
  let logLength = header.B;
  if (which === 'oldbuckets' && (header.flags & FLAG_SAME_SIZE_GROW) === 0) logLength -= 1;
  return new Buckets(map, address, address === 0n ? 0 : 2 ** (logLength & 63));
}

/** The tophash values that mark states, for legends. */
export const STATE_VALUES: readonly (readonly [number, SlotState])[] = [
  [EMPTY_REST, 'emptyRest'],
  [EMPTY_ONE, 'emptyOne'],
  [EVACUATED_X, 'evacuatedX'],
  [EVACUATED_Y, 'evacuatedY'],
  [EVACUATED_EMPTY, 'evacuatedEmpty'],
];
