/** Views of the header and buckets, and the address space, as users of the library see them. */
import {
  type Buckets,
  type BucketView,
  HeaderView,
  type RegionInfo,
  SegmentationFault,
  slotState,
} from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { BUILDS, bytes, start, thrown } from '../machine/inside.ts';

/* ---- views ---- */

describe.each(BUILDS)('views of what lies in memory, build %s', (build) => {
  test('the header’s fields are its bytes', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int', { hash0: 0xdeadbeef });
    const check = () => {
      const view = new DataView(m.header.bytes.buffer);
      const { header } = m;
      expect(header.bytes).toEqual(rt.memory.read(header.address, 48));
      expect({
        count: header.count,
        flags: header.flags,
        B: header.B,
        noverflow: header.noverflow,
        hash0: header.hash0,
        buckets: header.buckets,
        oldbuckets: header.oldbuckets,
        nevacuate: header.nevacuate,
        extra: header.extra,
      }).toEqual({
        count: Number(view.getBigUint64(0, true)),
        flags: view.getUint8(8),
        B: view.getUint8(9),
        noverflow: view.getUint16(10, true),
        hash0: view.getUint32(12, true),
        buckets: view.getBigUint64(16, true),
        oldbuckets: view.getBigUint64(24, true),
        nevacuate: view.getBigUint64(32, true),
        extra: view.getBigUint64(40, true),
      });
      expect(header.count).toBe(m.size);
    };
    check();
    expect(m.header).toBeInstanceOf(HeaderView);
    expect(m.header).toBe(m.header);
    expect([m.header.hash0, m.header.buckets]).toEqual([0xdeadbeef, 0n]);
    const seen = { growing: 0, sameSize: 0 };
    for (let n = 0; n < 300; n++) {
      m.set(n, n);
      if (m.header.oldbuckets !== 0n) seen.growing++;
      check();
    }
    [...m.keys()];
    check();
    expect(m.header.flags & 3).toBe(3);
    expect(seen.growing).toBeGreaterThan(3);
    // Copies: writing to them changes nothing.
    const copy = m.header.bytes;
    copy.fill(0xff);
    check();
  });

  test('buckets, slots, chains and old buckets', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    let n = 0;
    while (m.size < 105) m.set(n, BigInt(n++) * 10n);
    expect([m.buckets.length, m.oldbuckets.length]).toEqual([32, 16]);
    expect([m.buckets.address, m.oldbuckets.address]).toEqual([m.header.buckets, m.header.oldbuckets]);
    const { shape } = m;
    const found = new Map<bigint, bigint>();
    let chains = 0;
    for (const array of [m.buckets, m.oldbuckets] as Buckets<bigint, bigint>[]) {
      for (const first of array) {
        expect(first.address).toBe(array.address + BigInt(first.index * shape.bucketSize));
        const chain: BucketView<bigint, bigint>[] = [...first.chain()];
        if (chain.length > 1) chains++;
        for (const bucket of chain) {
          const raw = rt.memory.read(bucket.address, shape.bucketSize);
          const view = new DataView(raw.buffer);
          expect(bucket.bytes).toEqual(raw);
          expect(bucket.tophash).toEqual(raw.subarray(0, 8));
          expect(bucket.overflowAddress).toBe(view.getBigUint64(shape.overflowOffset, true));
          expect(bucket.overflow?.address ?? 0n).toBe(bucket.overflowAddress);
          expect(bucket.index).toBe(first.index);
          for (const slot of bucket.slots) {
            expect(slot.tophash).toBe(raw[slot.index]);
            expect(slot.state).toBe(slotState(slot.tophash));
            expect(slot.filled).toBe(slot.tophash >= 5);
            expect(slot.keyAddress).toBe(bucket.address + BigInt(8 + slot.index * 8));
            expect(slot.elemAddress).toBe(bucket.address + BigInt(72 + slot.index * 8));
            expect(slot.key).toBe(view.getBigInt64(8 + slot.index * 8, true));
            expect(slot.elem).toBe(view.getBigInt64(72 + slot.index * 8, true));
            if (!slot.filled) continue;
            expect(found.has(slot.key)).toBe(false);
            found.set(slot.key, slot.elem);
          }
          if (array === m.buckets) expect(bucket.evacuated).toBe(false);
        }
      }
    }
    expect(found).toEqual(new Map(m));
    expect(chains).toBeGreaterThan(0);
    const moved = [...m.oldbuckets].filter((bucket) => bucket.evacuated);
    expect(moved.length).toBeGreaterThanOrEqual(Number(m.header.nevacuate));
    for (const bucket of moved) {
      for (const { state } of bucket.slots) expect(state).toMatch(/^evacuated(X|Y|Empty)$/);
    }
    expect([m.buckets.at(32), m.buckets.at(-1), m.buckets.at(0.5), m.oldbuckets.at(16)]).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('slots that hold pointers are followed', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[[130]byte][20]string');
    m.set(
      new Uint8Array(130).fill(7),
      Array.from({ length: 20 }, (_, i) => `t${i}`),
    );
    const slot = m.buckets.at(0)?.slots[0];
    expect(slot?.key).toEqual(new Uint8Array(130).fill(7));
    expect(slot?.elem).toEqual(Array.from({ length: 20 }, (_, i) => `t${i}`));
    // An empty slot holds nil, which leads nowhere.
    const empty = m.buckets.at(0)?.slots[1];
    expect(empty?.state).toBe('emptyRest');
    expect(thrown(() => empty?.key)).toBeInstanceOf(SegmentationFault);
  });

  test('raw: canonical bytes', async () => {
    const rt = await start({ build });
    const m = rt.makeMap('map[string]int32');
    expect(m.raw).toBe(m.raw);
    expect(m.raw.set(Uint8Array.of(0xff), bytes(4, 7))).toBe(m.raw);
    m.set('b', -1);
    expect([m.raw.get(Uint8Array.of(0xff)), m.raw.get(bytes(1, 98)), m.raw.get(bytes(1, 99))]).toEqual([
      bytes(4, 7),
      bytes(4, -1),
      undefined,
    ]);
    expect([...m.raw].map(([k, e]) => [...k, ...e]).sort()).toEqual([
      [255, 7, 0, 0, 0],
      [98, 255, 255, 255, 255],
    ]);
    expect([m.raw.has(bytes(1, 98)), m.raw.delete(bytes(1, 98)), m.raw.has(bytes(1, 98)), m.size]).toEqual([
      true,
      true,
      false,
      1,
    ]);
    const texts = rt.makeMap('map[int]string');
    texts.raw.set(bytes(8, 5), new TextEncoder().encode('five'));
    texts.raw.set(bytes(8, 5), new TextEncoder().encode('5'));
    expect([texts.get(5), texts.raw.get(bytes(8, 5))]).toEqual(['5', bytes(1, 53)]);
    texts.verify();
  });
});

