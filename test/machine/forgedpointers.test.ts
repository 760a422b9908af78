/** What forged pointers, chains and counts lead to: an error by name, and no byte of the host is touched. */
import { describe, expect, test } from 'vitest';
import { RT_RETIRED_COUNT } from '../../assembly/shared/hostlayout.ts';
import { GoFatal, type GoMap, InvariantViolation, SegmentationFault } from '../../src/index.ts';
import { forge, forged, NIL_DEREFERENCE } from './forge.ts';
import { anyMap, BUILDS, bytes, start, thrown, wordAt } from './inside.ts';

const ENDLESS = 'the walk never ends: Go would hang here (a chain of buckets leads back into itself)';

describe.each(BUILDS)('forged pointers, build %s', (build) => {
  const texts = async () => {
    const { rt, m } = await forged(build, 'map[string]int', {});
    const slot = m.buckets.at(0)?.slots[0];
    rt.memory.write(slot?.keyAddress as bigint, bytes(8, 0));
    return m;
  };

  test.each([
    ['get', (m: GoMap<unknown, unknown>) => m.get('k0'), 0],
    ['set', (m: GoMap<unknown, unknown>) => m.set('k0', 1), 4],
    ['delete', (m: GoMap<unknown, unknown>) => m.delete('k0'), 4],
  ])('a key string whose pointer is nil: %s', async (_op, use, flags) => {
    const m = await texts();
    const error = thrown(() => use(m));
    expect([error.name, error.message, m.header.flags]).toEqual(['GoPanic', NIL_DEREFERENCE, flags]);
  });

  test('a key string whose pointer is nil is not a string of zeros', async () => {
    const m = await texts();
    let found: unknown;
    try {
      found = m.get('\0\0');
    } catch {}
    expect(found).toBeUndefined();
  });

  const large = async (size: number) => {
    const rt = await start({ build });
    const m = anyMap(rt, `map[int][${size}]byte`, { hash0: 1 });
    m.set(1, new Uint8Array(size).fill(7));
    // Whose header was asked for is not freed behind one's back: here the host's state may be gone by then.
    expect(m.header.count).toBe(1);
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0));
    return { rt, m };
  };

  test.each([
    ['get', (m: GoMap<unknown, unknown>) => m.get(1)],
    ['set', (m: GoMap<unknown, unknown>) => m.set(1, new Uint8Array(200))],
    ['setMany', (m: GoMap<unknown, unknown>) => m.setMany([1], [new Uint8Array(200)])],
    ['range', (m: GoMap<unknown, unknown>) => [...m]],
  ])('an element held by a nil pointer: %s', async (_op, use) => {
    const { m } = await large(200);
    const error = thrown(() => use(m));
    expect([error.name, error.message]).toEqual(['GoPanic', NIL_DEREFERENCE]);
  });

  test.each(['set', 'setMany'] as const)('%s through a nil pointer reaches no host state', async (op) => {
    const { rt, m } = await large(8192);
    const before = Buffer.from(rt.machine.u8.slice(0, 6000));
    const value = new Uint8Array(8192).fill(9);
    try {
      if (op === 'set') m.set(1, value);
      else m.setMany([1], [value]);
    } catch {}
    const after = Buffer.from(rt.machine.u8.slice(0, 6000));
    expect(after.subarray(0, 4096).equals(before.subarray(0, 4096))).toBe(true);
    expect(after.subarray(4096 + 24, 4096 + 64).equals(before.subarray(4096 + 24, 4096 + 64))).toBe(true);
  });

  test('a deletion does not follow an element pointer', async () => {
    const { m } = await large(200);
    expect([m.delete(1), m.size]).toEqual([true, 0]);
  });

  test('an element pointer that leads nowhere', async () => {
    const { rt, m } = await large(200);
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0x123456789abcdefn));
    const error = thrown(() => m.get(1)) as SegmentationFault;
    expect(error).toBeInstanceOf(SegmentationFault);
    expect([error.address, error.size]).toEqual([0x123456789abcdefn, 200]);
    expect(rt.machine.ended).toBe(error);
  });

  test('strings in an element whose pointer leads nowhere are not freed', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int][20]string');
    m.set(
      1,
      Array.from({ length: 20 }, () => 'x'),
    );
    rt.memory.write(m.buckets.at(0)?.slots[0]?.elemAddress as bigint, bytes(8, 0xfffffffffffffff0n));
    expect(m.delete(1)).toBe(true);
    m.free();
  });

  test('buckets may lie in the data of the program', async () => {
    const { rt, m } = await forged(build, 'map[int]int', {});
    const data = rt.memory.regions().find(({ name }) => name === 'program');
    rt.memory.write(data?.start as bigint, m.buckets.at(0)?.bytes as Uint8Array);
    forge(rt, m, { buckets: data?.start as bigint });
    expect(m.get(2)).toBe(12n);
    expect([...m.keys()].sort()).toEqual([0n, 1n, 2n]);
  });

  test('a large B over mapped memory is a long walk, not an endless one', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[uint8]struct{}');
    m.set(1, {});
    // Go maps its heap in pieces of 4 MiB, of which the first two pages are in use: the rest reads zero.
    forge(rt, m, { buckets: m.header.address + 2n ** 20n, B: 13 });
    expect([...m.keys()]).toEqual([]);
  });

  describe('a chain that leads back into itself', () => {
    const ring = async (type: string) => {
      const rt = await start({ build });
      const m = anyMap(rt, type, { hasher: 'zero', hash0: 1 });
      const key = (n: number) => (type.startsWith('map[string]') ? `k${n}` : n);
      for (let n = 0; n < 26; n++) m.set(key(n), n);
      const chain = [...(m.buckets.at(0)?.chain() ?? [])];
      const last = chain.at(-1);
      // The last bucket is full of entries, so that no emptyRest ends a search.
      const full = new Uint8Array(8).fill(0x77);
      rt.memory.write(last?.address as bigint, full);
      rt.memory.write(
        (last?.address as bigint) + BigInt(m.shape.overflowOffset),
        bytes(8, chain[0]?.address as bigint),
      );
      return { rt, m, key };
    };
    test.each(['map[int]int', 'map[string]int', 'map[uint32]int', 'map[[16]byte]int', 'map[int][200]byte'])(
      '%s: what would never end is ended by name',
      async (type) => {
        const value = type === 'map[int][200]byte' ? () => new Uint8Array(200) : (n: number) => n;
        const keyOf = type === 'map[[16]byte]int' ? (n: number) => new Uint8Array(16).fill(n) : undefined;
        const uses: ((m: GoMap<unknown, unknown>, key: unknown) => unknown)[] = [
          (m, key) => m.get(key),
          (m, key) => m.has(key),
          (m, key) => m.set(key, value(1)),
          (m, key) => m.delete(key),
          (m, key) => m.getMany([key]),
        ];
        for (const use of uses) {
          const rt = await start({ build });
          const m = anyMap(rt, type, { hasher: 'zero', hash0: 1 });
          const key = keyOf ?? ((n: number) => (type.startsWith('map[string]') ? `k${n}` : n));
          for (let n = 0; n < 24; n++) m.set(key(n), value(n));
          const chain = [...(m.buckets.at(0)?.chain() ?? [])];
          expect(chain).toHaveLength(3);
          const link = (chain[2]?.address as bigint) + BigInt(m.shape.overflowOffset);
          rt.memory.write(link, bytes(8, chain[0]?.address as bigint));
          const error = thrown(() => use(m, key(99)));
          expect([error.name, error.message]).toEqual(['GoFatal', ENDLESS]);
          // Reading it as a debugger does ends too.
          expect([...(m.buckets.at(0)?.chain() ?? [])]).toHaveLength(3);
        }
      },
    );

    test('verify names it', async () => {
      const { m } = await ring('map[int]int');
      expect(thrown(() => m.verify())).toBeInstanceOf(InvariantViolation);
    });

    test('an iteration goes round it, as in Go, for as long as it is asked', async () => {
      const { m } = await ring('map[int]int');
      let n = 0;
      for (const _ of m.keys()) if (++n === 5000) break;
      expect(n).toBe(5000);
    });

    test('drain ends by name', async () => {
      const { m } = await ring('map[int]int');
      expect(thrown(() => m.drain())).toBeInstanceOf(GoFatal);
    });
  });

  test.each([99, 2, 2n ** 60n])('drain of a map whose count says %d', async (count) => {
    const { m } = await forged(build, 'map[int]int', { count }, 5);
    expect([...(m.drain().keys as BigInt64Array)].sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  test('the overflow list: a length or capacity that is none writes nowhere outside of mapped memory', async () => {
    const forgeries: [bigint, bigint][] = [
      [2n ** 40n, 8n],
      [2n ** 61n, 2n ** 61n],
      [2n ** 64n - 1n, 2n ** 64n - 1n],
      [2n ** 29n, 2n ** 30n],
      [1_000_000n, 1_000_000n],
    ];
    for (const [length, capacity] of forgeries) {
      const rt = await start({ build });
      const m = rt.makeMap('map[int]int', { hasher: 'zero', hash0: 1 });
      for (let n = 0; n < 16; n++) m.set(n, n);
      const list = wordAt(rt, m.header.extra);
      rt.memory.write(list + 8n, bytes(8, length));
      rt.memory.write(list + 16n, bytes(8, capacity));
      const before = Buffer.from(rt.machine.u8.slice(4096 + 1536, 65536));
      let ending = 'none';
      try {
        for (let n = 16; n < 60; n++) m.set(n, n);
      } catch (error) {
        ending = (error as Error).name;
      }
      // A list that lies wholly in mapped memory is copied as Go would copy it.
      expect([
        'SegmentationFault',
        'OutOfMemory',
        'GoPanic',
        ...(length < 2n ** 21n ? ['none'] : []),
      ]).toContain(ending);
      const classes = Buffer.from(rt.machine.u8.slice(4096 + 1536, 65536));
      // The size classes' sizes; their lists of spans may have changed.
      for (let c = 0; c < 68; c++) {
        expect(classes.readUInt32LE(c * 16)).toBe(before.readUInt32LE(c * 16));
      }
    }
  });

  test('the hiter: no field leads out of mapped memory', async () => {
    for (let at = 0; at < 96; at += 8) {
      for (const value of [0n, 1n, 0xffffffffffffff00n, 0xc000010008n, 4096n, 2n ** 32n, 0xffn << 56n]) {
        const { rt, m } = await forged(build, 'map[int]int', {}, 20);
        const iterator = m.entries();
        iterator.next();
        rt.memory.write(iterator.address + BigInt(at), bytes(8, value));
        try {
          for (let n = 0; n < 50; n++) if (iterator.next().done) break;
        } catch (error) {
          expect([at, value, (error as Error).name]).toEqual([
            at,
            value,
            expect.stringMatching(/^(SegmentationFault|GoPanic|GoFatal)$/),
          ]);
        }
      }
    }
  }, 60_000);

  test('arrays that wait to be freed are freed before the first byte is written from outside', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]*int', { hash0: 1, hasher: 'low-bits' });
    let old = 0n;
    for (let n = 0; old === 0n || m.header.oldbuckets !== 0n; n++) {
      old = m.header.oldbuckets;
      for (const _ of m.keys()) break;
      m.set(n, 0n);
      if (n > 4000) throw new Error('no growth has ended');
    }
    expect(rt.machine.host(RT_RETIRED_COUNT)).toBeGreaterThan(0);
    // A ring of overflow links in the old array would be walked for ever by who frees it.
    rt.memory.write(old + BigInt(m.shape.overflowOffset), bytes(8, old));
    expect(rt.machine.host(RT_RETIRED_COUNT)).toBe(0);
    rt.makeMap('map[int]int', { hint: 100 }).free();
  });
});
