/** Key and value pairs, from arguments and from standard input. */

import type { GoType } from '../index.ts';
import { quote } from '../report/index.ts';
import { type Input, UsageError } from './io.ts';
import { fromJson, fromText, parseJson, type Text } from './values.ts';

export interface Pair {
  /** How a message names the pair. */
  readonly name: string;
  readonly key: () => unknown;
  readonly value: () => unknown;
}

interface Types {
  readonly key: GoType;
  readonly elem: GoType;
}

/** @throws UsageError for an argument without an equals sign */
export function pairsOf(args: readonly string[], types: Types): Pair[] {
  return args.map((arg) => {
    const at = arg.indexOf('=');
    if (at < 0) throw new UsageError(`a pair is key=value, got ${quote(arg)}`);
    return textPair(quote(arg), arg.slice(0, at), arg.slice(at + 1), types);
  });
}

const textPair = (name: string, key: Text, value: Text, types: Types): Pair => ({
  name,
  key: () => fromText(types.key, key),
  value: () => fromText(types.elem, value),
});

const EQUALS = 0x3d;
const LINE_END = 0x0a;
const RETURN = 0x0d;

/** Lines of key=value; empty ones are skipped. Bytes that are not UTF-8 stay bytes. */
export function linePairs(input: Uint8Array, types: Types): Pair[] {
  const pairs: Pair[] = [];
  for (let start = 0, number = 1; start < input.length; number++) {
    const found = input.indexOf(LINE_END, start);
    const next = found < 0 ? input.length : found;
    const end = next > start && input[next - 1] === RETURN ? next - 1 : next;
    const line = input.subarray(start, end);
    start = next + 1;
    if (line.length === 0) continue;
    const at = line.indexOf(EQUALS);
    if (at < 0) throw new UsageError(`line ${number}: a pair is key=value, got ${quote(line.slice(0, 80))}`);
    pairs.push(
      textPair(`line ${number}`, textOf(line.subarray(0, at)), textOf(line.subarray(at + 1)), types),
    );
  }
  return pairs;
}

function textOf(bytes: Uint8Array): Text {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** A JSON object, whose keys are texts, or an array of [key, value] pairs. */
export function jsonPairs(input: Uint8Array, types: Types): Pair[] {
  const wanted = 'standard input takes a JSON object, or an array of [key, value] pairs';
  const text = textOf(input);
  if (typeof text !== 'string') throw new UsageError(`${wanted}; this is not UTF-8`);
  const json = parseJson(text, `${wanted}; this is not JSON`);
  if (Array.isArray(json)) {
    return json.map((pair: unknown, i) => {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new UsageError(`${wanted}; number ${i} is no pair`);
      return {
        name: `pair ${i}`,
        key: () => fromJson(types.key, pair[0]),
        value: () => fromJson(types.elem, pair[1]),
      };
    });
  }
  if (typeof json !== 'object' || json === null) throw new UsageError(wanted);
  return Object.entries(json).map(([key, value]) => ({
    name: `key ${quote(key.slice(0, 80))}`,
    key: () => fromText(types.key, key),
    value: () => fromJson(types.elem, value),
  }));
}

/** Everything that a stream gives. */
export async function readAll(input: Input): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) {
    chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
  }
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
