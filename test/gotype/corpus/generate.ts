/**
 * A seeded generator of Go types: texts as they stand in Go source, and the declared types that they name. The
 * same seed gives the same corpus on every machine.
 *
 * It knows nothing of sizes. That every type fits is by construction: long arrays are of basic types only, and
 * what a channel carries is small.
 */
import { Prng } from '../../oracle/streams/prng.ts';

/** `type Name Underlying`. */
export interface Declaration {
  readonly name: string;
  readonly underlying: string;
}

export interface Corpus {
  /** In an order in which each uses only those before it. */
  readonly declarations: readonly Declaration[];
  /** Distinct texts, sorted. */
  readonly types: readonly string[];
}

const BASIC = [
  ...['bool', 'int', 'int8', 'int16', 'int32', 'int64', 'uint', 'uint8', 'uint16', 'uint32', 'uint64'],
  ...['uintptr', 'float32', 'float64', 'complex64', 'complex128', 'string', 'byte', 'rune'],
];
const PREDECLARED = [...BASIC, 'unsafe.Pointer', 'any', 'error'];
/** By name, so that a method which comes twice through embedding is the same one. */
const METHODS = [
  ...['Area() float64', 'Error() string', 'M()', 'N(int, ...string) (bool, error)', 'Ünder(x, y any)'],
  ...['m(func(int8)) <-chan int', 'zero() (a, b struct{})'],
];
const TAGS = ['"t"', '`json:"a,omitempty"`', '"tab\\té"', '"\\u00e9\\x01\\\\\\""', '`back\\slash`', '""'];
const LENGTHS = [0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 9, 16, 17];
const LONG = [31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 500, 1000];
/** Words of pointers that one bitmap may describe: at more, Go describes the type in another way. */
const MASK_WORDS = 16384;
const MAX_TEXT = 400;

/** What a type must be. */
interface Want {
  readonly comparable?: boolean;
  /** Fit for a channel: below 64 KiB, whatever it is put together from. */
  readonly small?: boolean;
  /** Of a declared type: which others it may name. `plain` ones name none. */
  readonly declared?: 'none' | 'plain';
}

interface Known extends Declaration {
  readonly want: Want;
  readonly plain: boolean;
  /** What an embedded field may not be, or not be a pointer to. */
  readonly shape: Shape;
}

type Shape = 'pointer' | 'interface' | 'other';

class Generator {
  readonly random: Prng;
  readonly declared: Known[] = [];
  readonly #seed: number;

  constructor(seed: number) {
    this.random = new Prng(seed);
    this.#seed = seed;
  }

  odds(chance: number): boolean {
    return this.random.fraction() < chance;
  }

  pick<T>(list: readonly T[]): T {
    return this.random.pick(list);
  }

  /** From `from` up to and including `to`. */
  between(from: number, to: number): number {
    return from + this.random.int(to - from + 1);
  }

  declare(): void {
    const i = this.declared.length;
    const want: Want = {
      comparable: this.odds(0.6),
      small: this.odds(0.5),
      declared: i < 20 ? 'none' : 'plain',
    };
    const underlying = this.odds(0.15) ? this.interface(want) : this.type(this.between(0, 2), want);
    // The seed is part of the name: a process may meet the corpora of several.
    const name = `D${this.#seed}x${i}`;
    if (underlying.length > MAX_TEXT / 2) return;
    this.declared.push({
      name,
      underlying,
      want,
      plain: want.declared === 'none',
      shape: this.shapeOf(underlying),
    });
  }

  shapeOf(text: string): Shape {
    const bare = text.replace(/^\(+|\)+$/g, '').replace('main.', '');
    if (/^(\*|unsafe)/.test(bare)) return 'pointer';
    if (/^(interface\b|any$|error$)/.test(bare)) return 'interface';
    return this.declared.find((one) => one.name === bare)?.shape ?? 'other';
  }

  /** The declared types that may stand where this is wanted. */
  candidates({ comparable, small, declared }: Want): readonly Known[] {
    if (declared === 'none') return [];
    return this.declared.filter(
      (one) =>
        (comparable !== true || one.want.comparable === true) &&
        (small !== true || (one.want.small === true && one.plain)) &&
        (declared !== 'plain' || one.plain),
    );
  }

  leaf(want: Want): string {
    const roll = this.random.fraction();
    const named = this.candidates(want);
    if (roll < 0.12 && named.length > 0) return `${this.odds(0.1) ? 'main.' : ''}${this.pick(named).name}`;
    if (roll < 0.2) return this.pick(['any', 'error', 'unsafe.Pointer', 'interface{}', 'uintptr']);
    if (roll < 0.27)
      return this.pick(['struct{}', '[0]int64', '[0]string', 'struct{ _ struct{} }', '[0]byte']);
    if (roll < 0.35) return `*${this.pick(PREDECLARED)}`;
    if (roll < 0.4 && want.comparable !== true) return `[]${this.pick(PREDECLARED)}`;
    return this.pick(BASIC);
  }

