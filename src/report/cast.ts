/** Bytes as a C type, as text and as JSON. */
import type { BoundType, CValue } from '../index.ts';
import { dumpText } from './dump.ts';
import { hexBytes, jsonText } from './json.ts';
import type { Terminal } from './terminal.ts';

/** Of a longer type only this many bytes are dumped; the table has all members. */
const MOST_BYTES = 1024;

/** What a cast shows: every member with its place, and what it reads as; undefined where the bytes end before it. */
export interface CastResult {
  readonly type: string;
  readonly target: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly members: readonly CastMember[];
}

export interface CastMember {
  readonly path: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly bits: { readonly offset: number; readonly width: number } | undefined;
  readonly value: CValue | undefined;
}

/** Reads bytes as a type. @throws CastError for too few of them, unless `truncated` */
export function castBytes(
  type: BoundType,
  target: string,
  bytes: Uint8Array,
  truncated: boolean,
): CastResult {
  const view = type.cast(bytes, { truncated });
  const { fields } = type.layout();
  const members = fields
    // A struct within is told by its members, an array of structs by its first element.
    .filter(({ path }) => !fields.some((other) => other.path.startsWith(`${path}.`)))
    .map((field) => ({
      path: field.path.replaceAll('[]', '[0]'),
      type: field.type,
      offset: field.offset,
      size: field.size,
      bits: field.bits,
      value: view.field(field.path.replaceAll('[]', '[0]')).value,
    }));
  const whole = { path: '', type: type.name, offset: 0, size: type.size, bits: undefined, value: view.value };
  const shown = members.length > 0 ? members : [whole];
  return { type: type.name, target, size: type.size, bytes: bytes.slice(0, type.size), members: shown };
}

export function castText(result: CastResult, terminal: Terminal): string {
  const { type, target, size, bytes, members } = result;
  const missing = size - bytes.length;
  const head = `${type} on ${target}, ${size} bytes${missing > 0 ? `, the last ${missing} not there` : ''}`;
  const table = terminal.table({
    head: ['offset', 'member', 'type', 'value'],
    rows: members.map(({ path, type: of, offset, bits, value }) => [
      bits === undefined
        ? String(offset)
        : `${offset}, bits ${bits.offset % 8} to ${(bits.offset % 8) + bits.width - 1}`,
      path,
      of,
      value === undefined ? 'not there' : valueText(value, of),
    ]),
    indent: 2,
  });
  const dump = dumpText(
    {
      title: 'the bytes',
      columns: [{ label: '', address: undefined, bytes: bytes.slice(0, MOST_BYTES) }],
      fields: members
        .filter(({ bits, offset }) => bits === undefined && offset < Math.min(bytes.length, MOST_BYTES))
        .map(({ path, offset, size: length, value, type: of }) => ({
          name: path === '' ? type : path,
          offset,
          length,
          reads: value === undefined || typeof value === 'object' ? [] : [valueText(value, of)],
        })),
      guilty: [],
      legend: bytes.length > MOST_BYTES ? [`and ${bytes.length - MOST_BYTES} more bytes`] : [],
    },
    terminal,
  );
  return `${terminal.paint('heading', head)}\n\n${table}\n\n${dump}\n`;
}

export function castJson(result: CastResult): string {
  const { members, ...about } = result;
  return `${jsonText({ ...about, members: members.map((member) => ({ ...member, value: member.value ?? null })) })}\n`;
}

/** A value as C would write it: pointers in hex, bytes in hex, the rest as it is. */
function valueText(value: CValue, type: string): string {
  if (typeof value === 'bigint' && type.includes('*'))
    return value === 0n ? 'NULL' : `0x${value.toString(16)}`;
  if (value instanceof Uint8Array) return `0x${hexBytes(value)}`;
  if (Array.isArray(value)) return `{${value.map((each) => valueText(each, type)).join(', ')}}`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([name, each]) => `${name} ${valueText(each as CValue, '')}`)
      .join(', ')}}`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}
