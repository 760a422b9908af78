/**
 * The formats in which streams and recordings travel, one JSON object a line. The README beside this file says
 * what every field means.
 */

/** One operation on the map. Keys and elements are texts of their type. */
export type Op =
  | readonly ['set', key: string, elem: string]
  | readonly ['get', key: string]
  | readonly ['del', key: string]
  | readonly ['clear']
  | readonly ['rangedel']
  | readonly ['iter']
  | readonly ['next']
  /** Bytes written from outside: the stream is hostile. */
  | readonly ['poke', place: string, offset: string, value: string];

/** Four words, `0x…`. */
export type HashKey = readonly [string, string, string, string];

/** What happens to one map. */
export interface Stream {
  readonly type: string;
  readonly hint?: number;
  readonly hash0?: number;
  readonly hashkey: HashKey;
  /** `0x…`. */
  readonly seed: string;
  readonly dump: number;
  readonly ops: readonly Op[];
}

/** Whether a stream writes bytes from outside. */
export function isHostile(stream: Stream): boolean {
  return stream.ops.some((op) => op[0] === 'poke');
}

/** What an operation left. */
export interface OpRecord {
  readonly h: string;
  readonly draws: number;
  readonly r?: string | readonly [key: string, elem: string] | null;
  readonly it?: string;
  readonly p?: string;
  /** Of an operation that ended the process: how. Nothing else is told of it then. */
  readonly f?: string;
  readonly e?: string;
  readonly k?: string;
  readonly x?: string;
}

export interface DumpHeader {
  readonly count: number;
  readonly flags: number;
  readonly B: number;
  readonly noverflow: number;
  readonly hash0: number;
  readonly nevacuate: number;
}

export interface OverflowList {
  readonly len: number;
  readonly cap: number;
  readonly list: readonly string[];
}

/** What pointers in a bucket's slots lead to; a column without pointers is absent. */
export interface Contents {
  readonly k?: readonly (string | null)[];
  readonly e?: readonly (string | null)[];
}

/** The buckets of an array, each with its overflow buckets, in hex. */
export type Chains = readonly (readonly string[])[];

/** All that a map has in memory. */
export interface Dump {
  readonly after: number;
  readonly header: DumpHeader;
  readonly buckets: Chains | null;
  readonly oldbuckets: Chains | null;
  readonly spares: { readonly count: number; readonly next: number | null } | null;
  readonly oldspares: number;
  readonly extra: {
    readonly overflow: OverflowList | null;
    readonly oldoverflow: OverflowList | null;
    readonly nextOverflow: string | null;
  } | null;
  readonly contents?: Readonly<Record<string, Contents>>;
}

export interface Recording {
  readonly make: OpRecord;
  readonly ops: readonly OpRecord[];
  readonly dumps: readonly Dump[];
  readonly error?: string;
}

/** What can run a stream. */
export interface Driver {
  readonly name: string;
  run(stream: Stream): Promise<Recording>;
  close(): Promise<void>;
}