  /** A type of at most so many levels. */
  type(depth: number, want: Want = {}): string {
    if (depth <= 0) return this.leaf(want);
    const free = want.comparable !== true;
    const { declared = undefined } = want;
    const inner: Want = declared === undefined ? {} : { declared };
    // What a pointer leads to may be anything.
    const any = () => this.type(depth - 1, inner);
    const roll = this.random.fraction();
    if (roll < 0.34) return this.struct(depth, want);
    if (roll < 0.56) return this.array(depth, want);
    if (roll < 0.62) return this.interface(want);
    if (roll < 0.69) return `*${any()}`;
    if (roll < 0.74) return this.chan(depth, inner);
    if (roll < 0.76) return `(${this.type(depth - 1, want)})`;
    if (roll < 0.82 && free) return `[]${any()}`;
    if (roll < 0.88 && free) return this.func(depth, inner);
    if (roll < 0.94 && free) return `map[${this.type(depth - 1, { ...inner, comparable: true })}]${any()}`;
    return this.leaf(want);
  }

  length(n: number): string {
    if (this.odds(0.85)) return String(n);
    return this.pick([
      `0x${n.toString(16)}`,
      `0b${n.toString(2)}`,
      `(1 + ${n} - 1)`,
      `${n} << 0`,
      `0o${n.toString(8)}`,
    ]);
  }

  array(depth: number, want: Want): string {
    if (want.small === true) return `[${this.length(this.between(0, 3))}]${this.type(depth - 1, want)}`;
    if (this.odds(0.15)) return `[${this.length(this.pick(LONG))}]${this.pick(BASIC)}`;
    return `[${this.length(this.pick(LENGTHS))}]${this.type(depth - 1, want)}`;
  }

  chan(depth: number, inner: Want): string {
    const elem = this.type(Math.min(depth - 1, 1), { ...inner, small: true });
    const word = this.pick(['chan', 'chan', '<-chan', 'chan<-']);
    return word === 'chan' && elem.startsWith('<-') ? `chan (${elem})` : `${word} ${elem}`;
  }

  func(depth: number, inner: Want): string {
    const one = () => this.type(Math.min(depth - 1, 1), inner);
    const params = this.pick([
      () => '',
      () => one(),
      () => `${one()}, ${one()}`,
      () => `a, b ${one()}, _ ${one()}`,
      () => `${one()}, ...${one()}`,
      () => `a int8, b ...${one()}`,
    ])();
    const results = this.pick([
      () => '',
      () => ` (${one()})`,
      () => ` (${one()}, error)`,
      () => ` (x, y ${one()})`,
    ])();
    return `func(${params})${results}`;
  }

  interface({ declared }: Want): string {
    const parts: string[] = [];
    if (this.odds(0.2)) parts.push('error');
    const others = this.candidates(declared === undefined ? {} : { declared }).filter(
      (one) => one.shape === 'interface',
    );
    if (others.length > 0 && this.odds(0.25)) parts.push(this.pick(others).name);
    parts.push(...METHODS.filter(() => this.odds(0.3)));
    if (this.odds(0.5)) parts.reverse();
    return parts.length === 0 ? 'interface{}' : `interface{ ${parts.join('; ')} }`;
  }

  struct(depth: number, want: Want): string {
    const count = this.between(1, want.small === true ? 4 : 6);
    const parts: string[] = [];
    const used = new Set<string>();
    const pool = ['a', 'b', 'c', 'A', 'B', 'x1', 'größe', 'Ärea', '日本', '_x'];
    const name = () => {
      if (this.odds(0.12)) return '_';
      const free = pool.filter((one) => !used.has(one));
      const one = free.length === 0 ? '_' : this.pick(free);
      used.add(one);
      return one;
    };
    for (let i = 0; i < count; i++) {
      const tag = this.odds(0.12) ? ` ${this.pick(TAGS)}` : '';
      const last = i === count - 1;
      const embedded = this.odds(0.15) ? this.embedded(want, used) : undefined;
      if (embedded !== undefined) parts.push(`${embedded}${tag}`);
      // A trailing field without a size makes padding of its own.
      else if (last && this.odds(0.15))
        parts.push(`${name()} ${this.pick(['struct{}', '[0]int64', '[0]*int', '[0]byte'])}`);
      else {
        const names = this.odds(0.12) ? `${name()}, ${name()}` : name();
        parts.push(`${names} ${this.type(depth - 1, want)}${tag}`);
      }
    }
    return `struct{ ${parts.join('; ')} }`;
  }

