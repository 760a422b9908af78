/** `hmap-wasm cast`: reads bytes as a C type. */
import { type Command, Option } from 'commander';
import { Runtime, TARGETS } from '../index.ts';
import { DEFAULT_TARGET } from '../profile/index.ts';
import { castBytes, castJson, castText } from '../report/index.ts';
import { contents } from './files.ts';
import { type Io, OK, UsageError } from './io.ts';
import { readAll } from './pairs.ts';
import { terminalOf } from './terminal.ts';

interface Options {
  readonly declarations?: string;
  readonly c?: string;
  readonly target: string;
  readonly hex?: true;
  readonly offset: string;
  readonly truncated?: true;
  readonly json?: true;
  readonly plain?: true;
}

/** A runtime only lends its parser. */
const MEMORY = { limit: 2 ** 16 };

export function addCast(program: Command, io: Io): void {
  program
    .command('cast')
    .summary('read bytes as a C type')
    .description(
      "Reads bytes of a file, or of standard input, as a C type, by the layout that the target's compiler gives it: " +
        'every member with its offset and its value.',
    )
    .argument('<type>', 'a type of the declarations: a typedef, or struct s')
    .argument('[file]', 'the bytes (without it: standard input)')
    .option('-d, --declarations <file>', 'a file of C declarations')
    .option('-c, --c <text>', 'C declarations')
    .addOption(
      new Option('--target <name>', 'the target')
        .choices(TARGETS.map(({ name }) => name))
        .default(DEFAULT_TARGET),
    )
    .option('--hex', 'the bytes are given as hex digits; blanks between them count for nothing')
    .option('--offset <n>', 'where in the bytes the value begins', '0')
    .option('--truncated', 'fewer bytes than the type has are no error: what they do not reach is not there')
    .option('--json', 'print it as JSON')
    .option('--plain', 'no colours')
    .addHelpText(
      'after',
      `
Examples:
  echo 'c0ffee00 2a000000' | hmap-wasm cast pair -c 'typedef struct { int a, b; } pair;' --hex
  hmap-wasm cheader 'map[string]int' > gomap.h
  hmap-wasm cast 'struct go_hmap' core.bin -d gomap.h --offset 0x2000`,
    )
    .action(async (name: string, file: string | undefined, options: Options) => {
      const declarations = await declarationsOf(options);
      const rt = await Runtime.create({ target: options.target, memory: MEMORY });
      const type = (await rt.c()).parse(declarations).type(name);
      const bytes = await bytesOf(io, file, options);
      const missing = type.size - bytes.length;
      if (missing > 0 && options.truncated !== true) {
        throw new UsageError(
          `${name} takes ${type.size} bytes, got ${bytes.length}: ${missing} are missing (--truncated shows what is there)`,
        );
      }
      const result = castBytes(type, options.target, bytes, options.truncated === true);
      const text = options.json ? castJson(result) : castText(result, terminalOf(io, options.plain === true));
      io.exit(OK);
      io.stdout.write(text);
    });
}

async function declarationsOf({ declarations, c }: Options): Promise<string> {
  if (c !== undefined && declarations !== undefined)
    throw new UsageError('declarations come from a file (-d) or as text (-c), not both');
  if (c !== undefined) return c;
  if (declarations === undefined)
    throw new UsageError("no declarations: name a file with -d, or give text with -c 'struct s { int a; };'");
  return new TextDecoder().decode(await contents(declarations));
}

async function bytesOf(io: Io, file: string | undefined, { hex, offset }: Options): Promise<Uint8Array> {
  if (!/^(0[xX][0-9a-fA-F]{1,13}|[0-9]{1,15})$/.test(offset))
    throw new UsageError(`--offset takes a whole number, got ${offset.slice(0, 40)}`);
  if (file === undefined && io.stdin.isTTY)
    throw new UsageError('no bytes: name a file, or send them to standard input');
  const given = file === undefined ? await readAll(io.stdin) : await contents(file);
  const all = hex === true ? fromHex(given) : given;
  const from = Number(offset);
  if (from > all.length)
    throw new UsageError(`--offset ${from} is past the end: there are ${all.length} bytes`);
  return Uint8Array.from(all.subarray(from));
}

/** Bytes out of hex digits, with or without 0x in front. */
function fromHex(given: Uint8Array): Uint8Array {
  const digits = new TextDecoder().decode(given).replace(/\s+|^\s*0[xX]/g, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(digits))
    throw new UsageError('--hex takes pairs of hex digits, nothing else');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
