/** Casts: bytes and emulated memory as values of C types. */
import { CastError, CError, diffLayouts, Runtime, SegmentationFault } from 'hmap-wasm';
import { beforeAll, expect, test } from 'vitest';

let rt: Runtime;
let c: Awaited<ReturnType<Runtime['c']>>;
beforeAll(async () => {
  rt = await Runtime.create({ seed: 1 });
  c = await rt.c();
});

/** Bytes 0, 1, 2 ... */
const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i & 0xff);

test('struct { void *m; int len; }: 16 bytes, len at 8, 4 bytes of padding', () => {
  const cmap = c.parse('typedef struct { void *m; int len; } cmap_t;').type('cmap_t');
  expect([cmap.size, cmap.align, cmap.offsetof('m'), cmap.offsetof('len')]).toEqual([16, 8, 0, 8]);
  expect(cmap.layout().holes).toEqual([{ within: '', offset: 12, size: 4 }]);
  const view = cmap.cast(counting(16));
  expect(view.get('m')).toBe(0x0706050403020100n);
  expect(view.get('len')).toBe(0x0b0a0908);
});

test('more bytes than the type are no fault; fewer are, with the number', () => {
  const cmap = c.parse('typedef struct { void *m; int len; } cmap_t;').type('cmap_t');
  expect(cmap.cast(counting(24)).get('len')).toBe(0x0b0a0908);
  expect(() => cmap.cast(counting(9))).toThrow(CastError);
  try {
    cmap.cast(counting(9));
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ needed: 16, given: 9, missing: 7 });
    expect(String(error)).toContain('7 are missing');
  }
});

test('truncated bytes: what is missing is absent, not zero', () => {
  const unit = c.parse(`
    struct in { short a, b; };
    struct s { int x; struct in in; char tail[8]; struct in more[2]; unsigned low:4, high:12; int *p; };
  `);
  const s = unit.type('struct s');
  const cut = (length: number) => s.cast(counting(length), { truncated: true });
  expect(cut(0).value).toBeUndefined();
  expect(cut(3).value).toEqual({});
  expect(cut(3).get('x')).toBeUndefined();
  expect(cut(6).value).toEqual({ x: 0x03020100, in: { a: 0x0504 } });
  expect(cut(11).value).toEqual({
    x: 0x03020100,
    in: { a: 0x0504, b: 0x0706 },
    tail: Uint8Array.of(8, 9, 10),
  });
  expect(cut(22).value).toMatchObject({ more: [{ a: 0x1110, b: 0x1312 }, { a: 0x1514 }] });
  // The first bit-field lies in a byte that is there, the second reaches into one that is not.
  expect(cut(25).value).toHaveProperty('low', 8);
  expect(cut(25).value).not.toHaveProperty('high');
  expect(cut(26).value).toHaveProperty('high', 0x191);
  expect(cut(30).field('p').present).toBe(false);
  expect(() => cut(30).field('p').deref()).toThrow('not there');
  expect(cut(40).field('p').present).toBe(true);
});

