/** The runtime's random draws: how many, in which order, how wide, and what an injected source may do. */
import { describe, expect, it } from 'vitest';
import type { RuntimeOptions } from '../../src/index.ts';
import { WyRand } from '../support/builds.ts';
import { BUILDS, start, thrown } from './inside.ts';

describe.each(BUILDS)('on the %s build', (build) => {
  const create = (options: RuntimeOptions = {}) => start({ build, ...options });

  it('are asked for where Go draws, 32 bits each', async () => {
    const wyrand = new WyRand(7n);
    const rt = await create({ random: wyrand.source });
    const drawn = () => wyrand.widths.splice(0);
    const map = rt.makeMap('map[int]int');
    expect(drawn()).toEqual([32]);
    rt.makeMap('map[int]int', { hash0: 5 });
    expect(drawn()).toEqual([]);
    for (const _ of map);
    map.clear();
    map.delete(1);
    expect(drawn()).toEqual([]);
    for (let i = 0; i < 500; i++) map.set(i, i).get(i);
    expect(drawn()).toEqual([]);
    for (const _ of map);
    expect(drawn()).toEqual([32]);
    map.clear();
    expect(drawn()).toEqual([32]);
    map.set(1, 1).set(2, 2).delete(1);
    expect(drawn()).toEqual([]);
    map.delete(2);
    expect(drawn()).toEqual([32]);
    expect(rt.machine.draws).toBe(4);
  });

  it('give hash0 and the start of an iteration', async () => {
    const draws = [0xdead_beefn, (3n << 5n) | 9n];
    const rt = await create({ random: () => draws.shift() ?? 0n });
    const map = rt.makeMap('map[int]int', { hint: 200 });
    expect([map.header.hash0, map.header.B]).toEqual([0xdead_beef, 5]);
    for (let i = 0; i < 60; i++) map.set(i, i);
    const it = map.keys();
    it.next();
    const hiter = rt.memory.read(it.address, 96);
    // startBucket is the low B bits of the draw, offset the three above them.
    expect([hiter[64], hiter[72]]).toEqual([9, 3]);
  });

  it('sample the overflow buckets of maps of 2^16 buckets and more', async () => {
    const wyrand = new WyRand(1n);
    const rt = await create({ random: wyrand.source, memory: { limit: 2 ** 26 } });
    const map = rt.makeMap('map[uint16]struct{}', { hint: 13 * 2 ** 15, hash0: 1, hasher: 'zero' });
    expect(map.header.B).toBe(16);
    for (let i = 0; i < 8 * 41; i++) map.set(i, {});
    // 40 overflow buckets, each counted with a chance of one half.
    expect(wyrand.widths).toEqual(Array.from({ length: 40 }, () => 32));
    const reference = new WyRand(1n);
    const counted = Array.from({ length: 40 }, () => reference.source(32)).filter(
      (draw) => (draw & 1n) === 0n,
    );
    expect(map.header.noverflow).toBe(counted.length);
  });

  it('rethrow what the source throws once the call is over, which leaves all in order', async () => {
    let fail = false;
    const rt = await create({
      random: () => {
        if (fail) throw new Error('no entropy');
        return 1n;
      },
    });
    const map = rt.makeMap('map[string]string');
    map.set('a', 'b').set('c', 'd');
    const inUse = rt.machine.heapInUse;
    fail = true;
    expect(thrown(() => rt.makeMap('map[int]int', { hint: 1000 })).message).toBe('no entropy');
    expect(thrown(() => [...map]).message).toBe('no entropy');
    expect(rt.machine.heapInUse).toBe(inUse);
    expect(thrown(() => map.clear()).message).toBe('no entropy');
    expect([map.size, map.header.hash0]).toEqual([0, 0]);
    fail = false;
    map.verify();
    expect([...map.set('e', 'f')]).toEqual([['e', 'f']]);
  });

  it('may not call back into the runtime', async () => {
    let back: (() => unknown) | undefined;
    const rt = await create({
      random: () => {
        back?.();
        return 1n;
      },
    });
    const map = rt.makeMap('map[int]int');
    map.set(1, 1);
    for (const call of [
      () => map.get(1),
      () => map.set(2, 2),
      () => rt.makeMap('map[int]int'),
      () => map.free(),
    ]) {
      back = call;
      const error = thrown(() => map.keys().next());
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain('may not call back');
      back = undefined;
    }
    expect([map.size, map.get(1)]).toEqual([1, 1n]);
  });

  it('refuse a source that gives no number', async () => {
    const rt = await create({ random: () => 'x' as never });
    expect(thrown(() => rt.makeMap('map[int]int'))).toBeInstanceOf(SyntaxError);
  });

  it('follow from the seed where no source is given', async () => {
    const order = async (seed: number | bigint) => {
      const rt = await start({ build, seed });
      const map = rt.makeMap('map[int]int');
      for (let i = 0; i < 100; i++) map.set(i, i);
      return [map.header.hash0, ...map.keys()].join();
    };
    expect(await order(1)).toBe(await order(1n));
    expect(await order(1)).not.toBe(await order(2));
    expect(new Set(await Promise.all([3, 4, 5, 6, 7].map(order))).size).toBe(5);
  });
});
