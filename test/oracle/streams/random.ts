/**
 * Random streams. A stream is a chain of phases, each made to bring about one habit of the map; what the
 * generator believes to be in the map only steers it.
 */
import { type GoType, parseMapType } from 'hmap-wasm';
import { hashMightPanic } from '../../../src/gotype/index.ts';
import type { HashKey, Op, Stream } from '../protocol.ts';
import { type HashOf, hasherOf } from './hashes.ts';
import { Prng } from './prng.ts';
import { elemText, keyText, STYLES, type Style, textSize, UNHASHABLE_KEY } from './values.ts';

export interface StreamOptions {
  /** The release whose hash brings about collisions. */
  readonly release?: string;
  /** Operations: the least and the most. */
  readonly least?: number;
  readonly most?: number;
  /** A dump after so many operations; large maps are dumped less often. */
  readonly dump?: number;
  /** Whether `rangedel` may be among the operations. */
  readonly rangedel?: boolean;
  /** One stream in so many has 2^16 buckets or more, if its type allows it. */
  readonly deepEvery?: number;
}

/** Characters of keys and elements in a stream. */
const INPUT_BUDGET = 400_000;
/** Characters of dumps in a stream for each of its operations. */
const DUMP_BUDGET = 1200;

/** The stream of a type that a seed stands for. */
export async function randomStream(type: string, seed: number, options: StreamOptions = {}): Promise<Stream> {
  const generator = new Generator(type, seed, options);
  await generator.fill();
  return generator.stream();
}

/** Phases take a length in operations. */
type Phase = (g: Generator, n: number) => void | Promise<void>;

export class Generator {
  readonly random: Prng;
  readonly style: Style;
  readonly ops: Op[] = [];
  /** Keys by number that are believed to be in the map, oldest first. */
  readonly live: number[] = [];
  readonly key: GoType;
  readonly elem: GoType;
  /** Distinct keys in use. */
  readonly space: number;
  limit: number;
  hint: number;
  readonly #type: string;
  readonly #hash0: number;
  readonly #hashkey: HashKey;
  readonly #seed: string;
  readonly #options: StreamOptions;
  readonly #keys = new Map<number, string>();
  #hasher: HashOf | undefined;
  #peak = 0;
  #fresh = 0;
  #deep = false;

