/** What a report needs of the place where it is shown; the command line provides it. */

/** What a piece of text is. A place without colours leaves all of them as they are. */
export type Role = 'heading' | 'good' | 'bad' | 'guilty' | 'quiet' | FieldRole;
/** The colours of the fields of a dump, taken in turn. */
export type FieldRole = 'field0' | 'field1' | 'field2' | 'field3' | 'field4';

export const FIELD_ROLES: readonly FieldRole[] = ['field0', 'field1', 'field2', 'field3', 'field4'];

export interface TableText {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that are numbers, aligned right. */
  readonly numbers?: readonly number[];
  /** Blanks before each line. */
  readonly indent?: number;
}

export interface Terminal {
  /** Columns that a line may take. */
  readonly width: number;
  paint(role: Role, text: string): string;
  /** A table without borders; what does not fit is wrapped in the last column. */
  table(table: TableText): string;
}

/** Words put into lines of at most `width` columns. */
export function wrap(text: string, width: number, indent = 0): string {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(margin + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(margin + line);
  return lines.join('\n');
}

/** An item of a list: the first line begins with a mark, the others stand under its text. */
export function item(mark: string, text: string, width: number, indent = 0): string {
  const body = wrap(text, width, indent + mark.length + 1);
  return ' '.repeat(indent) + mark + body.slice(indent + mark.length);
}

/** Characters that take two columns: those of East Asian scripts, and emoji. */
const WIDE = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{Emoji_Presentation}\uff00-\uff60]/u;
/** Nothing before the first of them does. */
const FIRST_WIDE = '\u1100';

/** Columns that a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += char >= FIRST_WIDE && WIDE.test(char) ? 2 : 1;
  return columns;
}

/** A text cut to a number of columns. */
export function clip(text: string, most: number): string {
  if (columnsOf(text) <= most) return text;
  let cut = '';
  for (const char of text) {
    if (columnsOf(cut + char) > most - 3) break;
    cut += char;
  }
  return `${cut}...`;
}
