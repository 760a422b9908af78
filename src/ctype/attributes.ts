/** What attributes ask for, and which of them count where. */

import { Evaluator } from './constant.ts';
import type { Environment } from './environment.ts';
import { MAX_ALIGN } from './limits.ts';
import { extentOf, typeText } from './model.ts';
import type { Attribute } from './rewrite.ts';

/** Attributes that change no layout. */
const HARMLESS = new Set([
  ...[
    'unused',
    'used',
    'deprecated',
    'unavailable',
    'may_alias',
    'const',
    'pure',
    'noreturn',
    'format',
    'nonnull',
  ],
  ...[
    'returns_nonnull',
    'warn_unused_result',
    'malloc',
    'alloc_size',
    'always_inline',
    'noinline',
    'gnu_inline',
  ],
  ...['visibility', 'weak', 'section', 'cold', 'hot', 'nothrow', 'leaf', 'sentinel', 'alias', 'constructor'],
  ...[
    'destructor',
    'designated_init',
    'transparent_union',
    'gcc_struct',
    'artificial',
    'nonstring',
    'flatten',
  ],
  ...[
    'access',
    'fallthrough',
    'no_sanitize',
    'externally_visible',
    'warn_if_not_aligned',
    'copy',
    'error',
    'warning',
  ],
]);

/** What a group of attributes comes to; alignments are in bytes. */
export interface Wishes {
  readonly packed: Attribute | undefined;
  /** The last `aligned`: what counts on a type. */
  readonly lastAlign: number | undefined;
  /** The largest of `aligned` and `_Alignas`: what counts on a field. */
  readonly maxAlign: number | undefined;
  /** The `_Alignas` among them, with what they ask for together. */
  readonly alignas: { readonly attribute: Attribute; readonly align: number } | undefined;
}

export function wishesOf(attributes: readonly Attribute[], env: Environment): Wishes {
  let packed: Attribute | undefined;
  let lastAlign: number | undefined;
  let maxAlign: number | undefined;
  let alignas: { attribute: Attribute; align: number } | undefined;
  for (const attribute of attributes) {
    if (attribute.name === 'packed') packed = attribute;
    else if (attribute.name === 'aligned' || attribute.name === '_Alignas') {
      const align = alignment(attribute, env);
      if (align === undefined) continue;
      maxAlign = Math.max(maxAlign ?? 0, align);
      if (attribute.name === 'aligned') lastAlign = align;
      else alignas = { attribute, align: Math.max(alignas?.align ?? 0, align) };
    } else if (!HARMLESS.has(attribute.name)) {
      env.refuse(`__attribute__((${attribute.name})) is not read: it may change layouts`, attribute.start);
    }
  }
  return { packed, lastAlign, maxAlign, alignas };
}

/** The number of bytes; undefined for one that asks for nothing. */
function alignment(attribute: Attribute, env: Environment): number | undefined {
  const { argument, start, name } = attribute;
  if (argument === undefined) {
    if (name === '_Alignas') env.fail('_Alignas takes a number or a type', start);
    return env.abi.biggestAlign;
  }
  const value = env.operand(argument, (node, piece) => {
    if (node.type !== 'type_descriptor') {
      const bare = node.type === 'parenthesized_expression' ? node.namedChildren[0] : node;
      const type = bare?.type === 'identifier' ? env.typedef(bare.text) : undefined;
      if (type === undefined) return new Evaluator(env, piece).evaluate(node).value;
      return BigInt(extentOf(type)?.align ?? 1);
    }
    const type = env.typeName(node, piece);
    const extent = extentOf(type);
    if (extent === undefined) return env.fail(`${typeText(type)} has no alignment`, start);
    return BigInt(extent.align);
  });
  if (value === 0n) {
    // _Alignas(0) has no effect (C11 6.7.5, 6); gcc ignores aligned(0) with a warning.
    if (name === 'aligned') env.warn('aligned(0) is ignored: it is no positive power of 2', start);
    return undefined;
  }
  if (value < 0n || (value & (value - 1n)) !== 0n) {
    env.fail(`the alignment ${value} is no positive power of 2`, start);
  }
  if (value > BigInt(MAX_ALIGN))
    env.fail(`the alignment ${value} is more than the largest, ${MAX_ALIGN}`, start);
  return Number(value);
}
