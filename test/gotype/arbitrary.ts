/** Random Go type texts, and random values of a type. */
import fc from 'fast-check';
import type { GoType } from '../../src/gotype/index.ts';

const BASIC = [
  'bool',
  'int',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'uintptr',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'string',
  'unsafe.Pointer',
  'byte',
  'rune',
];

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'C', 'größe', '__proto__', 'constructor', 'x1'), {
  maxLength: 4,
});
const tag = fc.constantFrom('', ' "t"', ' `json:"a,b"`', ' "\\u00e9\\x01\\\\"');
const space = fc.constantFrom('', ' ', '\t', ' /* c */ ', '\n');

const INTERFACES = ['any', 'error', 'interface{}', 'interface{ M(); N(int, ...string) (bool, error) }'];

/** Type texts, comparable ones only if `key`. */
const build = fc.letrec<{ key: string; type: string; keyStruct: string; typeStruct: string }>((tie) => {
  const struct = (inner: 'key' | 'type') =>
    fc
      .tuple(names, fc.array(fc.tuple(tie(inner), tag), { minLength: 5, maxLength: 5 }), fc.nat(3), space)
      .map(([fields, types, blank, gap]) => {
        const list = fields.map((name, i) => `${name} ${types[i]?.[0]}${types[i]?.[1]}`);
        if (blank === 0) list.splice(1, 0, `_ ${types[4]?.[0]}`);
        return `struct {${gap}${list.join(';')} }`;
      });
  const length = fc.constantFrom('0', '1', '2', '0x3', '(1+3)', '1<<3');
  return {
    key: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...BASIC),
      fc.constantFrom(...INTERFACES),
      fc.tuple(length, space, tie('key')).map(([n, gap, elem]) => `[${n}]${gap === '\n' ? '' : gap}${elem}`),
      tie('keyStruct'),
      tie('type').map((elem) => `*${elem}`),
      tie('type').map((elem) => `chan (${elem})`),
    ),
    type: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...BASIC),
      fc.constantFrom(...INTERFACES),
      tie('key'),
      tie('typeStruct'),
      fc.tuple(length, tie('type')).map(([n, elem]) => `[${n}]${elem}`),
      tie('type').map((elem) => `[]${elem}`),
      tie('type').map((elem) => `(${elem})`),
      fc.tuple(tie('key'), tie('type')).map(([key, elem]) => `map[${key}]${elem}`),
      fc.tuple(tie('type'), tie('type')).map(([a, b]) => `func(${a}, ...${b}) (${b}, ${a})`),
    ),
    keyStruct: struct('key'),
    typeStruct: struct('type'),
  };
});

export const keyText: fc.Arbitrary<string> = build.key;
export const typeText: fc.Arbitrary<string> = build.type;

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  // Bytes that are valid UTF-8 would come out as a string.
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Uint8Array.of(...bytes, 0xff)),
);

/** Values of a type, as a codec's `read` gives them; interfaces are nil, as those that are not need their types in memory. */
export function valuesOf(type: GoType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int8':
    case 'int16':
    case 'int32': {
      const half = 2 ** (type.size * 8 - 1);
      return fc.integer({ min: -half, max: half - 1 });
    }
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return fc.integer({ min: 0, max: 2 ** (type.size * 8) - 1 });
    case 'int':
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float32':
      return fc.float();
    case 'float64':
      return fc.double();
    case 'complex64':
      return fc.record({ re: fc.float(), im: fc.float() });
    case 'complex128':
      return fc.record({ re: fc.double(), im: fc.double() });
    case 'string':
      return text;
    case 'array':
      if (type.elem.kind === 'uint8')
        return fc.uint8Array({ minLength: type.length, maxLength: type.length });
      return fc.array(valuesOf(type.elem), { minLength: type.length, maxLength: type.length });
    case 'struct': {
      const fields = type.fields.filter((field) => field.name !== '_');
      return fc.tuple(...fields.map((field) => valuesOf(field.type))).map((values) => {
        const out = Object.create(null);
        fields.forEach((field, i) => {
          out[field.name] = values[i];
        });
        return out;
      });
    }
    case 'slice':
      return fc
        .tuple(uint64, fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 9n }))
        .map(([array, len, cap]) => Object.assign(Object.create(null), { array, len, cap }));
    case 'interface':
      return fc.constant(null);
    default:
      return uint64;
  }
}
