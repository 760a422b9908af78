/** Iterators: a real `hiter` of the Go heap, one call of the core an entry. */
import { HITER_ELEM, HITER_KEY } from '../../assembly/shared/golayout.ts';
import { ITER_HITER } from '../../assembly/shared/hostlayout.ts';
import type { Machine } from '../machine/machine.ts';
import { checkAlive, type MapHandle } from './handle.ts';

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
  // A freed map has ended its iterators itself.
  if (iter !== 0 && live.owner.map !== 0 && machine.ended === undefined) machine.core.iterEnd(iter);
  live.iter = 0;
}

/**
 * An iterator over a map as Go's `range`: it may meet entries that are added on
 * the way or not, never one that was deleted before it came to it, none twice.
 */
export class MapIterator<T> implements IterableIterator<T> {
  readonly #live: Live;
  readonly #read: (key: number, elem: number) => T;
  /** Offset of the hiter; 0 before the first entry was asked for. */
  #hiter = 0;
  #ended = false;

  constructor(owner: MapHandle, read: (key: number, elem: number) => T) {
    this.#read = read;
    this.#live = { machine: owner.machine, owner, iter: 0 };
  }

  /**
   * The iteration begins with the first call, as that of Go's `reflect.MapIter`: the random start is drawn then.
   * @throws GoFatal `concurrent map iteration and map write` if the header's hashWriting flag is set
   */
  next(): IteratorResult<T, undefined> {
    const live = this.#live;
    const { machine } = live;
    if (this.#ended) return { done: true, value: undefined };
    checkAlive(live.owner);
    try {
      if (live.iter === 0) this.#begin();
      else machine.core.iterNext(live.iter);
    } catch (error) {
      throw machine.explain(error);
    }
    // The core has just written both: they are read before anything else can run.
    const key = machine.u32[(this.#hiter + HITER_KEY) >>> 2] as number;
    if (key === 0) return this.return();
    try {
      return { done: false, value: this.#read(key, machine.u32[(this.#hiter + HITER_ELEM) >>> 2] as number) };
    } catch (error) {
      // An iterator that throws is not closed by `for...of`.
      this.return();
      throw error;
    }
  }

  #begin(): void {
    const live = this.#live;
    live.iter = live.machine.core.iterBegin(live.owner.map) >>> 0;
    this.#hiter = live.machine.u32[(live.iter + ITER_HITER) >>> 2] as number;
    forgotten.register(this, live, this);
  }

  /** Ends the iteration. */
  return(): IteratorResult<T, undefined> {
    end(this.#live);
    this.#ended = true;
    forgotten.unregister(this);
    return { done: true, value: undefined };
  }

  /** Emulated address of the hiter, for looking at its bytes; nil before the first entry and after the end. */
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
