/** The first difference of two recordings of one stream, named as Go names the field. */
import { mapShape, parseMapType } from 'hmap-wasm';
import type { Dump, OpRecord, Recording, Stream } from './protocol.ts';

export interface Difference {
  /** Index of the operation; -1 for `make`. */
  readonly op: number;
  /** What differs: `hmap.B`, `b3.1 tophash[2]`, `draws`. */
  readonly field: string;
  readonly mine: string;
  readonly theirs: string;
}

/** The first difference, by operation; undefined if there is none. */
export function compare(stream: Stream, mine: Recording, theirs: Recording): Difference | undefined {
  const make = differentOp(-1, mine.make, theirs.make);
  if (make !== undefined) return make;
  const ops = Math.max(mine.ops.length, theirs.ops.length);
  for (let i = 0; i < ops; i++) {
    const [m, t] = [mine.ops[i], theirs.ops[i]];
    if (m === undefined || t === undefined) {
      return { op: i, field: 'the operation', mine: mine.error ?? show(m), theirs: theirs.error ?? show(t) };
    }
    const found = differentOp(i, m, t);
    // A dump of the same operation says more than the CRC of what it shows.
    if (found !== undefined) return (found.field === 'x' && dumpAfter(stream, i, mine, theirs)) || found;
  }
  for (let i = 0; i < Math.max(mine.dumps.length, theirs.dumps.length); i++) {
    const found = differentDump(stream, mine.dumps[i], theirs.dumps[i]);
    if (found !== undefined) return found;
  }
  if (mine.error !== theirs.error) {
    return { op: ops - 1, field: 'error', mine: show(mine.error), theirs: show(theirs.error) };
  }
  return undefined;
}

/** A difference in one line. */
export function describe({ op, field, mine, theirs }: Difference, names: readonly [string, string]): string {
  const at = op < 0 ? 'make' : `op ${op}`;
  return `${at}: ${field}\n  ${names[0]}: ${clip(mine)}\n  ${names[1]}: ${clip(theirs)}`;
}

const clip = (text: string) =>
  text.length > 600 ? `${text.slice(0, 600)}... (${text.length} characters)` : text;
const show = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));

/** The fields of an op, those that say most first. */
const FIELDS: readonly (keyof OpRecord)[] = ['p', 'k', 'r', 'draws', 'it', 'e', 'x'];

/** How an operation ended the process, where it did: the words of both sides for the same. */
function endingOf({ f, p }: OpRecord): string | undefined {
  // What breeds buckets for ever ends when memory does, or when patience does.
  if (f === 'hang' || f === 'out of memory') return 'never';
  return p === 'fault' ? p : f;
}

function differentOp(op: number, mine: OpRecord, theirs: OpRecord): Difference | undefined {
  const [m, t] = [endingOf(mine), endingOf(theirs)];
  if (m !== t) return { op, field: 'the end', mine: show(m ?? mine), theirs: show(t ?? theirs) };
  // Who died of it has left no header.
  if (mine.f !== undefined || theirs.f !== undefined) return undefined;
  if (mine.h !== theirs.h) {
    const field = firstField(mine.h, theirs.h, headerFields(mine.h.length / 2));
    return { op, field: `hmap.${field.name}`, mine: field.mine, theirs: field.theirs };
  }
  for (const field of FIELDS) {
    const [m, t] = [mine[field], theirs[field]];
    if (m === t) continue;
    if (Array.isArray(m) && Array.isArray(t) && m[0] === t[0] && m[1] === t[1]) continue;
    if (field === 'it' && typeof m === 'string' && typeof t === 'string') {
      const part = firstField(m, t, HITER);
      return { op, field: `hiter.${part.name}`, mine: part.mine, theirs: part.theirs };
    }
    return { op, field, mine: show(m), theirs: show(t) };
  }
  return undefined;
}

type Fields = readonly (readonly [name: string, at: number])[];

const HITER: Fields = [
  ['startBucket', 0],
  ['offset', 8],
  ['wrapped', 9],
  ['B', 10],
  ['i', 11],
  ['padding', 12],
  ['bucket', 16],
  ['checkBucket', 24],
  ['clearSeq', 32],
];

