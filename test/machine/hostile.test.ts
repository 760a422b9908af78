/**
 * Hostile callers: sources of draws that throw or call back in the middle of work, values that run code or
 * change while they are read, and an allocation that fails at every place where there is one.
 */
import { OutOfMemory, type Runtime } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { RT_FAIL_COUNTDOWN } from '../../assembly/shared/hostlayout.ts';
import { RELEASES } from '../../src/index.ts';
import { canonical } from '../support/values.ts';
import { anyMap, BUILDS, start, thrown } from './inside.ts';

const NAN = Number.NaN;

/** Maps in which every step may draw: a NaN as part of every kind of key. */
const NAN_KEYS: readonly (readonly [string, (n: number) => unknown])[] = [
  ['map[float32]int', () => NAN],
  ['map[float64]string', () => NAN],
  ['map[complex128]int', (n) => ({ re: n, im: NAN })],
  ['map[any]any', (n) => ({ type: 'struct { f float64; s string }', value: { f: NAN, s: `string ${n}` } })],
  ['map[struct{ a string; b any; f float32 }]int', (n) => ({ a: `a ${n}`, b: null, f: NAN })],
  [
    'map[struct{ p [136]byte; s string; f float64 }][200]byte',
    (n) => ({ p: new Uint8Array(136), s: `${n}`, f: NAN }),
  ],
];

function elemOf(type: string, n: number): unknown {
  if (type.endsWith(']string')) return `element ${n}`;
  if (type.endsWith(']any')) return { type: 'string', value: `element ${n}` };
  return type.endsWith(']byte') ? new Uint8Array(200).fill(n) : n;
}

/* ---- draws ---- */

const GO = ['1.19', '1.23', '1.25-noswissmap'] as const;

describe.each(BUILDS.flatMap((build) => GO.map((go) => [build, go] as const)))(
  'a hostile source of draws, build %s, Go %s',
  (build, goVersion) => {
    interface Source {
      /** What the draw with the given number, counted from when it was set, does instead. */
      act: (() => bigint | number) | undefined;
      at: number;
      /** Throws nothing itself. */
      calm: boolean;
    }
    const hostile = async () => {
      const source: Source = { act: undefined, at: 0, calm: false };
      let state = 1n;
      const rt = await start({
        build,
        goVersion,
        random: (bits) => {
          state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
          if (source.act !== undefined && source.at-- === 0) return source.act();
          return bits === 32 ? state >> 32n : state;
        },
      });
      return { rt, source };
    };

    const acts: readonly (readonly [string, (rt: Runtime) => () => bigint | number])[] = [
      [
        'throws',
        () => () => {
          throw new Error('mine');
        },
      ],
      ['gives what is no number', () => () => 'nonsense' as never],
      ['gives a fraction', () => () => 1.5],
      ['gives a number of 200 bits', () => () => -(2n ** 200n) + 5n],
      [
        'calls back into a map',
        (rt) => () => {
          rt.makeMap('map[int]int');
          return 1n;
        },
      ],
    ];

    test.each(acts.flatMap(([name, act]) => NAN_KEYS.map(([type, key]) => [name, type, act, key] as const)))(
      '%s: %s stays whole through setting, growing, iterating, clearing',
      async (_name, type, act, key) => {
        const { rt, source } = await hostile();
        // Descriptors stay: they are made before anything is counted.
        anyMap(rt, type).free();
        rt.makeMap('map[int]int').free();
        const idle = rt.machine.heapInUse;
        const m = anyMap(rt, type, { hash0: 1 });
        let failed = 0;
        /** Does something whose draw number `at` is hostile; whether it failed. */
        const attempt = (at: number, run: () => unknown): void => {
          source.at = at;
          source.act = act(rt);
          try {
            run();
          } catch (error) {
            failed++;
            expect(error).toBeInstanceOf(Error);
          }
          source.act = undefined;
          m.verify();
        };
        for (let n = 0; n < 60; n++) {
          const size = m.size;
          // At the moments of growth several draws are made in one call: each of them in turn.
          attempt(n % 5, () => m.set(key(n), elemOf(type, n)));
          // The assignment was carried out, with 0 for the draw.
          expect(m.size).toBe(size + 1);
          if (n % 6 === 0) attempt(0, () => m.get(key(n)));
          if (n % 6 === 1) attempt(0, () => m.delete(key(n)));
          if (n % 6 === 2) attempt(0, () => m.hash(key(n)));
          if (n % 6 === 3) attempt(0, () => [...m.keys()]);
          expect(m.size).toBe(size + 1);
        }
        expect([...m].length).toBe(60);
        attempt(0, () => m.rangeDelete());
        expect(m.size).toBe(60);
        const open = m.entries();
        open.next();
        attempt(0, () => m.clear());
        expect(m.size).toBe(0);
        open.return();
        // A number of many bits is cut to those that were asked for: no failure.
        if (_name.includes('200')) expect(failed).toBe(0);
        else expect(failed).toBeGreaterThan(10);
        m.free();
        expect(rt.machine.heapInUse).toBe(idle);
      },
    );

    test('batches of NaNs with a draw that throws: what was set stands, nothing leaks', async () => {
      const { rt, source } = await hostile();
      for (const [type, key] of NAN_KEYS) {
        anyMap(rt, type).free();
        const idle = rt.machine.heapInUse;
        const m = anyMap(rt, type, { hash0: 1 });
        const numbers = Array.from({ length: 30 }, (_, n) => n);
        if (m.shape.keyIndirect) continue;
        source.at = 12;
        source.act = () => {
          throw new Error('mine');
        };
        expect(
          thrown(() =>
            m.setMany(
              numbers.map(key),
              numbers.map((n) => elemOf(type, n)),
            ),
          ).message,
        ).toBe('mine');
        source.act = undefined;
        expect(m.size).toBe(30);
        m.verify();
        m.free();
        expect(rt.machine.heapInUse).toBe(idle);
      }
    });
  },
);

