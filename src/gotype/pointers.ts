/**
 * Which words of a value hold pointers.
 * Source: Go 1.19 `cmd/compile/internal/typebits` (set), `reflectdata` (dgcptrmask, maxPtrmaskBytes).
 */
import { PTR_SIZE } from '../../assembly/shared/golayout.ts';
import type { GoType } from './model.ts';

/** From this many words of pointer data on, Go describes a type by a program instead of a bitmap. */
export const MAX_MASK_WORDS = 2048 * 8;

/**
 * Whether word number `word` of a value is a pointer that Go's collector follows. Of an interface only
 * the second word is: the first points to a type or method table that the collector doesn't own.
 */
export function isPointerWord(type: GoType, word: number): boolean {
  const at = word * PTR_SIZE;
  if (word < 0 || at >= type.ptrdata) return false;
  switch (type.kind) {
    case 'array':
      return isPointerWord(type.elem, (at % type.elem.size) / PTR_SIZE);
    case 'struct':
      return type.fields.some(
        (field) =>
          field.type.ptrdata > 0 &&
          at >= field.offset &&
          at < field.offset + field.type.size &&
          isPointerWord(field.type, (at - field.offset) / PTR_SIZE),
      );
    case 'interface':
      return word === 1;
    default:
      // Strings, slices and whatever is one pointer: ptrdata is a word.
      return true;
  }
}

/**
 * The pointer bitmap of a type, bit i of byte j for word 8 j + i, as Go's `gcdata` points to; it ends with
 * the last pointer. Empty without pointers; undefined where Go takes a program instead.
 */
export function pointerMask(type: GoType): Uint8Array | undefined {
  const words = type.ptrdata / PTR_SIZE;
  if (words > MAX_MASK_WORDS) return undefined;
  const mask = new Uint8Array(Math.ceil(words / 8));
  mark(type, 0, mask);
  return mask;
}

function mark(type: GoType, at: number, mask: Uint8Array): void {
  if (type.ptrdata === 0) return;
  switch (type.kind) {
    case 'array':
      for (let i = 0; i < type.length; i++) mark(type.elem, at + i * type.elem.size, mask);
      return;
    case 'struct':
      for (const field of type.fields) mark(field.type, at + field.offset, mask);
      return;
    default: {
      const word = at / PTR_SIZE + (type.kind === 'interface' ? 1 : 0);
      const byte = word >>> 3;
      mask[byte] = (mask[byte] ?? 0) | (1 << (word & 7));
    }
  }
}
