/**
 * The C header of a Go map: hmap, mapextra and the bucket as C structs, for one map type, release and target.
 * It asserts every size and offset, so that a compiler for another target, or a change, is refused.
 *
 * Go and C agree on the alignment of all basic types on the emulated targets, so that no struct needs `packed`.
 */
import {
  HMAP_B,
  HMAP_BUCKETS,
  HMAP_COUNT,
  HMAP_FLAGS,
  HMAP_HASH0,
  HMAP_NEVACUATE,
  HMAP_NOVERFLOW,
  HMAP_OLDBUCKETS,
  MAPEXTRA_NEXT_OVERFLOW,
  MAPEXTRA_OLDOVERFLOW,
  MAPEXTRA_OVERFLOW,
  MAPEXTRA_SIZE,
} from '../../assembly/shared/golayout.ts';
import type { GoType, MapShape, StructType } from '../gotype/index.ts';
import type { Release, Target } from '../profile/index.ts';

/** A member as C declares it, and where it must lie. */
interface Line {
  readonly text: string;
  readonly name: string;
  readonly offset: number;
}

const BASIC: Readonly<Record<string, string>> = {
  bool: '_Bool',
  int8: 'int8_t',
  int16: 'int16_t',
  int32: 'int32_t',
  int64: 'int64_t',
  int: 'int64_t',
  uint8: 'uint8_t',
  uint16: 'uint16_t',
  uint32: 'uint32_t',
  uint64: 'uint64_t',
  uint: 'uint64_t',
  uintptr: 'uintptr_t',
  float32: 'float',
  float64: 'double',
  complex64: 'float _Complex',
  complex128: 'double _Complex',
  string: 'struct go_string',
  slice: 'struct go_slice',
  interface: 'struct go_interface',
};

/** Words that cannot name a member in C or C++. */
const RESERVED = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while ' +
    'asm bool class catch delete explicit export false friend mutable namespace new operator private protected public ' +
    'template this throw true try typename using virtual wchar_t and or not xor alignas alignof constexpr nullptr linux unix'
  ).split(' '),
);

/** What the compiler of a target has defined. */
const PROCESSOR: Readonly<Record<Target['arch'], string>> = { amd64: '__x86_64__', arm64: '__aarch64__' };

