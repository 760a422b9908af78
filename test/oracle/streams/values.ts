/** Keys by number and elements by chance, as texts of any type. */
import { type GoType, parseType } from 'hmap-wasm';
import { formOf, zeroText } from '../text.ts';
import { choiceFor } from './dynamic.ts';
import type { Prng } from './prng.ts';

/** How the numbers 0, 1, 2… become keys: as they are, as multiples of 2^12, all bits stirred. */
export type Style = 'counted' | 'strided' | 'mixed';
export const STYLES: readonly Style[] = ['counted', 'strided', 'mixed'];

/** The n-th key of a type. Small types repeat; floats have both zeros and NaN among them. */
export function keyText(type: GoType, style: Style, n: number): string {
  if (type.kind === 'string') return `'${Buffer.from(keyString(style, n)).toString('hex')}'`;
  return build(type, {
    leaf: (part, i) => number(part, style, i === 0 ? n : (n + Math.imul(i, 0x01000193)) >>> 0),
    string: (i) => keyString(style, n + i),
    dynamic: (i, part) => dynamicKey(part, style, n + i),
  });
}

/** Dynamic types go round with the numbers, so that equal values of different types are among the keys. */
function dynamicKey(type: GoType, style: Style, n: number): string {
  if (n === 0) return '()';
  const { hashable, nesting, unhashable } = choiceFor(type);
  const name =
    n % 97 === UNHASHABLE_KEY
      ? (unhashable[n % unhashable.length] as string)
      : n % 13 === 7
        ? (nesting[n % nesting.length] as string)
        : (hashable[n % hashable.length] as string);
  // Halved again and again, so that nesting comes to an end.
  return `(${name}:${keyText(parseType(name), style, n >>> 1)})`;
}

/** Strings on both sides of 32 bytes, where `mapaccess1_faststr` changes its search, with heads and tails that agree. */
function keyString(style: Style, n: number): string {
  if (n === 0) return '';
  if (style === 'strided') return `head${'-'.repeat(25 + (n % 7))}${n}tail`;
  if (style === 'mixed') return `${n}${'x'.repeat((n * 7) % 61)}`;
  return String(n);
}

/** The number of a key that cannot be hashed, where an interface is the key. */
export const UNHASHABLE_KEY = 41;

/** A random element. Of a large one most bytes repeat: what is wrong with one shows in few. */
export function elemText(type: GoType, random: Prng): string {
  if (type.kind === 'string') return `'${random.hex(random.int(12))}'`;
  if (type.kind === 'array' && type.elem.kind === 'uint8') {
    const { length } = type;
    if (length <= 16) return random.hex(length);
    return random
      .hex(8)
      .repeat(Math.ceil(length / 8))
      .slice(0, 2 * length);
  }
  return build(type, {
    leaf: (part) => (isFloat(part) ? number(part, 'counted', random.int(64)) : leafOf(part, random)),
    string: () => random.hex(random.int(9)),
    dynamic: (_, part) => {
      if (random.int(4) === 0) return '()';
      const { hashable, nesting, unhashable } = choiceFor(part);
      const name = random.pick([...hashable, ...nesting, ...unhashable]);
      return `(${name}:${elemText(parseType(name), random)})`;
    },
    hex: true,
  });
}

function leafOf(type: GoType, random: Prng): string {
  return type.kind === 'bool' ? `0${random.int(2)}` : random.hex(type.size);
}

interface Leaves {
  /** The text of number `i` of the value's parts that are no composites. */
  leaf(type: GoType, i: number): string;
  string(i: number): string;
  /** An interface's text. */
  dynamic(i: number, type: GoType): string;
  /** Whether `string` gives hex already. */
  readonly hex?: boolean;
}

/** A value's text from its parts; padding and blank fields are zeros. */
function build(type: GoType, leaves: Leaves): string {
  let count = 0;
  const visit = (part: GoType): string => {
    switch (part.kind) {
      case 'array':
        // Bytes are one number, so that they differ at both ends.
        if (part.elem.kind === 'uint8') return leaves.leaf(part, count++);
        return Array.from({ length: part.length }, () => visit(part.elem)).join('');
      case 'struct': {
        let out = '';
        let end = 0;
        for (const field of part.fields) {
          out += '00'.repeat(field.offset - end);
          out += field.name === '_' ? zeroText(field.type) : visit(field.type);
          end = field.offset + field.type.size;
        }
        return out + '00'.repeat(part.size - end);
      }
      case 'string': {
        const content = leaves.string(count++);
        return `'${leaves.hex ? content : Buffer.from(content).toString('hex')}'`;
      }
      case 'interface':
        return leaves.dynamic(count++, part);
      default:
        return leaves.leaf(part, count++);
    }
  };
  return visit(type);
}

const isFloat = (type: GoType) => /^(float|complex)/.test(type.kind);

/** A number, address or bool of any size. */
function number(type: GoType, style: Style, n: number): string {
  const bytes = Buffer.alloc(Math.max(8, Math.ceil(type.size / 8) * 8));
  switch (type.kind) {
    case 'bool':
      return `0${n & 1}`;
    case 'float32':
      bytes.writeUInt32LE(float32Bits(n));
      break;
    case 'float64':
      float64Bits(bytes, 0, n);
      break;
    case 'complex64':
      bytes.writeUInt32LE(float32Bits(n), 0);
      bytes.writeUInt32LE(float32Bits(Math.floor(n / 3)), 4);
      break;
    case 'complex128':
      float64Bits(bytes, 0, n);
      float64Bits(bytes, 8, Math.floor(n / 3));
      break;
    default:
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        bytes.writeUInt32LE(low(style, n), at);
        bytes.writeUInt32LE((high(style, n) ^ at) >>> 0, at + 4);
      }
  }
  return bytes.toString('hex', 0, type.size);
}

function low(style: Style, n: number): number {
  if (style === 'strided') return (n << 12) >>> 0;
  return style === 'mixed' ? stir(n) : n >>> 0;
}

function high(style: Style, n: number): number {
  if (style === 'strided') return n >>> 20;
  return style === 'mixed' ? stir(n ^ 0x55555555) : 0;
}

/** All bits of a number stirred, one to one (the finalizer of MurmurHash3). */
function stir(n: number): number {
  let x = n | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Both zeros, which are one key; NaN, which is never found again; fractions. */
function floatOf(n: number): number {
  if (n === 0) return -0;
  if (n === 1) return 0;
  return n % 16 === 5 ? Number.NaN : n * 0.75;
}

const scratch = Buffer.alloc(8);

function float32Bits(n: number): number {
  const value = floatOf(n);
  if (Number.isNaN(value)) return 0x7fc00000;
  scratch.writeFloatLE(value);
  return scratch.readUInt32LE();
}

function float64Bits(bytes: Buffer, at: number, n: number): void {
  const value = floatOf(n);
  // The NaN that JavaScript writes too: other payloads live only in bytes that nobody makes a number of.
  if (Number.isNaN(value)) bytes.writeBigUInt64LE(0x7ff8000000000000n, at);
  else bytes.writeDoubleLE(value, at);
}

/** The characters that an entry of a type takes in a dump, about. */
export function textSize(type: GoType): number {
  return 2 * type.size + (formOf(type) === 'fixed' && type.size <= 128 ? 0 : 30);
}
