/** Edges: numbers at the end of every kind, types and values nested deep, workers, declared types of several runtimes. */
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { declareType, GoValueRangeError, GoValueTypeError, parseType } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { MAX_INTERFACE_DEPTH } from '../../assembly/shared/hostlayout.ts';
import { MAX_DEPTH } from '../../src/gotype/cursor.ts';
import { anyMap, BUILDS, bytes, changesNothing, start, thrown } from '../machine/inside.ts';

/* ---- numbers ---- */

/** What is taken for each kind of number, and what comes out. */
const TAKEN: readonly (readonly [string, readonly (readonly [unknown, unknown])[]])[] = [
  [
    'uint8',
    [
      [0, 0],
      [-0, 0],
      [255, 255],
    ],
  ],
  [
    'int8',
    [
      [-128, -128],
      [127, 127],
      [-0, 0],
    ],
  ],
  ['uint16', [[65535, 65535]]],
  [
    'int16',
    [
      [-32768, -32768],
      [32767, 32767],
    ],
  ],
  [
    'uint32',
    [
      [2 ** 32 - 1, 2 ** 32 - 1],
      [-0, 0],
    ],
  ],
  [
    'int32',
    [
      [-(2 ** 31), -(2 ** 31)],
      [2 ** 31 - 1, 2 ** 31 - 1],
      [-0, 0],
    ],
  ],
  [
    'int64',
    [
      [-(2n ** 63n), -(2n ** 63n)],
      [2n ** 63n - 1n, 2n ** 63n - 1n],
      [2 ** 53 - 1, 2n ** 53n - 1n],
      [-(2 ** 53) + 1, -(2n ** 53n) + 1n],
      [2n ** 53n, 2n ** 53n],
      [-0, 0n],
    ],
  ],
  [
    'uint64',
    [
      [2n ** 64n - 1n, 2n ** 64n - 1n],
      [2 ** 53 - 1, 2n ** 53n - 1n],
      [-0, 0n],
    ],
  ],
  [
    'int',
    [
      [-(2n ** 63n), -(2n ** 63n)],
      [7, 7n],
    ],
  ],
  ['uint', [[2n ** 64n - 1n, 2n ** 64n - 1n]]],
  ['uintptr', [[2n ** 64n - 1n, 2n ** 64n - 1n]]],
  [
    'unsafe.Pointer',
    [
      [2n ** 64n - 1n, 2n ** 64n - 1n],
      [0n, 0n],
    ],
  ],
  [
    'float32',
    [
      [0.1, Math.fround(0.1)],
      // Halfway between two: the even one.
      [16777217, 16777216],
      [16777219, 16777220],
      // The largest, what still rounds to it, and what no longer does.
      [3.4028234663852886e38, 3.4028234663852886e38],
      [3.4028235677973362e38, 3.4028234663852886e38],
      [3.4028235677973366e38, Number.POSITIVE_INFINITY],
      // The least, half of it, and a little more than half.
      [2 ** -149, 2 ** -149],
      [2 ** -150, 0],
      [2 ** -150 * 1.0001, 2 ** -149],
      [-(2 ** -150), -0],
      [-0, -0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
  ],
  [
    'float64',
    [
      [Number.MAX_VALUE, Number.MAX_VALUE],
      [Number.MIN_VALUE, Number.MIN_VALUE],
      [-Number.MIN_VALUE, -Number.MIN_VALUE],
      [2 ** -1022 - Number.MIN_VALUE, 2 ** -1022 - Number.MIN_VALUE],
      [-0, -0],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [2 ** 53 + 2, 2 ** 53 + 2],
    ],
  ],
];

const REFUSED: readonly (readonly [
  string,
  readonly unknown[],
  typeof GoValueRangeError | typeof GoValueTypeError,
])[] = [
  ['uint8', [256, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -Number.MIN_VALUE], GoValueRangeError],
  ['uint8', [1n, '1', null, true, undefined, Object(1), [1]], GoValueTypeError],
  ['int8', [128, -129, 127.5], GoValueRangeError],
  ['uint16', [65536, -1], GoValueRangeError],
  ['int16', [32768, -32769], GoValueRangeError],
  ['uint32', [2 ** 32, -1, 2 ** 53], GoValueRangeError],
  ['uint32', [1n], GoValueTypeError],
  ['int32', [2 ** 31, -(2 ** 31) - 1], GoValueRangeError],
  ['int64', [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, -(2 ** 53), 0.5, Number.NaN], GoValueRangeError],
  ['int64', ['1', null, Object(1n)], GoValueTypeError],
  ['uint64', [2n ** 64n, -1n, -1, 2 ** 53], GoValueRangeError],
  ['int', [2n ** 63n], GoValueRangeError],
  ['uint', [-1n], GoValueRangeError],
  ['uintptr', [2n ** 64n], GoValueRangeError],
  ['unsafe.Pointer', [-1n, 2n ** 64n], GoValueRangeError],
  ['unsafe.Pointer', [1, null], GoValueTypeError],
  ['float32', [1n, '1', null, Object(1)], GoValueTypeError],
  ['float64', [1n, '1', null], GoValueTypeError],
];

describe.each(BUILDS)('numbers at the edges, build %s', (build) => {
  test.each(TAKEN)('%s takes', async (type, cases) => {
    const rt = await start({ build });
    const boxed = (value: unknown) => ({ type, value });
    for (const [given, wanted] of cases) {
      // As a key, as an element, in an interface, in a struct and in a column.
      const m = anyMap(rt, `map[${type}]${type}`);
      m.set(given, given);
      expect([...m]).toEqual([[wanted, wanted]]);
      expect([m.get(wanted), m.get(given), m.delete(wanted)]).toEqual([wanted, wanted, true]);
      m.setMany([given], [given]);
      expect(m.getMany([wanted])).toEqual([wanted]);
      m.free();
      const any = anyMap(rt, 'map[any]any');
      any.set(boxed(given), boxed(given));
      expect([...any]).toEqual([[boxed(wanted), boxed(wanted)]]);
      expect(any.has(boxed(wanted))).toBe(true);
      any.free();
      const struct = anyMap(rt, `map[struct{ a int8; v ${type} }][1]${type}`);
      if (type !== 'uint8') {
        struct.set({ a: 1, v: given }, [given]);
        expect([...struct]).toEqual([[{ a: 1, v: wanted }, [wanted]]]);
      }
      struct.free();
    }
  });

  test.each(REFUSED)('%s refuses', async (type, values, Class) => {
    const rt = await start({ build });
    const m = anyMap(rt, `map[${type}]${type}`);
    const any = anyMap(rt, 'map[int]any');
    for (const value of values) {
      for (const use of [
        () => m.set(value, value),
        () => m.get(value),
        () => m.delete(value),
        () => m.setMany([value], [value]),
        () => any.set(1, { type, value }),
      ]) {
        expect(changesNothing(rt, use)).toBeInstanceOf(Class);
      }
    }
  });

  test('the payload of a NaN stays, by its bytes', async () => {
    const rt = await start({ build });
    for (const [type, size, payloads] of [
      ['float64', 8, [0x7ff8000000000001n, 0x7ff0000000000001n, 0xfff8dead0000beefn, 0xffffffffffffffffn]],
      ['float32', 4, [0x7fc00001n, 0x7f800001n, 0xffc0beefn]],
    ] as const) {
      const m = anyMap(rt, `map[${type}]${type}`);
      for (const payload of payloads) {
        const raw = bytes(size, payload);
        m.raw.set(raw, raw);
        expect([m.raw.has(raw), m.raw.delete(raw)]).toEqual([false, false]);
      }
      // Growth moves them with the others.
      for (let n = 0; n < 40; n++) m.set(n, n);
      const nans = [...m.raw].map(([key, elem]) => `${Buffer.from(key)},${Buffer.from(elem)}`);
      for (const payload of payloads) {
        const text = Buffer.from(bytes(size, payload));
        expect(nans).toContain(`${text},${text}`);
      }
      expect([...m.keys()].filter(Number.isNaN)).toHaveLength(payloads.length);
      m.verify();
    }
  });
});

/* ---- depth ---- */

const nest = (depth: number, outside: (inner: string) => string, inner: string): string => {
  let text = inner;
  for (let i = 0; i < depth; i++) text = outside(text);
  return text;
};

describe.each(BUILDS)('deep, build %s', (build) => {
  const SHAPES: readonly (readonly [
    string,
    (inner: string) => string,
    (inner: unknown) => unknown,
    unknown,
  ])[] = [
    ['structs', (inner) => `struct{ a ${inner} }`, (inner) => ({ a: inner }), 5],
    ['arrays', (inner) => `[1]${inner}`, (inner) => [inner], 5],
    ['structs of two fields', (inner) => `struct{ a int8; b ${inner} }`, (inner) => ({ a: 1, b: inner }), 5],
    ['pointers', (inner) => `*${inner}`, () => 0xc000010000n, 0xc000010000n],
  ];

  test.each(SHAPES)(
    '%s nested up to the limit work, beyond it they are refused by name',
    async (_name, outside, wrap, innermost) => {
      const rt = await start({ build });
      for (const depth of [100, MAX_DEPTH - 2, 1000, 10_000]) {
        const text = nest(depth, outside, 'int16');
        let value: unknown = innermost;
        for (let i = 0; i < depth; i++) value = wrap(value);
        let m: ReturnType<typeof anyMap>;
        try {
          m = anyMap(rt, `map[${text}]${text}`);
        } catch (error) {
          expect([depth > MAX_DEPTH - 2, (error as Error).name]).toEqual([true, 'GoTypeError']);
          continue;
        }
        expect(depth).toBeLessThan(MAX_DEPTH);
        m.set(value, value);
        expect([m.size, m.has(value)]).toEqual([1, true]);
        let got: unknown = m.get(value);
        for (let i = 0; i < depth && typeof got === 'object'; i++) got = Object.values(got as object).at(-1);
        expect(got).toBe(innermost);
        expect(m.delete(value)).toBe(true);
        m.verify();
        m.free();
      }
      expect(rt.machine.ended).toBeUndefined();
    },
  );

  test('maps nested as elements are addresses, however deep', async () => {
    const rt = await start({ build });
    for (const depth of [1, 100, 1000]) {
      const text = nest(depth, (inner) => `map[int]${inner}`, 'string');
      try {
        const m = anyMap(rt, text);
        if (depth > 1) expect(m.set(1, 0n).get(1)).toBe(0n);
        m.free();
      } catch (error) {
        expect([depth > MAX_DEPTH, (error as Error).name]).toEqual([true, 'GoTypeError']);
      }
    }
  });

  test('interfaces nested up to the limit are keys and elements, beyond it they are refused', async () => {
    const rt = await start({ build });
    const inner = (depth: number): unknown => {
      let value: unknown = null;
      for (let i = 0; i < depth; i++) value = { type: '[1]interface {}', value: [value] };
      return value;
    };
    const m = anyMap(rt, 'map[any]any');
    const limit = MAX_INTERFACE_DEPTH - 1;
    m.set(inner(limit), inner(limit)).set(inner(limit - 1), null);
    expect([m.size, m.has(inner(limit)), m.has(inner(limit - 2))]).toEqual([2, true, false]);
    let depth = 0;
    for (
      let got = m.get(inner(limit)) as { value: unknown[] } | null;
      got !== null;
      got = got.value[0] as never
    )
      depth++;
    expect(depth).toBe(limit);
    for (let n = 0; n < 30; n++) m.set({ type: 'int', value: n }, null);
    m.verify();
    for (const value of [inner(MAX_INTERFACE_DEPTH + 1), inner(5000)]) {
      for (const use of [
        () => m.set(value, null),
        () => m.get(value),
        () => m.set(null, value),
        () => m.delete(value),
      ]) {
        expect(changesNothing(rt, use)).toBeInstanceOf(GoValueRangeError);
      }
    }
    expect([m.delete(inner(limit)), m.size, rt.machine.ended]).toEqual([true, 31, undefined]);
    m.verify();
    m.free();
  });
});

/* ---- declared types ---- */

describe('declared types and several runtimes', () => {
  test('a type declared once is known to every runtime, earlier and later ones, with words of its own in each', async () => {
    const before = await start();
    declareType('EdgePoint', 'struct{ x, y int32 }', { methods: ['Len() float64'] });
    const after = await start();
    const value = { type: 'main.EdgePoint', value: { x: 1, y: 2 } };
    for (const rt of [before, after]) {
      const m = anyMap(rt, 'map[interface{ Len() float64 }]EdgePoint');
      m.set(value, { x: 3, y: 4 });
      expect([...m]).toEqual([[value, { x: 3, y: 4 }]]);
      m.verify();
    }
  });

  test('declared again in the same way it is the same type; otherwise it stays as it was', () => {
    const first = declareType('EdgeAgain', 'int', { methods: ['A()', 'B()'] });
    expect(declareType('EdgeAgain', 'int', { methods: ['B()', 'A()'] })).toBe(first);
    for (const again of [
      () => declareType('EdgeAgain', 'int64', { methods: ['A()', 'B()'] }),
      () => declareType('EdgeAgain', 'int'),
      () => declareType('EdgeAgain', 'int', { methods: ['A()', 'B() int'] }),
      () => declareType('EdgeAgain', 'int', { pointerMethods: ['A()', 'B()'] }),
    ]) {
      expect(thrown(again).message).toBe('EdgeAgain is declared already, and otherwise');
    }
    expect(parseType('EdgeAgain')).toBe(first);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'a type may be named %s',
    async (name) => {
      declareType(name, 'struct{ a int8 }');
      const rt = await start();
      const m = anyMap(rt, `map[${name}]any`);
      m.set({ a: 1 }, { type: name, value: { a: 2 } });
      expect(m.get({ a: 1 })).toEqual({ type: `main.${name}`, value: { a: 2 } });
      expect(() => parseType(`${name}x`)).toThrow(/unknown type/);
    },
  );

  test('declarations that fail leave nothing', () => {
    for (const declare of [
      () => declareType('EdgeNone', 'nosuch'),
      () => declareType('EdgeNone', 'EdgeNone'),
      () => declareType('EdgeNone', 'int', { methods: ['not a method'] }),
      () => declareType('EdgeNone', 'int', { methods: 'A()' as never }),
      () => declareType('EdgeNone', '*int', { methods: ['A()'] }),
      () => declareType('EdgeNone', 'any', { pointerMethods: ['A()'] }),
      () => declareType('EdgeNone', 5 as never),
      () => declareType('EdgeNone', 'int', null as never),
    ]) {
      expect(thrown(declare)).toBeInstanceOf(TypeError);
      expect(() => parseType('EdgeNone')).toThrow(/unknown type/);
    }
  });

  test('a name is that of one method or field, as Go has it', () => {
    for (const [declare, text] of [
      [
        () => declareType('EdgeTwice', 'int', { methods: ['A()'], pointerMethods: ['B()', 'A()'] }),
        'method EdgeTwice.A already declared',
      ],
      [
        () => declareType('EdgeTwice', 'struct{ A int }', { pointerMethods: ['A()'] }),
        'field and method with the same name A',
      ],
    ] as const) {
      expect(thrown(declare).message).toBe(text);
      expect(() => parseType('EdgeTwice')).toThrow(/unknown type/);
    }
  });
});

describe.each(BUILDS)('large by declared types, build %s', (build) => {
  declareType('EdgeWide0', 'string');
  for (let n = 0; n < 16; n++) declareType(`EdgeWide${n + 1}`, `struct{ a, b EdgeWide${n} }`);

  test.each(['EdgeWide16', '[1]EdgeWide16', '[2]EdgeWide15'])('%s holds 65536 strings', async (type) => {
    const rt = await start({ build, memory: { limit: 2 ** 26 } });
    const m = anyMap(rt, `map[int]${type}`);
    expect([m.shape.elem.size, m.size]).toEqual([2 ** 20, 0]);
    m.free();
  });

  test('a chain of a thousand structs is a key and an element', async () => {
    declareType('EdgeDeep0', 'struct{ a int8; s string }');
    let value: unknown = { a: 1, s: 'text' };
    for (let n = 0; n < 1000; n++) {
      declareType(`EdgeDeep${n + 1}`, `struct{ a EdgeDeep${n} }`);
      value = { a: value };
    }
    const rt = await start({ build });
    const m = anyMap(rt, 'map[EdgeDeep1000]any');
    m.set(value, { type: 'EdgeDeep1000', value });
    expect([m.size, m.has(value), m.delete(value)]).toEqual([1, true, true]);
    m.verify();
    m.free();
  });
});

/* ---- workers ---- */

describe.each(BUILDS)('a compiled module in a worker, build %s', (build) => {
  test('it runs there without a file of its own, on a memory of its own', async () => {
    const at = new URL(`../../dist/wasm/${build}.wasm`, import.meta.url);
    const module = await WebAssembly.compile(await readFile(at));
    const here = await start({ build, wasm: module });
    const theirs = anyMap(here, 'map[string]any');
    theirs.set('a', { type: 'int', value: 1 });
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { Runtime } = await import(workerData.library);
      const rt = await Runtime.create({ wasm: workerData.module, hashKey: [1n, 1n, 1n, 1n], goVersion: '1.19' });
      const m = rt.makeMap('map[string]any', { hash0: 7 });
      for (let n = 0; n < 100; n++) m.set('key ' + n, { type: 'int', value: n });
      // Bytes written from outside: the module brings the guarded twin along.
      rt.memory.write(m.header.address, m.header.bytes.slice(0, 8));
      m.verify();
      parentPort.postMessage([m.size, m.get('key 99').value, m.hash('key 5'), rt.machine.guarded]);
    `;
    const library = new URL('../../dist/src/index.js', import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      workerData: { module, library },
    });
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    const m = anyMap(here, 'map[string]any', { hash0: 7 });
    expect(answer).toEqual([100, 99n, m.hash('key 5'), true]);
    expect([here.machine.guarded, theirs.size]).toEqual([false, 1]);
  });
});
