/**
 * From C as it is written to C as the grammar reads it.
 *
 * The grammar does not know attributes in every position that gcc takes them in, static assertions within a
 * record, unnamed bit-fields and some spellings. So attributes, `_Alignas` and assertions are taken out here, each
 * with its place, and the rest is written anew, token by token at its old position; what had to be put in is
 * accounted for by `Piece.source`.
 */
import { CError, unsupportedAt } from './errors.ts';
import type { Token } from './lexer.ts';

/** A text for the grammar, and where its characters stand in the source. */
export class Piece {
  readonly text: string;
  readonly #base: number;
  /** Positions in `text` behind which so many characters in all have been put in. */
  readonly #inserted: readonly { readonly at: number; readonly sum: number }[];

  /** `base`: the place in the source of the first character of `text`. */
  constructor(text: string, base: number, inserted: readonly { at: number; sum: number }[] = []) {
    this.text = text;
    this.#base = base;
    this.#inserted = inserted;
  }

  /** The same between other texts, for a grammar that takes only whole statements. */
  within(before: string, after: string): Piece {
    const shifted = this.#inserted.map(({ at, sum }) => ({ at: at + before.length, sum }));
    return new Piece(before + this.text + after, this.#base - before.length, shifted);
  }

  /** The place in the source of a position in `text`. */
  source(index: number): number {
    let low = 0;
    let high = this.#inserted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#inserted[middle]?.at ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return this.#base + index - (this.#inserted[low - 1]?.sum ?? 0);
  }
}

/** `__attribute__((name(argument)))` or `_Alignas(argument)`. */
export interface Attribute {
  /** Without the underscores around it; `_Alignas` for that. */
  readonly name: string;
  readonly argument: Piece | undefined;
  readonly start: number;
  /** The tokens around it, attributes not counted. */
  readonly prev: Token | undefined;
  readonly next: Token | undefined;
  /** Within parentheses or the list of an enum, where it cannot change a layout. */
  readonly idle: boolean;
}

export interface Assertion {
  readonly start: number;
  readonly condition: Piece;
  /** As it is written, with its quotes; empty if there is none. */
  readonly message: string;
}

export interface Rewritten {
  readonly piece: Piece;
  readonly attributes: readonly Attribute[];
  readonly assertions: readonly Assertion[];
  /** The member designators of `offsetof`, by the position of their first name. */
  readonly designators: ReadonlyMap<number, readonly Token[]>;
}

/** The name that unnamed bit-fields get. */
export const UNNAMED = '__unnamed_bit_field';

/** What a word is to the rewriting: one of these macros, or none. */
export type MacroKind = (name: string, at: number) => 'empty' | 'callable' | undefined;

const SPELLINGS: Readonly<Record<string, string>> = {
  __const: 'const',
  __const__: 'const',
  __volatile: 'volatile',
  __volatile__: 'volatile',
  __restrict: 'restrict',
  __restrict__: 'restrict',
  __signed: 'signed',
  __signed__: 'signed',
  __inline: 'inline',
  __inline__: 'inline',
  __builtin_offsetof: 'offsetof',
  __complex__: '_Complex',
  __complex: '_Complex',
};
const DROPPED = new Set(['__extension__', '_Thread_local', '__thread', '_Noreturn']);
const REFUSED = new Set([
  ...['_Atomic', '_Generic', '_Imaginary', '_Decimal32', '_Decimal64', '_Decimal128', '_BitInt'],
  ...['typeof', '__typeof', '__typeof__', 'typeof_unqual', '__auto_type', 'asm', '__asm', '__asm__'],
  ...['_Pragma', '__declspec', '__label__', '__builtin_va_list', '__builtin_types_compatible_p'],
]);

/** Words that make up a basic type, in the order that the grammar wants them in. */
const ORDER = [
  'signed',
  'unsigned',
  'short',
  'long',
  'char',
  'int',
  '__int128',
  'float',
  'double',
  '_Bool',
  'void',
];
const SPECIFIERS = new Set([...ORDER, '_Complex']);
const QUALIFIERS = new Set(['const', 'volatile', 'restrict']);
const TYPE_WORDS = new Set([...SPECIFIERS, 'bool', '_Float16', '_Float128', '__float128']);
/** Complex types, as one name that is known as a typedef. */
const COMPLEX: Readonly<Record<string, string>> = {
  float: '__cfloat',
  double: '__cdbl',
  '': '__cdbl',
  'long double': '__clongdbl',
};
export const COMPLEX_NAMES = { __cfloat: 'float', __cdbl: 'double', __clongdbl: 'long double' } as const;

interface Scope {
  readonly bracket: string;
  readonly body: 'record' | 'enum' | undefined;
  /** Tokens of the member or statement so far. */
  statement: Token[];
  /** The width of the bit-field has begun. */
  colon: boolean;
}

export class Rewriter {
  readonly attributes: Attribute[] = [];
  readonly assertions: Assertion[] = [];
  readonly designators = new Map<number, readonly Token[]>();
  readonly #source: string;
  readonly #macro: MacroKind;

