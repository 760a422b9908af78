/** The fields of JavaScript objects that stand for Go values. */
import { GoValueTypeError, show } from '../errors.ts';
import { clipType, wrongKind } from './codec.ts';

/**
 * Refuses what isn't an object with exactly these own properties. Reads no property, so runs no getter.
 * @throws GoValueTypeError naming the first unknown or missing field
 */
export function checkFields(
  value: unknown,
  names: ReadonlySet<string>,
  type: string,
): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    wrongKind(type, 'an object with its fields', value);
  }
  for (const name of names) {
    if (!Object.hasOwn(value, name)) {
      throw new GoValueTypeError(`${clipType(type)} has a field ${show(name)} that the object lacks`);
    }
  }
  const keys = Object.keys(value);
  if (keys.length > names.size || keys.some((key) => !names.has(key))) {
    const unknown = keys.find((key) => !names.has(key));
    if (unknown !== undefined) {
      throw new GoValueTypeError(`${clipType(type)} has no field ${show(unknown)}`);
    }
  }
  return value as { readonly [name: string]: unknown };
}
