/** The Go heap's allocator, from outside: size classes, spans, reuse, zeroing. */
import { describe, expect, test } from 'vitest';
import { HEAP_START, MAX_SMALL_SIZE, PAGE_SIZE } from '../../assembly/shared/hostlayout.ts';
import type { Runtime } from '../../src/index.ts';
import { BUILDS, heapEnd, liveObjects, numbers, start, wholeState } from '../machine/inside.ts';

/** Go 1.19 `runtime/sizeclasses.go`: class_to_size. */
const CLASS_TO_SIZE = [
  8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416,
  448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200,
  3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384,
  18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];
/** The same file: class_to_allocnpages. */
const CLASS_TO_PAGES = [
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1,
  2, 1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

/** What malloc gives for `size` bytes (`runtime/msize.go` roundupsize). */
function rounded(size: number): number {
  const small = CLASS_TO_SIZE.find((it) => it >= size);
  return small ?? Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
}

const allocate = (rt: Runtime, size: number): number => rt.machine.core.newObject(size) >>> 0;
const free = (rt: Runtime, object: number): boolean => rt.machine.core.freeObject(object) !== 0;
const sizeOf = (rt: Runtime, object: number): number => rt.machine.core.objectSize(object) >>> 0;
const fill = (rt: Runtime, object: number, size: number, byte: number) =>
  rt.machine.u8.fill(byte, object, object + size);
const isAll = (rt: Runtime, object: number, size: number, byte: number): boolean =>
  Buffer.from(rt.machine.u8.buffer, object, size).equals(Buffer.alloc(size, byte));

describe('sizes', () => {
  test('the table is whole', () => {
    expect(CLASS_TO_SIZE).toHaveLength(67);
    expect(CLASS_TO_PAGES).toHaveLength(67);
    expect(CLASS_TO_SIZE.at(-1)).toBe(MAX_SMALL_SIZE);
  });

  test.each(BUILDS)('roundUpSize at every boundary, build %s', async (build) => {
    const { core } = (await start({ build })).machine;
    const round = (size: number) => Number(core.roundUpSize(BigInt(size)));
    expect(round(0)).toBe(0);
    // Every size there is a class for, so all boundaries and all between them.
    for (let size = 1; size <= MAX_SMALL_SIZE; size++) {
      if (round(size) !== rounded(size)) expect([size, round(size)]).toEqual([size, rounded(size)]);
    }
    for (let pages = 4; pages <= 64; pages++) {
      for (const size of [pages * PAGE_SIZE - 1, pages * PAGE_SIZE, pages * PAGE_SIZE + 1]) {
        if (size <= MAX_SMALL_SIZE) continue;
        expect(round(size)).toBe(Math.ceil(size / PAGE_SIZE) * PAGE_SIZE);
      }
    }
    expect(core.roundUpSize(2n ** 40n + 1n)).toBe(2n ** 40n + BigInt(PAGE_SIZE));
  });

  test('an object has the size of its class, and a span as many objects as fit its pages', async () => {
    const rt = await start();
    CLASS_TO_SIZE.forEach((size, c) => {
      const below = CLASS_TO_SIZE[c - 1] ?? 0;
      for (const asked of [below + 1, size]) {
        const before = rt.machine.heapInUse;
        const object = allocate(rt, asked);
        expect([asked, sizeOf(rt, object)]).toEqual([asked, size]);
        expect(rt.machine.heapInUse - before).toBe(size);
        free(rt, object);
      }
      // From an empty span on: the objects lie side by side, and the next one begins a new span.
      const perSpan = Math.floor(((CLASS_TO_PAGES[c] as number) * PAGE_SIZE) / size);
      const objects = Array.from({ length: perSpan + 1 }, () => allocate(rt, size));
      const first = objects[0] as number;
      expect(objects.slice(0, perSpan)).toEqual(objects.slice(0, perSpan).map((_, i) => first + i * size));
      expect([size, (objects[perSpan] as number) % PAGE_SIZE]).toEqual([size, 0]);
      for (const object of objects) free(rt, object);
    });
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('a large object has whole pages of its own', async () => {
    const rt = await start();
    for (const size of [MAX_SMALL_SIZE + 1, 5 * PAGE_SIZE, 5 * PAGE_SIZE + 1, 2 ** 20 - 1]) {
      const object = allocate(rt, size);
      expect(object % PAGE_SIZE).toBe(0);
      expect(sizeOf(rt, object)).toBe(rounded(size));
      expect(rt.machine.heapInUse).toBe(rounded(size));
      expect(rt.machine.core.objectBase(object + size - 1) >>> 0).toBe(object);
      expect(rt.machine.core.objectBase(object + rounded(size)) >>> 0).toBe(0);
      free(rt, object);
      expect(rt.machine.heapInUse).toBe(0);
    }
  });

  test('every byte of a large object leads to its start, wherever the object begins and ends', async () => {
    const rt = await start();
    const { core } = rt.machine;
    // Pages of earlier objects: their records must not be taken for those of the later ones.
    for (const earlier of [[1], [70, 3, 64], [200, 129]]) {
      const stale = earlier.map((pages) => allocate(rt, pages * PAGE_SIZE));
      for (const object of stale) free(rt, object);
      for (const pages of [63, 64, 65, 66, 127, 128, 129, 200, 513]) {
        const object = allocate(rt, pages * PAGE_SIZE);
        const behind = allocate(rt, MAX_SMALL_SIZE + 1);
        for (let page = 0; page < pages; page++) {
          for (const at of [0, PAGE_SIZE - 1]) {
            const base = core.objectBase(object + page * PAGE_SIZE + at) >>> 0;
            if (base !== object) expect([pages, page, at, base]).toEqual([pages, page, at, object]);
          }
          if (page > 0) expect(free(rt, object + page * PAGE_SIZE)).toBe(false);
        }
        expect(core.objectBase(behind) >>> 0).toBe(behind);
        free(rt, object);
        for (let page = 0; page < pages; page++) expect(core.objectBase(object + page * PAGE_SIZE)).toBe(0);
        free(rt, behind);
      }
    }
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('an object that begins at an address is found from every byte in it, and from no other', async () => {
    const rt = await start();
    const { core } = rt.machine;
    for (const size of [8, 24, 144, 1408, 6784]) {
      const [a, b, c] = [allocate(rt, size), allocate(rt, size), allocate(rt, size)] as const;
      free(rt, b);
      for (const at of [a, a + 1, a + size - 1]) expect(core.objectBase(at) >>> 0).toBe(a);
      for (const at of [b, b + size - 1]) expect(core.objectBase(at)).toBe(0);
      expect(core.objectBase(c) >>> 0).toBe(c);
      expect(core.objectSize(c + 1)).toBe(0);
      expect(core.objectSize(b)).toBe(0);
    }
    for (const at of [0, 1, HEAP_START - 1, heapEnd(rt), rt.machine.plan.goHeap.end, 0xffffffff]) {
      expect(core.objectBase(at)).toBe(0);
      expect(core.objectSize(at)).toBe(0);
    }
  });
});

describe('freeing', () => {
  test('what is no object is left alone', async () => {
    const rt = await start();
    const object = allocate(rt, 144);
    const large = allocate(rt, 100_000);
    const gone = allocate(rt, 144);
    free(rt, gone);
    const before = wholeState(rt);
    for (const at of [0, 8, HEAP_START - 8, object + 8, large + PAGE_SIZE, gone, heapEnd(rt), 0xfffffff8]) {
      expect(free(rt, at)).toBe(false);
    }
    expect(wholeState(rt).equals(before)).toBe(true);
    expect(free(rt, object)).toBe(true);
    expect(free(rt, object)).toBe(false);
    expect(free(rt, large)).toBe(true);
    expect(free(rt, large)).toBe(false);
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('freed memory keeps its bytes until it is handed out again, and then reads zero', async () => {
    for (const size of [8, 48, 144, 4096, 32768, 40_000, 300_000]) {
      const rt = await start();
      const object = allocate(rt, size);
      const neighbour = allocate(rt, size);
      fill(rt, object, size, 0xa5);
      free(rt, object);
      expect(isAll(rt, object, size, 0xa5)).toBe(true);
      const again = allocate(rt, size);
      // The lowest free address first, as in Go.
      expect(again).toBe(object);
      expect(isAll(rt, again, rounded(size), 0)).toBe(true);
      expect(sizeOf(rt, neighbour)).toBe(rounded(size));
    }
  });

  test('a freed bucket array comes again for an array of the same size', async () => {
    const rt = await start();
    const arrays: bigint[] = [];
    for (let i = 0; i < 3; i++) {
      const m = rt.makeMap('map[int]int', { hint: 1000 });
      for (let n = 0; n < 1000; n++) m.set(n, n);
      arrays.push(m.buckets.address);
      expect(m.get(999)).toBe(999n);
      m.free();
    }
    expect(new Set(arrays).size).toBe(1);
    expect(rt.machine.heapInUse).toBe(0);
  });

  test('the pages of freed objects serve objects of another size', async () => {
    const rt = await start({ memory: { limit: 2 ** 20 } });
    for (let round = 0; round < 4; round++) {
      const size = [144, 2048, 32, 100_000][round] as number;
      const objects: number[] = [];
      while (rt.machine.heapInUse + rounded(size) <= 900_000) objects.push(allocate(rt, size));
      for (const object of objects) expect(free(rt, object)).toBe(true);
      expect(rt.machine.heapInUse).toBe(0);
    }
    expect(heapEnd(rt)).toBeLessThanOrEqual(HEAP_START + 2 ** 20);
  });

  test('an empty heap has room for an object of its whole size', async () => {
    const rt = await start({ memory: { limit: 2 ** 20 } });
    free(rt, allocate(rt, 2 ** 16));
    expect(sizeOf(rt, allocate(rt, 2 ** 20))).toBe(2 ** 20);
  });

  test('one object that comes and goes costs no new pages', async () => {
    const rt = await start();
    const object = allocate(rt, 2048);
    const end = heapEnd(rt);
    free(rt, object);
    for (let i = 0; i < 1000; i++) {
      const again = allocate(rt, 2048);
      expect(again).toBe(object);
      free(rt, again);
    }
    expect(heapEnd(rt)).toBe(end);
  });
});

describe('zero', () => {
  test('fresh pages are not written to, and objects on them read zero', async () => {
    const rt = await start();
    // Bytes behind the last page handed out, put there by hand: who clears fresh pages would wipe them.
    const mark = heapEnd(rt) + 144 - 8;
    rt.machine.u8[mark] = 0x5a;
    const object = allocate(rt, 144);
    expect(object).toBe(heapEnd(rt) - PAGE_SIZE);
    expect(rt.machine.u8[mark]).toBe(0x5a);
    rt.machine.u8[mark] = 0;
    for (let i = 0; i < 100; i++) {
      const next = allocate(rt, 144);
      expect(isAll(rt, next, 144, 0)).toBe(true);
      fill(rt, next, 144, 0xff);
    }
  });

  test('dirty memory is cleared whole: the object as it was rounded up, not as it was asked for', async () => {
    const rt = await start();
    for (const [size, asked] of [
      [144, 129],
      [32768, 28673],
      [65536, 57345],
    ] as const) {
      const object = allocate(rt, size);
      fill(rt, object, size, 0xff);
      free(rt, object);
      const again = allocate(rt, asked);
      expect(again).toBe(object);
      expect(isAll(rt, again, size, 0)).toBe(true);
      free(rt, again);
    }
  });

  test('a span on pages of freed objects is cleared, its later objects too', async () => {
    const rt = await start();
    const large = allocate(rt, 10 * PAGE_SIZE);
    fill(rt, large, 10 * PAGE_SIZE, 0xee);
    free(rt, large);
    for (const size of [48, 1408, 27264]) {
      for (let i = 0; i < 5; i++) {
        const object = allocate(rt, size);
        expect(isAll(rt, object, size, 0)).toBe(true);
        fill(rt, object, size, 0xdd);
      }
    }
  });
});

describe('no two live objects overlap', () => {
  test.each([1, 2, 3, 4])('random allocations and frees, seed %i', async (seed) => {
    const rt = await start({ memory: { limit: 2 ** 22 } });
    const random = numbers(seed);
    const live = new Map<number, { readonly size: number; readonly byte: number }>();
    const sizes = [1, 8, 9, 24, 100, 144, 208, 272, 700, 1025, 2049, 5000, 9000, 33_000, 70_000, 200_000];
    let refused = 0;
    for (let step = 0; step < 6000; step++) {
      // Waves: first more is allocated than freed, then the other way round.
      const growing = Math.floor(step / 1000) % 2 === 0 ? 6 : 3;
      if (live.size === 0 || random(10) < growing) {
        const size = sizes[random(sizes.length)] as number;
        let object: number;
        try {
          object = allocate(rt, size);
        } catch {
          refused++;
          continue;
        }
        expect(isAll(rt, object, size, 0)).toBe(true);
        expect(live.has(object)).toBe(false);
        const byte = 1 + random(255);
        fill(rt, object, rounded(size), byte);
        live.set(object, { size: rounded(size), byte });
      } else {
        const object = [...live.keys()][random(live.size)] as number;
        const { size, byte } = live.get(object) as { size: number; byte: number };
        // Nobody else has written to it.
        expect(isAll(rt, object, size, byte)).toBe(true);
        expect(free(rt, object)).toBe(true);
        live.delete(object);
      }
      if (step % 500 === 499) {
        const expected = [...live].map(([offset, { size }]) => ({ offset, size }));
        expect(liveObjects(rt)).toEqual(expected.sort((a, b) => a.offset - b.offset));
        expect(rt.machine.heapInUse).toBe(expected.reduce((sum, { size }) => sum + size, 0));
      }
    }
    expect(refused).toBeGreaterThan(0);
    for (const [object, { size, byte }] of live) {
      expect(isAll(rt, object, size, byte)).toBe(true);
      free(rt, object);
    }
    expect(rt.machine.heapInUse).toBe(0);
    expect(liveObjects(rt)).toEqual([]);
    // All of the heap can be had again, page by page.
    for (let page = 0; page < 2 ** 22 / PAGE_SIZE; page++) allocate(rt, PAGE_SIZE);
    expect(rt.machine.heapInUse).toBe(2 ** 22);
  });
});

describe('maps give everything back', () => {
  test.each(BUILDS)('build %s', async (build) => {
    const rt = await start({ build });
    const types = [
      ['map[int]int', (n: number) => BigInt(n), (n: number) => BigInt(n)],
      ['map[string]string', (n: number) => `k${n}`, (n: number) => 'v'.repeat(n % 90)],
      ['map[[136]byte][200]byte', (n: number) => new Uint8Array(136).fill(n), () => new Uint8Array(200)],
      ['map[int]struct{a string; b [3]string}', BigInt, (n: number) => ({ a: `${n}`, b: ['', 'x', `${n}`] })],
    ] as const;
    for (const [type, key, elem] of types) {
      const m = rt.makeMap(type as string);
      for (let n = 0; n < 200; n++) m.set(key(n), elem(n));
      for (let n = 0; n < 200; n += 3) m.delete(key(n));
      for (let n = 0; n < 100; n += 7) m.set(key(n), elem(n + 1));
      const open = m.keys();
      open.next();
      for (let n = 200; n < 256; n++) m.set(key(n), elem(n));
      // With the map its iterator goes too.
      m.free();
      expect([type, rt.machine.heapInUse]).toEqual([type, 0]);
      expect(liveObjects(rt)).toEqual([]);
    }
  });
});
