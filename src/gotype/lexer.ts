/** Go tokens, as far as type texts need them, with Go's automatic semicolons. */
import { GoTypeError } from './errors.ts';

/** The longest type text, in UTF-16 code units. */
export const MAX_SOURCE = 64 * 1024;

export type TokenKind = 'name' | 'keyword' | 'integer' | 'float' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of an automatic semicolon `;`. */
  readonly text: string;
  /** Where it begins in the source, from 0. */
  readonly at: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface ' +
    'map package range return select struct switch type var'
  ).split(' '),
);

const SPACE = /[ \t\r]+/y;
// A comment: to the end of its line, or over lines.
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
// The same as NAME where no other letter follows. Classes of Unicode take a millisecond to be compiled, for which
// the first map of a process would wait.
const ASCII_NAME = /[A-Za-z_][A-Za-z_0-9]*(?![A-Za-z_0-9\u0080-\uffff])/y;
const BEGINS_NAME = /[A-Za-z_\u0080-\uffff]/y;
const BEGINS_NUMBER = /\.?[0-9]/y;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
// Anything that begins like a number; what it is gets decided afterwards.
const NUMBER =
  /(?:0[xX][0-9a-fA-F_.]*(?:[pP][+-]?[0-9_]*)?|[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?(?:[eE][+-]?[0-9_]*)?|\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]*)?)[\p{L}\p{Nd}_]*/uy;
const STRING = /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y;
const SYMBOL = /\.\.\.|<-|<<|>>|&\^|[()[\]{},;.*+\-/%&|^~]/y;

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

/** Whether a line may end after this token: then a newline counts as a semicolon. */
function endsLine(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'symbol') return token.text === ')' || token.text === ']' || token.text === '}';
  return token.kind !== 'keyword';
}

/**
 * All tokens of a text, the last of kind `end`.
 * @throws GoTypeError
 */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const newline = (at: number) => {
    if (endsLine(tokens.at(-1))) tokens.push({ kind: 'symbol', text: ';', at });
  };
  for (let at = 0; at < source.length; ) {
    const space = matchAt(SPACE, source, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    if (source[at] === '\n') {
      newline(at);
      at += 1;
      continue;
    }
    const comment = matchAt(COMMENT, source, at);
    if (comment !== undefined) {
      if (comment.includes('\n')) newline(at);
      at += comment.length;
      continue;
    }
    const token = tokenAt(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', at: source.length });
  return tokens;
}

function tokenAt(source: string, at: number): Token {
  if (source.startsWith('/*', at)) throw new GoTypeError('comment not terminated', source, at);
  let name = matchAt(ASCII_NAME, source, at);
  if (name === undefined && matchAt(BEGINS_NAME, source, at) !== undefined) name = matchAt(NAME, source, at);
  if (name !== undefined) return { kind: KEYWORDS.has(name) ? 'keyword' : 'name', text: name, at };
  if (matchAt(BEGINS_NUMBER, source, at) !== undefined) {
    const number = matchAt(NUMBER, source, at) as string;
    return { kind: numberKind(number, source, at), text: number, at };
  }
  const string = matchAt(STRING, source, at);
  if (string !== undefined) return { kind: 'string', text: string, at };
  const symbol = matchAt(SYMBOL, source, at);
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, at };
  if (source[at] === '"' || source[at] === '`') {
    throw new GoTypeError('string literal not terminated', source, at);
  }
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  throw new GoTypeError(`unexpected character ${JSON.stringify(char)}`, source, at);
}

/** Go's integer literals, `_` only between digits or after the base prefix. */
const INTEGER = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)$/;
const FLOAT =
  /^(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][+-]?[0-9_]+)?|\.[0-9_]+(?:[eE][+-]?[0-9_]+)?|[0-9][0-9_]*[eE][+-]?[0-9_]+|0[xX][0-9a-fA-F_.]+[pP][+-]?[0-9_]+)$/;

function numberKind(text: string, source: string, at: number): TokenKind {
  if (INTEGER.test(text)) return 'integer';
  if (FLOAT.test(text)) return 'float';
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  throw new GoTypeError(`invalid number '${shown}'`, source, at);
}
