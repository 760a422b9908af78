/**
 * Array lengths: Go's integer constant expressions over literals.
 * Source: Go 1.19 `cmd/compile/internal/types2` typexpr.go (arrayLength), expr.go (overflow, shift).
 */
import type { Cursor } from './cursor.ts';

/** Untyped constants of more bits are refused, as gc does: so evaluation takes bounded time. */
const MAX_BITS = 512n;
const LIMIT = 1n << MAX_BITS;
/** No literal below LIMIT has more digits than this in any base, leading zeros apart. */
const MAX_DIGITS = 520;
/** The largest int of a 64-bit target. */
const MAX_INT = (1n << 63n) - 1n;

/** Operators by precedence, the tighter ones first. */
const LEVELS: readonly (readonly string[])[] = [
  ['*', '/', '%', '<<', '>>', '&', '&^'],
  ['+', '-', '|', '^'],
];

/**
 * Parses and evaluates an array's length: a whole number from 0 that fits Go's int.
 * @throws GoTypeError
 */
export function arrayLength(cursor: Cursor): bigint {
  const start = cursor.peek().at;
  const value = binary(cursor, LEVELS.length - 1);
  // Go says the same of a negative length and of one that int doesn't hold.
  if (value < 0n || value > MAX_INT) {
    const text = value < 0n ? 'it is negative' : 'it does not fit int';
    cursor.fail(`invalid array length ${shown(value)}: ${text}`, start);
  }
  return value;
}

function shown(value: bigint): string {
  const text = String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function binary(cursor: Cursor, level: number): bigint {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(cursor);
  let left = binary(cursor, level - 1);
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== 'symbol' || !operators.includes(token.text)) return left;
    cursor.take();
    const rightAt = cursor.peek().at;
    const right = binary(cursor, level - 1);
    const value = apply(cursor, token.text, left, right, rightAt);
    if (value >= LIMIT || value <= -LIMIT) cursor.fail('constant overflow in array length', token.at);
    left = value;
  }
}

function apply(cursor: Cursor, operator: string, left: bigint, right: bigint, rightAt: number): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&^':
      return left & ~right;
    case '/':
    case '%':
      if (right === 0n) cursor.fail('invalid operation: division by zero', rightAt);
      return operator === '/' ? left / right : left % right;
    default:
      if (right < 0n) cursor.fail('invalid operation: negative shift count', rightAt);
      if (operator === '>>') return left >> (right < MAX_BITS ? right : MAX_BITS);
      if (right > MAX_BITS) return left === 0n ? 0n : LIMIT;
      return left << right;
  }
}

function unary(cursor: Cursor): bigint {
  return cursor.nested(() => {
    if (cursor.accept('-')) return -unary(cursor);
    if (cursor.accept('+')) return unary(cursor);
    if (cursor.accept('^')) return ~unary(cursor);
    if (cursor.accept('(')) {
      const value = binary(cursor, LEVELS.length - 1);
      cursor.expect(')', 'in an array length');
      return value;
    }
    return literal(cursor);
  });
}

function literal(cursor: Cursor): bigint {
  const token = cursor.peek();
  switch (token.kind) {
    case 'integer':
      cursor.take();
      return integer(cursor, token.text, token.at);
    case 'float':
      return cursor.fail(
        `array length ${token.text.slice(0, 40)} must be integer, without point or exponent`,
      );
    case 'name':
      return cursor.fail(
        `invalid array length ${token.text.slice(0, 40)}: only numbers and operators are known`,
      );
    default:
      return cursor.fail(`expected an array length, found ${cursor.found()}`);
  }
}

/** The value of an integer literal of any base; `017` is octal, as in Go. */
function integer(cursor: Cursor, text: string, at: number): bigint {
  const digits = text.replaceAll('_', '').toLowerCase();
  const prefixed = /^0[xbo]/.test(digits);
  const legacy = !prefixed && /^0[0-7]/.test(digits);
  const base = prefixed ? digits.slice(0, 2) : legacy ? '0o' : '';
  const body = digits.slice(prefixed ? 2 : 0).replace(/^0+(?=.)/, '');
  if (body.length > MAX_DIGITS) cursor.fail('excessively large constant in array length', at);
  const value = BigInt(base + body);
  if (value >= LIMIT) cursor.fail('excessively large constant in array length', at);
  return value;
}