/* ---- the address space ---- */

describe('the address space', () => {
  const parts = async () => {
    const rt = await start();
    const m = rt.makeMap('map[int]int', { hash0: 1 });
    m.set(1, 2);
    return { rt, m };
  };

  test('reading gives copies', async () => {
    const { rt, m } = await parts();
    const { address } = m.header;
    const first = rt.memory.read(address, 48);
    first.fill(0);
    expect(rt.memory.read(address, 48)).toEqual(m.header.bytes);
    expect(rt.memory.read(address, 0)).toEqual(new Uint8Array(0));
    expect(rt.memory.read(0n, 0)).toEqual(new Uint8Array(0));
    expect(rt.memory.read(address + 3n, 5)).toEqual(m.header.bytes.subarray(3, 8));
  });

  test('writing changes what the map reads', async () => {
    const { rt, m } = await parts();
    const slot = m.buckets.at(0)?.slots[0];
    rt.memory.write(slot?.elemAddress as bigint, bytes(8, 77));
    expect([m.get(1), rt.machine.guarded]).toEqual([77n, true]);
    m.verify();
    rt.memory.write(m.header.address, bytes(8, 5));
    expect(m.size).toBe(5);
    // Nothing at all may be written anywhere it may be written.
    rt.memory.write(m.header.address, new Uint8Array(0));
  });

  test('a hex dump: address, sixteen bytes, text', async () => {
    const { rt, m } = await parts();
    const data = rt.memory.regions().find(({ name }) => name === 'program') as RegionInfo;
    rt.memory.write(data.start, new TextEncoder().encode('Hello, map!\n\x7f~ end'));
    expect(rt.memory.hexdump(data.start, 21).split('\n')).toEqual([
      '0x2010000       48 65 6c 6c 6f 2c 20 6d  61 70 21 0a 7f 7e 20 65  |Hello, map!..~ e|',
      '0x2010010       6e 64 00 00 00                                    |nd...|',
    ]);
    expect(rt.memory.hexdump(m.header.address, 0)).toBe('');
    expect(
      rt.memory
        .hexdump(m.header.address, 48)
        .split('\n')
        .map((line) => line.slice(0, 12)),
    ).toEqual(['0xc000010000', '0xc000010010', '0xc000010020']);
  });

  test('regions', async () => {
    const { rt, m } = await parts();
    const regions = rt.memory.regions();
    expect(regions.map(({ name, writable }) => [name, writable])).toEqual([
      ['read-only data', false],
      ['program', true],
      ['Go heap', true],
      ['C heap', true],
      ['system stack', true],
    ]);
    for (const [i, region] of regions.entries()) {
      expect(
        region.start < region.end && region.mappedEnd >= region.start && region.mappedEnd <= region.end,
      ).toBe(true);
      if (i > 0) expect(region.start >= (regions[i - 1] as RegionInfo).end).toBe(true);
      expect(rt.memory.region(region.start)?.name).toBe(region.name);
      expect(rt.memory.region(region.end - 1n)?.name).toBe(region.name);
    }
    expect(rt.memory.region(m.header.address)?.name).toBe('Go heap');
    expect(regions[2]?.start).toBe(0xc000010000n);
    for (const nowhere of [0n, 4095n, 0xc0ffffffffn, 0x700000000000n, 2n ** 64n - 1n]) {
      expect(rt.memory.region(nowhere)).toBeUndefined();
    }
  });
});
