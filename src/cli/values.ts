/** Values of Go types out of text: arguments, lines of standard input, JSON. */
import { type GoType, parseType } from '../index.ts';
import { quote } from '../report/index.ts';
import { UsageError } from './io.ts';

/** A piece of input: text, or bytes that are not UTF-8. */
export type Text = string | Uint8Array;

/**
 * The value that a text stands for: a string is the text itself, numbers are written as in Go, `true`,
 * `false` and `nil` are themselves, `[N]byte` may be 0x and hex digits, and the rest is JSON.
 * @throws UsageError
 */
export function fromText(type: GoType, text: Text): unknown {
  if (type.kind === 'string') return text;
  if (typeof text !== 'string') throw new UsageError(`${type.string} takes text, got ${quote(text)}`);
  const scalar = scalarOf(type, text);
  if (scalar !== undefined) return scalar;
  const bytes = hexOf(type, text);
  if (bytes !== undefined) return bytes;
  return fromJson(type, parseJson(text, `${type.string} takes JSON, got ${quote(text)}`));
}

/** @throws UsageError with `complaint` for a text that is not JSON */
export function parseJson(text: string, complaint: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(complaint);
  }
}

/**
 * The value that a piece of JSON stands for. Whole numbers beyond 2^53, NaN and infinities are given as
 * strings. What does not fit is refused later, by the type itself.
 * @throws UsageError
 */
export function fromJson(type: GoType, json: unknown): unknown {
  if (type.kind === 'string') {
    if (isObject(json) && typeof json['bytes'] === 'string')
      return hexOf(undefined, `0x${json['bytes']}`) ?? json;
    return json;
  }
  if (typeof json === 'string') return scalarOf(type, json) ?? hexOf(type, json) ?? json;
  if (typeof json === 'number' && ADDRESSES.has(type.kind) && Number.isSafeInteger(json)) return BigInt(json);
  if (type.kind === 'array' && Array.isArray(json)) {
    const values = json.map((each) => fromJson(type.elem, each));
    const isBytes = type.elem.kind === 'uint8' && values.every(isByte);
    return isBytes ? Uint8Array.from(values as number[]) : values;
  }
  if (type.kind === 'struct' && isObject(json)) {
    const types = new Map(type.fields.map((field) => [field.name, field.type]));
    return Object.fromEntries(
      Object.entries(json).map(([name, each]) => {
        const field = types.get(name);
        return [name, field === undefined ? each : fromJson(field, each)];
      }),
    );
  }
  if (type.kind === 'interface' && isObject(json) && typeof json['type'] === 'string' && 'value' in json) {
    return { ...json, value: fromJson(parseType(json['type']), json['value']) };
  }
  if (type.kind === 'slice' && isObject(json)) {
    const { array } = json;
    const address = typeof array === 'string' ? wholeNumber(type, array) : array;
    return {
      ...json,
      array: typeof address === 'number' && Number.isSafeInteger(address) ? BigInt(address) : address,
    };
  }
  return json;
}

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
const isByte = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;

const ADDRESSES: ReadonlySet<GoType['kind']> = new Set(['pointer', 'map', 'chan', 'func', 'unsafe.Pointer']);
const WIDE: ReadonlySet<GoType['kind']> = new Set(['int', 'int64', 'uint', 'uint64', 'uintptr']);
const SMALL: ReadonlySet<GoType['kind']> = new Set(['int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32']);

/** A value that is written as one word; undefined for a type that is not. */
function scalarOf(type: GoType, text: string): unknown {
  const { kind } = type;
  if (ADDRESSES.has(kind)) return text === 'nil' ? 0n : wholeNumber(type, text);
  if (WIDE.has(kind)) return wholeNumber(type, text);
  if (SMALL.has(kind)) return Number(wholeNumber(type, text));
  if (kind === 'float32' || kind === 'float64') return float(type, text);
  if (kind === 'bool') {
    if (text !== 'true' && text !== 'false')
      throw new UsageError(`bool takes true or false, got ${quote(text)}`);
    return text === 'true';
  }
  if (kind === 'interface' && text === 'nil') return null;
  return undefined;
}

/** More digits than this are no number that any type holds. */
const MAX_DIGITS = 70;

function wholeNumber(type: GoType, text: string): bigint {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/.exec(text);
  if (match === null || text.length > MAX_DIGITS) {
    throw new UsageError(`${type.string} takes a whole number, got ${quote(text.slice(0, MAX_DIGITS))}`);
  }
  const magnitude = BigInt(match[2] as string);
  return match[1] === '-' ? -magnitude : magnitude;
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Inf', Number.POSITIVE_INFINITY],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

function float(type: GoType, text: string): number {
  const special = SPECIAL.get(text);
  if (special !== undefined) return special;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    throw new UsageError(`${type.string} takes a number, got ${quote(text.slice(0, MAX_DIGITS))}`);
  }
  return Number(text);
}

/** The bytes of 0x and hex digits, for `[N]byte`. */
function hexOf(type: GoType | undefined, text: string): Uint8Array | undefined {
  if (type !== undefined && !(type.kind === 'array' && type.elem.kind === 'uint8')) return undefined;
  if (!/^0x([0-9a-fA-F]{2})*$/.test(text)) return undefined;
  return Uint8Array.from(text.slice(2).match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