  constructor(source: string, macro: MacroKind) {
    this.#source = source;
    this.#macro = macro;
  }

  /** Rewrites tokens of the source from `base` to `end`. */
  compose(tokens: readonly Token[], base: number, end: number): Piece {
    const kept: Token[] = [];
    const pending: { attribute: Omit<Attribute, 'next'> }[] = [];
    const inserts: number[] = [];
    const scopes: Scope[] = [{ bracket: '', body: undefined, statement: [], colon: false }];
    const keep = (token: Token) => {
      for (const { attribute } of pending.splice(0)) this.attributes.push({ ...attribute, next: token });
      const scope = scopes.at(-1) as Scope;
      if (this.#unnamed(token, scope)) inserts.push(token.start);
      track(token, scopes, kept);
      kept.push(token);
    };
    for (let i = 0; i < tokens.length; ) {
      const token = tokens[i] as Token;
      const scope = scopes.at(-1) as Scope;
      if (token.text === ';' && scope.body === 'record' && scope.statement.length === 0) i += 1;
      else if (token.text === '[' && tokens[i + 1]?.text === '[') {
        throw unsupportedAt(
          '[[attributes]] are not read: write __attribute__((...))',
          this.#source,
          token.start,
        );
      } else if (token.kind !== 'word') {
        keep(token);
        i += 1;
      } else {
        const attribute = this.#attributes(tokens, i);
        if (attribute !== undefined) {
          const idle = scope.bracket === '(' || scope.bracket === '[' || scope.body === 'enum';
          for (const one of attribute.found) pending.push({ attribute: { ...one, prev: kept.at(-1), idle } });
          i = attribute.next;
        } else i = this.#word(tokens, i, keep);
      }
    }
    for (const { attribute } of pending) this.attributes.push({ ...attribute, next: undefined });
    return write(inOrder(kept), base, end, inserts);
  }

  /** A word that is no attribute: what is kept of it, and the index of the token behind it. */
  #word(tokens: readonly Token[], i: number, keep: (token: Token) => void): number {
    const token = tokens[i] as Token;
    const after = tokens[i + 1]?.text;
    if (REFUSED.has(token.text)) throw unsupportedAt(`${token.text} is not read`, this.#source, token.start);
    if (DROPPED.has(token.text)) return i + 1;
    const macro = this.#macro(token.text, token.start);
    if (macro === 'empty') return i + 1;
    if (macro === 'callable' && after === '(') {
      throw unsupportedAt(
        `${token.text} is a macro with parameters, which is not put in`,
        this.#source,
        token.start,
      );
    }
    if (token.text === '_Static_assert' || (token.text === 'static_assert' && after === '(')) {
      return this.#assertion(tokens, i);
    }
    const text = SPELLINGS[token.text] ?? token.text;
    keep(text === token.text ? token : { ...token, text });
    if (text !== 'offsetof' || after !== '(') return i + 1;
    return this.#offsetof(tokens, i + 1, keep);
  }

  /** The index of the token that closes the bracket at `i`. */
  #close(tokens: readonly Token[], i: number, what: string): number {
    const open = tokens[i];
    if (open?.text !== '(') {
      throw new CError(`'(' expected after ${what}`, this.#source, (open ?? tokens.at(-1))?.start ?? 0);
    }
    for (let depth = 0, at = i; at < tokens.length; at++) {
      const { text, kind } = tokens[at] as Token;
      if (kind !== 'punct') continue;
      if ('([{'.includes(text)) depth += 1;
      else if (')]}'.includes(text)) depth -= 1;
      if (depth === 0) return at;
    }
    throw new CError("this '(' is never closed", this.#source, open.start);
  }

  #attributes(
    tokens: readonly Token[],
    i: number,
  ): { found: Omit<Attribute, 'next' | 'prev' | 'idle'>[]; next: number } | undefined {
    const token = tokens[i] as Token;
    const inner = (from: number, to: number) => this.#sub(tokens.slice(from, to));
    if (token.text === '_Alignas' || (token.text === 'alignas' && tokens[i + 1]?.text === '(')) {
      const close = this.#close(tokens, i + 1, token.text);
      return {
        found: [{ name: '_Alignas', argument: inner(i + 2, close), start: token.start }],
        next: close + 1,
      };
    }
    if (token.text !== '__attribute__' && token.text !== '__attribute') return undefined;
    const close = this.#close(tokens, i + 1, token.text);
    const end = this.#close(tokens, i + 2, `${token.text}(`);
    if (end + 1 !== close) {
      throw new CError(`${token.text} takes two pairs of parentheses`, this.#source, token.start);
    }
    const found: Omit<Attribute, 'next' | 'prev' | 'idle'>[] = [];
    for (let at = i + 3; at < end; ) {
      const name = tokens[at] as Token;
      if (name.text === ',') {
        at += 1;
        continue;
      }
      if (name.kind !== 'word')
        throw new CError('the name of an attribute expected', this.#source, name.start);
      const plain = name.text.replace(/^__(.+)__$/, '$1');
      let next = at + 1;
      let argument: Piece | undefined;
      if (tokens[next]?.text === '(') {
        const stop = this.#close(tokens, next, name.text);
        // What other attributes take is theirs, and may be no expression.
        if (plain === 'aligned') argument = inner(next + 1, stop);
        next = stop + 1;
      }
      if (next < end && tokens[next]?.text !== ',') {
        throw new CError("',' expected between attributes", this.#source, tokens[next]?.start ?? name.start);
      }
      found.push({ name: plain, argument, start: name.start });
      at = next;
    }
    return { found, next: close + 1 };
  }

  /** Tokens that are an expression or a type name of their own. */
  #sub(tokens: readonly Token[]): Piece | undefined {
    const [first] = tokens;
    if (first === undefined) return undefined;
    return this.compose(tokens, first.start, tokens.at(-1)?.end ?? first.end);
  }

  #assertion(tokens: readonly Token[], i: number): number {
    const token = tokens[i] as Token;
    const close = this.#close(tokens, i + 1, token.text);
    let end = close;
    // The message is what follows the last comma, if it is made of strings only.
    let message = '';
    let at = close;
    while (tokens[at - 1]?.kind === 'string') at -= 1;
    if (at < close && tokens[at - 1]?.text === ',') {
      message = tokens
        .slice(at, close)
        .map((part) => part.text)
        .join(' ');
      end = at - 1;
    }
    const condition = this.#sub(tokens.slice(i + 2, end));
    if (condition === undefined)
      throw new CError(`${token.text} without a condition`, this.#source, token.start);
    if (tokens[close + 1]?.text !== ';') {
      throw new CError("';' expected after this assertion", this.#source, tokens[close]?.end ?? token.end);
    }
    this.assertions.push({ start: token.start, condition, message });
    return close + 2;
  }

  /** `offsetof(type, a.b[2])`: the grammar takes one name only, so the steps behind it are kept aside. */
  #offsetof(tokens: readonly Token[], open: number, keep: (token: Token) => void): number {
    const close = this.#close(tokens, open, 'offsetof');
    let comma = close;
    for (let at = open + 1, depth = 0; at < close; at++) {
      const { text, kind } = tokens[at] as Token;
      if (kind !== 'punct') continue;
      if ('([{'.includes(text)) depth += 1;
      else if (')]}'.includes(text)) depth -= 1;
      else if (text === ',' && depth === 0) comma = at;
    }
    const designator = tokens.slice(comma + 1, close);
    const [first] = designator;
    if (first?.kind !== 'word') {
      const place = tokens[Math.min(comma + 1, close)] as Token;
      throw new CError('offsetof takes a type and a member', this.#source, place.start);
    }
    this.designators.set(first.start, designator);
    for (let at = open; at <= comma; ) {
      const token = tokens[at] as Token;
      if (token.kind !== 'word') {
        keep(token);
        at += 1;
      } else at = this.#attributes(tokens, at)?.next ?? this.#word(tokens, at, keep);
    }
    keep(first);
    keep(tokens[close] as Token);
    return close + 1;
  }

  /** Whether this `:` begins the width of a bit-field that has no name. */
  #unnamed(token: Token, scope: Scope): boolean {
    if (token.text !== ':' || scope.body !== 'record' || scope.colon) return false;
    scope.colon = true;
    const words = scope.statement.filter((one) => !QUALIFIERS.has(one.text));
    const last = words.at(-1);
    if (last === undefined) return false;
    if (last.text === ',' || last.text === '}' || TYPE_WORDS.has(last.text)) return true;
    if (last.kind !== 'word') return false;
    // A tag, or a typedef that stands alone.
    return words.length === 1 || isRecordWord(words.at(-2)?.text);
  }
}

const isRecordWord = (text: string | undefined) => text === 'struct' || text === 'union' || text === 'enum';

/** Keeps the brackets and the member at hand. */
function track(token: Token, scopes: Scope[], kept: readonly Token[]): void {
  const scope = scopes.at(-1) as Scope;
  if (token.kind !== 'punct') scope.statement.push(token);
  else if (token.text === '(' || token.text === '[' || token.text === '{') {
    const before = isRecordWord(kept.at(-1)?.text) ? kept.at(-1) : kept.at(-2);
    const word = kept.at(-1)?.kind === 'word' && isRecordWord(before?.text) ? before?.text : undefined;
    const body = word === undefined || token.text !== '{' ? undefined : word === 'enum' ? 'enum' : 'record';
    scopes.push({ bracket: token.text, body, statement: [], colon: false });
  } else if (token.text === ')' || token.text === ']' || token.text === '}') {
    if (scopes.length > 1) scopes.pop();
    scopes.at(-1)?.statement.push(token);
  } else if (token.text === ';') {
    scope.statement = [];
    scope.colon = false;
  } else {
    if (token.text === ',') scope.colon = false;
    scope.statement.push(token);
  }
}

/** Puts the words of each basic type into the order of the grammar, in the room that they have. */
function inOrder(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; ) {
    let end = i;
    const part = (at: number) => {
      const token = tokens[at];
      return token?.kind === 'word' && (SPECIFIERS.has(token.text) || QUALIFIERS.has(token.text));
    };
    while (part(end)) end += 1;
    const run = tokens.slice(i, end);
    const words = run.filter((token) => SPECIFIERS.has(token.text));
    if (words.length < 2) {
      out.push(...run);
      if (end === i) out.push(tokens[i] as Token);
      i = Math.max(end, i + 1);
      continue;
    }
    const texts = [
      ...run.filter((token) => QUALIFIERS.has(token.text)).map((token) => token.text),
      ...typeWords(words.map((token) => token.text)),
    ];
    let at = run[0]?.start ?? 0;
    for (const text of texts) {
      out.push({ kind: 'word', text, start: at, end: at + text.length });
      at += text.length + 1;
    }
    i = end;
  }
  return out;
}

function typeWords(words: readonly string[]): string[] {
  const sorted = words
    .toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .filter((word) => word !== '_Complex');
  if (sorted.length === words.length) return sorted;
  const name = COMPLEX[sorted.join(' ')];
  return name === undefined ? sorted : [name];
}

/** The tokens at their old places, with a name before each of the positions `inserts`. */
function write(tokens: readonly Token[], base: number, end: number, inserts: readonly number[]): Piece {
  const pieces: string[] = [];
  const inserted: { at: number; sum: number }[] = [];
  let at = base;
  let length = 0;
  let sum = 0;
  let next = 0;
  for (const token of tokens) {
    pieces.push(' '.repeat(token.start - at));
    length += token.start - at;
    if (inserts[next] === token.start) {
      const name = ` ${UNNAMED} `;
      pieces.push(name);
      length += name.length;
      sum += name.length;
      inserted.push({ at: length - 1, sum });
      next += 1;
    }
    pieces.push(token.text);
    length += token.text.length;
    at = token.start + token.text.length;
  }
  pieces.push(' '.repeat(Math.max(0, end - at)));
  return new Piece(pieces.join(''), base, inserted);
}
