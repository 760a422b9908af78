/** The errors of C declarations: each says where, with the line and a caret. */
import { Unsupported } from '../machine/errors.ts';

/** How much of a long line a message shows on either side of the guilty place, in characters. */
const WINDOW = 48;

/** Where a position lies in a text: line and column count from 1, columns in characters. */
function placeOf(source: string, position: number): { line: number; column: number; start: number } {
  const at = Math.max(0, Math.min(position, source.length));
  const start = at === 0 ? 0 : source.lastIndexOf('\n', at - 1) + 1;
  let line = 1;
  for (let i = source.indexOf('\n'); i >= 0 && i < start; i = source.indexOf('\n', i + 1)) line += 1;
  return { line, column: [...source.slice(start, at)].length + 1, start };
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Control characters become spaces, so that the caret stays where it belongs. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

/** `line:column: detail`, the line (or a window of it), and a caret under `position`. */
function located(detail: string, source: string, position: number): string {
  const { line, column, start } = placeOf(source, position);
  const next = source.indexOf('\n', start);
  const end = next < 0 ? source.length : next;
  const at = Math.max(start, Math.min(position, end));
  let from = Math.max(start, at - WINDOW);
  let to = Math.min(end, at + WINDOW);
  if (from - start <= 3) from = start;
  if (end - to <= 3) to = end;
  if (from > start && isLowSurrogate(source, from)) from -= 1;
  if (to < end && isLowSurrogate(source, to)) to += 1;
  const before = (from > start ? '...' : '') + printable(source.slice(from, at));
  const shown = before + printable(source.slice(at, to)) + (to < end ? '...' : '');
  return `line ${line}, column ${column}: ${detail}\n${shown}\n${' '.repeat([...before].length)}^`;
}

/** A text that is not C, or that says something about C types which is not so. */
export class CError extends TypeError {
  override readonly name = 'CError';
  /** What is wrong, without the place. */
  readonly detail: string;
  /** The whole text that was given. */
  readonly source: string;
  /** Where in `source` the fault is: an offset in UTF-16 code units, from 0. */
  readonly position: number;
  /** The line of the fault, from 1. */
  readonly line: number;

  constructor(detail: string, source: string, position: number) {
    super(located(detail, source, position));
    this.detail = detail;
    this.source = source;
    this.position = position;
    this.line = placeOf(source, position).line;
  }
}

/** Valid C that this version does not read, by name and place. */
export function unsupportedAt(detail: string, source: string, position: number): Unsupported {
  return new Unsupported(located(detail, source, position));
}

/** Bytes that do not hold a whole value of a C type. Ask for `{ truncated: true }` to see what there is. */
export class CastError extends RangeError {
  override readonly name = 'CastError';
  /** Bytes of the type. */
  readonly needed: number;
  /** Bytes that were given. */
  readonly given: number;
  /** Bytes that are missing. */
  readonly missing: number;

  constructor(type: string, needed: number, given: number) {
    const missing = needed - given;
    super(
      `a value of type ${type} takes ${needed} bytes, got ${given}: ${missing} ${missing === 1 ? 'is' : 'are'} missing ` +
        '(to see the fields that are there, ask for it with { truncated: true })',
    );
    this.needed = needed;
    this.given = given;
    this.missing = missing;
  }
}
