/**
 * Go variables in emulated memory: objects of the Go heap, whose words are the variable and what lies behind it.
 *
 * Elements of more than 128 bytes have objects of their own, so that a map of such elements is a way to have Go's
 * allocator place one. Nothing is written past the runtime.
 */
import { hex, type Runtime } from '../index.ts';
import type { DumpColumn } from './case.ts';
import { littleEndian } from './structs.ts';

export const WORD = 8;
/** One word more than a bucket keeps within itself. */
const WORDS = 17;
const OBJECTS = `map[int][${WORDS}]uint64`;

/** Where the elements begin in a bucket of that map: behind eight marks and eight keys. */
const FIRST_ELEM = BigInt(8 + 8 * WORD);

/** What Go programs have behind a variable: some other variable. These stand for it. */
export const NEIGHBOURS: readonly bigint[] = [0x1111n, 0x2222n, 0x3333n, 0x4444n, 0x5555n];

/** A new object of the Go heap that begins with these words; zeros follow. Its address. */
export function newObject(rt: Runtime, words: readonly bigint[]): bigint {
  const objects = rt.makeMap<string>(OBJECTS);
  objects.set(
    0n,
    Array.from({ length: WORDS }, (_, i) => words[i] ?? 0n),
  );
  return wordAt(rt, objects.header.buckets + FIRST_ELEM);
}

export function wordAt(rt: Runtime, address: bigint): bigint {
  return littleEndian(rt.memory.read(address, WORD), 0, WORD);
}

export function writeWord(rt: Runtime, address: bigint, value: bigint): void {
  rt.memory.write(address, wordBytes(value));
}

/** Words as they lie in memory. */
export function wordBytes(...words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * WORD);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setBigUint64(i * WORD, BigInt.asUintN(64, word), true);
  });
  return bytes;
}

/** Memory as a column of a dump. */
export function column(rt: Runtime, label: string, address: bigint, size: number): DumpColumn {
  return { label, address, bytes: rt.memory.read(address, size) };
}

/** A word as a dump names it. */
export const wordText = (bytes: Uint8Array, index: number): string =>
  hex(littleEndian(bytes, index * WORD, WORD));
