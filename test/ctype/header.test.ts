/** `cHeader` and `hmap-wasm cheader`: headers that the right compiler takes, and the wrong one refuses. */
import { cHeader, mapShape, parseMapType, RELEASES, Runtime, TARGETS } from 'hmap-wasm';
import { expect, test } from 'vitest';
import { compiles, toolsOf } from '../../scripts/ctype/gcc.mjs';
import { cli } from '../cli/harness.ts';

const TYPES = [
  'map[string]int',
  'map[int][16]byte',
  'map[[200]byte][300]int8',
  'map[struct{}]struct{}',
  'map[struct { a byte; _ [0]int64; int int32; b struct{} }][]string',
  'map[any]map[string]*float64',
  'map[complex64]struct { x complex128; y [3]struct { p bool; q uint16 } }',
  'map[uint8]func(int) error',
];

test.each(TYPES)(
  '%s: our own C reader agrees with every assertion, on both targets and all releases',
  async (type) => {
    for (const target of TARGETS) {
      const rt = await Runtime.create({ target: target.name });
      const c = await rt.c();
      for (const release of RELEASES) {
        const shape = mapShape(parseMapType(type));
        const unit = c.parse(cHeader(shape, release, target));
        expect(unit.type('struct go_hmap').size).toBe(release.hmap.size);
        expect(unit.type('struct go_hmap').offsetof('extra')).toBe(release.hmap.extra);
        expect(unit.type('struct go_bmap').size).toBe(shape.bucketSize);
        expect(unit.type('struct go_bmap').offsetof('overflow')).toBe(shape.overflowOffset);
      }
    }
  },
);

test('a header for the other target is refused, by its #error', async () => {
  const [amd64, arm64] = TARGETS;
  if (amd64 === undefined || arm64 === undefined) throw new Error('two targets expected');
  const rt = await Runtime.create({ target: arm64.name });
  const c = await rt.c();
  const shape = mapShape(parseMapType('map[string]int'));
  const [release] = RELEASES;
  if (release === undefined) throw new Error('a release expected');
  expect(() => c.parse(cHeader(shape, release, amd64))).toThrow('this header is for linux/amd64');
  expect(() => c.parse(cHeader(shape, release, arm64))).not.toThrow();
});

for (const { name, arch } of TARGETS) {
  const tools = toolsOf(arch);
  if (tools === undefined) console.log(`Skipped: headers of ${name} through gcc, there is none.`);
  test.skipIf(tools === undefined)(
    `gcc of ${name} takes its headers, and refuses those of other targets`,
    () => {
      const gcc = tools?.gcc ?? '';
      for (const release of RELEASES) {
        const all = TYPES.map((type) => [
          type,
          cHeader(mapShape(parseMapType(type)), release, { ...TARGETS[0], name, arch } as never),
        ]);
        for (const [type, text] of all) {
          const { ok, said } = compiles(gcc, String(text));
          expect([type, ok, said.split('\n').find((line) => line.includes('error'))]).toEqual([
            type,
            true,
            undefined,
          ]);
        }
      }
      const [release] = RELEASES;
      for (const other of TARGETS.filter((one) => one.name !== name)) {
        if (release === undefined) throw new Error('a release expected');
        const { ok, said } = compiles(gcc, cHeader(mapShape(parseMapType('map[string]int')), release, other));
        expect([ok, said]).toEqual([false, expect.stringContaining(`this header is for ${other.name}`)]);
      }
      // The assertions are alive: one offset moved, and gcc refuses it.
      if (release === undefined) throw new Error('a release expected');
      const target = TARGETS.find((one) => one.name === name);
      if (target === undefined) throw new Error('the target expected');
      const text = cHeader(mapShape(parseMapType('map[string]int')), release, target);
      const moved = text.replace('uint32_t hash0;', 'uint64_t hash0;');
      expect(moved).not.toBe(text);
      expect(compiles(gcc, moved).said).toContain('offset of hash0 in struct go_hmap');
    },
  );
}

test('hmap-wasm cheader prints it', async () => {
  const { code, out, err } = await cli([
    'cheader',
    'map[string]int',
    '--target',
    'linux/arm64',
    '--go',
    '1.24-noswissmap',
  ]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('uint64_t clearSeq;');
  expect(out).toContain('defined(__aarch64__)');
  expect(out).toContain('_Static_assert(sizeof(struct go_bmap) == 208');
  expect((await cli(['cheader', 'map[[]int]int'])).code).toBe(2);
  expect((await cli(['cheader', 'map[string]int', '--go', '1.99'])).code).toBe(2);
});
