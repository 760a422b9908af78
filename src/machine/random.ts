/** Random draws injected by the caller. */
import type { Core, Draw } from './load.ts';

/** The caller's source: a draw of 32 or 64 bits, as a bigint or whole number; higher bits are dropped. */
export type RandomSource = (bits: 32 | 64) => bigint | number;

/** A call of the core that was carried out, though a draw in it threw. */
export class DrawFailed {
  /** What the source threw. */
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What undoes a call whose result the caller never sees, because a draw threw. */
const UNDO: { readonly [name in keyof Core]?: (core: Core, result: number) => void } = {
  makeMap: (core, map) => core.freeMap(map),
  iterBegin: (core, iter) => core.iterEnd(iter),
};

/**
 * Lets the core draw from a caller's function. What it throws is kept until the
 * call of the core is over (the draw counts as 0) and thrown then. While it
 * runs, the core may not be called.
 */
export class InjectedRandom {
  readonly #source: RandomSource;
  #running = false;
  #thrown: { readonly error: unknown } | undefined;

  constructor(source: RandomSource) {
    if (typeof source !== 'function') throw new TypeError('random takes a function of the number of bits');
    this.#source = source;
  }

  readonly draw: Draw = (bits) => {
    this.#running = true;
    try {
      const drawn = this.#source(bits as 32 | 64);
      return BigInt.asUintN(bits, BigInt(drawn));
    } catch (error) {
      this.#thrown ??= { error };
      return 0n;
    } finally {
      this.#running = false;
    }
  };

  /** The core with every function under these rules. */
  guard(core: Core): Core {
    const guarded: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(core)) {
      if (typeof call !== 'function') continue;
      const undo = UNDO[name as keyof Core];
      guarded[name] = (...args: unknown[]) => {
        if (this.#running) throw new TypeError('random may not call back into the runtime that asks it');
        let result: unknown;
        try {
          result = call(...args);
        } catch (trap) {
          // A trap says more than the draw that failed before it.
          this.#thrown = undefined;
          throw trap;
        }
        const thrown = this.#thrown;
        if (thrown === undefined) return result;
        this.#thrown = undefined;
        undo?.(core, result as number);
        throw new DrawFailed(thrown.error);
      };
    }
    return guarded as unknown as Core;
  }
}
