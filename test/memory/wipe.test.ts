/**
 * Arrays of a growth on pages that are not fresh: whoever looks, in the middle of the growth or after it,
 * sees what would be seen if the array had been wiped whole when the growth began.
 *
 * Two runtimes do the same on the same addresses. In one the freed pages that the arrays come to lie on hold
 * zeros, in the other they hold other bytes. Nothing may differ but what was freed and not handed out again.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { FLAG_SAME_SIZE_GROW } from '../../assembly/shared/golayout.ts';
import { RT_UNWIPED_MAPS } from '../../assembly/shared/hostlayout.ts';
import type { GoMap, Runtime } from '../../src/index.ts';
import { start } from '../machine/inside.ts';

const DIRT = 0xa7;
const SPACE = 4 * 2 ** 20;

interface Scene {
  readonly rt: Runtime;
  readonly m: GoMap<unknown, unknown>;
}

interface Kind {
  readonly type: string;
  readonly key: (i: number) => unknown;
  readonly elem: (i: number) => unknown;
}

const KINDS: readonly Kind[] = [
  { type: 'map[int]int', key: BigInt, elem: BigInt },
  { type: 'map[uint32]int32', key: (i) => i, elem: (i) => -i - 1 },
  { type: 'map[float64]float64', key: (i) => i / 3, elem: (i) => i },
  { type: 'map[string]int', key: (i) => `key ${i}`, elem: BigInt },
  { type: 'map[int]string', key: BigInt, elem: (i) => `elem ${i}` },
  { type: 'map[[3]int]int', key: (i) => [BigInt(i), 1n, 2n], elem: BigInt },
  { type: 'map[int16][100]byte', key: (i) => i, elem: (i) => new Uint8Array(100).fill(i) },
];

/** Old buckets of the growth that is looked at, at least: so that there is something in its middle. */
const OLD_BUCKETS = 256;

/** A map on freed pages that hold `byte`, grown until a growth into a large array has just begun. */
async function growing(kind: Kind, byte: number): Promise<Scene> {
  const rt = await start({ build: 'release', goVersion: '1.19', seed: 7 });
  const { machine } = rt;
  const space = machine.core.newObject(SPACE) >>> 0;
  machine.u8.fill(byte, space, space + SPACE);
  machine.core.freeObject(space);
  const m = rt.makeMap(kind.type, { hash0: 0x5eed }) as unknown as GoMap<unknown, unknown>;
  let i = 0;
  while (machine.host(RT_UNWIPED_MAPS) === 0 || m.oldbuckets.length < OLD_BUCKETS) {
    m.set(kind.key(i), kind.elem(i));
    i += 1;
    if (i > 20_000) throw new Error('no array was left unwiped');
  }
  return { rt, m };
}

