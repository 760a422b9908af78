/** Paths to members: `a.b[2].c`. */
import { bodyOf, type CType, extentOf, typeText } from './model.ts';

/** A member of a record, seen from the record's start. */
export interface Member {
  readonly type: CType;
  /** Bytes from the start. */
  readonly offset: number;
  /** Of a bit-field: its first bit from the start, and its width. */
  readonly bits?: { readonly offset: number; readonly width: number };
}

/** A member by its name, those of anonymous structs and unions included; undefined where there is none. */
export function memberOf(type: CType, name: string): Member | undefined {
  const steps = bodyOf(type)?.names.get(name);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return undefined;
  const before = steps.slice(0, -1).reduce((sum, step) => sum + step.offset, 0);
  const offset = before + last.offset;
  if (last.bits === undefined) return { type: last.type, offset };
  return { type: last.type, offset, bits: { ...last.bits, offset: last.bits.offset + before * 8 } };
}

export type Step = { readonly name: string } | { readonly index: number };

/**
 * The steps of a path.
 * @throws TypeError for a text that is no path
 */
export function parsePath(path: string): Step[] {
  if (typeof path !== 'string') throw new TypeError(`a path is a string, got ${typeof path}`);
  const steps: Step[] = [];
  const part = /(?:^|\.)([A-Za-z_$][\w$]*)|\[([0-9]{1,15})\]/y;
  while (part.lastIndex < path.length) {
    const at = part.lastIndex;
    const found = part.exec(path);
    if (found === null || steps.length > 1000) {
      throw new TypeError(
        `'${path.slice(0, 80)}' is no path to a member as in a.b[2].c, from '${path.slice(at, at + 20)}' on`,
      );
    }
    steps.push(found[1] === undefined ? { index: Number(found[2]) } : { name: found[1] });
  }
  if (steps.length === 0) throw new TypeError('a path to a member is missing, as in a.b[2].c');
  return steps;
}

/**
 * Where one step leads to.
 * @throws TypeError for a member that is not there, RangeError for an index beyond the array
 */
export function follow(type: CType, step: Step): Member {
  if ('name' in step) {
    const found = memberOf(type, step.name);
    if (found !== undefined) return found;
    if (bodyOf(type) === undefined)
      throw new TypeError(`${typeText(type)} has no members, so no '${step.name}'`);
    const names = [...(bodyOf(type)?.names.keys() ?? [])].slice(0, 12).join(', ');
    throw new TypeError(
      `${typeText(type)} has no member '${step.name}'; it has ${names === '' ? 'none' : names}`,
    );
  }
  if (type.kind !== 'array') throw new TypeError(`${typeText(type)} is no array`);
  if (type.length !== undefined && step.index >= type.length) {
    throw new RangeError(`${typeText(type)} has no element ${step.index}`);
  }
  return { type: type.elem, offset: step.index * (extentOf(type.elem)?.size ?? 0) };
}

/** Where a whole path leads to. */
export function resolve(type: CType, path: string): Member {
  let member: Member = { type, offset: 0 };
  for (const step of parsePath(path)) {
    const next = follow(member.type, step);
    const offset = member.offset + next.offset;
    member =
      next.bits === undefined
        ? { type: next.type, offset }
        : { type: next.type, offset, bits: { ...next.bits, offset: next.bits.offset + member.offset * 8 } };
  }
  return member;
}
