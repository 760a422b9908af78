/** `hmap-wasm layout`: offsets, holes, functions and alignment of map types. */
import { expect, test } from 'vitest';
import { mapShape, parseMapType, TARGETS } from '../../src/index.ts';
import { cli } from './harness.ts';

interface Shown {
  readonly target: string;
  readonly headerSize: number;
  readonly header: readonly { name: string; offset: number; size: number }[];
  readonly bucketSize: number;
  readonly bucket: readonly { name: string; offset: number; size: number }[];
  readonly key: { readonly indirect: boolean; readonly size: number; readonly slotSize: number };
  readonly elem: { readonly indirect: boolean; readonly size: number; readonly slotSize: number };
  readonly holes: readonly { of: string; name: string; offset: number; size: number }[];
  readonly functions: readonly string[];
  readonly flags: number;
  readonly flagNames: readonly string[];
  readonly elemsModulo16: readonly number[];
  readonly bucketShiftModulo16: number;
}

async function layouts(type: string, ...args: string[]): Promise<readonly Shown[]> {
  const { code, err, out } = await cli(['layout', type, '--json', ...args]);
  expect([code, err]).toEqual([0, '']);
  return (JSON.parse(out) as { layouts: Shown[] }).layouts;
}

test('map[int][16]byte, to the byte', async () => {
  const all = await layouts('map[int][16]byte');
  expect(all.map(({ target }) => target)).toEqual(TARGETS.map(({ name }) => name));
  for (const shown of all) {
    expect(shown.headerSize).toBe(48);
    expect(shown.header.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['count', 0, 8],
      ['flags', 8, 1],
      ['B', 9, 1],
      ['noverflow', 10, 2],
      ['hash0', 12, 4],
      ['buckets', 16, 8],
      ['oldbuckets', 24, 8],
      ['nevacuate', 32, 8],
      ['extra', 40, 8],
    ]);
    expect(shown.bucketSize).toBe(208);
    expect(shown.bucket.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['tophash', 0, 8],
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`key[${i}]`, 8 + 8 * i, 8]),
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => [`elem[${i}]`, 72 + 16 * i, 16]),
      ['overflow', 200, 8],
    ]);
    expect(shown).toMatchObject({
      functions: ['mapaccess1_fast64', 'mapassign_fast64', 'mapdelete_fast64'],
      flags: 4,
      flagNames: ['reflexive key'],
      holes: [],
      elemsModulo16: [8, 8, 8, 8, 8, 8, 8, 8],
      bucketShiftModulo16: 0,
    });
  }
});

test.each([
  ['map[int]int', 144, 'fast64'],
  ['map[int][4]byte', 112, 'fast64'],
  ['map[int][3]byte', 104, 'fast64'],
  ['map[string]int', 208, 'faststr'],
  ['map[*int]int', 144, 'fast64ptr'],
  ['map[int32]int', 112, 'fast32'],
  ['map[float64]bool', 88, 'mapassign'],
  ['map[int][129]byte', 144, 'mapassign'],
  ['map[[129]byte][129]byte', 144, 'mapassign'],
  ['map[struct{}]struct{}', 16, 'mapassign'],
])('%s: buckets of %i bytes, %s', async (type, size, assign) => {
  const [shown] = await layouts(type, '--target', 'linux/amd64');
  expect(shown?.bucketSize).toBe(size);
  expect(shown?.functions[1]).toMatch(new RegExp(`${assign}$`));
  const end = (shown?.bucket ?? []).map(({ offset, size: bytes }) => offset + bytes);
  expect(Math.max(...end)).toBe(size);
});

test('what is over 128 bytes is held by pointer', async () => {
  const [shown] = await layouts('map[[128]byte][129]byte');
  expect(shown?.key).toMatchObject({ indirect: false, size: 128, slotSize: 128 });
  expect(shown?.elem).toMatchObject({ indirect: true, size: 129, slotSize: 8 });
  expect(shown?.flagNames).toContain('indirect element');
  const { out } = await cli(['layout', 'map[[128]byte][129]byte']);
  expect(out.replace(/\s+/g, ' ')).toContain(
    '[129]uint8, 129 bytes: over 128, so the slot holds a pointer (8 bytes)',
  );
});

test('holes are named by the field before them', async () => {
  const type = 'map[int]struct { a bool; b int64; c [2]struct { x int16; y bool } }';
  const [shown] = await layouts(type);
  expect(shown?.holes).toEqual([
    { of: 'element', name: 'after .a', offset: 1, size: 7 },
    { of: 'element', name: 'after .c[i].y', offset: 19, size: 1 },
  ]);
});

test('whether the alignment of elements varies over the array', async () => {
  const flat = async (type: string): Promise<string> =>
    (await cli(['layout', type])).out.replace(/\s+/g, ' ');
  const same = await flat('map[int][16]byte');
  expect(same).toContain(
    'every element lies at an address that is 8 modulo 16; 208 is a multiple of 16, so that',
  );
  expect(same).toContain('A 16-byte load that asks for alignment (movaps) faults');
  // 8 + 8 + 8 * 16 + 8 = 152, which is 8 more than a multiple of 16.
  const varies = await flat('map[uint8][16]byte');
  expect(mapShape(parseMapType('map[uint8][16]byte')).bucketSize).toBe(152);
  expect(varies).toContain('152 is not a multiple of 16, so each next bucket of the array shifts that by 8');
  const [shown] = await layouts('map[uint8][16]byte');
  expect(shown).toMatchObject({ elemsModulo16: [0, 0, 0, 0, 0, 0, 0, 0], bucketShiftModulo16: 8 });
  expect(await flat('map[int]struct{}')).toContain('elements take no bytes');
});

test('one text where the targets agree, and one target if one is named', async () => {
  const both = (await cli(['layout', 'map[int]int'])).out;
  expect(both).toContain('map[int]int on linux/amd64 and linux/arm64\n');
  const one = (await cli(['layout', 'map[int]int', '--target', 'linux/arm64'])).out;
  expect(one).toContain('map[int]int on linux/arm64\n');
  expect(await layouts('map[int]int', '--target', 'linux/arm64')).toHaveLength(1);
});
