/**
 * What a value owns beyond its own bytes: the storage of its strings, and the objects that its interfaces
 * point to. A codec's `write` makes them, and who holds the value frees them.
 */
import { OWNED_EMPTY_INTERFACE, OWNED_INTERFACE, OWNED_STRING } from '../../assembly/shared/hostlayout.ts';
import { GoTypeTooLarge } from './errors.ts';
import type { GoType } from './model.ts';

/** A value may own at most this many parts to be walked for them. */
export const MAX_OWNED_PARTS = 65536;
const owned = new WeakMap<GoType, readonly number[]>();

/**
 * Where in a value of a type its strings and interfaces lie: byte offsets, ascending, each plus the OWNED_
 * number that says what is there, as the core reads them.
 * @throws GoTypeTooLarge if there are more than 65,536
 */
export function ownedParts(type: GoType): readonly number[] {
  const known = owned.get(type);
  if (known !== undefined) return known;
  if (countOwned(type) > MAX_OWNED_PARTS) {
    throw new GoTypeTooLarge(
      `a value of this type holds more than ${MAX_OWNED_PARTS} strings and interfaces; keep them behind pointers`,
    );
  }
  const parts: number[] = [];
  collect(type, 0, parts);
  owned.set(type, parts);
  return parts;
}

/** How many strings and interfaces a value of a type holds. */
export function countOwned(type: GoType): number {
  switch (type.kind) {
    case 'string':
    case 'interface':
      return 1;
    case 'array':
      return type.length === 0 ? 0 : type.length * countOwned(type.elem);
    case 'struct':
      return type.fields.reduce((sum, field) => (field.name === '_' ? sum : sum + countOwned(field.type)), 0);
    default:
      return 0;
  }
}

function collect(type: GoType, at: number, parts: number[]): void {
  if (type.kind === 'string') {
    parts.push(at + OWNED_STRING);
  } else if (type.kind === 'interface') {
    parts.push(at + (type.methods.length === 0 ? OWNED_EMPTY_INTERFACE : OWNED_INTERFACE));
  } else if (type.kind === 'array') {
    if (countOwned(type.elem) === 0) return;
    for (let i = 0; i < type.length; i++) collect(type.elem, at + i * type.elem.size, parts);
  } else if (type.kind === 'struct') {
    for (const field of type.fields) {
      if (field.name !== '_') collect(field.type, at + field.offset, parts);
    }
  }
}
