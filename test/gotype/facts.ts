/**
 * What the library says of a type, in the form of a row of real Go: once by its type model, and once by the bytes of
 * the descriptors that it writes.
 */
import { Equal, Hasher } from '../../assembly/shared/codes.ts';
import {
  MAPTYPE_BUCKET,
  MAPTYPE_BUCKETSIZE,
  MAPTYPE_ELEM,
  MAPTYPE_ELEMSIZE,
  MAPTYPE_FLAGS,
  MAPTYPE_HASHER,
  MAPTYPE_KEY,
  MAPTYPE_KEYSIZE,
} from '../../assembly/shared/golayout.ts';
import {
  type AlgKind,
  algOf,
  type DescriptorPlace,
  type GoType,
  isDirectIface,
  isRegularMemory,
  mapShape,
  pointerMask,
  writeMapType,
  writeType,
} from '../../src/gotype/index.ts';
import type { Release } from '../../src/profile/index.ts';
import { type Facts, maskText, type Row } from './corpus/judge.ts';
import { BASE, header, place } from './place.ts';

const NAMED = 1 << 2;
const REGULAR_MEMORY = 1 << 3;
const MASK_ON_DEMAND = 1 << 4;
const DIRECT_IFACE = 1 << 5;
const GC_PROG = 1 << 6;

/** The runtime's functions by how values are compared and hashed; of other plain memory they end in _varlen. */
const FUNCTIONS = new Map<AlgKind, string>([
  ['AMEM0', 'mem*0'],
  ['AMEM8', 'mem*8'],
  ['AMEM16', 'mem*16'],
  ['AMEM32', 'mem*32'],
  ['AMEM64', 'mem*64'],
  ['AMEM128', 'mem*128'],
  ['AMEM', 'mem*_varlen'],
  ['ASTRING', 'str*'],
  ['AINTER', 'inter*'],
  ['ANILINTER', 'nilinter*'],
  ['AFLOAT32', 'f32*'],
  ['AFLOAT64', 'f64*'],
  ['ACPLX64', 'c64*'],
  ['ACPLX128', 'c128*'],
  ['ASPECIAL', 'generated'],
]);

