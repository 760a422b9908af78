/** Declarators: from `*a[3]` and a type to a name and its type. */

import { wishesOf } from './attributes.ts';
import { Evaluator } from './constant.ts';
import type { Environment } from './environment.ts';
import { MAX_DEPTH, MAX_SIZE } from './limits.ts';
import type { Node } from './load.ts';
import { aligned, type CType, depthOf, extentOf, typeText } from './model.ts';
import type { Attribute, Piece } from './rewrite.ts';

export interface Declared {
  /** Undefined for an abstract declarator. */
  readonly name: string | undefined;
  /** Where the name is, or the declarator. */
  readonly at: number;
  readonly type: CType;
}

/** A pointer to a type. */
export function pointerTo(to: CType, env: Environment): CType {
  return { kind: 'pointer', to, size: env.abi.pointer, align: env.abi.pointer };
}

/**
 * An array of a type.
 * @throws CError for an element that has no size, or one whose alignment does not fit an array, as gcc does
 */
export function arrayOf(elem: CType, length: number | undefined, at: number, env: Environment): CType {
  const extent = extentOf(elem);
  if (extent === undefined || (elem.kind === 'array' && elem.length === undefined)) {
    return env.fail(`an array of ${typeText(elem)}, whose size is not known here`, at);
  }
  if (extent.size > 0 && extent.align > extent.size) {
    env.fail(`the alignment of the elements, ${extent.align}, is more than their size, ${extent.size}`, at);
  }
  if (extent.size % extent.align !== 0) {
    env.fail(
      `the size of the elements, ${extent.size}, is no multiple of their alignment, ${extent.align}`,
      at,
    );
  }
  const size = (length ?? 0) * extent.size;
  if (size > MAX_SIZE) env.fail(`an array of ${size} bytes is larger than any address space`, at);
  const type: CType = { kind: 'array', elem, length, size, align: extent.align };
  if (depthOf(type) > MAX_DEPTH) env.fail(`types nest more than ${MAX_DEPTH} levels deep here`, at);
  return type;
}

/** Reads a declarator, abstract or not, of the type `base`. */
export function readDeclarator(
  node: Node | null,
  base: CType,
  piece: Piece,
  env: Environment,
  depth = 0,
): Declared {
  if (node === null) return { name: undefined, at: 0, type: base };
  const at = piece.source(node.startIndex);
  if (depth > MAX_DEPTH) env.fail(`declarators nest more than ${MAX_DEPTH} levels deep here`, at);
  const inner = () => node.childForFieldName('declarator');
  const within = (child: Node | null, type: CType) => readDeclarator(child, type, piece, env, depth + 1);
  switch (node.type) {
    case 'identifier':
    case 'field_identifier':
    case 'type_identifier':
    case 'primitive_type':
      return { name: node.text, at, type: base };
    case 'parenthesized_declarator':
    case 'abstract_parenthesized_declarator':
      return within(inner() ?? node.namedChildren[0] ?? null, base);
    case 'init_declarator':
      return within(inner(), base);
    case 'pointer_declarator':
    case 'abstract_pointer_declarator': {
      const child = inner();
      const pointer = pointerTo(base, env);
      const { lastAlign } = wishesOf(takeBetween(at, child, piece, env), env);
      return within(child, lastAlign === undefined ? pointer : aligned(pointer, lastAlign));
    }
    case 'array_declarator':
    case 'abstract_array_declarator':
      return within(inner(), arrayOf(base, lengthOf(node, piece, env), at, env));
    case 'function_declarator':
    case 'abstract_function_declarator': {
      const parameters = (node.childForFieldName('parameters')?.text ?? '()')
        .replace(/\s+/g, ' ')
        .slice(0, 300);
      if (base.kind === 'array' || base.kind === 'function')
        env.fail(`a function cannot return ${typeText(base)}`, at);
      return within(inner(), { kind: 'function', result: base, parameters });
    }
    default:
      return env.refuse(`this form of declarator (${node.type.replaceAll('_', ' ')}) is not read`, at);
  }
}

/** Attributes between a `*` and what it stands before: they belong to the pointer. */
function takeBetween(from: number, child: Node | null, piece: Piece, env: Environment): Attribute[] {
  if (child === null) return [];
  const to = piece.source(child.startIndex);
  return takeAttributes(env, ({ start, next }) => start > from && next !== undefined && next.start <= to);
}

/** Takes out the attributes that still belong to nothing and that a condition holds for. */
export function takeAttributes(env: Environment, holds: (attribute: Attribute) => boolean): Attribute[] {
  if (env.attributes.length === 0) return [];
  const taken = env.attributes.filter(holds);
  if (taken.length > 0) {
    const kept = env.attributes.filter((attribute) => !taken.includes(attribute));
    env.attributes.length = 0;
    env.attributes.push(...kept);
  }
  return taken;
}

/** The number of elements; undefined for `[]`. */
function lengthOf(node: Node, piece: Piece, env: Environment): number | undefined {
  const size = node.childForFieldName('size');
  if (size === null) {
    const star = node.children.find((child) => child.type === '*');
    if (star !== undefined)
      env.refuse('arrays of variable length are not read', piece.source(star.startIndex));
    return undefined;
  }
  const { value } = new Evaluator(env, piece).evaluate(size);
  const at = piece.source(size.startIndex);
  if (value < 0n) env.fail(`an array of ${value} elements`, at);
  if (value > BigInt(MAX_SIZE))
    env.fail(`an array of ${value} elements is larger than any address space`, at);
  return Number(value);
}
