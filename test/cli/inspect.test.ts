/** `hmap-wasm inspect`: what goes in, and what is shown of it. */
import { describe, expect, test } from 'vitest';
import { type GoMap, mapShape, parseMapType, Runtime } from '../../src/index.ts';
import { inspectionText, inspectMap, type Terminal } from '../../src/report/index.ts';
import { type Around, cli } from './harness.ts';

const PLAIN: Terminal = {
  width: 80,
  paint: (_role, text) => text,
  table: ({ rows }) => rows.map((row) => row.join(' ')).join('\n'),
};

interface Slot {
  readonly index: number;
  readonly tophash: number;
  readonly state: string;
  readonly key?: unknown;
  readonly elem?: unknown;
}
interface Shown {
  readonly type: string;
  readonly entries: number;
  readonly header: {
    readonly address: string;
    readonly bytes: string;
    readonly fields: readonly { name: string; offset: number; size: number; value: unknown }[];
  };
  readonly bucketSize: number;
  readonly buckets: BucketsShown;
  readonly oldbuckets: BucketsShown;
}
interface BucketsShown {
  readonly address: string;
  readonly length: number;
  readonly used: readonly { index: number; overflow: number; bytes: string; slots: readonly Slot[] }[];
}

async function inspect(args: readonly string[], around?: Around): Promise<Shown> {
  const { code, err, out } = await cli(['inspect', '--json', ...args], around);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Shown;
}

const slotsOf = ({ used }: BucketsShown): Slot[] => used.flatMap(({ slots }) => slots);
const entriesOf = (shown: Shown): unknown[][] =>
  [shown.buckets, shown.oldbuckets]
    .flatMap(slotsOf)
    .filter(({ state }) => state === 'filled')
    .map(({ key, elem }) => [key, elem]);
const field = (shown: Shown, name: string): unknown =>
  shown.header.fields.find((each) => each.name === name)?.value;
