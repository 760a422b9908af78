/**
 * What the preprocessor does, as far as declarations need it: constants by `#define`, conditions, `#pragma pack`,
 * the standard headers that give only types. Everything else is refused by name.
 */
import type { Abi } from './abi/index.ts';
import { CError, unsupportedAt } from './errors.ts';
import type { Directive, Token } from './lexer.ts';
import { tokensOf } from './lexer.ts';
import { MAX_MEMBERS } from './limits.ts';

/** A macro without parameters. */
export interface Macro {
  readonly name: string;
  readonly body: string;
  /** Where the body begins; of a macro that the compiler defines, undefined. */
  readonly at: number | undefined;
  /** It has parameters, so that its uses cannot be read. */
  readonly callable: boolean;
}

/** From here on fields are aligned to at most so many bytes; 0 is no limit. */
export interface PackEvent {
  readonly at: number;
  readonly pack: number;
}

/** Headers that only give types and constants; their typedefs are in `headers.ts`. */
export const HEADERS = [
  'stdint.h',
  'stddef.h',
  'stdbool.h',
  'stdalign.h',
  'assert.h',
  'inttypes.h',
  'sys/types.h',
];

/** Pragmas that change no layout. */
const HARMLESS =
  /^(once|message|region|endregion|mark|GCC (diagnostic|system_header|poison|visibility)|clang |STDC )/;

interface Definition {
  readonly from: number;
  readonly macro: Macro | undefined;
}

interface Condition {
  readonly at: number;
  /** A branch of it has been read. */
  taken: boolean;
  reading: boolean;
  sawElse: boolean;
}

/** Evaluates an integer expression of a directive, in which every name counts as 0. */
type Evaluate = (text: string, at: number) => bigint;

export class Preprocessor {
  readonly includes = new Set<string>();
  readonly packs: PackEvent[] = [];
  readonly #source: string;
  readonly #evaluate: Evaluate;
  readonly #macros = new Map<string, Definition[]>();
  readonly #conditions: Condition[] = [];
  #pack = 0;
  readonly #pushed: { name: string | undefined; pack: number }[] = [];
  #defined = 0;

  constructor(source: string, abi: Abi, evaluate: Evaluate) {
    this.#source = source;
    this.#evaluate = evaluate;
    const given = { __linux__: '1', __gnu_linux__: '1', __LP64__: '1', _LP64: '1', ...abi.macros };
    for (const [name, body] of Object.entries(given)) {
      this.#macros.set(name, [{ from: -1, macro: { name, body, at: undefined, callable: false } }]);
    }
  }

  /** The macro that a name stands for at a position. */
  macro(name: string, at: number): Macro | undefined {
    return this.#macros.get(name)?.findLast((definition) => definition.from <= at)?.macro;
  }

  /** Every name that is a macro at the end of the text, but for those of the compiler. */
  names(): string[] {
    return [...this.#macros.keys()].filter(
      (name) => this.macro(name, Number.POSITIVE_INFINITY)?.at !== undefined,
    );
  }

  /** `#pragma pack` as it stands at a position, in bytes; 0 where there is none. */
  packAt(at: number): number {
    return this.packs.findLast((event) => event.at <= at)?.pack ?? 0;
  }

