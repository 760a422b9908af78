/** Values of Go types as text, in Go's manner, and as JSON. */
import { type GoType, type InterfaceValue, parseType } from '../index.ts';
import { hexBytes } from './json.ts';
import { quote } from './quote.ts';

/** A value as `%#v` would have it, types left out: strings quoted, addresses in hex. */
export function goText(type: GoType, value: unknown): string {
  switch (type.kind) {
    case 'string':
      return quote(value as string | Uint8Array);
    case 'array': {
      if (value instanceof Uint8Array) return `0x${hexBytes(value)}`;
      return `[${(value as unknown[]).map((each) => goText(type.elem, each)).join(' ')}]`;
    }
    case 'struct':
      return `{${named(type, value)
        .map(([name, field, each]) => `${name}:${goText(field, each)}`)
        .join(' ')}}`;
    case 'complex64':
    case 'complex128': {
      const { re, im } = value as { re: number; im: number };
      return `(${re}${im < 0 || Object.is(im, -0) ? '-' : '+'}${Math.abs(im)}i)`;
    }
    case 'interface':
      if (value === null) return 'nil';
      return `${(value as InterfaceValue).type}(${goText(...inside(value as InterfaceValue))})`;
    default:
      if (typeof value === 'bigint') return isAddress(type) ? address(value) : value.toString();
      if (typeof value === 'object' && value !== null) return sliceText(value);
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

/** The same as plain data: what JSON has no numbers for is a string. */
export function goJson(type: GoType, value: unknown): unknown {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? value : { bytes: hexBytes(value as Uint8Array) };
    case 'array':
      if (value instanceof Uint8Array) return [...value];
      return (value as unknown[]).map((each) => goJson(type.elem, each));
    case 'struct':
      return Object.fromEntries(named(type, value).map(([name, field, each]) => [name, goJson(field, each)]));
    case 'interface':
      if (value === null) return null;
      return { type: (value as InterfaceValue).type, value: goJson(...inside(value as InterfaceValue)) };
    default:
      if (typeof value === 'bigint' && isAddress(type)) return address(value);
      if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
        return goText(type, value);
      }
      return value;
  }
}

/** What an interface holds: its dynamic type, and the value of it. */
const inside = ({ type, value }: InterfaceValue): [GoType, unknown] => [parseType(type), value];

const ADDRESSES: ReadonlySet<GoType['kind']> = new Set(['pointer', 'map', 'chan', 'func', 'unsafe.Pointer']);
const isAddress = (type: GoType): boolean => ADDRESSES.has(type.kind);
const address = (value: bigint): string => (value === 0n ? 'nil' : `0x${value.toString(16)}`);

function named(type: GoType & { kind: 'struct' }, value: unknown): [string, GoType, unknown][] {
  const values = value as Readonly<Record<string, unknown>>;
  return type.fields
    .filter(({ name }) => name !== '_')
    .map((field) => [field.name, field.type, values[field.name]]);
}

/** A slice comes as the words of its header. */
function sliceText(value: object): string {
  const words = Object.entries(value).map(([name, word]) => {
    return `${name}:${name === 'array' ? address(word as bigint) : String(word)}`;
  });
  return `{${words.join(' ')}}`;
}