const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i + 1}=${(i + 1) * 10}`);

describe('what is shown', () => {
  test('header and slots are those of the map that the library makes', async () => {
    const shown = await inspect(['ann=41', 'bob=42', '--hash0', '0x9e3779b9', '--seed', '7']);
    const rt = await Runtime.create({ seed: 7, memory: { limit: 2 ** 20 } });
    const map = rt.makeMap('map[string]int', { hash0: 0x9e3779b9 });
    map.set('ann', 41).set('bob', 42);
    expect(shown.type).toBe('map[string]int');
    expect(shown.entries).toBe(2);
    expect(shown.bucketSize).toBe(208);
    expect(shown.header.bytes).toBe(Buffer.from(map.header.bytes).toString('hex'));
    expect(shown.header.address).toBe(`0x${map.header.address.toString(16)}`);
    expect(field(shown, 'hash0')).toBe('0x9e3779b9');
    expect(field(shown, 'count')).toBe(2);
    const [bucket] = [...map.buckets];
    expect(slotsOf(shown.buckets).map(({ tophash }) => tophash)).toEqual([...(bucket?.tophash ?? [])]);
    expect(entriesOf(shown)).toEqual([
      ['ann', 41],
      ['bob', 42],
    ]);
  });

  test('a growing map shows old buckets, moved slots and overflow chains', async () => {
    const shown = await inspect(['map[int]int', ...numbers(105), '--hash0', '0x12345678']);
    expect(field(shown, 'B')).toBe(5);
    expect(shown.buckets.length).toBe(32);
    expect(shown.oldbuckets.length).toBe(16);
    expect(shown.oldbuckets.address).toBe(field(shown, 'oldbuckets'));
    const states = new Set(slotsOf(shown.oldbuckets).map(({ state }) => state));
    expect([...states].sort()).toEqual(['emptyRest', 'evacuatedEmpty', 'evacuatedX', 'evacuatedY', 'filled']);
    expect(shown.oldbuckets.used.some(({ overflow }) => overflow === 1)).toBe(true);
    const keys = entriesOf(shown).map(([key]) => key as number);
    expect(keys.sort((a, b) => a - b)).toEqual(Array.from({ length: 105 }, (_, i) => i + 1));
    expect(entriesOf(shown).every(([key, elem]) => elem === (key as number) * 10)).toBe(true);
  });

  test('as text: the header with its bytes, a row an entry, one for empty slots, overflow by name', async () => {
    const { out } = await cli([
      'inspect',
      'map[int]int',
      ...numbers(105),
      '--hash0',
      '0x12345678',
      '--go',
      '1.19',
    ]);
    expect(out).toContain('map[int]int, 105 entries');
    expect(out).toMatch(/\+00 {2}69 00 00 00 00 00 00 00 {2}count 105\n/);
    expect(out).toMatch(/\+08 {2}00 05 00 00 78 56 34 12 {2}flags 0 B 5 noverflow 0 hash0 0x12345678\n/);
    expect(out).toMatch(/buckets: 32 buckets of 144 bytes at 0xc0[0-9a-f]+, \d+ of them empty\n/);
    expect(out).toMatch(/oldbuckets: 16 buckets of 144 bytes at 0xc0[0-9a-f]+\n/);
    expect(out).toMatch(/^ {2}\d+ +0 +0[23] +evacuated[XY] +\d+ +\d+$/m);
    expect(out).toMatch(/^ {11}\d-7 +04 +evacuatedEmpty$/m);
    expect(out).toMatch(/^ {2}\d+\+1 +0 +[0-9a-f]{2} +filled/m);
    expect(out).toMatch(/overflow buckets: \d+\+1 at 0xc0/);
    const rows = out.split('\n').filter((line) => / filled /.test(line));
    expect(rows).toHaveLength(105);
  });

  test('the header of the release that is asked for', async () => {
    const { out } = await cli(['inspect', 'a=1', '--go', '1.25-noswissmap']);
    expect(out).toContain('hmap, the header: 56 bytes');
    expect(out).toMatch(/\+28 {2}(?:00 ){8} clearSeq 0\n/);
    expect(out).toMatch(/\+30 {2}(?:00 ){8} extra 0x0\n/);
    const unknown = await cli(['inspect', 'a=1', '--go', '1.18']);
    expect(unknown.code).not.toBe(0);
    expect(unknown.err).toContain('1.23');
  });

  test('flags by name', async () => {
    // A window of 26 keys that slides over the numbers ends in a growth to the same size; so the library says.
    const rt = await Runtime.create({
      goVersion: '1.19',
      hashKey: [1n, 1n, 1n, 1n],
      memory: { limit: 2 ** 20 },
    });
    const map = rt.makeMap('map[int]int', { hash0: 0x12345678 });
    const text = () => inspectionText(inspectMap(map as unknown as GoMap), PLAIN, false);
    expect(text()).not.toContain('flags:');
    for (let key = 1; (map.header.flags & 8) === 0; key++) map.set(key, key).delete(key - 26);
    expect(text()).toContain(' flags: sameSizeGrow\n');
    map.keys().next();
    expect(text()).toContain(' flags: iterator, oldIterator, sameSizeGrow\n');
  });

  test('every bucket as a hex dump with --bytes', async () => {
    const { out } = await cli(['inspect', 'map[uint8][3]byte', '1=0xaabbcc', '--bytes']);
    const shape = mapShape(parseMapType('map[uint8][3]byte'));
    const [, dump] = out.split('  bucket 0\n');
    const bytes = [...(dump ?? '').matchAll(/^ {2}\+([0-9a-f]{2}) +((?:[0-9a-f]{2} )*[0-9a-f]{2})/gm)];
    expect(bytes.map(([, , line]) => line?.split(' ').length).reduce((a = 0, b = 0) => a + b)).toBe(
      shape.bucketSize,
    );
    expect(dump).toContain('01 00 00 00 00 00 00 00  key[0] to key[7]');
    expect(dump).toContain('aa bb cc 00 00 00 00 00  elem[0] 0xaabbcc elem[1] elem[2]');
    expect(dump).toContain('overflow');
  });

  test('a map without entries has no buckets yet; a hint makes them', async () => {
    expect((await cli(['inspect'])).out).toContain('buckets: none yet');
    const shown = await inspect(['--hint', '100']);
    expect([shown.entries, shown.buckets.length, shown.buckets.used]).toEqual([0, 16, []]);
  });

  test('a deleted key leaves an empty slot', async () => {
    const shown = await inspect(['a=1', 'b=2', 'c=3', '--delete', 'b', 'a']);
    expect(
      slotsOf(shown.buckets)
        .map(({ state }) => state)
        .slice(0, 4),
    ).toEqual(['emptyOne', 'emptyOne', 'filled', 'emptyRest']);
  });

  test('keys with escape sequences are quoted as Go quotes them', async () => {
    const keys = ['\x1b[31m', 'a\nb', '\u202e', '\x9b', '\x7f', '"\\', 'é日', '\u{1f600}', '\u00a0'];
    const { out } = await cli(['inspect', ...keys.map((key) => `${key}=1`), '--hint', '9']);
    for (const text of [
      '"\\x1b[31m"',
      '"a\\nb"',
      '"\\u202e"',
      '"\\u009b"',
      '"\\x7f"',
      '"\\"\\\\"',
      '"é日"',
      '"\u{1f600}"',
      '"\\u00a0"',
    ]) {
      expect(out).toContain(` ${text} `);
    }
  });

  test('long elements are wrapped', async () => {
    const { out } = await cli(['inspect', 'map[int]string', `1=${'x'.repeat(200)}`]);
    expect(out.match(/x{9,}/g)?.join('')).toHaveLength(200);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('long keys are cut, and wide characters counted twice', async () => {
    const { out } = await cli(['inspect', `${'x'.repeat(500)}=1`, `${'日'.repeat(30)}=2`]);
    expect(out).toMatch(/ "x{20}\.\.\. +1\n/);
    expect(out).toMatch(/ "日{10}\.\.\. +2\n/);
  });
});

describe('what goes in', () => {
  test.each([
    ['map[int]int', '-0x10=+7', -16, 7],
    ['map[uint64]int', '18446744073709551615=0b101', '18446744073709551615', 5],
    ['map[bool]bool', 'true=false', true, false],
    ['map[int8]float64', '-128=-1.5e3', -128, -1500],
    ['map[int]float32', '1=NaN', 1, 'NaN'],
    ['map[[2]byte]string', '0xff00=a=b', [255, 0], 'a=b'],
    ['map[[2]uint16]string', '[1,2]=', [1, 2], ''],
    [
      'map[struct{a int32; b [2]int8; c int16}]complex128',
      '{"a":1,"b":[2,3],"c":4}={"re":1,"im":-2}',
      { a: 1, b: [2, 3], c: 4 },
      { re: 1, im: -2 },
    ],
    ['map[*int]interface{}', '0xc000012000=nil', '0xc000012000', null],
    ['map[float64]any', '1.5={"type":"int","value":7}', 1.5, { type: 'int', value: 7 }],
    ['map[int][]int', '1={"array":"0x10","len":1,"cap":2}', 1, { array: 16, len: 1, cap: 2 }],
    ['map[int]map[int]int', '1=nil', 1, 'nil'],
  ])('%s %s', async (type, pair, key, elem) => {
    expect(entriesOf(await inspect([type, '--', pair]))).toEqual([[key, elem]]);
  });

  test('without a type it is a map[string]int; a type needs no pairs', async () => {
    expect((await inspect(['a=1'])).type).toBe('map[string]int');
    expect((await inspect(['map[int][4]byte'])).type).toBe('map[int][4]uint8');
    expect((await inspect(['map[int]struct{a int "x=y"}'])).type).toBe('map[int]struct { a int "x=y" }');
  });

  test('lines of standard input; a line end of two characters, empty lines and a last line without end', async () => {
    const shown = await inspect([], { stdin: 'ann=41\r\n\nbob=42\n=7\nk=8' });
    expect(entriesOf(shown)).toEqual([
      ['ann', 41],
      ['bob', 42],
      ['', 7],
      ['k', 8],
    ]);
  });

  test('bytes that are not UTF-8 stay what they are', async () => {
    const stdin = Uint8Array.of(0xff, 0x0d, 0xc3, 0x3d, 0x31);
    expect(entriesOf(await inspect([], { stdin }))).toEqual([[{ bytes: 'ff0dc3' }, 1]]);
    expect((await cli(['inspect'], { stdin })).out).toContain(' "\\xff\\r\\xc3" ');
    expect((await cli(['inspect', 'map[int]int'], { stdin })).err).toBe(
      'error: line 1: int takes text, got "\\xff\\r\\xc3"\n',
    );
  });

  test('a JSON object, and an array of pairs', async () => {
    const object = await inspect(['--json-input'], { stdin: '{"b": 1, "a": "2", "__proto__": 3}' });
    expect(entriesOf(object)).toEqual([
      ['b', 1],
      ['a', 2],
      ['__proto__', 3],
    ]);
    const stdin = '[[9, {"a": true}], ["-9223372036854775808", {"a": false}]]';
    const pairs = await inspect(['map[int]struct{a bool}', '--json-input'], { stdin });
    expect(entriesOf(pairs)).toEqual([
      [9, { a: true }],
      ['-9223372036854775808', { a: false }],
    ]);
  });

  test.each([
    [[], 'no equals', 'line 1: a pair is key=value, got "no equals"'],
    [[], 'a=1\nb=x', 'line 2: int takes a whole number, got "x"'],
    [['--json-input'], '{', 'this is not JSON'],
    [['--json-input'], '3', 'standard input takes a JSON object'],
    [['--json-input'], '[[1]]', 'number 0 is no pair'],
    [['--json-input'], '[["a", 1.5]]', 'pair 0: '],
    [['--json-input'], '{"a": 9007199254740993}', 'key "a": '],
    [['--json-input'], Uint8Array.of(0xff), 'this is not UTF-8'],
    [['map[int][]int', '--json-input'], '{"1": {"array": "x"}}', 'key "1": '],
    [[], new Error('gone'), 'standard input cannot be read: gone'],
  ])('%j with %j is refused', async (args, stdin, message) => {
    const { code, err, out } = await cli(['inspect', ...args], { stdin });
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).toMatch(/^error: [^\n]*\n$/);
  });

  test('keys to delete are of the key type', async () => {
    const { code, err } = await cli(['inspect', 'map[int]int', '1=1', '--delete', 'x']);
    expect([code, err]).toEqual([2, 'error: --delete "x": int takes a whole number, got "x"\n']);
    expect((await inspect(['map[int]int', '--delete', '-1', '--', '-1=1', '2=2'])).entries).toBe(1);
  });
});
