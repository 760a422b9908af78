/** Go's structs as a program that reads them from outside declares them, and the fields of a dump. */
import { type MapShape, parseType } from '../index.ts';
import type { DumpField } from './case.ts';

/** One field of a struct: bytes from its start. */
export interface StructField {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
}

/**
 * hmap, the map's header, up to Go 1.23. The offsets follow from the declaration, as they would in C:
 * nothing here is copied from the emulator's own layout.
 */
const HMAP = `struct {
  count int
  flags uint8
  B uint8
  noverflow uint16
  hash0 uint32
  buckets unsafe.Pointer
  oldbuckets unsafe.Pointer
  nevacuate uintptr
  extra unsafe.Pointer
}`;

function fieldsOf(declaration: string): readonly StructField[] {
  const type = parseType(declaration);
  if (type.kind !== 'struct') throw new TypeError(`${type.string} is not a struct`);
  return type.fields.map((field) => ({
    name: field.name,
    type: field.type.string,
    offset: field.offset,
    size: field.type.size,
  }));
}

export const HEADER_FIELDS: readonly StructField[] = fieldsOf(HMAP);
/** The same for the classic map of Go 1.24 on, whose header counts how often the map was cleared. */
const SEQ_HEADER_FIELDS: readonly StructField[] = fieldsOf(
  HMAP.replace('  extra', '  clearSeq uint64\n  extra'),
);
export const HEADER_SIZE: number = HEADER_FIELDS.reduce((end, f) => Math.max(end, f.offset + f.size), 0);

/** The fields of a header of these bytes: what it has follows from how long it is. */
export function headerFields(header: Uint8Array): readonly StructField[] {
  return header.length > HEADER_SIZE ? SEQ_HEADER_FIELDS : HEADER_FIELDS;
}

/** The field of a header, as a little-endian number. */
export function headerField(header: Uint8Array, name: string): bigint {
  const field = fieldNamed(name);
  return littleEndian(header, field.offset, field.size);
}

/** A copy of a header with one field made zero. */
export function withoutField(header: Uint8Array, name: string): Uint8Array {
  const { offset, size } = fieldNamed(name);
  return header.slice().fill(0, offset, offset + size);
}

export function fieldNamed(name: string): StructField {
  const field = HEADER_FIELDS.find((each) => each.name === name);
  if (field === undefined) throw new RangeError(`hmap has no field ${name}`);
  return field;
}

export function littleEndian(bytes: Uint8Array, offset: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] as number);
  return value;
}

/** What a field of a header reads as: addresses and the hash seed in hex, the rest in decimal. */
export function headerText(field: StructField, header: Uint8Array): string {
  const value = littleEndian(header, field.offset, field.size);
  const inHex = field.type === 'unsafe.Pointer' || field.name === 'hash0';
  return inHex ? `0x${value.toString(16)}` : value.toString();
}

/** The fields of a dump of one or two headers. */
export function headerDump(...headers: readonly Uint8Array[]): DumpField[] {
  return headerFields(headers[0] as Uint8Array).map((field) => ({
    name: field.name,
    offset: field.offset,
    length: field.size,
    reads: headers.map((header) => headerText(field, header)),
  }));
}

/** The eight slots of a bucket. */
export const SLOTS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];

/** The fields of a dump of buckets: the eight marks, each key and element, the overflow word. */
export function bucketDump(
  shape: MapShape,
  read: (kind: 'key' | 'elem', slot: number) => string[],
): DumpField[] {
  const { keyOffset, keySize, elemOffset, elemSize, overflowOffset, bucketSize } = shape;
  const slots = (kind: 'key' | 'elem', start: number, size: number): DumpField[] =>
    SLOTS.map((i) => ({
      name: `${kind}[${i}]`,
      offset: start + i * size,
      length: size,
      reads: read(kind, i),
    }));
  const all: DumpField[] = [
    { name: 'tophash', offset: 0, length: keyOffset, reads: [] },
    ...slots('key', keyOffset, keySize),
    ...slots('elem', elemOffset, elemSize),
    { name: 'overflow', offset: overflowOffset, length: bucketSize - overflowOffset, reads: [] },
  ];
  return all.filter((field) => field.length > 0);
}
