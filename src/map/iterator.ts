/** Iterators: a real `hiter` of the Go heap, one call of the core an entry. */
import { HITER_ELEM, HITER_KEY } from '../../assembly/shared/golayout.ts';
import { ITER_HITER } from '../../assembly/shared/hostlayout.ts';
import { SegmentationFault, UseAfterFree } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { MapHandle } from './handle.ts';

/** What must be given back when an iterator is forgotten before its end. */
interface Live {
  readonly machine: Machine;
  readonly owner: MapHandle;
  iter: number;
}

/** Ends iterators that JavaScript has forgotten; `return` (which `for...of` calls) ends them at once. */
const forgotten = new FinalizationRegistry<Live>((live) => end(live));

function end(live: Live): void {
  const { iter, machine } = live;
  live.iter = 0;
  // A freed map has ended its iterators itself.
  if (iter !== 0 && live.owner.map !== 0 && machine.ended === undefined) machine.core.iterEnd(iter);
}

/**
 * An iterator over a map as Go's `range`: it may meet entries that are added on
 * the way or not, never one that was deleted before it came to it, none twice.
 */
export class MapIterator<T> implements IterableIterator<T> {
  readonly #live: Live;
  readonly #read: (key: number, elem: number) => T;
  /** Offset of the hiter. */
  readonly #hiter: number;
  readonly #sizes: { readonly keySize: number; readonly elemSize: number };
  #started = false;

  constructor(owner: MapHandle, read: (key: number, elem: number) => T) {
    const { machine } = owner;
    this.#read = read;
    this.#sizes = { keySize: owner.shape.key.size, elemSize: owner.shape.elem.size };
    try {
      const iter = machine.core.iterBegin(owner.map) >>> 0;
      this.#live = { machine, owner, iter };
      this.#hiter = machine.u32[(iter + ITER_HITER) >>> 2] as number;
    } catch (error) {
      throw machine.explain(error);
    }
    forgotten.register(this, this.#live, this);
  }

  /** @throws GoFatal `concurrent map iteration and map write` if the header's hashWriting flag is set */
  next(): IteratorResult<T, undefined> {
    const live = this.#live;
    const { machine } = live;
    if (live.iter === 0) return { done: true, value: undefined };
    if (live.owner.map === 0) {
      live.iter = 0;
      throw new UseAfterFree('the map of this iterator was freed');
    }
    if (this.#started) {
      try {
        machine.core.iterNext(live.iter);
      } catch (error) {
        throw machine.explain(error);
      }
    }
    this.#started = true;
    const key = machine.u32[(this.#hiter + HITER_KEY) >>> 2] as number;
    if (key === 0) {
      this.return();
      return { done: true, value: undefined };
    }
    const { keySize, elemSize } = this.#sizes;
    return { done: false, value: this.#read(this.#at(HITER_KEY, keySize), this.#at(HITER_ELEM, elemSize)) };
  }

  /** The offset that a pointer of the hiter leads to. */
  #at(field: number, size: number): number {
    const { machine } = this.#live;
    if (!machine.guarded) return machine.u32[(this.#hiter + field) >>> 2] as number;
    const address = machine.u64[(this.#hiter + field) >>> 3] as bigint;
    const offset = machine.findMapped(address, BigInt(size));
    if (offset === undefined) throw new SegmentationFault(address, size, 'an entry of a forged iterator');
    return offset;
  }

  /** Ends the iteration. */
  return(): IteratorResult<T, undefined> {
    forgotten.unregister(this);
    end(this.#live);
    return { done: true, value: undefined };
  }

  /** Emulated address of the hiter, for looking at its bytes; nil once the iteration has ended. */
  get address(): bigint {
    return this.#live.iter === 0 ? 0n : this.#live.machine.toAddress(this.#hiter);
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.return();
  }

  get [Symbol.toStringTag](): string {
    return 'GoMap Iterator';
  }
}
