/** `hmap-wasm cast`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cli } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'hmap-cast-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const PAIR = 'typedef struct { int a; unsigned b : 5, c : 3; char t[2]; void *p; } pair;';
const BYTES = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0x2a, 0x68, 0x69, 0, 0, 0, 1, 0, 0xc0, 0, 0, 0]);

test('bytes of a file as a type: every member with its place and value', async () => {
  const { out, code } = await cli(['cast', 'pair', file('bytes', BYTES), '-c', PAIR]);
  expect(code).toBe(0);
  expect(out).toContain('pair on linux/amd64, 16 bytes');
  for (const row of [
    /0 +a +int +-1/,
    /4, bits 0 to 4 +b +unsigned int +10/,
    /4, bits 5 to 7 +c +unsigned int +1/,
  ]) {
    expect(out).toMatch(row);
  }
  expect(out).toMatch(/8 +p +void \* +0xc000010000/);
  expect(out).toMatch(/\+08 {2}00 00 01 00 c0 00 00 00 {2}p 0xc000010000/);
});

test('hex digits, an offset, declarations of a file, JSON', async () => {
  const digits = `0000 ${Buffer.from(BYTES).toString('hex')}`;
  const args = [
    'cast',
    'pair',
    file('digits', digits),
    '-d',
    file('pair.h', PAIR),
    '--hex',
    '--offset',
    '2',
    '--json',
  ];
  const { out } = await cli(args);
  const shown = JSON.parse(out) as { size: number; members: { path: string; value: unknown }[] };
  expect(shown.size).toBe(16);
  expect(shown.members.map(({ path, value }) => [path, value])).toEqual([
    ['a', -1],
    ['b', 10],
    ['c', 1],
    ['t', '6869'],
    ['p', 0xc000010000],
  ]);
});

test('the target decides', async () => {
  const args = ['cast', 'c', file('one', Uint8Array.of(0xff)), '-c', 'typedef char c;'];
  expect((await cli(args)).out).toMatch(/0 +char +-1/);
  expect((await cli([...args, '--target', 'linux/arm64'])).out).toMatch(/0 +char +255/);
});

test('too few bytes are refused, or what is there is shown', async () => {
  const args = ['cast', 'pair', file('few', BYTES.subarray(0, 6)), '-c', PAIR];
  const { err, code } = await cli(args);
  expect(code).toBe(2);
  expect(err).toContain('pair takes 16 bytes, got 6: 10 are missing (--truncated shows what is there)');
  const { out } = await cli([...args, '--truncated']);
  expect(out).toContain('16 bytes, the last 10 not there');
  expect(out).toMatch(/0 +a +int +-1/);
  expect(out).toMatch(/8 +p +void \* +not there/);
});

test.each([
  [['cast', 'pair'], 'no declarations'],
  [['cast', 'pair', 'nofile', '-c', PAIR], 'nofile cannot be read'],
  [['cast', 'pair', '-d', 'nofile'], 'nofile cannot be read'],
  [['cast', 'pair', '-d', 'x', '-c', PAIR], 'not both'],
  [['cast', 'pair', '-c', 'struct { int', '--hex'], "this '{' is never closed"],
  [['cast', 'other', '-c', PAIR, '--hex'], 'other'],
  [['cast', 'pair', file('none', ''), '-c', PAIR, '--offset', '1'], '--offset 1 is past the end'],
  [['cast', 'pair', '-c', PAIR, '--offset', 'x'], '--offset takes a whole number'],
  [['cast', 'pair', '-c', PAIR, '--target', 'plan9/386'], 'Allowed choices are'],
])('%j is refused in plain words', async (args, part) => {
  const { err, out, code } = await cli(args);
  expect(code).toBe(2);
  expect(err).toContain(part);
  expect(err).not.toMatch(/\n {4}at /);
  expect(out).toBe('');
});

test('hex that is none is refused', async () => {
  const { err } = await cli(['cast', 'pair', file('bad', '0g'), '-c', PAIR, '--hex']);
  expect(err).toContain('--hex takes pairs of hex digits');
});
