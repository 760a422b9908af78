/** The runtime's random draws: how many, how wide, in which order, and what a source may do. */
import { describe, expect, test } from 'vitest';
import { RT_HASHKEY, RUNTIME_BASE } from '../../assembly/shared/hostlayout.ts';
import { GoPanic, type RandomSource, Runtime, type RuntimeOptions } from '../../src/index.ts';
import { BUILDS, bytes, start, thrown } from './inside.ts';

const REFUSED = 'random may not call back into the runtime that asks it';

/** A runtime whose draws are written down. */
async function recording(build: 'release' | 'checked', draw: RandomSource = () => 0n) {
  const widths: number[] = [];
  const rt = await start({
    build,
    random: (bits) => {
      widths.push(bits);
      return draw(bits);
    },
  });
  /** The widths of the draws that `run` asks for. */
  const during = (run: () => unknown): number[] => {
    widths.length = 0;
    run();
    return [...widths];
  };
  return { rt, during };
}

describe.each(BUILDS)('which draws are made, build %s', (build) => {
  test('none for creating the runtime', async () => {
    const { rt, during } = await recording(build);
    expect(during(() => {})).toEqual([]);
    expect(rt.machine.draws).toBe(0);
  });

  test('one of 32 bits for a new map, none where hash0 is given', async () => {
    const { rt, during } = await recording(build);
    expect(during(() => rt.makeMap('map[int]int'))).toEqual([32]);
    expect(during(() => rt.makeMap('map[int]int', { hint: 10_000 }))).toEqual([32]);
    expect(during(() => rt.makeMap('map[int]int', { hash0: 5 }))).toEqual([]);
    expect(during(() => rt.nilMap('map[int]int'))).toEqual([]);
    expect(rt.machine.draws).toBe(2);
  });

  test('one of 32 bits for an iteration, when its first entry is asked for', async () => {
    const { rt, during } = await recording(build);
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    expect(during(() => [...m])).toEqual([]);
    for (let n = 0; n < 100; n++) m.set(n, n);
    expect(during(() => m.entries())).toEqual([]);
    expect(during(() => m.entries().next())).toEqual([32]);
    for (const walk of [
      () => [...m],
      () => [...m.keys()],
      () => [...m.values()],
      () => m.forEach(() => {}),
      () => [...m.raw],
    ]) {
      expect(during(walk)).toEqual([32]);
    }
  });

  test('one of 32 bits for clearing and for deleting the last entry: a new hash0', async () => {
    const { rt, during } = await recording(build);
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    expect(during(() => m.clear())).toEqual([]);
    expect(during(() => m.delete(1))).toEqual([]);
    m.set(1, 1).set(2, 2);
    expect(during(() => m.delete(1))).toEqual([]);
    expect(during(() => m.delete(1))).toEqual([]);
    expect(during(() => m.delete(2))).toEqual([32]);
    m.set(1, 1).set(2, 2);
    expect(during(() => m.clear())).toEqual([32]);
    expect(during(() => m.setMany([1, 2, 3], [1, 2, 3]))).toEqual([]);
    expect(during(() => m.deleteMany([3, 2, 1, 1]))).toEqual([32]);
    expect(during(() => m.raw.set(bytes(8, 1), bytes(8, 1)).delete(bytes(8, 1)))).toEqual([32]);
  });

  test('draining draws for the iteration, then for clearing', async () => {
    const values = [3n, 0xabcdn];
    const { rt, during } = await recording(build, () => values.shift() ?? 0n);
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    expect(during(() => m.drain())).toEqual([]);
    m.setMany([1, 2, 3], [1, 2, 3]);
    expect(during(() => m.drain())).toEqual([32, 32]);
    expect(m.header.hash0).toBe(0xabcd);
  });

  test('nothing else draws', async () => {
    const { rt, during } = await recording(build);
    const m = rt.makeMap('map[string]string', { hash0: 1 });
    const all = during(() => {
      for (let n = 0; n < 300; n++) m.set(`k${n}`, 'v');
      for (let n = 0; n < 299; n++) m.delete(`k${n}`);
      m.get('k299');
      m.lookup('no');
      m.hash('k299');
      m.getMany(['k299']);
      m.verify();
      m.header.bytes;
      m.free();
    });
    expect(all).toEqual([]);
  });

  test('one of 32 bits for each overflow bucket of a map of 65536 buckets or more', async () => {
    const draws = [1n, 0n, 2n, 3n, 0n];
    const { rt, during } = await recording(build, () => draws.shift() ?? 0n);
    // B is 17: one overflow bucket of four is counted, those whose draw has two low bits of zero.
    const m = rt.makeMap('map[uint8]struct{}', { hint: 500_000, hash0: 1, hasher: 'zero' });
    expect(m.header.B).toBe(17);
    const filled = during(() => {
      for (let n = 0; n < 48; n++) m.set(n, {});
    });
    expect(filled).toEqual([32, 32, 32, 32, 32]);
    expect(m.header.noverflow).toBe(2);
  });
});