test('values of every kind', () => {
  const unit = c.parse(`
    #include <stdint.h>
    #include <stdbool.h>
    enum color { RED, GREEN = 7 };
    struct all {
      signed char i8; uint8_t u8; short i16; unsigned short u16; int i32; unsigned u32; long i64; unsigned long u64;
      bool yes; enum color color; float f; double d; long double ld; _Float16 h; float _Complex z; __int128 wide;
      char text[8]; unsigned char raw[2]; short pair[2]; int grid[2][2];
    };`);
  const all = unit.type('struct all');
  const bytes = new Uint8Array(all.size);
  const view = new DataView(bytes.buffer);
  const at = (path: string) => all.offsetof(path);
  bytes.fill(0xff, 0, at('yes'));
  bytes[at('yes')] = 1;
  view.setUint32(at('color'), 7, true);
  view.setFloat32(at('f'), 1.5, true);
  view.setFloat64(at('d'), -0.1, true);
  view.setUint16(at('h'), 0xc100, true);
  view.setFloat32(at('z'), 2, true);
  view.setFloat32(at('z') + 4, -3, true);
  bytes.fill(0xff, at('wide'), at('wide') + 16);
  bytes.set(new TextEncoder().encode('map\0x'), at('text'));
  view.setInt16(at('pair[1]'), -2, true);
  view.setInt32(at('grid[1][0]'), 9, true);
  const cast = all.cast(bytes);
  expect(cast.value).toEqual({
    ...{ i8: -1, u8: 255, i16: -1, u16: 65535, i32: -1, u32: 4294967295, i64: -1n, u64: 2n ** 64n - 1n },
    ...{
      yes: true,
      color: 7,
      f: 1.5,
      d: -0.1,
      ld: new Uint8Array(16),
      h: -2.5,
      z: { re: 2, im: -3 },
      wide: -1n,
    },
    ...{ text: bytes.slice(at('text'), at('text') + 8), raw: new Uint8Array(2), pair: [0, -2] },
    grid: [
      [0, 0],
      [9, 0],
    ],
  });
  expect(cast.field('text').text()).toBe('map');
  expect(cast.field('grid').at(1).at(0).value).toBe(9);
  expect(() => cast.field('grid').at(2)).toThrow(RangeError);
  expect(() => cast.field('nope')).toThrow(TypeError);
  expect(unit.constant('GREEN')).toBe(7n);
});

test('bit-fields: signed, unsigned, of _Bool, across bytes, in a nested struct', async () => {
  const text = `struct s { char pad; struct { int a:3; unsigned b:7; _Bool c:1; long d:40; char e:4; } in; };`;
  const s = c.parse(text).type('struct s');
  const bytes = new Uint8Array(s.size);
  const first = s.layout().fields.find((field) => field.path === 'in.a')?.bits?.offset ?? 0;
  // a = 0b101, b = 0b1000001, c = 1
  const raw = 0b1_1000001_101n;
  new DataView(bytes.buffer).setBigUint64(first / 8, raw, true);
  const e = s.layout().fields.find((field) => field.path === 'in.e')?.bits?.offset ?? 0;
  bytes[Math.floor(e / 8)] = (bytes[Math.floor(e / 8)] ?? 0) | (0b1111 << (e % 8));
  expect(s.cast(bytes).get('in')).toEqual({ a: -3, b: 65, c: true, d: 0n, e: -1 });
  // Plain char is unsigned on arm64.
  const arm = await (await Runtime.create({ target: 'linux/arm64' })).c();
  expect(arm.parse(text).type('struct s').cast(bytes).get('in.e')).toBe(15);
});

test('emulated memory: a live view of an hmap, and pointers that are followed', () => {
  const map = rt.makeMap('map[int]int', { hash0: 5 });
  map.set(1n, 2n);
  const unit = c.parse(`
    #include <stdint.h>
    struct bmap { uint8_t tophash[8]; int64_t keys[8], elems[8]; struct bmap *overflow; };
    struct hmap { int64_t count; uint8_t flags, B; uint16_t noverflow; uint32_t hash0; struct bmap *buckets; void *oldbuckets; };
  `);
  const hmap = unit.type('struct hmap').at(map.header.address);
  expect(hmap.get('count')).toBe(1n);
  map.set(2n, 3n);
  expect(hmap.get('count')).toBe(2n);
  expect(hmap.get('hash0')).toBe(5);
  const bucket = hmap.field('buckets').deref();
  expect(bucket.address).toBe(map.header.buckets);
  expect((bucket.get('keys') as bigint[]).slice(0, 2)).toEqual([1n, 2n]);
  expect(bucket.get('elems[1]')).toBe(3n);
  // A void pointer says nothing of what it points to; nil is a fault, as in C.
  expect(() => hmap.field('oldbuckets').deref()).toThrow('pass a type');
  const nil = hmap.field('oldbuckets').deref(unit.type('struct bmap'));
  expect(() => nil.value).toThrow(SegmentationFault);
  // Bytes given by hand: whatever a pointer in them says, only emulated memory is read.
  const forged = unit.type('struct bmap').cast(new Uint8Array(unit.type('struct bmap').size).fill(0x41));
  expect(() => forged.field('overflow').deref().value).toThrow(SegmentationFault);
});