function functionOf(type: GoType, verb: 'equal' | 'hash'): string | null {
  return FUNCTIONS.get(algOf(type))?.replace('*', verb) ?? null;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function offsetsOf(type: GoType, found: number[] = []): number[] {
  if (type.kind === 'array') return offsetsOf(type.elem, found);
  if (type.kind === 'struct') {
    for (const field of type.fields) {
      found.push(field.offset);
      offsetsOf(field.type, found);
    }
  }
  return found;
}

/** What the model says: all but the numbers of kinds, and flags about how a large type is described. */
export type ModelRow = Omit<Row, 'kind' | 'map'> & { readonly direct: boolean; readonly map?: unknown };

function modelFacts(type: GoType, noalg = false): ModelRow {
  const mask = pointerMask(type);
  const offsets = offsetsOf(type);
  return {
    string: type.string,
    layout: [type.size, type.align, type.fieldAlign, type.ptrdata],
    mask: maskText(mask === undefined ? null : hexOf(mask)),
    direct: isDirectIface(type),
    tflag: (type.named ? NAMED : 0) | (!noalg && isRegularMemory(type) ? REGULAR_MEMORY : 0),
    equal: !noalg && type.comparable ? functionOf(type, 'equal') : null,
    ...(offsets.length === 0 ? {} : { offsets }),
  };
}

export function modelRow(type: GoType): ModelRow {
  const facts = modelFacts(type);
  if (type.kind !== 'map') return facts;
  const shape = mapShape(type);
  return {
    ...facts,
    map: {
      slots: [shape.keySize, shape.elemSize, shape.bucketSize, shape.flags],
      hasher: functionOf(type.key, 'hash'),
      bucket: modelFacts(shape.bucket, true),
      overflow: shape.bucket.fields.at(-1)?.type.string,
    },
  };
}

/** A row of Go's with no more in it than the model says. `ptrdata` beyond bitmaps is the descriptor's business. */
export function asModel(row: Row, model: ModelRow): ModelRow {
  const facts = ({ kind, tflag, layout, ...rest }: Facts) => ({
    ...rest,
    layout: rest.mask === null ? [...layout.slice(0, 3), model.layout[3]] : layout,
    direct: (kind & DIRECT_IFACE) !== 0,
    tflag: tflag & ~MASK_ON_DEMAND,
  });
  const { map, ...own } = row;
  return {
    ...facts(own),
    ...(map === undefined ? {} : { map: { ...map, bucket: facts(map.bucket) } }),
  } as ModelRow;
}

/** Which code stands for a function of Go's. */
function equalCode(name: string | null): Equal | 0 {
  if (name === null) return 0;
  if (name.startsWith('mem')) return Equal.Memory;
  return { strequal: Equal.String, f32equal: Equal.Float32, f64equal: Equal.Float64 }[name] ?? Equal.Program;
}

function hasherCode(name: string): Hasher {
  const own = {
    memhash32: Hasher.Mem32,
    memhash64: Hasher.Mem64,
    strhash: Hasher.Str,
    f32hash: Hasher.Float32,
    f64hash: Hasher.Float64,
  }[name];
  return own ?? (name.startsWith('mem') ? Hasher.Mem : Hasher.Program);
}

/** The facts of the `_type` at a linear offset. */
function writtenFacts(at: DescriptorPlace, offset: number) {
  const { size, align, fieldAlign, ptrdata, kind = 0, tflag = 0, equal, gcdata = 0n } = header(at, offset);
  const none = (kind & GC_PROG) !== 0 || (tflag & MASK_ON_DEMAND) !== 0;
  const bytes = Math.ceil(Number(ptrdata) / 64);
  const from = Number(gcdata - BASE);
  const mask = bytes === 0 ? '' : none ? null : hexOf(at.views.u8.slice(from, from + bytes));
  return {
    layout: [Number(size), align, fieldAlign, Number(ptrdata)],
    mask: maskText(mask),
    kind,
    tflag,
    equal,
    slot: (tflag & MASK_ON_DEMAND) !== 0 ? at.views.u64[from >>> 3] : undefined,
  };
}

/** What stands in the descriptors that are written for a type. */
export function writtenRow(type: GoType, { largeMasks }: Release) {
  const at = place(largeMasks);
  if (type.kind !== 'map') return writtenFacts(at, writeType(type, at));
  const { maptype, ...parts } = writeMapType(mapShape(type), at);
  const { u8, u16, u32, u64 } = at.views;
  const follow = (field: number) => Number((u64[(maptype + field) >>> 3] ?? 0n) - BASE);
  const [key, elem, bucket] = [MAPTYPE_KEY, MAPTYPE_ELEM, MAPTYPE_BUCKET].map(follow) as [
    number,
    number,
    number,
  ];
  return {
    ...writtenFacts(at, maptype),
    map: {
      slots: [
        u8[maptype + MAPTYPE_KEYSIZE],
        u8[maptype + MAPTYPE_ELEMSIZE],
        u16[(maptype + MAPTYPE_BUCKETSIZE) >>> 1],
        u32[(maptype + MAPTYPE_FLAGS) >>> 2],
      ],
      hasher: u32[(maptype + MAPTYPE_HASHER) >>> 2],
      bucket: writtenFacts(at, bucket),
      places: [key, elem, bucket].join() === [parts.key, parts.elem, parts.bucket].join(),
      types: [at.types.get(key)?.string, at.types.get(elem)?.string],
    },
  };
}

/** A row of Go's as the bytes of descriptors tell it. */
export function asWritten(row: Row, type: GoType) {
  const facts = ({ layout, mask, kind, tflag, equal }: Facts) => ({
    layout,
    mask,
    kind,
    tflag,
    equal: equalCode(equal),
    slot: (tflag & MASK_ON_DEMAND) !== 0 ? 0n : undefined,
  });
  const { map } = row;
  if (map === undefined || type.kind !== 'map') return facts(row);
  return {
    ...facts(row),
    map: {
      slots: map.slots,
      hasher: hasherCode(map.hasher),
      bucket: facts(map.bucket),
      places: true,
      types: [type.key.string, type.elem.string],
    },
  };
}
