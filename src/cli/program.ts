/** The program: its commands, and what errors become. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { type Case, cases } from '../cases/index.ts';
import { GoPanic, ImageError, OutOfMemory, Unsupported } from '../index.ts';
import { printable } from '../report/index.ts';
import { addCast } from './cast.ts';
import { addCheader } from './cheader.ts';
import { addImage } from './image.ts';
import { addInspect } from './inspect.ts';
import { type Io, OK, SOFTWARE, USAGE, UsageError } from './io.ts';
import { addLayout } from './layout.ts';
import { addReproduce } from './reproduce.ts';

/** Runs the command line `args` (without the program's own name) on a catalogue. Never rejects. */
export async function run(
  args: readonly string[],
  io: Io,
  catalogue: readonly Case[] = cases,
): Promise<void> {
  try {
    // Nothing asked: say what there is to ask for.
    await programOf(io, catalogue).parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (error) {
    io.exit(explain(error, io));
  }
}

/** A pair such as -1=2, which looks like an option. */
const NEGATIVE = /unknown option '-[0-9.][^']*'/;

function programOf(io: Io, catalogue: readonly Case[]): Command {
  const program = new Command('hmap-wasm')
    .description("An emulator of Go's map runtime on real memory.")
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help on a command')
    .addHelpText(
      'after',
      `
Examples:
  hmap-wasm reproduce
  hmap-wasm inspect ann=41 bob=42
  hmap-wasm layout 'map[int][16]byte'
  hmap-wasm cast 'struct s' bytes.bin -d decl.h
  hmap-wasm image ann=41 bob=42 --go 1.19 -o ages.img

Exit status: 0 well, 1 a case does not behave as it documents, 2 bad arguments or input.`,
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(printable(text)),
      outputError: (text, write) =>
        write(text.replace(NEGATIVE, '$& (put -- before pairs that begin with a minus)')),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addReproduce(program, io, catalogue);
  addInspect(program, io);
  addLayout(program, io);
  addCheader(program, io);
  addCast(program, io);
  addImage(program, io);
  return program;
}

/** The package's own description names the version. */
function version(): string {
  const require = createRequire(import.meta.url);
  return (require('hmap-wasm/package.json') as { version: string }).version;
}

/** Says what an error means, and gives the exit status. */
function explain(error: unknown, io: Io): number {
  // Commander has said it already, and calls help and version errors too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
  if (isBadInput(error)) {
    io.stderr.write(`error: ${printable(error.message)}\n`);
    return USAGE;
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  io.stderr.write(`error: hmap-wasm itself failed: ${printable(text)}\n`);
  return SOFTWARE;
}

/** Errors that a user's arguments lead to: their messages say all there is to say. */
function isBadInput(error: unknown): error is Error {
  const named = [UsageError, Unsupported, ImageError, OutOfMemory, GoPanic, RangeError];
  return (
    named.some((kind) => error instanceof kind) || (error instanceof TypeError && error.name !== 'TypeError')
  );
}
