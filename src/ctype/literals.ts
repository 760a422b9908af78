/** The values of C's integer and character constants (C11 6.4.4). */
import type { Abi, IntName } from './abi/index.ts';
import type { CInt } from './model.ts';

/** An integer and its C type, which decides how it goes on. */
export interface Value {
  readonly type: CInt;
  readonly value: bigint;
}

/** Bits of an integer type's values. */
export const widthOf = (type: CInt) => (type.bool ? 1 : type.size * 8);

/** What is left of a number in a type: modulo 2^width, with the type's sign. */
export function wrap(value: bigint, type: CInt): Value {
  if (type.bool) return { type, value: value === 0n ? 0n : 1n };
  const bits = widthOf(type);
  return { type, value: type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value) };
}

const fits = (value: bigint, type: CInt) => wrap(value, type).value === value;

const INTEGER = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)([uUlL]*)$/;
const SUFFIXES = new Set(['', 'u', 'l', 'ul', 'lu', 'll', 'ull', 'llu']);

/** An integer constant: the first type of C11 6.4.4.1's list that holds it. Undefined for what is none. */
export function integerLiteral(text: string, abi: Abi): Value | 'too large' | undefined {
  // Long before a number has so many digits it fits no type.
  if (text.length > 200) return /^[0-9a-fA-FxX]+[uUlL]*$/.test(text) ? 'too large' : undefined;
  const match = INTEGER.exec(text);
  if (match === null || /lL|Ll/.test(match[2] ?? '')) return undefined;
  const digits = match[1] ?? '';
  const suffix = (match[2] ?? '').toLowerCase();
  if (!SUFFIXES.has(suffix)) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const decimal = !digits.startsWith('0');
  const unsigned = suffix.includes('u');
  const longs = suffix.replace('u', '').length;
  const names: IntName[] = [];
  for (const [at, plain] of (['int', 'long', 'long long'] as const).entries()) {
    if (at < longs) continue;
    if (!unsigned) names.push(plain);
    if (unsigned || !decimal) names.push(`unsigned ${plain}`);
  }
  const type = names.map((name) => abi.int[name]).find((one) => fits(value, one));
  return type === undefined ? 'too large' : { type, value };
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
  '0': 0,
};

/** A character constant (C11 6.4.4.4). One of several characters is gcc's: each shifts the one before by 8 bits. */
export function characterLiteral(text: string, abi: Abi): Value | undefined {
  const match = /^(u8|[uUL])?'(.+)'$/s.exec(text);
  if (match === null) return undefined;
  const units = unitsOf(match[2] ?? '');
  if (units === undefined) return undefined;
  const wide = { L: abi.int[abi.wchar], u: abi.int['unsigned short'], U: abi.int['unsigned int'] };
  const prefix = match[1];
  if (prefix === 'L' || prefix === 'u' || prefix === 'U') return wrap(BigInt(units[0] ?? 0), wide[prefix]);
  if (units.some((unit) => unit > 0xff)) return undefined;
  // A constant of one character has the value of a char, and type int.
  if (units.length === 1)
    return { type: abi.int.int, value: wrap(BigInt(units[0] ?? 0), abi.int.char).value };
  return wrap(
    units.reduce((sum, unit) => (sum << 8n) | BigInt(unit), 0n),
    abi.int.int,
  );
}

function unitsOf(body: string): number[] | undefined {
  const units: number[] = [];
  const part = /\\(?:x([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))|([^\\])/gsu;
  for (const [, hex, octal, escaped, plain] of body.matchAll(part)) {
    if (hex !== undefined) units.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) units.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) {
      if (/[a-zA-Z]/.test(escaped) && !Object.hasOwn(ESCAPES, escaped)) return undefined;
      units.push(ESCAPES[escaped] ?? escaped.codePointAt(0) ?? 0);
    } else units.push(plain?.codePointAt(0) ?? 0);
  }
  return units.length === 0 ? undefined : units;
}
