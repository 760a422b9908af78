import { describe, expect, test } from 'vitest';
import {
  GoTypeError,
  GoTypeTooLarge,
  type InterfaceType,
  invalidMapKey,
  MAX_TYPE_SIZE,
  parseMapType,
  parseType,
  type StructType,
} from '../../src/gotype/index.ts';
import { RECORDED_TYPES } from './recorded.ts';

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The error of a text that is no type. */
function fault(text: string): GoTypeError {
  const error = thrown(() => parseType(text));
  if (!(error instanceof GoTypeError)) throw error;
  return error;
}

/** First line and position of the error. */
function complaint(text: string): [string, number] {
  const error = fault(text);
  return [error.message.split('\n')[0] ?? '', error.position];
}

describe('texts', () => {
  test.each([
    ['  int  ', 'int'],
    ['int;', 'int'],
    ['int // a comment', 'int'],
    ['/* a */ map /* b */ [string /* c */] int', 'map[string]int'],
    ['((int))', 'int'],
    ['*(*(int))', '**int'],
    ['[](chan int)', '[]chan int'],
    ['chan<-int', 'chan<- int'],
    ['chan <-chan int', 'chan<- chan int'],
    ['<-chan <-chan int', '<-chan <-chan int'],
    ['chan (<-chan int)', 'chan (<-chan int)'],
    ['chan (chan<- int)', 'chan chan<- int'],
    ['func(int,)', 'func(int)'],
    ['func(a, b int, c string) ()', 'func(int, int, string)'],
    ['func(unsafe.Pointer) (unsafe.Pointer)', 'func(unsafe.Pointer) unsafe.Pointer'],
    ['func(a unsafe.Pointer)', 'func(unsafe.Pointer)'],
    ['func(int, string)', 'func(int, string)'],
    ['func(int, string bool)', 'func(bool, bool)'],
    ['func(_, _ int)', 'func(int, int)'],
    ['func(a []int, f func() int)', 'func([]int, func() int)'],
    ['func(...int)', 'func(...int)'],
    ['func(a ...int)', 'func(...int)'],
    ['func() (a, b int, _ error)', 'func() (int, int, error)'],
    ['func() func() func()', 'func() func() func()'],
    ['struct{a int}', 'struct { a int }'],
    ['struct{a int;}', 'struct { a int }'],
    [
      'struct {\n\ta int // one\n\tb, c string `k:"v"`\n\n\t*int\n}',
      'struct { a int; b string "k:\\"v\\""; c string "k:\\"v\\""; *int }',
    ],
    ['struct{ a int /* over\nlines */ b int }', 'struct { a int; b int }'],
    ['struct{ _ int; _ string }', 'struct { _ int; _ string }'],
    ['struct{ int }', 'struct { int }'],
    ['struct{ int int8 }', 'struct { int int8 }'],
    ['struct{ __proto__, constructor int }', 'struct { __proto__ int; constructor int }'],
    ['struct{ größe int }', 'struct { größe int }'],
    ['struct{ a int "" }', 'struct { a int }'],
    ['interface{}', 'interface {}'],
    ['interface{ B(); A(); a() }', 'interface { A(); B(); main.a() }'],
    ['interface{ main.a(); A() }', 'interface { A(); main.a() }'],
    ['interface{ error; any }', 'interface { Error() string }'],
    ['interface{ error; Error() string }', 'interface { Error() string }'],
    ['interface{ interface{ M() }; interface{ M(); N() } }', 'interface { M(); N() }'],
    ['[]interface{ M(a, b int) (c bool) }', '[]interface { M(int, int) bool }'],
  ])('%j', (text, string) => {
    const type = parseType(text);
    expect(type.string).toBe(string);
    expect(parseType(type.string).string).toBe(string);
  });

  test("the same text gives the same object, and many texts don't pile up", () => {
    const type = parseType('map[string][3]int');
    expect(parseType('map[string][3]int')).toBe(type);
    for (let i = 0; i < 300; i++) parseType(`[${i}]bool`);
    expect(parseType('map[string][3]int')).not.toBe(type);
    expect(parseType('map[string][3]int')).toEqual(type);
  });

  test('a struct keeps names, tags and embedding', () => {
    const { fields } = parseType(
      'struct{ byte "x"; a, _ rune; *error1 int }'.replace('*error1 int', '*int'),
    ) as StructType;
    expect(fields.map(({ name, embedded, tag }) => [name, embedded, tag])).toEqual([
      ['byte', true, 'x'],
      ['a', false, ''],
      ['_', false, ''],
      ['int', true, ''],
    ]);
  });

  test.each([
    ['"a\\tb"', 'a\tb'],
    ['`a\\tb`', 'a\\tb'],
    ['`a\r\nb`', 'a\nb'],
    ['"\\x41\\101\\u00e9\\U0001F600\\\\\\""', 'AAé😀\\"'],
    ['"\\xc3\\xa9"', 'é'],
    ['"\\a\\b\\f\\n\\r\\v"', '\x07\b\f\n\r\v'],
  ])('the tag %s', (literal, tag) => {
    const type = parseType(`struct{ a int ${literal} }`) as StructType;
    expect(type.fields[0]?.tag).toBe(tag);
    const again = parseType(type.string) as StructType;
    expect(again.fields[0]?.tag).toBe(tag);
  });

  test("methods are in Go's order", () => {
    const type = parseType('interface{ b(); B(); error; A(int) bool }') as InterfaceType;
    expect(type.methods.map((method) => method.name)).toEqual(['A', 'B', 'Error', 'b']);
    expect(type.methods[0]?.type.string).toBe('func(int) bool');
  });

  test('parseMapType takes map types only', () => {
    expect(parseMapType('map[string]int').key.string).toBe('string');
    expect(() => parseMapType('[]int')).toThrow('expected a map type such as map[string]int, got []int');
  });
});