test('a flexible array is as long as the bytes', () => {
  const s = c.parse('struct s { int n; short data[]; };').type('struct s');
  expect(s.size).toBe(4);
  expect(s.cast(counting(9)).value).toEqual({ n: 0x03020100, data: [0x0504, 0x0706] });
  expect(s.cast(counting(4)).get('data')).toEqual([]);
});

test('unions and anonymous members', () => {
  const s = c.parse('struct s { int tag; union { float f; struct { short lo, hi; }; }; };').type('struct s');
  expect(s.offsetof('hi')).toBe(6);
  expect(s.cast(counting(8)).get('lo')).toBe(0x0504);
  expect(Object.keys(s.cast(counting(8)).value as object)).toEqual(['tag', 'f', 'lo', 'hi']);
});

test('holes by bits, and the difference of two layouts', () => {
  const unit = c.parse(`
    struct loose { unsigned version; void *data_ptr; unsigned short flags; };
    struct __attribute__((packed)) tight { unsigned version; void *data_ptr; unsigned short flags; };
    struct bits { unsigned a:3, :5, b:9; };
  `);
  const diff = diffLayouts(unit.type('struct loose'), unit.type('struct tight'));
  expect(diff.map(({ path, changes }) => [path, changes])).toEqual([
    ['', ['size', 'align']],
    ['data_ptr', ['offset']],
    ['flags', ['offset']],
  ]);
  expect(diff.map(({ left, right }) => [left?.offset, right?.offset]).slice(1)).toEqual([
    [8, 4],
    [16, 12],
  ]);
  expect(diffLayouts(unit.type('struct loose'), unit.type('struct loose'))).toEqual([]);
  expect(
    diffLayouts(unit.type('struct tight'), unit.type('struct bits')).filter(
      ({ changes }) => changes[0] === 'missing',
    ),
  ).toHaveLength(5);
  expect(unit.type('struct loose').layout().holes).toEqual([
    { within: '', offset: 4, size: 4 },
    { within: '', offset: 18, size: 6 },
  ]);
  expect(unit.type('struct bits').layout().holes).toEqual([
    { within: '', offset: 0, size: 1, bits: { offset: 3, width: 5 } },
    { within: '', offset: 2, size: 2, bits: { offset: 17, width: 15 } },
  ]);
  expect(() => unit.type('struct bits').offsetof('a')).toThrow('bit-field');
});

test('types by any name', () => {
  const unit = c.parse('struct s { int a; }; typedef struct s s_t; struct later;');
  expect(unit.type('s_t').size).toBe(4);
  expect(unit.type('struct s *').size).toBe(8);
  expect(unit.type('unsigned short').size).toBe(2);
  expect(unit.type('s_t[3]').size).toBe(12);
  expect(unit.types).toEqual(['struct s', 'struct later', 's_t']);
  expect(() => unit.type('struct later')).toThrow('not defined');
  expect(() => unit.type('nope')).toThrow(CError);
  expect(() => unit.type('')).toThrow();
  expect(() => unit.type('); int x; (')).toThrow(CError);
});

test('values of absurd size are refused, not built', () => {
  const unit = c.parse(
    'struct empty {}; struct e { struct empty a[1 << 30]; }; struct big { int a[1 << 24]; };',
  );
  expect(() => unit.type('struct e').cast(new Uint8Array(0)).value).toThrow(RangeError);
  expect(() => unit.type('struct big').at(0xc000000000n).value).toThrow(RangeError);
});
