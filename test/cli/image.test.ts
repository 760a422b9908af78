/** `hmap-wasm image`, and `hmap-wasm inspect --image`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from 'hmap-wasm';
import { afterAll, describe, expect, test } from 'vitest';
import { cli } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'hmap-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'ages.img');

describe('image', () => {
  test('writes the image and its entries, and says so', async () => {
    const key = '1,2,0x3,4';
    const args = ['ann=41', 'bob=42', '--go', '1.19', '--seed', '7', '--hash0', '9', '--hashkey', key];
    const { code, out, err } = await cli(['image', ...args, '--base', '0xc800000000', '-o', file]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(
      `${file}: map[string]int with 2 entries, 8192 bytes for 0xc800000000; ${file}.entries lists them\n`,
    );
    const rt = await Runtime.create({ goVersion: '1.19', seed: 7, hashKey: [1n, 2n, 3n, 4n] });
    const map = rt.makeMap('map[string]int', { hash0: 9 }).set('ann', 41).set('bob', 42);
    const { bytes, entries } = rt.image(map, { base: 0xc800000000n });
    expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
    expect(readFileSync(`${file}.entries`, 'utf8')).toBe(entries);
  });

  test('for another processor, with overflow lists, out of standard input', async () => {
    const stdin = Array.from({ length: 200 }, (_, i) => `${i}=${i * i}`).join('\n');
    const args = ['map[uint64]uint64', '--target', 'linux/arm64', '--overflow-lists', '--delete', '0'];
    const { code, out } = await cli(['image', ...args, '-o', file], { stdin });
    expect([code, out]).toEqual([0, expect.stringContaining('map[uint64]uint64 with 199 entries')]);
    const { runtime, map } = await Runtime.open(readFileSync(file), { type: 'map[uint64]uint64' });
    expect([runtime.target.name, map.size, map.get(12)]).toEqual(['linux/arm64', 199, 144n]);
  });

  test.each([
    [['ann=41'], "required option '-o, --out <file>' not specified"],
    [['ann=41', '-o', join(folder, 'no', 'such', 'folder')], 'cannot be written'],
    [['ann=41', '--base', '4097', '-o', file], 'base takes a multiple of 4096'],
    [['ann=41', '--base', 'low', '-o', file], 'It takes a whole number'],
    [['ann=41', '--hashkey', '1,2,3', '-o', file], 'four words'],
    [['map[any]int', '1=2', '-o', file], ''],
  ])('%j is refused', async (args, message) => {
    const { code, err, out } = await cli(['image', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('inspect --image', () => {
  test('shows the map of an image as if it had been built', async () => {
    await cli(['image', 'ann=41', '--go', '1.19', '-o', file]);
    const built = JSON.parse((await cli(['inspect', 'ann=41', '--go', '1.19', '--json'])).out);
    const { code, out } = await cli(['inspect', '--image', file, '--json']);
    const opened = JSON.parse(out);
    expect(code).toBe(0);
    expect(opened.entries).toBe(1);
    expect(opened.buckets.used[0].slots).toEqual(built.buckets.used[0].slots);
  });

  test.each([
    [['--image', join(folder, 'none')], 'cannot be read'],
    [['--image', import.meta.filename], 'an image begins with a page'],
    [['--image', file, 'bob=1'], 'give it no type and no pairs'],
  ])('%j is refused', async (args, message) => {
    const { code, err, out } = await cli(['inspect', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});
