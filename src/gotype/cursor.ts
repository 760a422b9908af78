/** A place in a list of tokens: what the parsers of types and of array lengths share. */
import { GoTypeError } from './errors.ts';
import { type Token, tokenize } from './lexer.ts';

/** How deep types and parentheses may nest. */
export const MAX_DEPTH = 250;

export class Cursor {
  readonly source: string;
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  /** @throws GoTypeError if the text isn't made of Go's tokens */
  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  /** The token `ahead` tokens on, not consumed; past the end it is the end token. */
  peek(ahead = 0): Token {
    const token = this.tokens[this.next + ahead] ?? this.tokens.at(-1);
    if (token === undefined) throw new Error('a token list always has its end token');
    return token;
  }

  /** Whether the next token is this symbol or keyword. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'symbol' || token.kind === 'keyword');
  }

  take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.next += 1;
    return token;
  }

  /** Consumes the next token if it is this symbol or keyword. */
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.next += 1;
    return true;
  }

  /** @throws GoTypeError if the next token isn't this symbol or keyword */
  expect(text: string, where: string): Token {
    if (!this.is(text)) this.fail(`expected '${text}' ${where}, found ${this.found()}`);
    return this.take();
  }

  /** The next token as a message names it. */
  found(): string {
    const token = this.peek();
    if (token.kind === 'end') return 'the end of the text';
    if (token.text === ';' && this.source[token.at] !== ';') return 'the end of the line';
    const text = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text;
    return token.kind === 'keyword' ? `the keyword '${text}'` : `'${text}'`;
  }

  /** @throws GoTypeError always, at `at` or at the next token */
  fail(detail: string, at: number = this.peek().at): never {
    throw new GoTypeError(detail, this.source, at);
  }

  /**
   * Runs one level of nesting.
   * @throws GoTypeError beyond MAX_DEPTH, long before the stack would overflow
   */
  nested<T>(run: () => T): T {
    if (this.depth >= MAX_DEPTH) this.fail(`types nest more than ${MAX_DEPTH} levels deep here`);
    this.depth += 1;
    try {
      return run();
    } finally {
      this.depth -= 1;
    }
  }
}