/* ---- values ---- */

describe.each(BUILDS)('values that run code, build %s', (build) => {
  /** An object whose fields are getters. */
  const getters = (fields: Record<string, () => unknown>): object => {
    const object = {};
    for (const [name, get] of Object.entries(fields))
      Object.defineProperty(object, name, { enumerable: true, get });
    return object;
  };
  const boom = (): never => {
    throw new Error('boom');
  };

  const VALUES: readonly (readonly [string, (run: () => unknown) => unknown, unknown])[] = [
    ['struct{ a string; b string }', (run) => getters({ a: () => 'first', b: run }), { a: 'first', b: 'x' }],
    ['any', (run) => getters({ type: () => 'string', value: run }), { type: 'string', value: 'x' }],
    [
      'any',
      (run) => ({ type: '[2]string', value: ['kept', run()] }),
      { type: '[2]string', value: ['kept', 'x'] },
    ],
    [
      'struct{ a any; b string }',
      (run) => getters({ a: () => ({ type: 'string', value: 'boxed' }), b: run }),
      { a: { type: 'string', value: 'boxed' }, b: 'x' },
    ],
    [
      '[2]any',
      (run) => [{ type: 'string', value: 'boxed' }, getters({ type: () => 'string', value: run })],
      [
        { type: 'string', value: 'boxed' },
        { type: 'string', value: 'x' },
      ],
    ],
  ];

  test.each(VALUES)('%s: a getter that throws leaves nothing behind', async (type, value) => {
    const rt = await start({ build });
    for (const text of [`map[${type}]int`, `map[int]${type}`]) {
      const m = anyMap(rt, text);
      const idle = rt.machine.heapInUse;
      const keyed = !text.startsWith('map[int]');
      for (const use of [
        () => (keyed ? m.set(value(boom), 1) : m.set(1, value(boom))),
        () => (keyed ? m.get(value(boom)) : m.setMany([1], [value(boom)])),
        () => (keyed ? m.delete(value(boom)) : m.set(2, value(boom))),
      ]) {
        expect(thrown(use).message).toContain('boom');
        expect([m.size, rt.machine.heapInUse]).toEqual([0, idle]);
      }
      m.verify();
    }
  });

  test.each(VALUES)('%s: a getter that changes the same map', async (type, value, plain) => {
    const rt = await start({ build });
    const idle = rt.machine.heapInUse;
    const m = anyMap(rt, `map[${type}]${type}`);
    // The getter fills the map, so that it grows under the assignment that reads it.
    const meddle = () => {
      for (let n = 0; n < 30; n++)
        m.set(
          value(() => `other ${n}`),
          plain,
        );
      m.delete(plain);
      return 'x';
    };
    m.set(value(meddle), value(meddle));
    expect(m.size).toBe(31);
    expect(m.get(plain)).toEqual(expect.anything());
    expect(canonical(m.get(plain))).toBe(canonical(plain));
    m.verify();
    const clear = () => {
      m.clear();
      return 'x';
    };
    expect([m.get(value(clear)), m.size]).toEqual([undefined, 0]);
    const release = () => {
      m.free();
      return 'x';
    };
    expect(thrown(() => m.set(value(release), plain)).name).toBe('UseAfterFree');
    m.free();
    expect(rt.machine.heapInUse).toBe(idle);
  });

  test('answers that change between reads: each is read once', async () => {
    const rt = await start({ build });
    let reads = 0;
    const changing = () => (reads++ === 0 ? 1 : 'something else');
    const m = anyMap(rt, 'map[int]complex128');
    m.set(1, getters({ re: changing, im: () => 2 }));
    expect([reads, m.get(1)]).toEqual([1, { re: 1, im: 2 }]);
    reads = 0;
    const any = anyMap(rt, 'map[any]int');
    any.set(getters({ type: () => (reads++ === 0 ? 'int8' : '[]int'), value: () => 5 }), 1);
    expect([reads, any.get({ type: 'int8', value: 5 })]).toEqual([1, 1n]);
    // A type that is a text only when it is asked for as one is none.
    const text = { toString: () => 'int' };
    expect(thrown(() => any.set({ type: text, value: 5 }, 1)).name).toBe('GoValueTypeError');
  });

  test('proxies: what a trap throws comes out, and what it says is checked', async () => {
    const rt = await start({ build });
    const m = anyMap(rt, 'map[struct{ a string; b any }]int');
    const idle = rt.machine.heapInUse;
    const target = { a: 'text', b: { type: 'string', value: 'boxed' } };
    for (const trap of ['get', 'ownKeys', 'getOwnPropertyDescriptor'] as const) {
      expect(thrown(() => m.set(new Proxy(target, { [trap]: boom }), 1)).message).toBe('boom');
    }
    const liar = new Proxy(target, { get: (t, name) => (name === 'b' ? Symbol('b') : t[name as 'a']) });
    expect(thrown(() => m.set(liar, 1)).name).toBe('GoValueTypeError');
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    expect(thrown(() => m.set(proxy, 1))).toBeInstanceOf(TypeError);
    expect([m.size, rt.machine.heapInUse]).toEqual([0, idle]);
    expect(m.set(new Proxy(target, {}), 7).get(target)).toBe(7n);
    m.verify();
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'valueOf'])(
    'a field named %s is a field like others',
    async (name) => {
      const rt = await start({ build });
      const type = `struct{ ${name} string; x any }`;
      const m = anyMap(rt, `map[${type}]${type}`);
      const value = (text: string) => {
        const object: Record<string, unknown> = Object.create(null);
        object[name] = text;
        object['x'] = {
          type: `struct { ${name} int8 }`,
          value: Object.assign(Object.create(null), { [name]: 1 }),
        };
        return object;
      };
      m.set(value('a'), value('b'));
      expect([m.has(value('a')), m.has(value('b'))]).toEqual([true, false]);
      const got = m.get(value('a')) as Record<string, unknown>;
      expect([got[name], Object.getPrototypeOf(got)]).toEqual(['b', null]);
      expect(canonical(got)).toBe(canonical(value('b')));
      // What every object has by its prototype is no field of it.
      expect(thrown(() => m.get({ x: null })).name).toBe('GoValueTypeError');
      m.verify();
    },
  );
});