describe('what a draw decides', () => {
  test('hash0, cut to 32 bits', async () => {
    for (const [drawn, hash0] of [
      [0x12345678n, 0x12345678],
      [0xffff_ffff_ffff_ffffn, 0xffffffff],
      [-1, 0xffffffff],
      [2 ** 40 + 7, 7],
      [-(2n ** 70n) + 9n, 9],
      [0, 0],
    ] as const) {
      const { rt } = await recording('release', () => drawn);
      expect([drawn, rt.makeMap('map[int]int').header.hash0]).toEqual([drawn, hash0]);
    }
  });

  test('where an iteration starts: the bucket by the low bits, the slot by the next three', async () => {
    let drawn = 0n;
    const { rt } = await recording('release', () => drawn);
    const one = rt.makeMap('map[int]int', { hash0: 1 });
    for (let n = 0; n < 8; n++) one.set(n, n);
    for (drawn = 0n; drawn < 16n; drawn++) {
      const order = Array.from({ length: 8 }, (_, i) => BigInt((i + Number(drawn)) % 8));
      expect([...one.keys()]).toEqual(order);
    }
    const many = rt.makeMap('map[int]int', { hash0: 1 });
    for (let n = 0; n < 50; n++) many.set(n, n);
    expect([many.header.B, many.oldbuckets.length]).toEqual([3, 0]);
    for (drawn = 0n; drawn < 64n; drawn += 5n) {
      const bucket = many.buckets.at(Number(drawn & 7n));
      const chains = [...(bucket?.chain() ?? [])].flatMap((b) => {
        const slots = b.slots;
        const from = Number(drawn >> 3n) & 7;
        return [...slots.slice(from), ...slots.slice(0, from)]
          .filter((slot) => slot.filled)
          .map((slot) => slot.key);
      });
      expect([...many.keys()].slice(0, chains.length)).toEqual(chains);
    }
  });
});

