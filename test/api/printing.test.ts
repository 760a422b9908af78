/** How a map is printed. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { start } from '../machine/inside.ts';

test('console.log shows type, size and entries, and changes nothing', async () => {
  const rt = await start();
  const map = rt.makeMap('map[string]int');
  map.set('a', 1).set('b', 2);
  const before = rt.memory.read(map.header.address, 48);
  expect(inspect(map)).toBe("map[string]int (2) { 'a' => 1n, 'b' => 2n }");
  expect(inspect({ map })).toContain("map[string]int (2) { 'a' => 1n");
  expect(rt.memory.read(map.header.address, 48)).toEqual(before);
  expect(rt.machine.draws).toBe(1);
  const growing = rt.makeMap('map[int]int');
  for (let i = 0; i < 27; i++) growing.set(i, i);
  expect(growing.header.oldbuckets).not.toBe(0n);
  expect(inspect(growing).match(/=>/g)).toHaveLength(27);
  expect(inspect(rt.nilMap('map[int]int'))).toBe('map[int]int (0) {}');
  map.free();
  expect(inspect(map)).toBe('map[string]int (freed)');
});
