/** Texts from outside made fit to be shown: nothing in them may steer a terminal. */

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, 'a'],
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [11, 'v'],
  [12, 'f'],
  [13, 'r'],
  [34, '"'],
  [92, '\\'],
]);

/** What `unicode.IsPrint` of Go takes: letters, marks, numbers, punctuation, symbols and the blank. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const hexDigits = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

function escaped(code: number): string {
  if (code < 0x80) return `\\x${hexDigits(code, 2)}`;
  return code < 0x10000 ? `\\u${hexDigits(code, 4)}` : `\\U${hexDigits(code, 8)}`;
}

/** A Go string as `%q` prints it. Bytes that are not UTF-8 are shown one by one. */
export function quote(value: string | Uint8Array): string {
  const pieces = typeof value === 'string' ? [value] : decode(value);
  const body = pieces.map((piece) =>
    typeof piece === 'number' ? `\\x${hexDigits(piece, 2)}` : quoteText(piece),
  );
  return `"${body.join('')}"`;
}

function quoteText(text: string): string {
  let out = '';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    const short = SHORT_ESCAPES.get(code);
    if (short !== undefined) out += `\\${short}`;
    else out += PRINTABLE.test(char) ? char : escaped(code);
  }
  return out;
}

/** The well-formed characters of a string's bytes, and as numbers the bytes that belong to none. */
function decode(bytes: Uint8Array): (string | number)[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const pieces: (string | number)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] as number);
    try {
      if (length === 0) throw new TypeError();
      pieces.push(decoder.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      pieces.push(bytes[at++] as number);
    }
  }
  return pieces;
}

/** Bytes of the UTF-8 sequence that a byte begins; 0 if it begins none. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** A text of several lines in which whatever could steer a terminal is escaped. */
export function printable(text: string): string {
  let out = '';
  for (const char of text)
    out += char === '\n' || PRINTABLE.test(char) ? char : escaped(char.codePointAt(0) as number);
  return out;
}
