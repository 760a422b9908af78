/** The terminal that reports are shown on: picocolors for the colours, cli-table3 for the tables. */
import Table from 'cli-table3';
import picocolors from 'picocolors';
import { columnsOf, type Role, type TableText, type Terminal } from '../report/index.ts';
import type { Io } from './io.ts';

/** Reports fit 80 columns everywhere, so that they look the same in a file, a mail and a terminal. */
const WIDTH = 80;
const GAP = '  ';

/** Colours only on a terminal, and not where NO_COLOR or --plain says so. */
export function terminalOf(io: Io, plain: boolean): Terminal {
  const { NO_COLOR, TERM } = io.env;
  const colours = io.stdout.isTTY === true && !plain && !NO_COLOR && TERM !== 'dumb';
  const c = picocolors.createColors(colours);
  const paints: Readonly<Record<Role, (text: string) => string>> = {
    heading: c.bold,
    good: c.green,
    bad: c.red,
    guilty: (text) => c.bold(c.inverse(c.red(text))),
    quiet: c.dim,
    field0: c.cyan,
    field1: c.yellow,
    field2: c.green,
    field3: c.magenta,
    field4: c.blue,
  };
  return { width: WIDTH, paint: (role, text) => paints[role](text), table: tableText };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
const COLOURS = /\x1b\[[0-9;]*m/g;

function tableText({ head, rows, numbers = [], indent = 0 }: TableText): string {
  const widths = head.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => columnsOf((row[i] ?? '').replace(COLOURS, '')))),
  );
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, indent);
  const last = Math.min(widths.at(-1) ?? 0, Math.max(8, WIDTH - others));
  const columns = [...widths.slice(0, -1), last];
  const table = new Table({
    chars: NO_BORDERS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, i) => (numbers.includes(i) ? 'right' : 'left')),
    colWidths: columns,
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  table.push(
    [...head],
    columns.map((width) => '-'.repeat(width)),
    ...rows.map((row) => [...row]),
  );
  const margin = ' '.repeat(indent);
  return table
    .toString()
    .split('\n')
    .map((line) => (margin + line).trimEnd())
    .join('\n');
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
};