describe('array lengths', () => {
  test.each([
    ['0', 0],
    ['007', 7],
    ['0x_Ff', 255],
    ['0b1_01', 5],
    ['0o17', 15],
    ['0O17', 15],
    ['017', 15],
    ['1_000', 1000],
    ['1 + 2*3', 7],
    ['(1+2)*3', 9],
    ['10 - 3 - 2', 5],
    ['7 / 2 * 2', 6],
    ['-7/2 + 10', 7],
    ['-7%3 + 10', 9],
    ['1<<4 | 3', 19],
    ['1<<2<<1', 8],
    ['255 &^ 15', 240],
    ['6 ^ 3', 5],
    ['^-5', 4],
    ['+5', 5],
    ['- -5', 5],
    ['12 & 10 >> 1', 4],
    ['1<<100 >> 98', 4],
    ['0 << 100000', 0],
    ['1 >> 1000000000000', 0],
    ['1<<40', 2 ** 40],
    ['(1<<511 - 1) >> 509', 3],
  ])('[%s]', (expression, length) => {
    const type = parseType(`[${expression}]byte`);
    expect(type.size).toBe(length);
    expect(type.string).toBe(`[${length}]uint8`);
  });

  test.each([
    ['[-1]int', 'invalid array length -1: it is negative', 1],
    ['[3-5]int', 'invalid array length -2: it is negative', 1],
    ['[^0]int', 'invalid array length -1: it is negative', 1],
    ['[1<<63]int', 'invalid array length 9223372036854775808: it does not fit int', 1],
    ['[1.5]int', 'array length 1.5 must be integer, without point or exponent', 1],
    ['[2.0]int', 'array length 2.0 must be integer, without point or exponent', 1],
    ['[1e3]int', 'array length 1e3 must be integer, without point or exponent', 1],
    ['[n]int', 'invalid array length n: only numbers and operators are known', 1],
    ['[1/0]int', 'invalid operation: division by zero', 3],
    ['[1%(2-2)]int', 'invalid operation: division by zero', 3],
    ['[1<<-1]int', 'invalid operation: negative shift count', 4],
    ['[1<<1000000000000]int', 'constant overflow in array length', 2],
    ['[1<<300*(1<<300)]int', 'constant overflow in array length', 7],
    [`[${'9'.repeat(200)}]int`, 'excessively large constant in array length', 1],
    [`[0x${'f'.repeat(60000)}]int`, 'excessively large constant in array length', 1],
    ['[08]int', "invalid number '08'", 1],
    ['[1__0]int', "invalid number '1__0'", 1],
    ['[1_]int', "invalid number '1_'", 1],
    ['[0x]int', "invalid number '0x'", 1],
    ['[12ab]int', "invalid number '12ab'", 1],
    ['[0b12]int', "invalid number '0b12'", 1],
    ['[1+]int', "expected an array length, found ']'", 3],
    ['[(1]int', "expected ')' in an array length, found ']'", 3],
    ['[1 2]int', "expected ']' after the array length, found '2'", 3],
    ['[1 && 2]int', "expected an array length, found '&'", 4],
    ['["a"]int', 'expected an array length, found \'"a"\'', 1],
    ['[...]int', 'invalid use of [...] array (outside a composite literal)', 0],
    ['[]', 'expected a type, found the end of the text', 2],
  ])('%.40s is refused', (text, message, position) => {
    expect(complaint(text)).toEqual([message, position]);
  });

  test('an expression takes bounded time', () => {
    const start = performance.now();
    expect(() => parseType(`[${'7*'.repeat(30000)}1]int`)).toThrow('constant overflow in array length');
    expect(() => parseType(`[${'1<<500*'.repeat(4000)}1]int`)).toThrow('constant overflow in array length');
    expect(parseType(`[${'1<<500>>500*'.repeat(4000)}1]byte`).size).toBe(1);
    expect(parseType(`[${'1<<500>>500+'.repeat(4000)}1]byte`).size).toBe(4001);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('sizes that pass the address space', () => {
  const large = (text: string) => {
    const error = thrown(() => parseType(text));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toBeInstanceOf(GoTypeTooLarge);
    return error as GoTypeTooLarge;
  };

  test('2^47 bytes are the limit', () => {
    expect(parseType('[1<<47]byte').size).toBe(MAX_TYPE_SIZE);
    expect(parseType('[1<<44]int').size).toBe(MAX_TYPE_SIZE);
    expect(parseType('[1<<20][1<<20][1<<7]byte').size).toBe(MAX_TYPE_SIZE);
    large('[1<<47+1]byte');
    large('[1<<44+1]int');
    large('[1<<20][1<<20][1<<8]byte');
    large('struct{ a [1<<47]byte; b byte }');
    large('struct{ a [1<<46]int8; b [1<<46]int8; c int }');
    large('struct{ a [1<<47]byte; b struct{} }');
    large('map[string][1<<47]string');
    large('func([1<<60]byte)');
  });

  test('elements of no size are counted too', () => {
    expect(parseType('[1<<52]struct{}').string).toBe('[4503599627370496]struct {}');
    large('[1<<53]struct{}');
    large('[1<<62][0]int');
  });

  test('the error says where', () => {
    const error = large('map[int]struct{ a [1<<50]byte }');
    expect(error.position).toBe(18);
    expect(error.source).toBe('map[int]struct{ a [1<<50]byte }');
    expect(error.message).toBe(
      'type [1125899906842624]uint8 is larger than the address space (2^47 bytes)\n' +
        'map[int]struct{ a [1<<50]byte }\n' +
        '                  ^',
    );
  });

  test("a channel's element is below 64 KiB", () => {
    expect(parseType('chan [65535]byte').size).toBe(8);
    expect(large('*chan [65536]byte').detail).toBe('channel element type too large (>64kB)');
    expect(large('*chan [65536]byte').position).toBe(1);
  });
});

describe('texts that are no types', () => {
  test.each([
    ['', 'expected a type, found the end of the text', 0],
    ['strng', "unknown type 'strng'; did you mean 'string'?", 0],
    ['[]flaot64', "unknown type 'flaot64'; did you mean 'float64'?", 2],
    ['String', "unknown type 'String'; did you mean 'string'?", 0],
    ['double', "unknown type 'double'; did you mean 'float64'?", 0],
    ['Bolo', "unknown type 'Bolo'; did you mean 'bool'?", 0],
    ['uin8', "unknown type 'uin8'; did you mean 'uint8'?", 0],
    [
      'Zebra',
      "unknown type 'Zebra': only Go's predeclared types, type literals and what declareType was told are known",
      0,
    ],
    ['func(a, strnig)', "unknown type 'a'", 5],
    ['func(strnig, int)', "unknown type 'strnig'; did you mean 'string'?", 5],
    [
      'time.Time',
      "unknown type 'time.Time': types of packages are not known, declare it by declareType or write the type that it is defined as",
      0,
    ],
    ['unsafe.pointer', "unknown type 'unsafe.pointer'; did you mean 'unsafe.Pointer'?", 0],
    ['unsafe.', "expected a name after 'unsafe.'", 7],
    ['map', "expected '[' after map, found the end of the text", 3],
    ['map[string', "expected ']' after the key type, found the end of the text", 10],
    ['map[string]', 'expected a type, found the end of the text', 11],
    ['map[[]int]string', 'invalid map key type []int', 4],
    ['[]map[func()]int', 'invalid map key type func()', 6],
    ['map[map[int]int]int', 'invalid map key type map[int]int', 4],
    [
      'map[struct{ a [2][]int }]int',
      'invalid map key type struct { a [2][]int } (it holds []int, which cannot be compared)',
      4,
    ],
    ['int string', "unexpected 'string' after the type int", 4],
    ['int]', "unexpected ']' after the type int", 3],
    ['int\nstring', "unexpected 'string' after the type int", 4],
    ['type', "expected a type, found the keyword 'type'", 0],
    ['$', 'unexpected character "$"', 0],
    ['int\u0000', 'unexpected character "\\u0000"', 3],
    ['😀', 'unexpected character "😀"', 0],
    ['(int', "expected ')' after the type in parentheses, found the end of the text", 4],
    ['<-int', "expected 'chan' after '<-', found 'int'", 2],
    ['struct', "expected '{' after struct, found the end of the text", 6],
    ['struct{ a int', "expected ';' or '}' after a struct field, found the end of the text", 13],
    ['struct{ a int b int }', "expected ';' or '}' after a struct field, found 'b'", 14],
    ['struct{ a, b }', "expected a type, found '}'", 13],
    ['struct{ a, }', "expected a field name, found '}'", 11],
    ['struct{ a int; a string }', 'a redeclared', 15],
    ['struct{ int; int string }', 'int redeclared', 13],
    ['struct{ (int) }', 'cannot parenthesize embedded type', 8],
    ['struct{ foo }', "unknown type 'foo'", 8],
    ['struct{ unsafe.Pointer }', 'embedded field type cannot be unsafe.Pointer', 8],
    ['struct{ *error }', 'embedded field type cannot be a pointer to an interface', 8],
    ['struct{ *[]int }', "expected the name of an embedded type, found '['", 9],
    ['struct{ type int }', "expected a field name or embedded type, found the keyword 'type'", 8],
    ['struct{ a int "\\q" }', 'unknown escape in string literal', 15],
    ['struct{ a int "\\xff" }', 'a tag must be valid UTF-8', 14],
    ['struct{ a int "\\400" }', 'octal escape value 256 is larger than 255', 15],
    ['struct{ a int "\\ud800" }', 'escape is an invalid Unicode code point', 15],
    ['struct{ a int "x }', 'string literal not terminated', 14],
    ['struct{ a int `x }', 'string literal not terminated', 14],
    ['int /* x', 'comment not terminated', 4],
    ['func', "expected '(' before the parameters, found the end of the text", 4],
    ['func(', 'expected a type, found the end of the text', 5],
    ['func(int', 'expected a type, found the end of the text', 8],
    ['func(int;', "expected a type, found ';'", 8],
    ['func([]int;', "expected ')' after the parameters, found ';'", 10],
    ['func(a int, string)', 'mixed named and unnamed parameters', 12],
    ['func(a int, []string)', 'mixed named and unnamed parameters', 12],
    ['func(a, a int)', 'a redeclared', 5],
    ['func(...int, string)', 'can only use ... with the final parameter in a list', 13],
    ['func() (...int)', 'can only use ... with parameters, not with results', 8],
    ['interface{ M() int; M() string }', 'duplicate method M', 20],
    ['interface{ M(); M() }', 'duplicate method M', 16],
    ['interface{ error; Error() int }', 'duplicate method Error', 18],
    ['interface{ _() }', 'methods must have a unique non-blank name', 11],
    ['interface{ int }', 'int is not an interface, so an interface with it is no type of a value', 11],
    ['interface{ ~int }', 'an interface with a type constraint is no type of a value', 11],
    [
      'interface{ error | any }',
      "expected ';' or '}' after a method or embedded interface, a union is no type of a value",
      17,
    ],
    ['interface{ M() int N() }', "expected ';' or '}' after a method or embedded interface, found 'N'", 19],
    ['comparable', "unknown type 'comparable'", 0],
  ])('%j', (text, message, position) => {
    const [first, at] = complaint(text);
    expect(first.startsWith(message), first).toBe(true);
    expect(at).toBe(position);
  });

  test('the message shows the place', () => {
    const error = fault('map[string]strng');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.name).toBe('GoTypeError');
    expect(error.source).toBe('map[string]strng');
    expect(error.message).toBe(
      "unknown type 'strng'; did you mean 'string'?\nmap[string]strng\n           ^",
    );
  });

  test('of a long text the message shows a window', () => {
    const text = `struct{ ${Array.from({ length: 200 }, (_, i) => `f${i} int`).join('; ')}; x foo; y int; ${Array.from({ length: 100 }, (_, i) => `g${i} int`).join('; ')} }`;
    const lines = fault(text).message.split('\n');
    expect(lines.length).toBe(3);
    expect(lines[1]?.length).toBeLessThan(90);
    expect(lines[1]?.slice(lines[2]?.indexOf('^')).startsWith('foo')).toBe(true);
    expect(lines[1]).toMatch(/^\.\.\..*\.\.\.$/);
  });

  test("line breaks and wide characters don't move the caret", () => {
    const lines = fault('struct {\n\ta strng\n}').message.split('\n');
    expect(lines.slice(1)).toEqual(['struct {  a strng }', '            ^']);
    const error = fault('struct { a string "😀😀"; b strng }');
    const [, source, caret] = error.message.split('\n');
    expect(
      [...(source ?? '')]
        .slice((caret ?? '').length - 1)
        .join('')
        .startsWith('strng'),
    ).toBe(true);
  });

  test('a window cuts no surrogate pair', () => {
    for (const shift of ['', 'x']) {
      const message = fault(
        `struct{ a string "${shift}${'😀'.repeat(60)}"; b strng; c string "${'😀'.repeat(60)}" }`,
      ).message;
      expect(/\p{Surrogate}/u.test(message)).toBe(false);
      const [, source, caret] = message.split('\n');
      expect(
        [...(source ?? '')]
          .slice((caret ?? '').length - 1)
          .join('')
          .startsWith('strng'),
      ).toBe(true);
    }
  });

  test('not a string at all', () => {
    for (const value of [undefined, null, 5, {}, ['int']]) {
      expect(() => parseType(value as unknown as string)).toThrow(GoTypeError);
    }
  });
});

describe('limits', () => {
  test.each([
    ['*', 'int', ''],
    ['[]', 'int', ''],
    ['[1]', 'int', ''],
    ['(', 'int', ')'],
    ['map[int]', 'int', ''],
    ['map[*', 'int', ']int'],
    ['chan ', 'int', ''],
    ['func() ', 'int', ''],
    ['func(', 'int', ')'],
    ['struct{ a ', 'int', ' }'],
    ['interface{', 'error', '}'],
    ['interface{ M(', 'int', ') }'],
    ['[(', '1', ')]int'],
    ['[-', '1', ']int'],
  ])('%j nests deep, then is refused, and never overflows the stack', (open, middle, close) => {
    const isLength = middle === '1';
    const [before, after] = isLength ? [open[1] ?? '', close === ']int' ? '' : ')'] : [open, close];
    const nest = (depth: number) => {
      const inner = before.repeat(depth) + middle + after.repeat(depth);
      return isLength ? `[${inner}]int` : inner;
    };
    expect(() => parseType(nest(100))).not.toThrow();
    for (const depth of [300, 3000]) {
      expect(complaint(nest(depth))[0]).toBe('types nest more than 250 levels deep here');
    }
  });

  test('a text may have 64 KiB', () => {
    expect(parseType(`${' '.repeat(65533)}int`).string).toBe('int');
    expect(complaint(`${' '.repeat(65534)}int`)[0]).toBe('a type text may have at most 65536 characters');
    const fields = Array.from({ length: 6000 }, (_, i) => `f${i} int`).join(';');
    expect(parseType(`struct{${fields}}`).size).toBe(48000);
  });

  test('a broken text of 64 KiB is refused quickly', () => {
    const start = performance.now();
    for (const piece of ['"', '`', '/*', '\\', '[', 'a', '0', '_', '1.', '0x', '\n', '(', 'a,', '"\\', 'é']) {
      expect(() => parseType(`struct{ a int ${piece.repeat(Math.floor(65000 / piece.length))}`)).toThrow(
        GoTypeError,
      );
    }
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('map keys', () => {
  test.each(RECORDED_TYPES)('%s', (text, string, ...rest) => {
    const comparable = rest[4] !== 'ANOEQ';
    const type = parseType(text);
    const problem = invalidMapKey(type);
    expect(problem === undefined).toBe(comparable);
    if (problem !== undefined) expect(problem.startsWith(`invalid map key type ${string}`)).toBe(true);
    if (comparable) expect(parseMapType(`map[${text}]int`).key.string).toBe(string);
    else expect(() => parseType(`map[${text}]int`)).toThrow('invalid map key type');
  });
});
