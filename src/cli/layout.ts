/** `hmap-wasm layout`: where everything lies in a map of a type. */
import { type Command, Option } from 'commander';
import { TARGETS } from '../index.ts';
import { layoutOf, layoutsJson, layoutsText } from '../report/index.ts';
import { type Io, OK } from './io.ts';
import { terminalOf } from './terminal.ts';

interface Options {
  readonly target: string;
  readonly json?: true;
  readonly plain?: true;
}

const ALL = 'all';

export function addLayout(program: Command, io: Io): void {
  program
    .command('layout')
    .summary('show the header and bucket layout of a map type')
    .description(
      'Shows offsets and sizes of the header and of a bucket of a map type, holes, the functions ' +
        'that the compiler calls for it, and how elements are aligned.',
    )
    .argument('<type>', "the map's Go type")
    .addOption(
      new Option('--target <name>', 'a target, or all of them')
        .choices([...TARGETS.map(({ name }) => name), ALL])
        .default(ALL),
    )
    .option('--json', 'print it as JSON')
    .option('--plain', 'no colours')
    .addHelpText(
      'after',
      `
Examples:
  hmap-wasm layout 'map[int][16]byte'
  hmap-wasm layout 'map[string]struct { a bool; b int64 }' --target linux/arm64 --json`,
    )
    .action((type: string, options: Options) => {
      const targets = TARGETS.filter(({ name }) => options.target === ALL || name === options.target);
      const layouts = targets.map((target) => layoutOf(type, target));
      const terminal = terminalOf(io, options.plain === true);
      const text = options.json ? layoutsJson(layouts) : layoutsText(layouts, terminal);
      io.exit(OK);
      io.stdout.write(text);
    });
}