/** The header's text. gcc and clang for the target take it as C11; for any other target they refuse it. */
export function cHeader(shape: MapShape, release: Release, target: Target): string {
  const guard = `GO_MAP_${shape.type.string.replace(/\W+/g, '_')}_H`;
  const key = `go_key${shape.keyIndirect ? '_p' : ''}`;
  const elem = `go_elem${shape.elemIndirect ? '_p' : ''}`;
  const typedefs = [
    ...slotType('go_key', shape.key, shape.keyIndirect),
    ...slotType('go_elem', shape.elem, shape.elemIndirect),
  ];
  const overflow = shape.bucketHasPointers ? 'struct go_bmap *overflow' : 'uintptr_t overflow';
  return `${[
    `/* ${comment(shape.type.string)} of Go ${release.name} on ${target.name}, by hmap-wasm. Read only: what Go's runtime owns. */`,
    `#ifndef ${guard}\n#define ${guard}`,
    '#include <stddef.h>\n#include <stdint.h>',
    `#if !defined(__linux__) || !defined(__LP64__) || !defined(${PROCESSOR[target.arch]})\n#error "this header is for ${target.name}"\n#endif`,
    struct('go_string', 16, [
      { text: 'const uint8_t *str', name: 'str', offset: 0 },
      { text: 'int64_t len', name: 'len', offset: 8 },
    ]),
    struct('go_slice', 24, [
      { text: 'void *array', name: 'array', offset: 0 },
      { text: 'int64_t len', name: 'len', offset: 8 },
      { text: 'int64_t cap', name: 'cap', offset: 16 },
    ]),
    struct('go_interface', 16, [
      { text: 'void *type', name: 'type', offset: 0 },
      { text: 'void *data', name: 'data', offset: 8 },
    ]),
    typedefs.join('\n'),
    struct('go_bmap', shape.bucketSize, [
      { text: 'uint8_t tophash[8]', name: 'tophash', offset: 0 },
      { text: `${key} keys[8]`, name: 'keys', offset: shape.keyOffset },
      { text: `${elem} elems[8]`, name: 'elems', offset: shape.elemOffset },
      { text: overflow, name: 'overflow', offset: shape.overflowOffset },
    ]),
    struct('go_mapextra', MAPEXTRA_SIZE, [
      { text: 'struct go_slice *overflow', name: 'overflow', offset: MAPEXTRA_OVERFLOW },
      { text: 'struct go_slice *oldoverflow', name: 'oldoverflow', offset: MAPEXTRA_OLDOVERFLOW },
      { text: 'struct go_bmap *nextOverflow', name: 'nextOverflow', offset: MAPEXTRA_NEXT_OVERFLOW },
    ]),
    struct('go_hmap', release.hmap.size, hmapLines(release)),
    `#endif /* ${guard} */`,
  ].join('\n\n')}\n`;
}

function hmapLines({ hmap }: Release): Line[] {
  const lines: Line[] = [
    { text: 'int64_t count', name: 'count', offset: HMAP_COUNT },
    { text: 'uint8_t flags', name: 'flags', offset: HMAP_FLAGS },
    { text: 'uint8_t B', name: 'B', offset: HMAP_B },
    { text: 'uint16_t noverflow', name: 'noverflow', offset: HMAP_NOVERFLOW },
    { text: 'uint32_t hash0', name: 'hash0', offset: HMAP_HASH0 },
    { text: 'struct go_bmap *buckets', name: 'buckets', offset: HMAP_BUCKETS },
    { text: 'struct go_bmap *oldbuckets', name: 'oldbuckets', offset: HMAP_OLDBUCKETS },
    { text: 'uintptr_t nevacuate', name: 'nevacuate', offset: HMAP_NEVACUATE },
  ];
  if (hmap.clearSeq !== undefined)
    lines.push({ text: 'uint64_t clearSeq', name: 'clearSeq', offset: hmap.clearSeq });
  return [...lines, { text: 'struct go_mapextra *extra', name: 'extra', offset: hmap.extra }];
}

/** A struct, and the assertions of its size and of where its members lie. */
function struct(name: string, size: number, lines: readonly Line[]): string {
  const asserts = lines.map((line) => offsetAssert(`struct ${name}`, line.name, line.offset));
  return [
    `struct ${name} {`,
    ...lines.map((line) => `  ${line.text};`),
    '};',
    sizeAssert(`struct ${name}`, size),
    ...asserts,
  ].join('\n');
}

const sizeAssert = (type: string, size: number) =>
  `_Static_assert(sizeof(${type}) == ${size}, "size of ${type}");`;
const offsetAssert = (type: string, member: string, offset: number) =>
  `_Static_assert(offsetof(${type}, ${member}) == ${offset}, "offset of ${member} in ${type}");`;

/** The typedef of a key or element, with assertions; and that of the pointer that stands in its slot, if one does. */
function slotType(name: string, type: GoType, indirect: boolean): string[] {
  const members = type.kind === 'struct' ? membersOf(type) : [];
  return [
    `/* ${comment(type.string)} */`,
    `typedef ${declare(type, name)};`,
    sizeAssert(name, type.size),
    `_Static_assert(_Alignof(${name}) == ${type.align}, "alignment of ${name}");`,
    ...members.map((line) => offsetAssert(name, line.name, line.offset)),
    ...(indirect
      ? [`/* larger than 128 bytes: the bucket holds pointers to it */`, `typedef ${name} *${name}_p;`]
      : []),
  ];
}

/** A Go type as a C declaration of `name`. Maps, channels, functions and pointers are one pointer each. */
function declare(type: GoType, name: string): string {
  if (type.kind === 'array') return declare(type.elem, `${name}[${type.length}]`);
  if (type.kind === 'struct')
    return `struct { ${membersOf(type)
      .map((line) => `${line.text}; `)
      .join('')}} ${name}`;
  const basic = BASIC[type.kind];
  return basic === undefined ? `void *${name}` : `${basic} ${name}`;
}

function membersOf(type: StructType): Line[] {
  const names = new Set(type.fields.map((field) => field.name));
  const lines = type.fields.map((field, i) => {
    const name = memberName(field.name, i, names);
    return { text: declare(field.type, name), name, offset: field.offset };
  });
  const last = type.fields.at(-1);
  // Go never lets a pointer to a last field of no size point behind the struct: a byte of padding follows it.
  if (last !== undefined && last.type.size === 0 && type.size > last.offset) {
    const name = memberName('_', type.fields.length, names);
    lines.push({ text: `uint8_t ${name}`, name, offset: last.offset });
  }
  return lines;
}

/** Go's name where C takes it; else one made from the position. */
function memberName(name: string, index: number, taken: ReadonlySet<string>): string {
  if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name)) return name;
  let made = `field${index}`;
  while (taken.has(made)) made += '_';
  return made;
}

/** A text that cannot end a comment. */
const comment = (text: string) =>
  text
    .replaceAll('*/', '* /')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
