/**
 * Which words of a value hold pointers.
 * Source: Go 1.19 `cmd/compile/internal/typebits` (set), `reflectdata` (dgcptrmask, dgcprog, maxPtrmaskBytes),
 * `cmd/internal/gcprog` (ShouldRepeat).
 */
import { PTR_SIZE } from '../../assembly/shared/golayout.ts';
import type { GoType } from './model.ts';

/** Types with more words of pointer data than this have no bitmap. */
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
 * the last pointer. Empty without pointers; undefined where Go has none.
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

/** A program spells out this many words of an array one by one; of more it repeats whole elements. */
const MAX_SPELLED_WORDS = 32;

/**
 * The pointer data of a type that is described by a program, in bytes: as far as the program goes. Where that ends
 * in a repetition, what follows the last pointer in an element belongs to it.
 */
export function programPtrdata(type: GoType): number {
  if (type.ptrdata === 0) return 0;
  if (type.kind === 'struct') {
    const last = type.fields.findLast((field) => field.type.ptrdata > 0);
    return last === undefined ? 0 : last.offset + programPtrdata(last.type);
  }
  if (type.kind !== 'array') return type.ptrdata;
  let elem = type.elem;
  // Arrays of arrays are one array to the program.
  while (elem.kind === 'array') elem = elem.elem;
  const repeated = type.size > elem.size && type.size > MAX_SPELLED_WORDS * PTR_SIZE;
  return repeated ? type.size : type.size - elem.size + programPtrdata(elem);
}
