/**
 * Recordings as files: `golden/<name>.json.br`, one a stream, compressed by Brotli. A file holds the stream once
 * and a recording for each release; of releases with equal recordings, all but the first hold the first's name.
 *
 * Streams with names like `a/b` and `a/c`, small ones, share the file `a.parts.json.br`, an object of such files.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { GOLDEN } from './paths.ts';
import type { Recording, Stream } from './protocol.ts';

/** Where a recording is from. */
export interface Provenance {
  /** What `go version` says. */
  readonly go: string;
  readonly goarch: string;
  /** The environment that makes the runtime deterministic. */
  readonly environment: string;
  readonly command: string;
  /** The day, `2006-01-02`. */
  readonly date: string;
}

export interface Golden {
  readonly stream: Stream;
  /** By release; a string names the release whose recording is the same. */
  readonly recordings: Readonly<Record<string, Recording | string>>;
  readonly provenance: Readonly<Record<string, Provenance>>;
}

const ENDING = '.json.br';
const PARTS = '.parts';
type Parts = Record<string, Golden>;

/** The names of all recordings there are. */
export function goldenNames(): string[] {
  if (!existsSync(GOLDEN)) return [];
  return readdirSync(GOLDEN)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .flatMap((name) => {
      if (!name.endsWith(PARTS)) return [name];
      return Object.keys(readFile(name) as Parts).map((part) => `${name.slice(0, -PARTS.length)}/${part}`);
    })
    .sort();
}

const fileOf = (name: string) => join(GOLDEN, `${name}${ENDING}`);

/** The file that has a stream, and the stream's part of it. */
function partOf(name: string): readonly [file: string, part: string] | undefined {
  const [head, part] = name.split('/');
  return part === undefined ? undefined : [`${head}${PARTS}`, part];
}

/** Files with parts are asked for again and again. */
const known = new Map<string, unknown>();

function readFile(name: string): unknown {
  if (known.has(name)) return known.get(name);
  if (!existsSync(fileOf(name))) return undefined;
  const content: unknown = JSON.parse(brotliDecompressSync(readFileSync(fileOf(name))).toString('utf8'));
  if (name.endsWith(PARTS)) known.set(name, content);
  return content;
}

/** What is recorded of a stream; undefined where nothing is. */
export function readGolden(name: string): Golden | undefined {
  const part = partOf(name);
  if (part === undefined) return readFile(name) as Golden | undefined;
  return (readFile(part[0]) as Parts | undefined)?.[part[1]];
}

/** Writes what is recorded of a stream; returns the size of its file in bytes. */
export function writeGolden(name: string, golden: Golden): number {
  const part = partOf(name);
  if (part === undefined) return writeFile(name, golden);
  const parts = (readFile(part[0]) ?? {}) as Parts;
  parts[part[1]] = golden;
  return writeFile(part[0], parts);
}

function writeFile(name: string, content: unknown): number {
  if (name.endsWith(PARTS)) known.set(name, content);
  const text = Buffer.from(JSON.stringify(content));
  const bytes = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  writeFileSync(fileOf(name), bytes);
  return bytes.length;
}

/** The recording of a release. */
export function recordingOf(golden: Golden, release: string): Recording | undefined {
  const found = golden.recordings[release];
  return typeof found === 'string' ? recordingOf(golden, found) : found;
}

/** Recordings with equal ones told by name, in the order of the table. */
export function shared(recordings: Readonly<Record<string, Recording>>): Record<string, Recording | string> {
  const first = new Map<string, string>();
  const out: Record<string, Recording | string> = {};
  for (const [release, recording] of Object.entries(recordings)) {
    const text = JSON.stringify(recording);
    const known = first.get(text);
    out[release] = known ?? recording;
    if (known === undefined) first.set(text, release);
  }
  return out;
}
