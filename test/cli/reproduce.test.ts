/** `hmap-wasm reproduce`: the evidence as text and as JSON. */
import { cases } from 'hmap-wasm/cases';
import { beforeAll, expect, test } from 'vitest';
import { cli } from './harness.ts';

interface DumpShown {
  readonly title: string;
  readonly columns: readonly { label: string; address: string | null; bytes: string }[];
  readonly fields: readonly { name: string; offset: number; length: number }[];
  readonly guilty: readonly { column: number; offset: number; length: number; why: string }[];
}
interface Shown {
  readonly ok: boolean;
  readonly cases: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly hash: string;
    readonly releases: readonly string[];
    readonly targets: readonly string[];
    readonly checks: readonly { text: string; ok: boolean; expected: string; found: string }[];
    readonly claims: readonly { says: string; holds: boolean; shown: string }[];
    readonly steps: readonly {
      readonly kind: string;
      readonly title: string;
      readonly dumps?: readonly DumpShown[];
      readonly complaints?: readonly string[];
      readonly facts: Record<string, unknown>;
    }[];
  }[];
}

let text = '';
let json: Shown;
beforeAll(async () => {
  text = (await cli(['reproduce', 'truncated-header', 'frozen-header', '--seeds', '0..3'])).out;
  json = JSON.parse((await cli(['reproduce', '--json'])).out) as Shown;
});

test('the summary comes first', () => {
  const [head, line, ...rows] = text.split('\n').slice(0, 4);
  expect(head).toBe('case              checks    legal twin  behaves as documented');
  expect(line).toMatch(/^-+ {2}-+ {2}-+ {2}-+$/);
  expect(rows).toEqual([
    expect.stringMatching(/^truncated-header {2}(\d+) of \1 {2}silent {6}yes$/),
    expect.stringMatching(/^frozen-header {5}(\d+) of \1 {2}silent {6}yes$/),
  ]);
});

test('88 keys are missed and 17 walked, and the page says so', () => {
  const flat = text.replace(/\s+/g, ' ');
  expect(flat).toContain(
    'it misses 88, exactly those in old buckets that have not moved, and count still says 105',
  );
  expect(flat).toContain(
    "Go's own code does the same on a header without oldbuckets: it misses 88, its range yields 17",
  );
  expect(flat).toContain('Over the seeds 0 to 3');
  expect(flat).toContain('held for 4 of 4');
  expect(text).toContain('The detector is silent.');
});

test('guilty bytes stand in brackets, before beside after, with the reason below', () => {
  expect(text).toContain('+00 [69 00 00 00 00 00 00 00] 73 00 00 00 00 00 00 00  count 105 -> 115\n');
  expect(text).toContain('  [] count: the map holds 115 by now\n');
  expect(text).toMatch(/^ {2}\+18 \[00 00 02 00 c0 00 00 00\] +oldbuckets$/m);
  expect(text).toContain('  [] oldbuckets: the C struct ends before it: 88 keys are lost\n');
});

test('claims are judged by what the run shows', () => {
  expect(text).toContain('false  "The header of a map that C gets has 24 bytes."\n         it has 48');
  expect(text).toContain('true   "A growth can leave buckets in the copy dangling."');
});

test('JSON has every part of the findings', () => {
  expect(json.ok).toBe(true);
  const [one] = json.cases;
  expect(json.cases.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
  expect(one).toMatchObject({
    name: 'truncated-header',
    ok: true,
    releases: ['1.19'],
    targets: ['linux/amd64', 'linux/arm64'],
  });
  expect(one?.checks.every(({ ok, expected, found }) => ok && expected === found)).toBe(true);
  expect(one?.claims.map(({ holds }) => holds)).toEqual([false, false]);
  const kinds = one?.steps.map(({ kind }) => kind);
  for (const kind of ['setting', 'wrong reading', 'right reading', 'rule', 'fix', 'legal twin']) {
    expect(kinds).toContain(kind);
  }
  const rule = one?.steps.find(({ kind }) => kind === 'rule')?.facts['seeds'] as { holds: boolean }[];
  expect(rule).toHaveLength(64);
  expect(rule.every(({ holds }) => holds)).toBe(true);
  expect(one?.steps.find(({ kind }) => kind === 'legal twin')?.complaints).toEqual([]);
});

test('the dumps of the JSON have bytes in hex, and their fields cover them', () => {
  const dumps = json.cases.flatMap(({ steps }) => steps.flatMap((step) => step.dumps ?? []));
  expect(dumps.length).toBeGreaterThan(3);
  for (const { columns, fields, guilty } of dumps) {
    for (const { address, bytes } of columns) {
      expect(bytes).toMatch(/^([0-9a-f]{2})+$/);
      if (address !== null) expect(address).toMatch(/^0xc0[0-9a-f]{8}$/);
      const covered = fields.reduce((sum, each) => sum + each.length, 0);
      // A column may end earlier than the dump: then its bytes are not there.
      expect(covered).toBeGreaterThanOrEqual(bytes.length / 2);
    }
    expect(guilty.every(({ why, column }) => why !== '' && column < columns.length)).toBe(true);
  }
});

test('a seed of its own is another hash, and one that can be repeated', async () => {
  const args = ['reproduce', '--seed', '7', '--seeds', '0..0', '--json'];
  const [first, again] = [await cli(args), await cli(args)];
  expect(first).toEqual(again);
  const seven = JSON.parse(first.out) as Shown;
  expect(seven.cases[0]?.hash).toBe('hash key and hash0 drawn from seed 7');
  expect(seven.ok).toBe(true);
  const headerOf = (shown: Shown) =>
    shown.cases.find(({ name }) => name === 'frozen-header')?.steps[0]?.dumps?.[0]?.columns[0]?.bytes;
  expect(headerOf(seven)).not.toBe(headerOf(json));
});

test('the C side is printed where it is asked for', async () => {
  const args = ['reproduce', 'narrow-pointer'];
  expect((await cli(args)).out).not.toContain('The C side:');
  const { out } = await cli([...args, '--c']);
  expect(out).toContain('The C side:\n');
  expect(out).toContain('  void squeeze(const unsigned char *given, size_t size) {\n');
});
