/** A C text as tokens. Comments are gone, directives are handed out line by line. */
import { CError, unsupportedAt } from './errors.ts';
import { MAX_DEPTH, MAX_SOURCE } from './limits.ts';

export interface Token {
  readonly kind: 'word' | 'number' | 'char' | 'string' | 'punct';
  readonly text: string;
  /** First and last-plus-one position in the source. */
  readonly start: number;
  readonly end: number;
}

/** A line that begins with `#`. Comments in it are blanks, as are the line breaks that a backslash escapes. */
export interface Directive {
  readonly name: string;
  /** What follows the name. */
  readonly argument: string;
  /** Where the argument begins. */
  readonly at: number;
  readonly start: number;
}

const SPACE = /[ \t\v\f\r\n]+/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const NUMBER = /\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*/y;
const QUOTED = /(?:u8|[uUL])?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const PUNCT =
  /\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|[-+*/%&|^~!<>=?:;,.(){}[\]#@\\`]/y;
const FOREIGN = new Set(['@', '\\', '`', '#', '##']);
const OPEN: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * The tokens of a text. `directive` is called for each directive in its place and says whether the text after
 * it is read on or skipped.
 * @throws CError for a character that C does not have, brackets that do not match or nest too deep,
 *   a text that is too long
 */
export function tokenize(source: string, directive: (line: Directive) => boolean): Token[] {
  if (source.length > MAX_SOURCE) {
    throw new CError(
      `a text of at most ${MAX_SOURCE} characters is read, this has ${source.length}`,
      source,
      0,
    );
  }
  const clean = withoutComments(source);
  const tokens: Token[] = [];
  const open: Token[] = [];
  const match = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at;
    return pattern.exec(clean)?.[0];
  };
  let reading = true;
  let lineStart = true;
  for (let at = 0; at < clean.length; ) {
    const space = match(SPACE, at);
    if (space !== undefined) {
      lineStart ||= space.includes('\n');
      at += space.length;
      continue;
    }
    if (lineStart && clean[at] === '#') {
      const newline = clean.indexOf('\n', at);
      const end = newline < 0 ? clean.length : newline;
      reading = directive(directiveOf(clean.slice(at, end), at));
      at = end;
      continue;
    }
    lineStart = false;
    if (!reading) {
      const newline = clean.indexOf('\n', at);
      at = newline < 0 ? clean.length : newline;
      continue;
    }
    const token = tokenAt(source, at, match);
    if (token.kind === 'punct') bracket(source, token, open);
    tokens.push(token);
    at = token.end;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined)
    throw new CError(`this '${unclosed.text}' is never closed`, source, unclosed.start);
  return tokens;
}

/** The tokens of a piece of a text that has no directives; positions count from `base` on. */
export function tokensOf(source: string, text: string, base: number): Token[] {
  const match = (pattern: RegExp, at: number) => {
    pattern.lastIndex = at - base;
    return pattern.exec(text)?.[0];
  };
  const tokens: Token[] = [];
  for (let at = base; at < base + text.length; ) {
    const space = match(SPACE, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = tokenAt(source, at, match);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

function tokenAt(
  source: string,
  at: number,
  match: (pattern: RegExp, at: number) => string | undefined,
): Token {
  const make = (kind: Token['kind'], text: string): Token => ({
    kind,
    text,
    start: at,
    end: at + text.length,
  });
  const quoted = match(QUOTED, at);
  if (quoted !== undefined) return make(quoted.endsWith('"') ? 'string' : 'char', quoted);
  const word = match(WORD, at);
  if (word !== undefined) return make('word', word);
  const number = match(NUMBER, at);
  if (number !== undefined) return make('number', number);
  const punct = match(PUNCT, at);
  if (punct !== undefined && !FOREIGN.has(punct)) return make('punct', punct);
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (char === '"' || char === "'") throw new CError(`this ${char} is never closed`, source, at);
  if (/[\p{L}\p{N}]/u.test(char)) {
    throw unsupportedAt('names of other letters than A to Z are not read', source, at);
  }
  throw new CError(`C has no such character here: ${JSON.stringify(char)}`, source, at);
}

function bracket(source: string, token: Token, open: Token[]): void {
  if (Object.hasOwn(OPEN, token.text)) {
    if (open.length >= MAX_DEPTH) {
      throw new CError(`brackets nest more than ${MAX_DEPTH} levels deep here`, source, token.start);
    }
    open.push(token);
  } else if (token.text === ')' || token.text === ']' || token.text === '}') {
    const last = open.pop();
    if (last === undefined) throw new CError(`this '${token.text}' closes nothing`, source, token.start);
    if (OPEN[last.text] !== token.text) {
      throw new CError(`this '${token.text}' does not close '${last.text}'`, source, token.start);
    }
  }
}

/** The same text with comments and escaped line breaks as blanks. */
function withoutComments(source: string): string {
  const part = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*|\/\/(?:\\\r?\n|[^\n])*|\\\r?\n/g;
  const pieces: string[] = [];
  let from = 0;
  for (let found = part.exec(source); found !== null; found = part.exec(source)) {
    let text = found[0];
    if (text.startsWith('"') || text.startsWith("'")) continue;
    const at = found.index;
    if (text === '/*') {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) throw new CError('this comment never ends', source, at);
      text = source.slice(at, end + 2);
      part.lastIndex = end + 2;
    }
    pieces.push(source.slice(from, at));
    // The line breaks in it too: a comment within a directive does not end the directive.
    pieces.push(' '.repeat(text.length));
    from = at + text.length;
  }
  pieces.push(source.slice(from));
  return pieces.join('');
}

function directiveOf(line: string, start: number): Directive {
  const head = /^#[ \t\v\f\r]*([A-Za-z_]*)[ \t\v\f\r]*/.exec(line);
  const skip = head?.[0].length ?? 1;
  return { name: head?.[1] ?? '', argument: line.slice(skip).trimEnd(), at: start + skip, start };
}
