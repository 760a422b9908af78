/** Streams written by hand: keys by number, elements that count on. */
import { type GoType, parseMapType } from 'hmap-wasm';
import type { HashKey, Op, Stream } from '../protocol.ts';
import { Prng } from './prng.ts';
import { elemText, keyText, type Style } from './values.ts';

/** The process of every stream here: its hash key, hash0 and the state of its draws. */
export const HASH_KEY: HashKey = [
  '0x9e3779b97f4a7c15',
  '0xbf58476d1ce4e5b9',
  '0x94d049bb133111eb',
  '0xd6e8feb86659fd93',
];
export const HASH0 = 0x5eed0001;
const SEED = '0x6f7261636c65';

export interface ScriptOptions {
  readonly hint?: number;
  /** null: the one that `make` draws. */
  readonly hash0?: number | null;
  readonly dump?: number;
  readonly style?: Style;
}

/** Collects the operations of one stream. */
export class Script {
  readonly key: GoType;
  readonly elem: GoType;
  readonly #type: string;
  readonly #options: ScriptOptions;
  readonly #ops: Op[] = [];
  readonly #elems = new Prng(1);

  constructor(type: string, options: ScriptOptions = {}) {
    const { key, elem } = parseMapType(type);
    this.key = key;
    this.elem = elem;
    this.#type = type;
    this.#options = options;
  }

  get stream(): Stream {
    const { hint, hash0 = HASH0, dump = 0 } = this.#options;
    return {
      type: this.#type,
      ...(hint === undefined ? {} : { hint }),
      ...(hash0 === null ? {} : { hash0 }),
      hashkey: HASH_KEY,
      seed: SEED,
      dump,
      ops: this.#ops,
    };
  }

  text(n: number): string {
    return keyText(this.key, this.#options.style ?? 'counted', n);
  }

  set(...keys: readonly number[]): this {
    for (const n of keys) this.#ops.push(['set', this.text(n), elemText(this.elem, this.#elems)]);
    return this;
  }

  get(...keys: readonly number[]): this {
    for (const n of keys) this.#ops.push(['get', this.text(n)]);
    return this;
  }

  del(...keys: readonly number[]): this {
    for (const n of keys) this.#ops.push(['del', this.text(n)]);
    return this;
  }

  clear(): this {
    this.#ops.push(['clear']);
    return this;
  }

  rangedel(): this {
    this.#ops.push(['rangedel']);
    return this;
  }

  iter(): this {
    this.#ops.push(['iter']);
    return this;
  }

  next(times = 1): this {
    for (let i = 0; i < times; i++) this.#ops.push(['next']);
    return this;
  }

  /** A whole iteration over `n` entries, and once past its end. */
  walk(n: number): this {
    return this.iter().next(n + 1);
  }

  /** Operations as they are given. */
  raw(...ops: readonly Op[]): this {
    this.#ops.push(...ops);
    return this;
  }
}

/** The numbers from `from` to `to`, both among them. */
export function range(from: number, to: number, step = 1): number[] {
  const out: number[] = [];
  for (let n = from; step > 0 ? n <= to : n >= to; n += step) out.push(n);
  return out;
}