  constructor(type: string, seed: number, options: StreamOptions) {
    const random = new Prng(seed);
    const { least = 50, most = 4000 } = options;
    const map = parseMapType(type);
    this.random = random;
    this.key = map.key;
    this.elem = map.elem;
    this.style = random.pick(STYLES);
    this.#type = type;
    this.#options = options;
    this.#hash0 = random.u32();
    const words = Array.from({ length: 4 }, () => random.word());
    // Odd, as alginit makes them, but for one process in eight.
    const odd = random.int(8) > 0;
    this.#hashkey = words.map((word) =>
      odd ? `0x${(BigInt(word) | 1n).toString(16)}` : word,
    ) as unknown as HashKey;
    this.#seed = random.word();
    this.hint = random.int(3) === 0 ? Math.floor(Math.exp(random.fraction() * Math.log(1000))) : -1;
    this.limit = this.affordable(Math.floor(least * Math.exp(random.fraction() * Math.log(most / least))));
    this.space = Math.floor(8 * Math.exp(random.fraction() * Math.log(500)));
  }

  async fill(): Promise<void> {
    const { random } = this;
    // An empty map looks at a key only if it may be one that cannot be hashed.
    const asks = hashMightPanic(this.key) || random.int(8) === 0;
    for (let left = asks ? 1 + random.int(4) : 0; left > 0; left--) {
      const n = random.int(2) === 0 ? UNHASHABLE_KEY : random.int(97);
      if (random.int(2) === 0) this.get(n);
      else this.del(n);
    }
    let first = random.int(FIRST_PHASES.length);
    if (random.int(this.#options.deepEvery ?? 60) === 0 && this.#canBeDeep()) {
      this.#deep = true;
      await deep(this, Math.floor((this.limit * 2) / 3));
    } else {
      if (FIRST_PHASES[first] === window) {
        this.hint = -1;
        this.limit = this.affordable(this.limit + 1000);
      }
      await FIRST_PHASES[first]?.(this, Math.floor((this.limit * 2) / 3));
    }
    while (!this.full) {
      first = random.int(FIRST_PHASES.length);
      await FIRST_PHASES[first]?.(this, 20 + random.int(this.limit));
    }
  }

  stream(): Stream {
    const { hint } = this;
    return {
      type: this.#type,
      ...(hint < 0 ? {} : { hint }),
      // One process in four draws its own.
      ...(this.#ownHash0 ? {} : { hash0: this.#hash0 }),
      hashkey: this.#hashkey,
      seed: this.#seed,
      dump: this.#dumps(),
      ops: this.ops,
    };
  }

  /** Whether the map keeps the hash0 that `make` draws; keys that were made to collide then do not. */
  get #ownHash0(): boolean {
    return this.#hash0 % 4 === 0 && !this.#deep;
  }

  #dumps(): number {
    const entry = textSize(this.key) + textSize(this.elem) + 20;
    const array = this.hint > 0 ? this.hint / 6 : 0;
    const perDump = 300 + entry * 2 * (8 + this.#peak + array);
    return Math.max(this.#options.dump ?? 64, Math.ceil(perDump / DUMP_BUDGET), this.#deep ? this.limit : 0);
  }

  #canBeDeep(): boolean {
    const { key, elem } = this;
    const size = 8 * Math.min(key.size, 129) + 8 * Math.min(elem.size, 129);
    return (
      size <= 160 &&
      (key.kind === 'string' || (key.size >= 4 && key.size <= 16)) &&
      !/bool|float|comp/.test(key.string)
    );
  }

  get full(): boolean {
    return this.ops.length >= this.limit;
  }

  times(n: number, step: () => void): void {
    for (const end = this.ops.length + n; this.ops.length < end && !this.full; ) step();
  }

  /** Keeps the input of a stream within its budget. */
  affordable(ops: number): number {
    const entry = 1 + this.text(77).length + 2 * Math.min(this.elem.size, 1000);
    return Math.min(ops, Math.floor(INPUT_BUDGET / entry));
  }

  text(n: number): string {
    let text = this.#keys.get(n);
    if (text === undefined) {
      text = keyText(this.key, this.style, n);
      this.#keys.set(n, text);
    }
    return text;
  }

  op(name: 'clear' | 'iter' | 'next' | 'rangedel'): void {
    if (name === 'clear' || name === 'rangedel') {
      this.live.length = 0;
      this.ops.push([name === 'rangedel' && this.#options.rangedel === false ? 'clear' : name]);
    } else {
      this.ops.push([name]);
    }
  }

  set(n: number): void {
    this.ops.push(['set', this.text(n), elemText(this.elem, this.random)]);
    this.live.push(n);
    this.#peak = Math.max(this.#peak, this.live.length);
  }

  get(n: number): void {
    this.ops.push(['get', this.text(n)]);
  }

  del(n: number): void {
    this.ops.push(['del', this.text(n)]);
    const at = this.live.indexOf(n);
    if (at >= 0) this.live.splice(at, 1);
  }

  delAt(i: number): void {
    const [n] = this.live.splice(i, 1);
    if (n !== undefined) this.ops.push(['del', this.text(n)]);
  }

  clear(): void {
    this.op(this.random.int(5) === 0 ? 'rangedel' : 'clear');
  }

  known(): number {
    const { live, random } = this;
    if (live.length === 0 || random.int(8) === 0) return random.int(this.space);
    return random.pick(live);
  }

  unused(): number {
    return ++this.#fresh;
  }

  /** Keys that share a bucket of 2^bits, `most` of them at most, while the map has its first hash0. */
  async colliding(bits: number, most: number): Promise<number[]> {
    this.#hasher ??= await hasherOf(
      { type: this.#type, hashkey: this.#hashkey, hash0: this.#hash0 },
      this.#options.release ?? '1.19',
    );
    const mask = BigInt(2 ** bits - 1);
    const groups = new Map<bigint, number[]>();
    const tries = bits > 10 ? 2 ** (bits + 1) : 40 * 2 ** bits;
    for (let n = this.space; n < this.space + tries; n++) {
      const bucket = this.#hasher(bits > 10 ? keyText(this.key, this.style, n) : this.text(n)) & mask;
      const group = groups.get(bucket);
      if (group === undefined) groups.set(bucket, [n]);
      else group.push(n);
    }
    const found: number[] = [];
    for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
      if (found.length >= most) break;
      found.push(...group);
    }
    return [...found.slice(0, most), 0];
  }
}

const grow: Phase = (g, n) =>
  g.times(n, () => {
    const at = g.random.int(1000);
    if (at < 50) g.set(g.known());
    else if (at < 100) g.get(g.known());
    else if (at < 102) g.clear();
    else g.set(g.unused());
  });

/** Keeps the count while keys change: overflow buckets gather until the map grows to its own size. */
const window: Phase = (g, n) => {
  let B = 1;
  while (B < 7 && 13 * 2 ** B < n / 10) B++;
  // The load limit, without passing it.
  const width = 13 * 2 ** g.random.int(B) - g.random.int(2);
  g.times(n, () => {
    while (g.live.length >= width && !g.full) g.delAt(0);
    g.set(g.unused());
    const at = g.random.int(100);
    if (at < 1) g.op('iter');
    else if (at < 15) g.op('next');
    else if (at < 35) g.get(g.known());
  });
};

const mix: Phase = (g, n) =>
  g.times(n, () => {
    const key = g.random.int(g.space);
    const at = g.random.int(1000);
    if (at < 450) g.set(key);
    else if (at < 650) g.del(key);
    else if (at < 850) g.get(key);
    else if (at < 853) g.clear();
    else g.op(at < 880 ? 'iter' : 'next');
  });

/** Fills and drains, from either end, so that runs of emptyOne turn to emptyRest. */
const waves: Phase = (g, n) =>
  g.times(n, () => {
    for (const want = 1 + g.random.int(g.space); g.live.length < want && !g.full; )
      g.set(g.random.int(g.space));
    const mode = g.random.int(3);
    const keep = g.random.int(3);
    while (g.live.length > keep && !g.full) {
      g.delAt(mode === 0 ? 0 : mode === 1 ? g.live.length - 1 : g.random.int(g.live.length));
    }
    // A small wave that has nothing to drain must come to an end too.
    g.get(g.known());
  });

/** Iterates to the end and past it while the map changes under the iterator. */
const walk: Phase = (g, n) =>
  g.times(n, () => {
    for (let extra = g.random.int(30); extra > 0; extra--) g.set(g.unused());
    g.op('iter');
    const churn = g.random.int(4);
    for (let left = g.live.length + 2; left > 0 && !g.full; left--) {
      g.op('next');
      const at = g.random.int(12);
      if (at < churn) g.set(g.unused());
      else if (at < 2 * churn && at % 2 === 0) g.del(g.known());
      else if (at === 11 && g.random.int(40) === 0) g.clear();
    }
  });

/** Uses keys whose hashes agree in their low bits: long chains. */
const collide: Phase = async (g, n) => {
  const keys = await g.colliding(4 + g.random.int(4), 60);
  g.times(n, () => {
    const key = g.random.pick(keys);
    const at = g.random.int(8);
    if (at < 2) g.del(key);
    else if (at === 2) g.get(key);
    else if (at === 3) g.op('next');
    else g.set(key);
    if (g.random.int(50) === 0) g.op('iter');
  });
};

/** Starts with 2^16 buckets or more, where noverflow is sampled. */
const deep: Phase = async (g, n) => {
  const bits = g.random.int(4) === 0 ? 17 : 16;
  g.hint = 13 * 2 ** (bits - 1) - g.random.int(1000);
  const keys = await g.colliding(bits, 150);
  g.times(n, () => {
    const key = g.random.pick(keys);
    if (g.random.int(5) === 0) g.del(key);
    else g.set(key);
  });
};

const FIRST_PHASES: readonly Phase[] = [grow, window, mix, waves, walk, collide];
