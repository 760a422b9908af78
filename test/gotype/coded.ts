/** Values written to a memory of tests and read back, and what a codec says to a value that it refuses. */
import { expect } from 'vitest';
import { type Codec, codecFor, parseType } from '../../src/gotype/index.ts';
import { testMemory } from './memory.ts';

/** Where values are written. */
export const AT = 64;

/** The codec of a type, by its text. */
export const codec = (text: string): Codec => codecFor(parseType(text));

/** Writes a value and reads it back. */
export function back(text: string, value: unknown): unknown {
  const mem = testMemory();
  const one = codec(text);
  one.check(value);
  one.write(mem, AT, value);
  return one.read(mem, AT);
}

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** Both ways to refuse a value say the same. */
export function refusal(text: string, value: unknown): Error {
  const error = thrown(() => codec(text).check(value));
  const other = thrown(() => codec(text).take(value));
  expect(other.message).toBe(error.message);
  expect(other.constructor).toBe(error.constructor);
  return error;
}

/** An object without a prototype, as codecs give them. */
export const nullObject = (fields: object) => Object.assign(Object.create(null), fields);