function headerFields(size: number): Fields {
  const shared = [
    ['count', 0],
    ['flags', 8],
    ['B', 9],
    ['noverflow', 10],
    ['hash0', 12],
    ['buckets', 16],
    ['oldbuckets', 24],
    ['nevacuate', 32],
  ] as const;
  // From Go 1.24 on clearSeq stands before extra.
  return size > 48 ? [...shared, ['clearSeq', 40], ['extra', 48]] : [...shared, ['extra', 40]];
}

/** The first field, of those at these byte offsets, in which two texts in hex differ. */
function firstField(mine: string, theirs: string, fields: Fields) {
  for (const [i, [name, at]] of fields.entries()) {
    const end = fields[i + 1]?.[1];
    const part = (text: string) => text.slice(2 * at, end === undefined ? undefined : 2 * end);
    if (part(mine) !== part(theirs)) return { name, mine: part(mine), theirs: part(theirs) };
  }
  return { name: 'length', mine: String(mine.length / 2), theirs: String(theirs.length / 2) };
}

function dumpAfter(stream: Stream, op: number, mine: Recording, theirs: Recording): Difference | undefined {
  const at = (recording: Recording) => recording.dumps.find((dump) => dump.after === op);
  const [m, t] = [at(mine), at(theirs)];
  return m === undefined || t === undefined ? undefined : differentDump(stream, m, t);
}

function differentDump(
  stream: Stream,
  mine: Dump | undefined,
  theirs: Dump | undefined,
): Difference | undefined {
  if (mine === undefined || theirs === undefined) {
    const op = (mine ?? theirs)?.after ?? -1;
    return { op, field: 'dump', mine: mine ? 'there' : 'absent', theirs: theirs ? 'there' : 'absent' };
  }
  const op = mine.after;
  for (const field of ['buckets', 'oldbuckets'] as const) {
    const found = differentChains(stream, op, field === 'buckets' ? 'b' : 'o', mine[field], theirs[field]);
    if (found !== undefined) return found;
  }
  return firstLeaf(op, '', mine, theirs);
}

function differentChains(
  stream: Stream,
  op: number,
  letter: string,
  mine: Dump['buckets'],
  theirs: Dump['buckets'],
): Difference | undefined {
  if (mine === null || theirs === null) {
    if (mine === theirs) return undefined;
    return { op, field: `array ${letter}`, mine: show(mine), theirs: show(theirs) };
  }
  for (let i = 0; i < Math.max(mine.length, theirs.length); i++) {
    const [m, t] = [mine[i] ?? [], theirs[i] ?? []];
    for (let j = 0; j < Math.max(m.length, t.length); j++) {
      if (m[j] === t[j]) continue;
      const name = j === 0 ? `${letter}${i}` : `${letter}${i}.${j}`;
      const [a, b] = [m[j], t[j]];
      if (a === undefined || b === undefined) return { op, field: name, mine: show(a), theirs: show(b) };
      const part = firstField(a, b, bucketFields(stream.type));
      return { op, field: `${name} ${part.name}`, mine: part.mine, theirs: part.theirs };
    }
  }
  return undefined;
}

/** The parts of a bucket: tophash, keys, elements, the overflow word. */
function bucketFields(type: string): Fields {
  const shape = mapShape(parseMapType(type));
  const column = (name: string, from: number, size: number): Fields =>
    Array.from({ length: 8 }, (_, i) => [`${name}[${i}]`, from + i * size] as const);
  return [
    ...column('tophash', 0, 1),
    ...column('key', shape.keyOffset, shape.keySize),
    ...column('elem', shape.elemOffset, shape.elemSize),
    ['overflow', shape.overflowOffset],
  ];
}

/** The first place in which two JSON values differ. */
function firstLeaf(op: number, path: string, mine: unknown, theirs: unknown): Difference | undefined {
  if (mine === theirs) return undefined;
  if (!isObject(mine) || !isObject(theirs)) {
    return { op, field: `dump${path}`, mine: show(mine), theirs: show(theirs) };
  }
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const found = firstLeaf(op, `${path}.${key}`, mine[key], theirs[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
