/** `hmap-wasm cheader`: the C header of a Go map. */
import { type Command, Option } from 'commander';
import { cHeader, mapShape, parseMapType, TARGETS } from '../index.ts';
import { DEFAULT_RELEASE, DEFAULT_TARGET, release, target } from '../profile/index.ts';
import { type Io, OK } from './io.ts';

interface Options {
  readonly target: string;
  readonly go: string;
}

export function addCheader(program: Command, io: Io): void {
  program
    .command('cheader')
    .summary('write the C header of a map type')
    .description(
      "Writes C structs of a map's header, buckets and overflow record, with static assertions on every " +
        'size and offset: a compiler for another target refuses them.',
    )
    .argument('<type>', "the map's Go type")
    .addOption(
      new Option('--target <name>', 'the target')
        .choices(TARGETS.map(({ name }) => name))
        .default(DEFAULT_TARGET),
    )
    .option('--go <release>', 'the Go release', DEFAULT_RELEASE)
    .addHelpText(
      'after',
      `
Examples:
  hmap-wasm cheader 'map[string]int' > gomap.h
  hmap-wasm cheader 'map[int][16]byte' --target linux/arm64 --go 1.19`,
    )
    .action((type: string, options: Options) => {
      const text = cHeader(mapShape(parseMapType(type)), release(options.go), target(options.target));
      io.exit(OK);
      io.stdout.write(text);
    });
}