describe.each(BUILDS)('a source that throws, build %s', (build) => {
  class Mine extends Error {}
  /** Throws while `armed`. */
  const throwing = async () => {
    const state = { armed: false, calls: 0, error: new Mine('mine') as unknown };
    const { rt } = await recording(build, () => {
      state.calls++;
      if (state.armed) throw state.error;
      return 5n;
    });
    const m = rt.makeMap('map[string]int');
    m.set('a', 1).set('b', 2);
    return { rt, m, state };
  };
  const caught = (run: () => unknown): unknown => {
    try {
      run();
    } catch (error) {
      return error;
    }
    return 'nothing';
  };

  test('the very same thing is thrown, after the call', async () => {
    const { rt, m, state } = await throwing();
    state.armed = true;
    for (const error of [state.error, 'a string', 5, null, undefined]) {
      state.error = error;
      expect(caught(() => rt.makeMap('map[int]int'))).toBe(error);
      expect(caught(() => [...m])).toBe(error);
    }
    state.armed = false;
    expect(caught(() => m.get('a'))).toBe('nothing');
  });

  test('no map is made', async () => {
    const { rt, state } = await throwing();
    const inUse = rt.machine.heapInUse;
    const maps = [...rt.machine.maps()].length;
    state.armed = true;
    expect(caught(() => rt.makeMap('map[int]int', { hint: 1000 }))).toBe(state.error);
    expect([rt.machine.heapInUse, [...rt.machine.maps()].length]).toEqual([inUse, maps]);
  });

  test('an iteration does not begin, and can be begun again', async () => {
    const { rt, m, state } = await throwing();
    const inUse = rt.machine.heapInUse;
    state.armed = true;
    const iterator = m.keys();
    expect(caught(() => iterator.next())).toBe(state.error);
    expect([rt.machine.heapInUse, iterator.address]).toEqual([inUse, 0n]);
    state.armed = false;
    expect([...m.keys()].sort()).toEqual(['a', 'b']);
    m.verify();
    expect(rt.machine.heapInUse).toBe(inUse);
  });

  test('clearing and deleting are done, with 0 for the draw', async () => {
    const { m, state } = await throwing();
    state.armed = true;
    expect(caught(() => m.clear())).toBe(state.error);
    expect([m.size, m.header.hash0]).toEqual([0, 0]);
    m.verify();
    m.set('a', 1);
    expect(caught(() => m.delete('a'))).toBe(state.error);
    expect([m.size, m.has('a'), m.header.hash0, m.header.flags & 4]).toEqual([0, false, 0, 0]);
    m.verify();
  });

  test('draining: what the iteration threw leaves the entries', async () => {
    const { m, state } = await throwing();
    state.armed = true;
    expect(caught(() => m.drain())).toBe(state.error);
    expect(m.size).toBe(2);
    m.verify();
  });

  test('what is no number is the error of reading it as one', async () => {
    for (const drawn of [undefined, null, 1.5, Number.NaN, Symbol('x'), {}, 'five']) {
      const { rt } = await recording(build, (() => drawn) as unknown as RandomSource);
      expect(thrown(() => rt.makeMap('map[int]int'))).toBeInstanceOf(Error);
      expect(rt.machine.heapInUse).toBe(0);
    }
  });

  test('what a panic overtook is not thrown by another operation', async () => {
    const { rt, m, state } = await throwing();
    const other = rt.makeMap('map[int]int', { hash0: 1 });
    rt.memory.write(m.header.address + 16n, bytes(8, 0));
    state.armed = true;
    expect(caught(() => [...m])).toBeInstanceOf(GoPanic);
    state.armed = false;
    expect(caught(() => other.get(1))).toBe('nothing');
  });
});

describe.each(BUILDS)('a source that calls back, build %s', (build) => {
  /** Runs `inside` in the middle of the next draw; what it throws there. */
  const callingBack = async () => {
    const state: { inside: (() => unknown) | undefined; refused: unknown } = {
      inside: undefined,
      refused: undefined,
    };
    const rt = await start({
      build,
      random: () => {
        const { inside } = state;
        state.inside = undefined;
        try {
          inside?.();
        } catch (error) {
          state.refused = error;
        }
        return 1n;
      },
    });
    const m = rt.makeMap('map[int]int');
    m.set(1, 1).set(2, 2);
    return { rt, m, state };
  };
  type Made = Awaited<ReturnType<typeof callingBack>>;

  test.each<[string, (it: Made) => unknown]>([
    ['get', ({ m }) => m.get(1)],
    ['set', ({ m }) => m.set(3, 3)],
    ['delete', ({ m }) => m.delete(1)],
    ['clear', ({ m }) => m.clear()],
    ['setMany', ({ m }) => m.setMany([1], [1])],
    ['getMany', ({ m }) => m.getMany([1])],
    ['range', ({ m }) => [...m]],
    ['verify', ({ m }) => m.verify()],
    ['hash', ({ m }) => m.hash(1)],
    ['makeMap', ({ rt }) => rt.makeMap('map[string]int')],
    ['nilMap', ({ rt }) => rt.nilMap('map[string]int')],
    ['memory.write', ({ rt, m }) => rt.memory.write(m.header.address, bytes(8, 99))],
    ['memory.read', ({ rt, m }) => rt.memory.read(m.header.address, 8)],
  ])('%s is refused, and the call that asked goes on', async (_what, inside) => {
    const it = await callingBack();
    it.state.inside = () => inside(it);
    expect([...it.m.keys()].sort()).toEqual([1n, 2n]);
    expect(it.state.refused).toBeInstanceOf(TypeError);
    expect((it.state.refused as Error).message).toBe(REFUSED);
    it.m.verify();
    expect([it.m.size, it.m.get(1), it.rt.machine.guarded]).toEqual([2, 1n, false]);
  });

  test('uncaught, the refusal comes out of the call that asked', async () => {
    const rt: Runtime = await start({
      build,
      random: () => BigInt([...rt.machine.maps()].length && rt.makeMap('map[int]int').size),
    });
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    m.set(1, 1);
    const error = thrown(() => [...m]);
    expect([error.name, error.message]).toEqual(['TypeError', REFUSED]);
    m.verify();
  });

  test('looking at the header, and at another runtime, is allowed', async () => {
    const it = await callingBack();
    const other = await start({ build });
    const theirs = other.makeMap('map[int]int');
    let seen: unknown;
    it.state.inside = () => {
      theirs.set(1, 2);
      seen = [it.m.size, it.m.header.count, theirs.get(1)];
    };
    expect([...it.m.keys()]).toHaveLength(2);
    expect([seen, it.state.refused]).toEqual([[2, 2, 2n], undefined]);
  });

  test('a refused free leaves the map as it was', async () => {
    const it = await callingBack();
    // The first iteration over a map without pointers gives it a mapextra.
    for (const _ of it.m) break;
    const inUse = it.rt.machine.heapInUse;
    it.state.inside = () => it.m.free();
    try {
      for (const _ of it.m) break;
    } catch {}
    expect((it.state.refused as Error).message).toBe(REFUSED);
    expect([it.m.map === 0, it.rt.machine.heapInUse]).toEqual([false, inUse]);
  });
});