/* ---- memory ---- */

describe.each(BUILDS.flatMap((build) => RELEASES.slice(0, 4).map(({ name }) => [build, name] as const)))(
  'the n-th allocation fails, for every n, build %s, Go %s',
  (build, goVersion) => {
    const boxed = (n: number) => ({ type: 'string', value: `boxed ${n}` });
    const deep = (n: number) => ({
      type: 'struct { a interface {}; s string }',
      value: { a: boxed(n), s: `${n}` },
    });
    const MAPS: readonly (readonly [string, (n: number) => unknown, (n: number) => unknown])[] = [
      ['map[any]int', boxed, (n) => n],
      ['map[any]any', deep, deep],
      ['map[int]any', (n) => n, deep],
      ['map[string]any', (n) => `key ${n}`, boxed],
      [
        'map[struct{ s string; v any }]struct{ a any; b string; c [2]string }',
        (n) => ({ s: `s ${n}`, v: boxed(n) }),
        (n) => ({ a: deep(n), b: `b ${n}`, c: ['', `c ${n}`] }),
      ],
      [
        'map[struct{ s string; p [136]byte; v any }]struct{ p [136]byte; s string }',
        (n) => ({ s: `s ${n}`, p: new Uint8Array(136).fill(n), v: boxed(n) }),
        (n) => ({ p: new Uint8Array(136), s: `elem ${n}` }),
      ],
    ];

    test.each(MAPS)('%s', async (type, key, elem) => {
      const rt = await start({ build, goVersion });
      const { machine } = rt;
      // The dynamic types are known from here on: their descriptors are never given back.
      const first = anyMap(rt, type);
      first.set(key(0), elem(0)).get(key(0));
      first.free();
      const idle = machine.heapInUse;
      const m = anyMap(rt, type, { hash0: 7 });
      const model = new Map<number, number>();
      let failures = 0;
      const check = () => {
        m.verify();
        expect(m.size).toBe(model.size);
      };
      /** Does something with its first allocation failing, then its second, until it needs no more. */
      const survive = (run: () => unknown): void => {
        for (let k = 1; k < 100; k++) {
          // What waits to be freed is freed first: a failing allocation does so too.
          machine.core.sweep();
          const before = machine.heapInUse;
          machine.failAllocation(k);
          try {
            run();
            expect(machine.host(RT_FAIL_COUNTDOWN)).toBeGreaterThan(0);
            return;
          } catch (error) {
            if (!(error instanceof OutOfMemory)) throw error;
            failures++;
            expect(machine.heapInUse).toBe(before);
            check();
          } finally {
            machine.failAllocation(0);
          }
        }
        throw new Error('it never ends');
      };
      for (let step = 0; step < 90; step++) {
        const n = (step * 7) % 61;
        if (step % 4 === 3) {
          survive(() => expect(m.delete(key(n))).toBe(model.has(n)));
          model.delete(n);
        } else {
          survive(() => m.set(key(n), elem(step)));
          model.set(n, step);
        }
        if (step % 10 === 0) survive(() => m.lookup(key(n)));
        check();
      }
      survive(() => expect([...m]).toHaveLength(model.size));
      for (const [n, step] of model) expect(canonical(m.get(key(n)))).toBe(canonical(elem(step)));
      survive(() => m.clear());
      expect(failures).toBeGreaterThan(60);
      m.free();
      expect(machine.heapInUse).toBe(idle);
    });
  },
);
