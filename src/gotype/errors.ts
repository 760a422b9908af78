/** The errors of Go type texts and of values that do not fit a Go type. */

/** How much of a long source a message shows on either side of the guilty place, in characters. */
const WINDOW = 36;

/**
 * Two lines: the source (or a window of it) and a caret under `position`. Line breaks and other control
 * characters are shown as spaces, so that the caret stays where it belongs.
 */
function excerpt(source: string, position: number): string {
  let from = Math.max(0, position - WINDOW);
  let to = Math.min(source.length, position + WINDOW);
  if (from <= 3) from = 0;
  if (to >= source.length - 3) to = source.length;
  // Don't cut a surrogate pair in two.
  if (from > 0 && isLowSurrogate(source, from)) from -= 1;
  if (to < source.length && isLowSurrogate(source, to)) to += 1;
  const lead = from > 0 ? '...' : '';
  const tail = to < source.length ? '...' : '';
  const before = lead + printable(source.slice(from, position));
  return `${before}${printable(source.slice(position, to))}${tail}\n${' '.repeat([...before].length)}^`;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

/** A text that is not a Go type. The message's second and third line show where. */
export class GoTypeError extends TypeError {
  override readonly name = 'GoTypeError';
  /** The whole text that was given. */
  readonly source: string;
  /** Where in `source` the fault is: an offset in UTF-16 code units, from 0. */
  readonly position: number;

  constructor(detail: string, source: string, position: number) {
    super(`${detail}\n${excerpt(source, position)}`);
    this.source = source;
    this.position = position;
  }
}

/** A type larger than any address space of the emulated targets, or too large for what was asked of it. */
export class GoTypeTooLarge extends RangeError {
  override readonly name = 'GoTypeTooLarge';
  /** The message without the excerpt. */
  readonly detail: string;
  /** The type's text where it came from a text, else undefined. */
  readonly source: string | undefined;
  /** Where in `source` the type begins, else undefined. */
  readonly position: number | undefined;

  constructor(detail: string, source?: string, position?: number) {
    super(
      source === undefined || position === undefined ? detail : `${detail}\n${excerpt(source, position)}`,
    );
    this.detail = detail;
    this.source = source;
    this.position = position;
  }
}

/** A JavaScript value of the wrong kind for a Go type. */
export class GoValueTypeError extends TypeError {
  override readonly name = 'GoValueTypeError';
  /** What is wrong, without the path. */
  readonly detail: string;
  /** Where in the value: `.field[3]`; empty for the value itself. */
  path = '';

  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** A JavaScript value of the right kind that does not fit a Go type. */
export class GoValueRangeError extends RangeError {
  override readonly name = 'GoValueRangeError';
  /** What is wrong, without the path. */
  readonly detail: string;
  /** Where in the value: `.field[3]`; empty for the value itself. */
  path = '';

  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** Adds a step to the front of a value error's path, on the error's way up from a field or an element. */
export function within(step: string, error: unknown): unknown {
  if (error instanceof GoValueTypeError || error instanceof GoValueRangeError) {
    error.path = step + error.path;
    error.message = `${error.path}: ${error.detail}`;
  }
  return error;
}

/** A value as a message shows it: short, never running code of the value's. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const text = value.length > 32 ? `${value.slice(0, 32)}...` : value;
      return `the string ${JSON.stringify(text)}`;
    }
    case 'bigint': {
      // A huge bigint takes long to print in decimal.
      const wide = value >= 1n << 256n || value <= -(1n << 256n);
      return wide ? 'a bigint of more than 256 bits' : `${value}n`;
    }
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (ArrayBuffer.isView(value)) return `a binary view of ${value.byteLength} bytes`;
      return 'an object';
  }
}
