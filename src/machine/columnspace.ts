/**
 * The range of linear memory that columns are carved from: host memory, which
 * no emulated address reaches.
 *
 * Columns are few and large, so the free blocks are a list in order of address,
 * and the first that is large enough is taken.
 */
import type { Range } from './plan.ts';

/** Blocks begin at multiples of a cache line. */
const ALIGN = 64;

export class ColumnSpace {
  /** How many blocks have been given back. */
  freed = 0;
  readonly #range: Range;
  readonly #u8: Uint8Array;
  /** Free blocks by address; no two of them touch. */
  readonly #free: { start: number; end: number }[];
  /** Ends of the blocks in use, by their starts. */
  readonly #used = new Map<number, number>();
  /** The starts in order: batches over parts of columns ask in which block they lie. */
  readonly #starts: number[] = [];
  /** Bytes from here on were never in use, so they are zero. */
  #fresh: number;

  constructor(range: Range, u8: Uint8Array) {
    this.#range = range;
    this.#u8 = u8;
    this.#free = [{ start: range.start, end: range.end }];
    this.#fresh = range.start;
  }

  /**
   * A block of `size` zero bytes: its linear offset.
   * @throws RangeError if there is no room
   */
  allocate(size: number): number {
    const start = this.tryAllocate(size);
    if (start === undefined) {
      const whole = this.#range.end - this.#range.start;
      throw new RangeError(
        `no room for a column of ${size} bytes: columns may take ${whole}, ${this.inUse} are in use. ` +
          'Free columns with free(), or create the runtime with a larger memory.columns.',
      );
    }
    this.#u8.fill(0, start, Math.min(start + size, this.#fresh));
    this.#fresh = Math.max(this.#fresh, start + size);
    return start;
  }

  /** The same with whatever bytes were there before, or undefined if there is no room. */
  tryAllocate(size: number): number | undefined {
    // An empty column has an address of its own too.
    const rounded = Math.max(Math.ceil(size / ALIGN), 1) * ALIGN;
    const index = this.#free.findIndex(({ start, end }) => end - start >= rounded);
    const block = this.#free[index];
    if (block === undefined) return undefined;
    const { start } = block;
    block.start += rounded;
    if (block.start === block.end) this.#free.splice(index, 1);
    this.#used.set(start, start + rounded);
    this.#starts.splice(this.#indexOf(start) + 1, 0, start);
    return start;
  }

  /** Gives a block back. */
  free(start: number): void {
    const end = this.#used.get(start);
    if (end === undefined) return;
    this.freed++;
    this.#used.delete(start);
    this.#starts.splice(this.#indexOf(start), 1);
    this.#fresh = Math.max(this.#fresh, end);
    let index = this.#free.findIndex((block) => block.start > start);
    if (index === -1) index = this.#free.length;
    this.#free.splice(index, 0, { start, end });
    this.#merge(index);
    if (index > 0) this.#merge(index - 1);
  }

  #merge(index: number): void {
    const [first, second] = [this.#free[index], this.#free[index + 1]];
    if (first === undefined || second === undefined || first.end !== second.start) return;
    first.end = second.end;
    this.#free.splice(index + 1, 1);
  }

  /** Whether a range lies in one block that is in use. */
  owns(start: number, size: number): boolean {
    const end = this.#used.get(this.#starts[this.#indexOf(start)] ?? 0);
    return end !== undefined && start + size <= end;
  }

  /** Index of the last block in use that begins at `at` or before; -1 if none does. */
  #indexOf(at: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Bytes in use. */
  get inUse(): number {
    let sum = 0;
    for (const [start, end] of this.#used) sum += end - start;
    return sum;
  }

  /** Bytes of the largest block that is free. */
  get largestFree(): number {
    return Math.max(0, ...this.#free.map(({ start, end }) => end - start));
  }
}
