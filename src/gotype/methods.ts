/**
 * Method sets, as far as types here have methods: interfaces have them, and structs with embedded interfaces
 * have theirs by promotion (Go spec, "Method sets" and "Selectors").
 */
import type { GoType, InterfaceType, Method } from './model.ts';

/** The methods of a type by name; of a name that two embedded fields of one depth have, neither. */
export function methodSet(type: GoType): ReadonlyMap<string, Method> {
  if (type.kind === 'interface') return new Map(type.methods.map((method) => [method.name, method]));
  const struct = type.kind === 'pointer' ? type.elem : type;
  if (struct.kind !== 'struct') return new Map();
  const found = new Map<string, Method>();
  // Fields and methods of a lesser depth hide those of a greater one.
  const hidden = new Set<string>();
  for (let level: GoType[] = [struct]; level.length > 0; ) {
    const here = new Map<string, Method | undefined>();
    const next: GoType[] = [];
    for (const each of level) {
      if (each.kind !== 'struct') continue;
      for (const field of each.fields) {
        if (!field.embedded) {
          here.set(field.name, undefined);
          continue;
        }
        here.set(field.name, undefined);
        if (field.type.kind === 'interface') {
          for (const method of field.type.methods) {
            here.set(method.name, here.has(method.name) ? undefined : method);
          }
        } else {
          next.push(field.type.kind === 'pointer' ? field.type.elem : field.type);
        }
      }
    }
    for (const [name, method] of here) {
      if (hidden.has(name)) continue;
      hidden.add(name);
      if (method !== undefined) found.set(name, method);
    }
    level = next;
  }
  return found;
}

/** The first method of an interface that a type lacks; undefined if it has all. */
export function missingMethod(type: GoType, inter: InterfaceType): string | undefined {
  if (inter.methods.length === 0) return undefined;
  const has = methodSet(type);
  return inter.methods.find(({ name, type: wanted }) => has.get(name)?.type.string !== wanted.string)?.name;
}