  /** Takes one directive; says whether the text behind it is read. */
  readonly take = (line: Directive): boolean => {
    if (!this.#condition(line) && this.#reading()) this.#directive(line);
    return this.#reading();
  };

  /** @throws CError for a condition without its end */
  end(): void {
    const last = this.#conditions.at(-1);
    if (last !== undefined) throw new CError('this condition has no #endif', this.#source, last.at);
  }

  #reading(): boolean {
    return this.#conditions.every((condition) => condition.reading);
  }

  #condition({ name, argument, at, start }: Directive): boolean {
    const outer = this.#reading();
    const begin = (holds: () => boolean) => {
      if (this.#conditions.length >= 200)
        throw new CError('conditions nest too deep here', this.#source, start);
      const reading = outer && holds();
      this.#conditions.push({ at: start, taken: reading, reading, sawElse: false });
    };
    switch (name) {
      case 'if':
        begin(() => this.#holds(argument, at));
        return true;
      case 'ifdef':
      case 'ifndef':
        begin(() => (this.macro(this.#word(argument, at), start) !== undefined) === (name === 'ifdef'));
        return true;
      case 'elif':
      case 'else': {
        const condition = this.#conditions.at(-1);
        if (condition === undefined || condition.sawElse) {
          throw new CError(`this #${name} belongs to no #if`, this.#source, start);
        }
        condition.reading = false;
        const around = this.#conditions.slice(0, -1).every((one) => one.reading);
        const open = around && !condition.taken;
        condition.reading = open && (name === 'else' || this.#holds(argument, at));
        condition.taken ||= condition.reading;
        condition.sawElse = name === 'else';
        return true;
      }
      case 'endif':
        if (this.#conditions.pop() === undefined)
          throw new CError('this #endif belongs to no #if', this.#source, start);
        return true;
      default:
        return false;
    }
  }

  #word(argument: string, at: number): string {
    const word = /^[A-Za-z_$][\w$]*/.exec(argument)?.[0];
    if (word === undefined) throw new CError('a name is missing here', this.#source, at);
    return word;
  }

  /** `#if`: `defined` is answered, macros are put in, what is left of names counts as 0 (C11 6.10.1). */
  #holds(argument: string, at: number): boolean {
    const asked = argument.replace(
      /\bdefined\s*(?:\(\s*([A-Za-z_$][\w$]*)\s*\)|([A-Za-z_$][\w$]*))/g,
      (all: string, inner?: string, bare?: string) =>
        (this.macro(inner ?? bare ?? '', at) === undefined ? '0' : '1').padEnd(all.length),
    );
    return this.#evaluate(asked, at) !== 0n;
  }

  #directive(line: Directive): void {
    const { name, argument, at, start } = line;
    switch (name) {
      case 'define':
        this.#define(argument, at);
        return;
      case 'undef':
        this.#set(this.#word(argument, at), at, undefined);
        return;
      case 'include':
        this.#include(argument, at);
        return;
      case 'pragma':
        this.pragma(argument, at, start);
        return;
      case 'error':
        throw new CError(`#error ${argument}`, this.#source, start);
      case '':
      case 'warning':
      case 'ident':
        return;
      default:
        throw unsupportedAt(`#${name} is not read`, this.#source, start);
    }
  }

  #define(argument: string, at: number): void {
    const name = this.#word(argument, at);
    this.#defined += 1;
    if (this.#defined > MAX_MEMBERS) throw new CError(`more than ${MAX_MEMBERS} macros`, this.#source, at);
    const rest = argument.slice(name.length);
    const body = rest.trim();
    const bodyAt = at + name.length + (rest.length - rest.trimStart().length);
    this.#set(name, at, { name, body, at: bodyAt, callable: rest.startsWith('(') });
  }

  #set(name: string, from: number, macro: Macro | undefined): void {
    const definitions = this.#macros.get(name);
    if (definitions === undefined) this.#macros.set(name, [{ from, macro }]);
    else definitions.push({ from, macro });
  }

  #include(argument: string, at: number): void {
    const name = /^(?:<([^>\n]+)>|"([^"\n]+)")/.exec(argument);
    const header = name?.[1] ?? name?.[2];
    if (header === undefined) throw new CError('#include takes <header.h>', this.#source, at);
    if (!HEADERS.includes(header)) {
      throw unsupportedAt(
        `#include of ${header} is not read; known are ${HEADERS.join(', ')}: put what you need of it here`,
        this.#source,
        at,
      );
    }
    this.includes.add(header);
  }

  /** `#pragma`, or the text of a `_Pragma`. */
  pragma(argument: string, at: number, start: number): void {
    if (/^pack\b/.test(argument)) this.#packPragma(argument.slice(4), at + 4, start);
    else if (!HARMLESS.test(argument)) {
      const name = argument.split(/\s/)[0]?.slice(0, 40) ?? '';
      throw unsupportedAt(`#pragma ${name} is not read: it may change layouts`, this.#source, at);
    }
  }

  /** `pack()`, `pack(N)`, `pack(push[, name][, N])`, `pack(pop[, name])`, as gcc's "Structure-Layout Pragmas". */
  #packPragma(text: string, at: number, start: number): void {
    const tokens = tokensOf(this.#source, text, at);
    const fail = (token: Token | undefined): never => {
      throw new CError(
        '#pragma pack takes (), (N), (push), (push, N) or (pop)',
        this.#source,
        token?.start ?? start,
      );
    };
    if (tokens[0]?.text !== '(' || tokens.at(-1)?.text !== ')') fail(tokens[0]);
    const given = tokens.slice(1, -1).filter((_, index) => index % 2 === 0);
    const commas = tokens.slice(1, -1).filter((_, index) => index % 2 === 1);
    if (commas.some((token) => token.text !== ',')) fail(commas[0]);
    const [action] = given;
    const push = action?.text === 'push';
    const pop = action?.text === 'pop';
    const rest = push || pop ? given.slice(1) : given;
    const named = rest[0]?.kind === 'word' && (push || pop) ? rest.shift()?.text : undefined;
    const number = rest.shift();
    if (rest.length > 0 || (pop && number !== undefined)) fail(rest[0] ?? number);
    if (push) this.#pushed.push({ name: named, pack: this.#pack });
    if (pop) this.#pop(named, start);
    else if (number !== undefined) this.#pack = this.#packNumber(number);
    else if (!push) this.#pack = 0;
    this.packs.push({ at: start, pack: this.#pack });
  }

  #pop(named: string | undefined, start: number): void {
    const at =
      named === undefined ? this.#pushed.length - 1 : this.#pushed.findLastIndex((one) => one.name === named);
    const found = this.#pushed[at];
    if (found === undefined) throw new CError('#pragma pack(pop) without its push', this.#source, start);
    this.#pushed.length = at;
    this.#pack = found.pack;
  }

  #packNumber(token: Token): number {
    const macro = token.kind === 'word' ? this.macro(token.text, token.start) : undefined;
    const text = macro?.body ?? token.text;
    // gcc takes 0 as "no limit".
    if (!/^(0|1|2|4|8|16)$/.test(text)) {
      throw new CError('#pragma pack takes 1, 2, 4, 8 or 16', this.#source, token.start);
    }
    return Number(text);
  }
}
