/** `hmap-wasm inspect`: builds a map and shows how it lies in memory. */
import { type Command, Option } from 'commander';
import {
  DEFAULT_RELEASE,
  GoValueRangeError,
  GoValueTypeError,
  mapShape,
  parseMapType,
  RELEASES,
  Runtime,
} from '../index.ts';
import { inspectionJson, inspectionText, inspectMap, quote } from '../report/index.ts';
import { type Io, OK, UsageError } from './io.ts';
import { SEED_MAX, wholeUpTo } from './options.ts';
import { jsonPairs, linePairs, type Pair, pairsOf, readAll } from './pairs.ts';
import { terminalOf } from './terminal.ts';
import { fromText } from './values.ts';

interface Options {
  readonly go: string;
  readonly hash0?: bigint;
  readonly seed?: bigint;
  readonly hint?: bigint;
  readonly delete?: readonly string[];
  readonly bytes?: true;
  readonly jsonInput?: true;
  readonly json?: true;
  readonly plain?: true;
}

const DEFAULT_TYPE = 'map[string]int';
/** As much as anybody looks at; more address space is only harder to get. */
const MEMORY = { limit: 2 ** 28 };

export function addInspect(program: Command, io: Io): void {
  program
    .command('inspect')
    .summary('build a map and show its header, buckets and slots')
    .description(
      'Builds a map out of key=value pairs and shows how it lies in memory: the header, the state ' +
        'of every slot, overflow chains, and the old buckets while it grows. Without pairs it reads ' +
        'them from standard input, a line each.',
    )
    .argument('[type]', `the map's Go type (without it: ${DEFAULT_TYPE})`)
    .argument(
      '[pairs...]',
      'key=value; numbers as in Go, [N]byte as 0x and hex digits, structs and arrays as JSON',
    )
    .option(
      '--hash0 <n>',
      'the hash seed of the map (without it: drawn from the seed)',
      wholeUpTo(2n ** 32n - 1n),
    )
    .addOption(
      new Option('--go <release>', 'the Go release to emulate')
        .choices(RELEASES.map(({ name }) => name))
        .default(DEFAULT_RELEASE),
    )
    .option('--seed <n>', 'everything random comes from it (without it: 0)', wholeUpTo(SEED_MAX))
    .option('--hint <n>', "make's hint: the number of entries to make room for", wholeUpTo(2n ** 63n - 1n))
    .option('--delete <key...>', 'keys to delete after the pairs are set; name the last ones')
    .option('--bytes', 'every bucket as a hex dump too')
    .option(
      '--json-input',
      'standard input is a JSON object, or an array of [key, value] pairs (which keeps their order)',
    )
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
  echo '[["ann", 41]]' | hmap-wasm inspect --json-input --json`,
    )
    .action(async (first: string | undefined, rest: string[], options: Options) => {
      const { type, args } = split(first, rest);
      if (args.length > 0 && options.jsonInput) {
        throw new UsageError('--json-input reads pairs from standard input: give it no pairs as arguments');
      }
      const shape = mapShape(parseMapType(type));
      const runtime = await Runtime.create({
        goVersion: options.go,
        seed: options.seed ?? 0n,
        memory: MEMORY,
      });
      const map = runtime.makeMap(type, {
        hint: options.hint ?? 0n,
        ...(options.hash0 !== undefined && { hash0: Number(options.hash0) }),
      });
      const pairs = args.length > 0 ? pairsOf(args, shape) : await pairsFrom(io, shape, options);
      for (const pair of pairs) named(pair.name, () => map.set(pair.key(), pair.value()));
      for (const key of options.delete ?? []) {
        named(`--delete ${quote(key)}`, () => map.delete(fromText(shape.key, key)));
      }
      const inspection = inspectMap(map);
      const text = options.json
        ? inspectionJson(inspection)
        : inspectionText(inspection, terminalOf(io, options.plain === true), options.bytes === true);
      io.exit(OK);
      io.stdout.write(text);
    });
}

/** The first argument is a type unless it is a pair: a type begins with `map[`, or has no equals sign. */
function split(
  first: string | undefined,
  rest: readonly string[],
): { type: string; args: readonly string[] } {
  if (first === undefined) return { type: DEFAULT_TYPE, args: rest };
  const isPair = first.includes('=') && !/^\s*map\s*\[/.test(first);
  return isPair ? { type: DEFAULT_TYPE, args: [first, ...rest] } : { type: first, args: rest };
}

async function pairsFrom(io: Io, types: Parameters<typeof linePairs>[1], options: Options): Promise<Pair[]> {
  // At a terminal nobody is asked to type: the map is empty.
  if (io.stdin.isTTY && !options.jsonInput) return [];
  const input = await readAll(io.stdin).catch((error: Error) => {
    throw new UsageError(`standard input cannot be read: ${error.message}`);
  });
  return options.jsonInput ? jsonPairs(input, types) : linePairs(input, types);
}

/** A bad key or value is named by the pair that it stands in. */
function named(name: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const bad =
      error instanceof GoValueTypeError || error instanceof GoValueRangeError || error instanceof UsageError;
    throw bad ? new UsageError(`${name}: ${error.message}`) : error;
  }
}