describe('seeds', () => {
  const made = (options: RuntimeOptions) => Runtime.create({ memory: { limit: 2 ** 22 }, ...options });

  /** Everything random of a runtime: seeds of maps, orders of iterations, hashes, addresses. */
  function trace(rt: Runtime): unknown[] {
    const out: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const m = rt.makeMap('map[string]int');
      for (let n = 0; n < 60; n++) m.set(`k${n}`, n);
      out.push(m.header.hash0, m.hash('x'), [...m.keys()], [...m.keys()]);
      m.clear();
      out.push(m.header.hash0, m.header.address);
    }
    return out;
  }

  test('the same seed gives the same run, on both builds', async () => {
    for (const seed of [0, 1, 42, -5, 2n ** 63n, 123456789012345678n]) {
      const first = trace(await made({ seed }));
      expect(trace(await made({ seed }))).toEqual(first);
      expect(trace(await made({ seed, build: 'checked' }))).toEqual(first);
    }
    expect(trace(await made({}))).toEqual(trace(await made({ seed: 0 })));
    expect(trace(await made({ seed: 7 }))).toEqual(trace(await made({ seed: 7n })));
  });

  test('other seeds give other runs', async () => {
    const runs = await Promise.all(
      [0, 1, 2, 3, -1, 2 ** 40].map(async (seed) => trace(await made({ seed }))),
    );
    expect(
      new Set(runs.map((run) => JSON.stringify(run, (_, v) => (typeof v === 'bigint' ? `${v}` : v)))).size,
    ).toBe(6);
    expect(new Set(runs.map(([hash0]) => hash0)).size).toBe(6);
  });

  test('iterations start anew each time', async () => {
    const rt = await made({ seed: 1 });
    const m = rt.makeMap('map[int]int');
    for (let n = 0; n < 8; n++) m.set(n, n);
    const firsts = new Set(Array.from({ length: 200 }, () => m.keys().next().value));
    expect(firsts.size).toBe(8);
  });
});

describe('the hash key', () => {
  const key = [3n, 5n, 7n, 2n ** 64n - 1n] as const;
  const words = (rt: Runtime) =>
    [0, 1, 2, 3].map((i) => rt.machine.u64[(RUNTIME_BASE + RT_HASHKEY + 8 * i) >>> 3] as bigint);

  test('is taken as it is given, whatever the seed', async () => {
    const hashes: bigint[] = [];
    for (const seed of [1, 2, 3]) {
      const rt = await start({ seed, hashKey: key });
      expect(words(rt)).toEqual([...key]);
      hashes.push(rt.makeMap('map[string]int', { hash0: 9 }).hash('key'));
    }
    expect(new Set(hashes).size).toBe(1);
    const other = await start({ hashKey: [4n, 5n, 7n, 2n ** 64n - 1n] });
    expect(other.makeMap('map[string]int', { hash0: 9 }).hash('key')).not.toBe(hashes[0]);
  });

  test('from a seed, each word is odd, as Go makes it', async () => {
    for (const seed of [0, 1, 2, 3, 4, 5]) {
      const rt = await Runtime.create({ seed, memory: { limit: 2 ** 20 } });
      expect(words(rt).map((word) => word & 1n)).toEqual([1n, 1n, 1n, 1n]);
      expect(new Set(words(rt)).size).toBe(4);
    }
  });
});
