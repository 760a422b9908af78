/**
 * Hex dumps with names: eight bytes a line, so that each word of a header and
 * each word-sized slot of a bucket stands in a line of its own; before beside
 * after fits 80 columns.
 */
import type { Dump, DumpField, Guilt } from '../cases/index.ts';
import { clip, FIELD_ROLES, type FieldRole, item, type Terminal } from './terminal.ts';

const LINE = 8;
/** Width of the eight bytes of a line. */
const BYTES = LINE * 3 - 1;

export function dumpText(dump: Dump, terminal: Terminal): string {
  const size = Math.max(...dump.columns.map(({ bytes }) => bytes.length));
  const digits = Math.max(2, (size - 1).toString(16).length);
  const margin = ' '.repeat(digits + 5);
  const heads = (texts: readonly string[]): string =>
    margin + texts.map((text) => clip(text, BYTES).padEnd(BYTES)).join('  ');
  const lines = [terminal.paint('heading', `  ${dump.title}`)];
  if (dump.columns.some(({ label }) => label !== '')) {
    lines.push(heads(dump.columns.map(({ label }) => label)).trimEnd());
  }
  const addresses = dump.columns.map(({ address }) =>
    address === undefined ? '' : `0x${address.toString(16)}`,
  );
  if (addresses.some((address) => address !== '')) {
    lines.push(terminal.paint('quiet', heads(addresses).trimEnd()));
  }
  const room = terminal.width - margin.length - dump.columns.length * (BYTES + 2);
  for (let at = 0; at < size; at += LINE) {
    const offset = terminal.paint('quiet', `  +${at.toString(16).padStart(digits, '0')}`);
    const columns = dump.columns.map((_, column) => bytesText(dump, column, at, terminal));
    lines.push(`${offset} ${columns.join('')} ${namesText(dump, at, room, terminal)}`.trimEnd());
  }
  for (const why of reasons(dump)) lines.push(item('[]', why, terminal.width, 2));
  for (const line of dump.legend) lines.push(terminal.paint('quiet', item('  ', line, terminal.width, 2)));
  return lines.join('\n');
}

const isIn = (at: number, { offset, length }: DumpField | Guilt): boolean =>
  at >= offset && at < offset + length;

function roleAt(dump: Dump, at: number): FieldRole | undefined {
  const index = dump.fields.findIndex((field) => isIn(at, field));
  return index < 0 ? undefined : FIELD_ROLES[index % FIELD_ROLES.length];
}

const isGuilty = (dump: Dump, column: number, at: number): boolean =>
  dump.guilty.some((guilt) => guilt.column === column && isIn(at, guilt));

/** The bytes of a line with a blank on either side; where the guilty ones begin and end, a bracket instead. */
function bytesText(dump: Dump, column: number, at: number, terminal: Terminal): string {
  const bytes = dump.columns[column]?.bytes ?? new Uint8Array();
  const guilty = (i: number): boolean => i >= at && i < at + LINE && isGuilty(dump, column, i);
  let text = '';
  for (let i = at; i <= at + LINE; i++) {
    const bracket = guilty(i) === guilty(i - 1) ? ' ' : guilty(i) ? '[' : ']';
    text += bracket === ' ' ? bracket : terminal.paint('bad', bracket);
    if (i === at + LINE) break;
    const byte = bytes[i];
    const digits = byte === undefined ? '  ' : byte.toString(16).padStart(2, '0');
    const role = guilty(i) ? 'guilty' : roleAt(dump, i);
    text += role === undefined || byte === undefined ? digits : terminal.paint(role, digits);
  }
  return text;
}

/** The names of the fields that begin in a line, with what they read as where there is room for it. */
function namesText(dump: Dump, at: number, room: number, terminal: Terminal): string {
  const fields = dump.fields.filter(({ offset }) => offset >= at && offset < at + LINE);
  const first = fields[0];
  const last = fields.at(-1);
  if (first === undefined || last === undefined) return '';
  const full = fields.map((field) => [field, `${field.name}${readsText(field)}`] as const);
  const short = fields.map((field) => [field, field.name] as const);
  const ends = [[first, first.name] as const, [last, `to ${last.name}`] as const];
  const fits = (texts: readonly (readonly [DumpField, string])[]): boolean =>
    texts.map(([, text]) => text).join(' ').length <= room;
  const chosen = [full, short].find(fits) ?? ends;
  return chosen
    .map(([field, text]) => terminal.paint(roleAt(dump, field.offset) ?? 'quiet', clip(text, room)))
    .join(' ');
}

function readsText({ reads }: DumpField): string {
  const [before, after] = reads;
  if (before === undefined) return '';
  return after === undefined || after === before ? ` ${before}` : ` ${before} -> ${after}`;
}

/** Why bytes are marked: each reason once, with the names of the fields. */
function reasons(dump: Dump): string[] {
  const named = new Map<string, Set<number>>();
  for (const guilt of dump.guilty) {
    const indexes = named.get(guilt.why) ?? new Set();
    named.set(guilt.why, indexes);
    dump.fields.forEach((field, i) => {
      if (field.offset < guilt.offset + guilt.length && guilt.offset < field.offset + field.length)
        indexes.add(i);
    });
  }
  return [...named].map(([why, indexes]) => `${namesOf(dump, [...indexes])}: ${why}`);
}

/** Names of fields; of three and more that follow each other, the first and the last. */
function namesOf(dump: Dump, indexes: readonly number[]): string {
  const runs: number[][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.at(-1) === index - 1) run.push(index);
    else runs.push([index]);
  }
  const name = (index: number | undefined): string => dump.fields[index ?? 0]?.name ?? '';
  const texts = runs.flatMap((run) =>
    run.length < 3 ? run.map(name) : [`${name(run[0])} to ${name(run.at(-1))}`],
  );
  return texts.join(', ');
}
