/** What a codec is: the way between JavaScript values and the bytes of a Go type. */
import type { ValueMemory } from '../../machine/views.ts';
import { GoValueRangeError, GoValueTypeError, show } from '../errors.ts';
import type { GoType } from '../model.ts';

export interface Codec<T = unknown> {
  readonly type: GoType;
  /** Size of the value in bytes. */
  readonly size: number;
  /**
   * Whether a checked value can't change before it is written: a primitive, or null. Of others take a copy
   * with `take`, or be sure that no code of the caller's runs in between.
   */
  readonly primitive: boolean;
  /**
   * Refuses what isn't a value of the type. Has no side effects of its own, and reads each property of the
   * value at most once.
   * @throws GoValueTypeError (a TypeError): the wrong kind of JavaScript value
   * @throws GoValueRangeError (a RangeError): the right kind, but it does not fit
   * @throws Unsupported: values of the type don't work in this version
   */
  check(value: unknown): void;
  /**
   * `check`, and a copy of the value in the form in which `read` gives values (bytes given for a string stay
   * bytes). Reads each property of the value at most once, so that what is written is what was checked,
   * getters and proxies included.
   * @throws as `check`
   */
  take(value: unknown): T;
  /**
   * The value at `at`, a multiple of the type's alignment. Never a view of the memory.
   * @throws SegmentationFault if a string's bytes lie nowhere
   */
  read(mem: ValueMemory, at: number): T;
  /**
   * Writes all `size` bytes, padding and blank fields as zeros. `value` has passed `check`, or came from
   * `take` or `read`. Strings get new storage.
   * @throws OutOfMemory from the storage of strings; part of the bytes may be written then
   */
  write(mem: ValueMemory, at: number, value: T): void;
}

/** @throws GoValueTypeError always: `int8 takes a number, got the string "x"` */
export function wrongKind(type: string, wanted: string, value: unknown): never {
  throw new GoValueTypeError(`${clipType(type)} takes ${wanted}, got ${show(value)}`);
}

/** @throws GoValueRangeError always: `300 does not fit uint8 (0 to 255)` */
export function outOfRange(type: string, value: unknown, allowed: string): never {
  throw new GoValueRangeError(`${show(value)} does not fit ${clipType(type)} (${allowed})`);
}

/** A type's text short enough for a message. */
export function clipType(type: string): string {
  return type.length > 60 ? `${type.slice(0, 60)}...` : type;
}
