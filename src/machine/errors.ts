/**
 * How an operation can end badly: a closed set of error classes.
 *
 * Misuse of the API is a TypeError or RangeError and, like OutOfMemory, changes
 * nothing. A GoPanic leaves the bytes that Go leaves. A GoFatal or a
 * SegmentationFault ends the emulated process.
 */

/** A feature that this version does not emulate; the message says what works instead. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** A panic that an emulated program could recover from; the message is Go's own text. */
export class GoPanic extends Error {
  override readonly name = 'GoPanic';
  /** Of a batch: the index of the entry that panicked. Those before it stand. */
  readonly index: number | undefined;

  constructor(message: string, index?: number) {
    super(message);
    this.index = index;
  }
}

/** A fatal error of Go's runtime, which nothing recovers from; the message is Go's own text. */
export class GoFatal extends Error {
  override readonly name = 'GoFatal';
}

/** An access of emulated memory that is not mapped, or not writable. */
export class SegmentationFault extends Error {
  override readonly name = 'SegmentationFault';
  /** First byte of the access. */
  readonly address: bigint;
  /** Bytes of the access. */
  readonly size: number;

  constructor(address: bigint, size: number, why: string) {
    super(`${hex(address)}: ${why} (access of ${size} byte${size === 1 ? '' : 's'})`);
    this.address = address;
    this.size = size;
  }
}

/** What `OutOfMemory` names of a map that takes room. */
export interface MapUse {
  /** The map's Go type. */
  readonly type: string;
  readonly address: bigint;
  readonly entries: number;
  /** Bytes of its bucket arrays. */
  readonly bytes: number;
}

/** The Go heap has no room for an object. Nothing was changed. */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
  /** Bytes of the object. */
  readonly requested: number;
  /** Bytes that the heap may take. */
  readonly limit: number;
  /** The largest maps that were not freed, largest first. */
  readonly largest: readonly MapUse[];
  /** Bytes in use when it failed. */
  readonly inUse: number;
  /** Of a batch: the index of the entry that could not be set. Those before it stand. */
  readonly index: number | undefined;

  constructor(requested: number, limit: number, inUse: number, largest: readonly MapUse[], index?: number) {
    const maps = largest.map((m) => `${m.type} at ${hex(m.address)} with ${m.entries} entries`);
    super(
      `the Go heap has no room for ${requested} bytes: ${inUse} of ${limit} are in use` +
        `${index === undefined ? '' : `, at index ${index}`}. ` +
        (maps.length === 0 ? '' : `Largest maps not freed: ${maps.join('; ')}. `) +
        'Free maps with free(), or create the runtime with a larger memory.limit.',
    );
    this.requested = requested;
    this.limit = limit;
    this.inUse = inUse;
    this.largest = largest;
    this.index = index;
  }

  /** The same of entry `index` of a batch. */
  at(index: number): OutOfMemory {
    return new OutOfMemory(this.requested, this.limit, this.inUse, this.largest, index);
  }
}

/** Bytes that no sequence of operations leads to, found by the invariant checker. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  /** Which rule, as in `Invariant` of the shared codes. */
  readonly rule: number;
  /** Where it is broken. */
  readonly address: bigint;

  constructor(rule: number, text: string, address: bigint) {
    super(`${text}, at ${hex(address)}`);
    this.rule = rule;
    this.address = address;
  }
}

/** An operation on something that was freed. */
export class UseAfterFree extends TypeError {
  override readonly name = 'UseAfterFree';
}

/** An operation after a fatal error or a fault has ended the emulated process. Memory stays readable. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
  constructor(cause: Error) {
    super(`the emulated process has ended: ${cause.message}. Create a new Runtime to go on.`, { cause });
  }
}

/** A wasm module that does not belong to this version of the library. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** An address as Go prints it. */
export function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
