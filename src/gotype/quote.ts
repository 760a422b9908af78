/** Go string literals: reading and writing, as struct tags need them. */

const SHORT_ESCAPES: { readonly [letter: string]: number } = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '"': 34,
};

const LETTER_OF: ReadonlyMap<number, string> = new Map(
  Object.entries(SHORT_ESCAPES).map(([letter, code]) => [code, letter]),
);

/** A text as a Go string literal, as `strconv.Quote` writes it. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const letter = LETTER_OF.get(code);
    if (letter !== undefined) out += `\\${letter}`;
    else if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) out += char;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `${out}"`;
}

/** What is wrong with a string literal, and where from its first quote. */
export interface LiteralFault {
  readonly fault: string;
  readonly at: number;
}

const ESCAPE = /^(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;

/**
 * The content of a whole Go string literal, raw or interpreted. Its bytes must be UTF-8: escapes can spell
 * bytes that are not, and a JavaScript string couldn't hold them.
 */
export function unquote(literal: string): string | LiteralFault {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body.replaceAll('\r', '');
  if (!body.includes('\\')) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < body.length; ) {
    if (body[i] !== '\\') {
      const next = body.indexOf('\\', i);
      const end = next < 0 ? body.length : next;
      // Not a spread call: a long text would overflow the stack.
      for (const byte of encoder.encode(body.slice(i, end))) bytes.push(byte);
      i = end;
      continue;
    }
    const match = ESCAPE.exec(body.slice(i + 1, i + 10));
    if (match === null) return { fault: 'unknown escape in string literal', at: i + 1 };
    const [whole, short, hex, small, large, octal] = match;
    if (short !== undefined) bytes.push(SHORT_ESCAPES[short] ?? 0);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) {
      const value = Number.parseInt(octal, 8);
      if (value > 255) return { fault: `octal escape value ${value} is larger than 255`, at: i + 1 };
      bytes.push(value);
    } else {
      const code = Number.parseInt(small ?? large ?? '', 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return { fault: 'escape is an invalid Unicode code point', at: i + 1 };
      }
      for (const byte of encoder.encode(String.fromCodePoint(code))) bytes.push(byte);
    }
    i += 1 + whole.length;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return { fault: 'a tag must be valid UTF-8', at: 0 };
  }
}