  /** An embedded field whose name is not taken. */
  embedded(want: Want, used: Set<string>): string | undefined {
    const named = this.candidates(want).filter((one) => one.shape !== 'pointer');
    const one = named.length > 0 && this.odds(0.6) ? this.pick(named) : undefined;
    const base = one?.name ?? this.pick([...BASIC, 'any', 'error']);
    if (used.has(base)) return undefined;
    used.add(base);
    const toInterface = one === undefined ? ['any', 'error'].includes(base) : one.shape === 'interface';
    return !toInterface && this.odds(0.3) ? `*${base}` : base;
  }

  /** A type of about so many bytes. */
  sized(bytes: number, comparable: boolean): string {
    const shapes = [
      `[${bytes}]byte`,
      `[${bytes >> 1}]int16`,
      `[${bytes >> 2}]float32`,
      `[${bytes >> 3}]int`,
      `[${bytes >> 3}]*int`,
      `[${bytes >> 4}]string`,
      `[${bytes >> 4}]any`,
      `[${bytes >> 3}]struct{ a complex64 }`,
      `struct{ a [${bytes - 8}]byte; b int64 }`,
      `struct{ a [${bytes - 4}]int8; b int16; _ bool }`,
      `struct{ p *int; a [${bytes - 8}]bool }`,
      `struct{ s string; a [${bytes - 16}]byte }`,
      `struct{ a [${bytes - 1}]byte; z struct{} }`,
      `struct{ a [${bytes}]byte; z [0]int32 }`,
      `struct{ e error; a, b [${(bytes - 16) >> 1}]uint8 }`,
    ];
    if (!comparable)
      shapes.push(`struct{ f func(); a [${bytes - 8}]byte }`, `[${Math.round(bytes / 24)}][]int`);
    return this.pick(shapes);
  }

  edge(): number {
    return this.odds(0.7) ? this.between(125, 132) : this.between(96, 200);
  }

  slot(comparable: boolean): string {
    const roll = this.random.fraction();
    if (roll < 0.25) return this.sized(this.edge(), comparable);
    if (roll < 0.35) return this.leaf({ comparable });
    if (roll < 0.55)
      return this.pick(comparable ? PREDECLARED : [...PREDECLARED, '[]byte', 'func()', 'map[string]int']);
    return this.type(this.between(1, 3), { comparable });
  }

  map(): string {
    return `map[${this.slot(true)}]${this.slot(false)}`;
  }

  /** Around the size from which on there is no bitmap. */
  large(): string {
    const words = MASK_WORDS + this.between(-1, 3);
    const shapes = [
      `[${words}]*int`,
      `[${words >> 1}]string`,
      `[${words >> 1}]any`,
      `[${Math.ceil(words / 3)}][]int`,
      `struct{ a [${words - 1}]int; p *int; b [3]int }`,
      `struct{ s string; a [${words - 3}]uintptr; e error; b int8 }`,
      `struct{ a [${words}]*int; z struct{} }`,
      // A short array is spelled out in a program, a long one repeated to its end.
      `struct{ a [${words}]*int; b [${this.between(1, 20)}][]int; c int }`,
      `struct{ a [${words}]*int; b [${this.between(1, 4)}][${this.between(1, 6)}]struct{ s string; n int } }`,
      `[${this.between(2, 5)}][${words >> 2}]func()`,
      `[${(words >> 2) + 1}]struct{ a int8; i any; m map[int]int }`,
      `map[[${words}]*int]int`,
      `map[int][${words}]*int`,
      `[1 << ${this.between(20, 36)}]${this.pick(BASIC)}`,
      `map[int8][1 << ${this.between(20, 36)}]string`,
    ];
    return this.pick(shapes);
  }

  /** One in another, many times. */
  deep(): string {
    let text = this.leaf({});
    let doubled = 0;
    for (let i = this.between(8, 24); i > 0; i--) {
      const wrap = this.pick([
        '[1]#',
        '[2]#',
        '*#',
        '[]#',
        '(#)',
        'struct{ a # }',
        'struct{ _ int8; a # }',
        'struct{ a #; _ struct{} }',
      ]);
      if (wrap === '[2]#' && ++doubled > 4) continue;
      text = wrap.replace('#', () => text);
    }
    return text;
  }

  one(): string {
    const roll = this.random.fraction();
    if (roll < 0.5) return this.map();
    if (roll < 0.54) return this.large();
    if (roll < 0.58) return this.deep();
    if (roll < 0.62) return this.sized(this.edge(), false);
    return this.type(this.between(1, 4));
  }
}

/** A corpus of so many types; the predeclared ones are always among them. */
export function generate(seed: number, count: number): Corpus {
  const generator = new Generator(seed);
  for (let i = 0; i < 60; i++) generator.declare();
  const { declared } = generator;
  const types = new Set<string>([...PREDECLARED, ...declared.map(({ name }) => name)]);
  while (types.size < count) {
    const text = generator.one();
    if (text.length <= MAX_TEXT) types.add(text);
  }
  return {
    declarations: declared.map(({ name, underlying }) => ({ name, underlying })),
    types: [...types].sort(),
  };
}
