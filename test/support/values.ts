/** Keys and elements for random streams: values of a Go type by number. */

/** Values of one Go type. Different numbers may give the same value. */
export interface Kind {
  readonly type: string;
  value(n: number): unknown;
}

function bytes(length: number, n: number): Uint8Array {
  const value = new Uint8Array(length);
  // At both ends: a comparison or a copy that stops early shows.
  new DataView(value.buffer).setUint16(0, n * 40503, true);
  new DataView(value.buffer).setUint16(length - 2, n, true);
  return value;
}

/** Text of every length class of the string hash, and bytes that are no text. */
function text(n: number): string | Uint8Array {
  switch (n % 8) {
    case 0:
      return n === 0 ? '' : `${n}`;
    case 1:
      return `key ${n}`;
    case 2:
      return `the same beginning of more than 32 bytes, then ${n}`;
    case 3:
      return `${n} and then an end of more than 32 bytes that is the same`;
    case 4:
      return `ключ-${n}-é`;
    case 5:
      return Uint8Array.of(0xff, n & 255, n >> 8);
    case 6:
      return String.fromCodePoint(0x20000 + n);
    default:
      return `\0${n}`;
  }
}

const WIDE = 0x9e3779b97f4a7c15n;
const asInt64 = (n: number) => BigInt.asIntN(64, BigInt(n) * WIDE);

/** The two zeros, which are equal, NaNs, which are equal to nothing, and other numbers. */
function float(n: number): number {
  if (n % 32 === 0) return (n / 32) % 2 === 0 ? 0 : -0;
  if (n % 16 === 5) return Number.NaN;
  return (n - 40) * 0.75;
}

/** Values of many dynamic types, equal only where type and value are. */
function dynamic(n: number): unknown {
  const m = n >> 3;
  switch (n % 8) {
    case 0:
      return m === 0 ? null : { type: 'int', value: asInt64(m) };
    case 1:
      return { type: 'uint8', value: m & 255 };
    case 2:
      return { type: 'string', value: text(m) };
    case 3:
      return { type: 'float64', value: float(m) };
    case 4:
      return { type: '*int', value: BigInt(m) * 8n };
    case 5:
      return { type: '[2]string', value: [text(m), 'tail'] };
    case 6:
      return { type: 'struct { a int8; v interface {} }', value: { a: m & 127, v: dynamic(m) } };
    default:
      return { type: 'struct {}', value: {} };
  }
}

export const KEYS: readonly Kind[] = [
  { type: 'int64', value: asInt64 },
  { type: 'uint32', value: (n) => Math.imul(n, 0x9e3779b1) >>> 0 },
  { type: 'uint8', value: (n) => n & 255 },
  { type: 'bool', value: (n) => (n & 1) === 1 },
  { type: 'string', value: text },
  { type: '[16]byte', value: (n) => bytes(16, n) },
  { type: '[136]byte', value: (n) => bytes(136, n) },
  { type: '*int', value: (n) => 0xc0_0000_0000n + BigInt(n) * 8n },
  { type: '[4]byte', value: (n) => bytes(4, n) },
  { type: 'struct{a,b int32}', value: (n) => ({ a: n, b: ~n }) },
  { type: 'int32', value: (n) => Math.imul(n, 0x9e3779b1) },
  { type: 'float64', value: float },
  { type: 'complex128', value: (n) => ({ re: float(n), im: float(n >> 2) }) },
  { type: 'any', value: dynamic },
  {
    type: 'struct{a int8; f float64; _ int16; s string}',
    value: (n) => ({ a: n & 3, f: float(n), s: text(n >> 1) }),
  },
  { type: 'struct{}', value: () => ({}) },
];

export const ELEMS: readonly Kind[] = [
  { type: 'int64', value: asInt64 },
  { type: 'string', value: text },
  { type: '[200]byte', value: (n) => bytes(200, n) },
  { type: 'struct{}', value: () => ({}) },
  { type: 'struct{a int64; s string}', value: (n) => ({ a: asInt64(n), s: text(n) }) },
  { type: 'any', value: dynamic },
];

const encoder = new TextEncoder();

/** A key as text, equal exactly for keys that are equal to Go; undefined for one that is not equal to itself. */
export function identity(key: unknown): string | undefined {
  if (typeof key === 'number') return Number.isNaN(key) ? undefined : String(key);
  if (typeof key !== 'object' || key === null || key instanceof Uint8Array) return canonical(key);
  const parts = (Array.isArray(key) ? key : Object.entries(key).flat()).map((part) => identity(part));
  return parts.includes(undefined) ? undefined : `{${parts}}`;
}

/** A value of one type as text: equal exactly for the same bytes. */
export function canonical(value: unknown): string {
  if (typeof value === 'string') return canonical(encoder.encode(value));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([name, field]) => `${name}:${canonical(field)}`)}}`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}