/** Adds `n` entries to those that there are. */
function add({ m }: Scene, kind: Kind, n: number): void {
  for (let end = m.size + n; m.size < end; ) m.set(kind.key(m.size), kind.elem(m.size));
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const arrayBytes = ({ rt }: Scene, address: bigint) => {
  if (address === 0n) return 0;
  return rt.machine.core.objectSize(Number(address & 0xffffffffn)) >>> 0;
};

function chains({ m }: Scene, which: 'buckets' | 'oldbuckets'): unknown[] {
  const seen: unknown[] = [];
  for (const bucket of m[which]) {
    for (const link of bucket.chain()) seen.push(link.overflowAddress, hex(link.bytes));
  }
  return seen;
}

/** Everyone who looks. */
const READERS: Readonly<Record<string, (scene: Scene) => unknown>> = {
  'memory.read': (scene) => {
    const { rt, m } = scene;
    return [m.header.buckets, m.header.oldbuckets].map((at) => [
      ...rt.memory.read(at, arrayBytes(scene, at)),
    ]);
  },
  'memory.hexdump': (scene) => {
    const { rt, m } = scene;
    return rt.memory.hexdump(m.header.buckets, arrayBytes(scene, m.header.buckets));
  },
  buckets: (scene) => chains(scene, 'buckets'),
  oldbuckets: (scene) => chains(scene, 'oldbuckets'),
  'the spare buckets': ({ rt, m }) => {
    const spares = m.header.buckets + BigInt(2 ** m.header.B * m.shape.bucketSize);
    const end = m.header.buckets + BigInt(arrayBytes({ rt, m }, m.header.buckets));
    return hex(rt.memory.read(spares, Number(end - spares)));
  },
  'the whole memory': ({ rt, m }) => {
    const at = Number(m.header.buckets & 0xffffffffn);
    return hex(new Uint8Array(rt.machine.buffer, at, arrayBytes({ rt, m }, m.header.buckets)));
  },
  'a write from outside': (scene) => {
    const { rt, m } = scene;
    const { buckets, address } = m.header;
    rt.memory.write(address, rt.memory.read(address, 8));
    // Whoever read before has settled the arrays: so the bytes are taken as they lie.
    const at = Number(buckets & 0xffffffffn);
    return hex(rt.machine.u8.slice(at, at + arrayBytes(scene, buckets)));
  },
  verify: ({ m }) => m.verify(),
  iteration: ({ m }) => [...m],
  clear: (scene) => {
    scene.m.clear();
    return [chains(scene, 'buckets'), scene.m.size];
  },
  'a pointer that dangles': (scene) => {
    const { rt, m } = scene;
    const { buckets } = m.header;
    const size = arrayBytes(scene, buckets);
    m.free();
    return hex(rt.memory.read(buckets, size));
  },
};

describe.each(KINDS)('$type', (kind) => {
  test.each(Object.keys(READERS))('%s', async (name) => {
    const read = READERS[name] as (scene: Scene) => unknown;
    for (const more of [0, OLD_BUCKETS / 3]) {
      const clean = await growing(kind, 0);
      const dirty = await growing(kind, DIRT);
      for (const scene of [clean, dirty]) add(scene, kind, more);
      expect(dirty.m.header.oldbuckets).not.toBe(0n);
      const at = Number(dirty.m.header.buckets & 0xffffffffn);
      const size = arrayBytes(dirty, dirty.m.header.buckets);
      // Else there is nothing to be forgotten.
      expect(dirty.rt.machine.u8.subarray(at, at + size).includes(DIRT)).toBe(true);
      // Compared as a whole: to print how they differ would take minutes.
      expect(isDeepStrictEqual(read(dirty), read(clean))).toBe(true);
    }
  });

  test('the growth goes on after a look, and ends with every byte in place', async () => {
    for (const looks of [false, true]) {
      const clean = await growing(kind, 0);
      const dirty = await growing(kind, DIRT);
      for (const scene of [clean, dirty]) {
        add(scene, kind, OLD_BUCKETS / 4);
        if (looks) scene.rt.memory.read(scene.m.header.buckets, 8);
        while (scene.m.header.oldbuckets !== 0n) add(scene, kind, 1);
        expect(scene.rt.machine.host(RT_UNWIPED_MAPS)).toBe(0);
        scene.m.verify();
      }
      expect(chains(dirty, 'buckets')).toEqual(chains(clean, 'buckets'));
      expect(READERS['the spare buckets']?.(dirty)).toEqual(READERS['the spare buckets']?.(clean));
      for (let i = 0; i < dirty.m.size; i++) expect(dirty.m.get(kind.key(i))).toEqual(kind.elem(i));
    }
  });

  test('deletes move buckets as inserts do', async () => {
    const clean = await growing(kind, 0);
    const dirty = await growing(kind, DIRT);
    for (const { m } of [clean, dirty]) {
      for (let i = 0; m.header.oldbuckets !== 0n; i += 3) m.delete(kind.key(i));
      m.verify();
    }
    expect(chains(dirty, 'buckets')).toEqual(chains(clean, 'buckets'));
  });
});

test('a growth to the same size', async () => {
  const kind = KINDS[0] as Kind;
  const end = async (byte: number) => {
    const scene = await growing(kind, byte);
    while (scene.m.header.oldbuckets !== 0n) add(scene, kind, 1);
    // At full load, keys come and go until there are too many overflow buckets.
    const { m, rt } = scene;
    while (m.size < 6.5 * 2 ** m.header.B) add(scene, kind, 1);
    const window = m.size;
    for (let i = window; rt.machine.host(RT_UNWIPED_MAPS) === 0 && i < 100 * window; i++) {
      m.delete(kind.key(i - window));
      m.set(kind.key(i), kind.elem(i));
    }
    return scene;
  };
  const clean = await end(0);
  const dirty = await end(DIRT);
  expect(dirty.m.header.flags & FLAG_SAME_SIZE_GROW).toBe(FLAG_SAME_SIZE_GROW);
  expect(chains(dirty, 'buckets')).toEqual(chains(clean, 'buckets'));
  dirty.m.verify();
});

test('a growth for which there is no memory leaves nothing to be wiped', async () => {
  const kind = KINDS[0] as Kind;
  const scene = await growing(kind, DIRT);
  while (scene.m.header.oldbuckets !== 0n) add(scene, kind, 1);
  let failed = 0;
  // The array, then what is reserved beside it.
  for (let n = 1; n <= 3 && scene.m.header.oldbuckets === 0n; n++) {
    while (scene.m.size < 6.5 * 2 ** scene.m.header.B) add(scene, kind, 1);
    scene.rt.machine.failAllocation(n);
    try {
      add(scene, kind, 1);
    } catch {
      failed++;
      expect(scene.rt.machine.host(RT_UNWIPED_MAPS)).toBe(0);
    }
    scene.rt.machine.failAllocation(0);
  }
  expect(failed).toBeGreaterThan(0);
  scene.m.verify();
});
