import { describe, expect, test } from 'vitest';
import { declareType, GoTypeError, methodSet, missingMethod, parseType } from '../../src/gotype/index.ts';

const names = (text: string) => [...methodSet(parseType(text)).keys()].sort();

describe('declared types', () => {
  test('have the layout of what they are declared as, and a name of their own', () => {
    const type = declareType('Celsius', 'float64');
    expect(type).toMatchObject({ kind: 'float64', size: 8, string: 'main.Celsius', named: true });
    expect(parseType('Celsius')).toBe(type);
    expect(parseType('main.Celsius')).toBe(type);
    expect(parseType('map[Celsius][]main.Celsius').string).toBe('map[main.Celsius][]main.Celsius');
    // Alone in a list of parameters, where a name may also be that of a parameter.
    expect(parseType('func(Celsius, int) (Celsius, error)').string).toBe(
      'func(main.Celsius, int) (main.Celsius, error)',
    );
  });

  test('the same declaration again is the same type, another one is refused', () => {
    const first = declareType('Meter', 'int', { methods: ['String() string'] });
    expect(declareType('Meter', 'int', { methods: ['String() string'] })).toBe(first);
    expect(() => declareType('Meter', 'int')).toThrow('Meter is declared already, and otherwise');
    expect(() => declareType('Meter', 'int8', { methods: ['String() string'] })).toThrow('declared already');
    expect(parseType('Meter')).toBe(first);
  });

  test.each(['', '_', '1a', 'a b', 'a.b', 'func', 'int', 'any', 5])('%j is no name', (name) => {
    expect(() => declareType(name as string, 'int')).toThrow(TypeError);
  });

  test('what does not parse declares nothing', () => {
    expect(() => declareType('Broken', 'struct{')).toThrow(GoTypeError);
    expect(() => declareType('Broken', 'int', { methods: ['Area float64'] })).toThrow(GoTypeError);
    expect(() => declareType('Broken', '*int', { methods: ['M()'] })).toThrow('cannot have methods');
    expect(() => declareType('Broken', 'struct{ next *Broken }')).toThrow("unknown type 'Broken'");
    expect(() => parseType('Broken')).toThrow(GoTypeError);
  });
});

describe('method sets', () => {
  declareType('Shape', 'interface{ Area() float64 }');
  declareType('Square', 'struct{ Side float64 }', {
    methods: ['Area() float64'],
    pointerMethods: ['Grow()'],
  });
  declareType('Holder', 'struct{ Square; note string }');
  declareType('ByPointer', 'struct{ *Square }');
  declareType('Twice', 'struct{ Holder; ByPointer }');
  declareType('Hiding', 'struct{ Square; Area int }');

  test.each([
    ['int', []],
    ['Square', ['Area']],
    ['*Square', ['Area', 'Grow']],
    ['**Square', []],
    ['Holder', ['Area']],
    ['*Holder', ['Area', 'Grow']],
    ['ByPointer', ['Area', 'Grow']],
    // Both embedded fields have them at the same depth.
    ['Twice', []],
    // A field of a lesser depth hides the method.
    ['Hiding', []],
    ['struct{ error }', ['Error']],
    ['struct{ Shape; error }', ['Area', 'Error']],
  ])('of %s', (text, methods) => {
    expect(names(text)).toEqual(methods);
  });

  test.each([
    ['Square', undefined],
    ['*Square', undefined],
    ['*Holder', undefined],
    ['int', 'Area'],
    ['Twice', 'Area'],
  ])('%s as a Shape lacks %s', (text, missing) => {
    const shape = parseType('Shape');
    if (shape.kind !== 'interface') throw new TypeError('Shape is an interface');
    expect(missingMethod(parseType(text), shape)).toBe(missing);
  });

  test('a method of the same name and another signature is not it', () => {
    declareType('Odd', 'int', { methods: ['Area() int'] });
    const shape = parseType('Shape');
    if (shape.kind !== 'interface') throw new TypeError('Shape is an interface');
    expect(missingMethod(parseType('Odd'), shape)).toBe('Area');
  });
});
