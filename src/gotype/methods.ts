/**
 * Method sets: of interfaces, of declared types, and of structs by promotion from embedded fields
 * (Go spec, "Method sets" and "Selectors").
 */
import type { GoType, InterfaceType, Method } from './model.ts';
import { declaredMethods } from './names.ts';

/** The methods that a type has without promotion. */
function ownMethods(type: GoType): readonly Method[] {
  if (type.kind === 'interface') return type.methods;
  if (type.kind === 'pointer') {
    const { value, pointer } = declaredMethods(type.elem);
    return [...value, ...pointer];
  }
  return declaredMethods(type).value;
}

/** A struct on the way down through embedded fields, and whether a pointer has led to it. */
interface Level {
  readonly type: GoType;
  readonly byPointer: boolean;
}

/** The methods of a type by name; of a name that two embedded fields of one depth have, neither. */
export function methodSet(type: GoType): ReadonlyMap<string, Method> {
  const found = new Map<string, Method>(ownMethods(type).map((method) => [method.name, method]));
  // Names of a lesser depth hide those of a greater one.
  const hidden = new Set<string>(found.keys());
  const byPointer = type.kind === 'pointer';
  let level: readonly Level[] = [{ type: byPointer ? type.elem : type, byPointer }];
  while (level.length > 0) {
    const here = new Map<string, Method | undefined>();
    const next: Level[] = [];
    const meet = (name: string, method?: Method): void => {
      here.set(name, here.has(name) ? undefined : method);
    };
    for (const each of level) {
      if (each.type.kind !== 'struct') continue;
      for (const field of each.type.fields) {
        if (field.name === '_') continue;
        meet(field.name);
        if (!field.embedded) continue;
        const pointer = field.type.kind === 'pointer';
        const inner = field.type.kind === 'pointer' ? field.type.elem : field.type;
        for (const method of ownMethods(field.type)) meet(method.name, method);
        // Methods of *T: a value that a pointer leads to can be pointed to itself. Others hide all the same.
        if (!pointer) {
          for (const method of declaredMethods(inner).pointer) {
            meet(method.name, each.byPointer ? method : undefined);
          }
        }
        next.push({ type: inner, byPointer: each.byPointer || pointer });
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
