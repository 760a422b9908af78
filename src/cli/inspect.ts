/** `hmap-wasm inspect`: builds a map, or opens an image, and shows how it lies in memory. */
import type { Command } from 'commander';
import { type GoMap, Runtime } from '../index.ts';
import { inspectionJson, inspectionText, inspectMap } from '../report/index.ts';
import { addBuildOptions, type BuildOptions, buildMap } from './build.ts';
import { contents } from './files.ts';
import { type Io, OK, UsageError } from './io.ts';
import { terminalOf } from './terminal.ts';

interface Options extends BuildOptions {
  readonly image?: string;
  readonly bytes?: true;
  readonly json?: true;
  readonly plain?: true;
}

/** As much as anybody looks at; more address space is only harder to get. */
const MEMORY = { limit: 2 ** 28 };

export function addInspect(program: Command, io: Io): void {
  const command = program
    .command('inspect')
    .summary('build a map and show its header, buckets and slots')
    .description(
      'Builds a map out of key=value pairs and shows how it lies in memory: the header, the state ' +
        'of every slot, overflow chains, and the old buckets while it grows. Without pairs it reads ' +
        'them from standard input, a line each.',
    );
  addBuildOptions(command)
    .option('--image <file>', 'open an image (see hmap-wasm image) instead of building a map')
    .option('--bytes', 'every bucket as a hex dump too')
    .option('--json', 'print it as JSON')
    .option('--plain', 'no colours')
    .addHelpText(
      'after',
      `
Examples:
  hmap-wasm inspect ann=41 bob=42
  hmap-wasm inspect 'map[int][4]byte' 1=0xdeadbeef 2=0x00000000 --bytes
  hmap-wasm inspect 'map[int]int' -- -1=1 2=4
  hmap-wasm inspect ann=41 bob=42 --delete ann
  seq 105 | sed 's/.*/&=&/' | hmap-wasm inspect 'map[int]int' --hash0 0x12345678
  echo '[["ann", 41]]' | hmap-wasm inspect --json-input --json
  hmap-wasm inspect --image ages.img`,
    )
    .action(async (first: string | undefined, rest: string[], options: Options) => {
      const map = await mapOf(io, first, rest, options);
      const inspection = inspectMap(map);
      const text = options.json
        ? inspectionJson(inspection)
        : inspectionText(inspection, terminalOf(io, options.plain === true), options.bytes === true);
      io.exit(OK);
      io.stdout.write(text);
    });
}

async function mapOf(
  io: Io,
  first: string | undefined,
  rest: readonly string[],
  options: Options,
): Promise<GoMap> {
  if (options.image === undefined) {
    return (await buildMap(io, first, rest, options, { memory: MEMORY })).map;
  }
  if (first !== undefined)
    throw new UsageError('--image shows what is in the image: give it no type and no pairs');
  const { map } = await Runtime.open(await contents(options.image), { memory: MEMORY });
  return map as unknown as GoMap;
}
