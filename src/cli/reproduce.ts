/** `hmap-wasm reproduce`: runs cases and shows the evidence. */
import type { Command } from 'commander';
import { type Case, type CaseResult, DEFAULT_SEEDS, runCase, type SeedRange } from '../cases/index.ts';
import { casesJson, casesText, quote } from '../report/index.ts';
import { type Io, OK, UNLIKE, UsageError } from './io.ts';
import { SEED_MAX, seedRange, wholeUpTo } from './options.ts';
import { terminalOf } from './terminal.ts';

interface Options {
  readonly seed?: bigint;
  readonly seeds?: SeedRange;
  readonly c?: true;
  readonly json?: true;
  readonly plain?: true;
}

export function addReproduce(program: Command, io: Io, catalogue: readonly Case[]): void {
  const width = Math.max(...catalogue.map(({ name }) => name.length)) + 2;
  const list = catalogue.map((each) => `  ${each.name.padEnd(width)}${each.title}`).join('\n');
  program
    .command('reproduce')
    .summary('run failure cases and show the evidence')
    .description(
      'Runs cases of the catalogue and shows what goes wrong, in the bytes, beside what works. ' +
        'The exit status is 1 if a case does not behave as it documents.',
    )
    .argument('[case...]', 'names of cases; all of them if none is named')
    .option(
      '--seed <n>',
      'the hash of the run that is shown (without it: the golden hash)',
      wholeUpTo(SEED_MAX),
    )
    .option(
      '--seeds <a..b>',
      `the seeds over which rules are computed anew (without it: ${DEFAULT_SEEDS.from}..${DEFAULT_SEEDS.to})`,
      seedRange,
    )
    .option('--c', 'print the C functions of each case too')
    .option('--json', 'print everything that was found as JSON')
    .option('--plain', 'no colours')
    .addHelpText(
      'after',
      `
Cases:
${list}

Examples:
  hmap-wasm reproduce
  hmap-wasm reproduce frozen-header --seed 7
  hmap-wasm reproduce frozen-header --seeds 1..1000 --json`,
    )
    .action(async (names: string[], options: Options) => {
      const results: CaseResult[] = [];
      for (const one of chosen(names, catalogue)) results.push(await runCase(one, options));
      io.exit(results.every(({ ok }) => ok) ? OK : UNLIKE);
      const terminal = terminalOf(io, options.plain === true);
      io.stdout.write(options.json ? casesJson(results) : casesText(results, terminal, options.c === true));
    });
}

/** @throws UsageError that lists the cases */
function chosen(names: readonly string[], catalogue: readonly Case[]): readonly Case[] {
  const known = catalogue.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no case ${quote(unknown.slice(0, 80))}. The cases are: ${known.join(', ')}`,
    );
  }
  return names.length === 0 ? catalogue : catalogue.filter(({ name }) => names.includes(name));
}
