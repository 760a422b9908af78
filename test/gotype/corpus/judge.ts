/** Asks real Go what it makes of a corpus of types. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Arch, buildGo, commandOf, type FoundGo, HOST, inMain } from '../../oracle/judge.ts';
import { ROOT } from '../../oracle/paths.ts';
import type { Corpus } from './generate.ts';

/** What a descriptor says of a type, and what reflect adds. */
export interface Facts {
  /** `reflect.Type.String`. */
  readonly string: string;
  /** Size, alignment, alignment as a field, ptrdata: bytes. */
  readonly layout: readonly [size: number, align: number, fieldAlign: number, ptrdata: number];
  /**
   * The bitmap of pointers in hex, `N bytes` and a digest where it is long; null where `gcdata` is none: a program,
   * or a bitmap made on demand.
   */
  readonly mask: string | null;
  readonly kind: number;
  /** Only tflagNamed, tflagRegularMemory and TFlagGCMaskOnDemand. */
  readonly tflag: number;
  /** Which function compares values: the runtime's, or `generated`; null where none can. */
  readonly equal: string | null;
  /** Of a struct, or array of structs: of each field, behind it those of its own type. Absent without fields. */
  readonly offsets?: readonly number[];
}

export interface MapFacts {
  readonly slots: readonly [keysize: number, elemsize: number, bucketsize: number, flags: number];
  /** As `equal`, for keys. */
  readonly hasher: string;
  readonly bucket: Facts;
  /** The type of the bucket's last field. */
  readonly overflow: string;
}

/** What go/main.go writes in a line. */
export interface Row extends Facts {
  readonly map?: MapFacts;
}

/** A longer bitmap is only told by its digest, in bytes. */
const MAX_MASK = 40;
const runFile = promisify(execFile);

/** Whether programs of a processor run here. */
export const canRun = async (arch: Arch): Promise<boolean> => (await commandOf('', arch)) !== undefined;

/** A row of each type, in order. */
export async function askGo(go: FoundGo, corpus: Corpus, arch: Arch = HOST): Promise<Row[]> {
  const program = await buildGo(go, join(ROOT, 'test', 'gotype', 'corpus', 'go'), tableOf(corpus), arch);
  const started = await commandOf(program, arch);
  if (started === undefined) throw new Error(`nothing here runs programs of ${arch}`);
  const { command, args, env } = started;
  const { stdout } = await runFile(command, [...args], { env, maxBuffer: 2 ** 28 });
  // Each corpus makes a program of its own, and most are asked once.
  rmSync(dirname(program), { recursive: true, force: true });
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => rowOf(JSON.parse(line)));
  if (rows.length !== corpus.types.length) throw new Error(`${go.version} says ${rows.length} rows`);
  return rows;
}

/**
 * The types go into slices: up to Go 1.21 `*[8]T` may be a pointer to the array of a map's bucket, which is no
 * `[8]T` like others.
 */
function tableOf({ declarations, types }: Corpus): string {
  return [
    'package main',
    'import "unsafe"',
    'var _ unsafe.Pointer',
    ...declarations.map(({ name, underlying }) => `type ${name} ${inMain(underlying)}`),
    'var table = []any{',
    ...types.map((text) => `\t([]${inMain(text)})(nil),`),
    '}\n',
  ].join('\n');
}

function rowOf(row: Row): Row {
  const { map } = row;
  return {
    ...factsOf(row),
    ...(map === undefined ? {} : { map: { ...map, bucket: factsOf(map.bucket) } }),
  };
}

const factsOf = (facts: Facts): Facts => ({
  ...facts,
  mask: maskText(facts.mask),
});

/** A bitmap as a row has it, from hex. */
export function maskText(hex: string | null): string | null {
  const bytes = (hex?.length ?? 0) / 2;
  if (hex === null || bytes <= MAX_MASK) return hex;
  return `${bytes} bytes ${createHash('sha256').update(hex).digest('hex').slice(0, 24)}`;
}
