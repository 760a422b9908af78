/** Results as JSON: bytes and addresses in hex, whole numbers as numbers as long as they are exact. */

/** What of JSON text could steer a terminal, or be lost on the way: JSON itself escapes only ASCII controls. */
const UNSAFE = /[\x7f-\x9f\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, plain, 2);
  return text.replace(UNSAFE, (char) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value.toString();
  }
  return value instanceof Uint8Array ? hexBytes(value) : value;
}

/** Bytes as hex digits without blanks. */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
