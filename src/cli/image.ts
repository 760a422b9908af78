/** `hmap-wasm image`: builds a map and writes it as a file that a native Go process maps and opens. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { TARGETS } from '../index.ts';
import { DEFAULT_TARGET } from '../profile/index.ts';
import { addBuildOptions, type BuildOptions, buildMap } from './build.ts';
import { save } from './files.ts';
import { type Io, OK } from './io.ts';
import { wholeUpTo } from './options.ts';

interface Options extends BuildOptions {
  readonly out: string;
  readonly base?: bigint;
  readonly overflowLists?: true;
  readonly target: string;
  readonly hashkey?: [bigint, bigint, bigint, bigint];
}

const WORD_MAX = 2n ** 64n - 1n;

export function addImage(program: Command, io: Io): void {
  const command = program
    .command('image')
    .summary('build a map and write it as an image for a native process')
    .description(
      'Builds a map as inspect does and writes it as an image: a page that says what it is, then the bytes ' +
        'to be mapped at the base address, header, buckets and all. Beside it, in FILE.entries, stand its ' +
        'entries, a line each, as canonical bytes in hex.',
    );
  addBuildOptions(command)
    .requiredOption('-o, --out <file>', 'the file to write')
    .option('--base <address>', 'where it will be mapped, a multiple of 4096', wholeUpTo(WORD_MAX))
    .option('--overflow-lists', 'with the overflow lists that iterating over a header left in place needs')
    .option(
      '--hashkey <words>',
      "the four words of the process's runtime.hashkey, joined by commas (without it: drawn from the seed)",
      hashkey,
    )
    .addOption(
      new Option('--target <name>', 'the target')
        .choices(TARGETS.map(({ name }) => name))
        .default(DEFAULT_TARGET),
    )
    .addHelpText(
      'after',
      `
Examples:
  hmap-wasm image ann=41 bob=42 --go 1.19 -o ages.img
  seq 1000 | sed 's/.*/&=&/' | hmap-wasm image 'map[uint64]uint64' --go 1.19 --base 0xc800000000 -o squares.img
  hmap-wasm inspect --image ages.img`,
    )
    .action(async (first: string | undefined, rest: string[], options: Options) => {
      const { runtime, map } = await buildMap(io, first, rest, options, {
        target: options.target,
        ...(options.hashkey !== undefined && { hashKey: options.hashkey }),
      });
      const image = runtime.image(map, {
        ...(options.base !== undefined && { base: options.base }),
        overflowLists: options.overflowLists === true,
      });
      await save(options.out, image.bytes);
      await save(`${options.out}.entries`, image.lines());
      const { type, count, size, base } = image.header;
      io.exit(OK);
      io.stdout.write(
        `${options.out}: ${type} with ${count} ${count === 1 ? 'entry' : 'entries'}, ${size} bytes ` +
          `for 0x${base.toString(16)}; ${options.out}.entries lists them\n`,
      );
    });
}

function hashkey(text: string): [bigint, bigint, bigint, bigint] {
  const words = text.split(',');
  if (words.length !== 4) throw new InvalidArgumentError('It takes four words, joined by commas.');
  return words.map(wholeUpTo(WORD_MAX)) as [bigint, bigint, bigint, bigint];
}
