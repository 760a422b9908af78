/** A map out of the command line: what `inspect` and `image` have in common. */
import { type Command, Option } from 'commander';
import {
  DEFAULT_RELEASE,
  type GoMap,
  GoValueRangeError,
  GoValueTypeError,
  mapShape,
  parseMapType,
  RELEASES,
  Runtime,
  type RuntimeOptions,
} from '../index.ts';
import { quote } from '../report/index.ts';
import { type Io, UsageError } from './io.ts';
import { SEED_MAX, wholeUpTo } from './options.ts';
import { jsonPairs, linePairs, type Pair, pairsOf, readAll } from './pairs.ts';
import { fromText } from './values.ts';

/** What `addBuildOptions` adds. */
export interface BuildOptions {
  readonly go: string;
  readonly hash0?: bigint;
  readonly seed?: bigint;
  readonly hint?: bigint;
  readonly delete?: readonly string[];
  readonly jsonInput?: true;
}

export const DEFAULT_TYPE = 'map[string]int';

/** Arguments and options that say what is in the map. */
export function addBuildOptions(command: Command): Command {
  return command
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
    .option(
      '--json-input',
      'standard input is a JSON object, or an array of [key, value] pairs (which keeps their order)',
    );
}

/** Builds the map in a runtime of its own. */
export async function buildMap(
  io: Io,
  first: string | undefined,
  rest: readonly string[],
  options: BuildOptions,
  runtimeOptions: Pick<RuntimeOptions, 'memory' | 'target' | 'hashKey'>,
): Promise<{ runtime: Runtime; map: GoMap }> {
  const { type, args } = split(first, rest);
  if (args.length > 0 && options.jsonInput) {
    throw new UsageError('--json-input reads pairs from standard input: give it no pairs as arguments');
  }
  const shape = mapShape(parseMapType(type));
  const runtime = await Runtime.create({
    ...runtimeOptions,
    goVersion: options.go,
    seed: options.seed ?? 0n,
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
  return { runtime, map };
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

async function pairsFrom(
  io: Io,
  types: Parameters<typeof linePairs>[1],
  options: BuildOptions,
): Promise<Pair[]> {
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
