/** Enumerations: their constants, and the integer type that holds them. */
import type { IntName } from './abi/index.ts';
import { Evaluator } from './constant.ts';
import type { Environment } from './environment.ts';
import { wrap } from './literals.ts';
import type { Node } from './load.ts';
import type { CEnum, CInt } from './model.ts';
import type { Piece } from './rewrite.ts';

/** gcc's choice: the first that holds every constant; unsigned where none is negative. */
const UNSIGNED: readonly IntName[] = ['unsigned int', 'unsigned long'];
const SIGNED: readonly IntName[] = ['int', 'long'];
/** The same for `packed`. */
const PACKED_UNSIGNED: readonly IntName[] = ['unsigned char', 'unsigned short', ...UNSIGNED];
const PACKED_SIGNED: readonly IntName[] = ['signed char', 'short', ...SIGNED];

interface EnumWishes {
  readonly packed: boolean;
  readonly align: number | undefined;
}

/**
 * The enumeration of a list of constants, which are made known on the way. C11 6.7.2.2; AAPCS64 "Enumerated
 * types" and the practice of gcc on both targets: the type is unsigned int where that holds all constants.
 */
export function readEnum(
  tag: string | undefined,
  body: Node,
  piece: Piece,
  env: Environment,
  wishes: EnumWishes,
): CEnum {
  const values = new Map<string, bigint>();
  let next = 0n;
  const { abi } = env;
  for (const node of body.namedChildren) {
    const at = piece.source(node.startIndex);
    const name = node.childForFieldName('name')?.text;
    if (node.type !== 'enumerator' || name === undefined) return env.fail('a constant expected', at);
    env.count(at);
    const value = node.childForFieldName('value');
    if (value !== null) next = new Evaluator(env, piece).evaluate(value).value;
    if (env.constants.has(name) || env.typedefs.has(name)) env.fail(`${name} is declared already`, at);
    const type = constantType(next, env);
    if (type === undefined) return env.fail(`${name} is ${next}, which no integer type holds`, at);
    values.set(name, next);
    env.constants.set(name, { type, value: next });
    next += 1n;
  }
  const at = piece.source(body.startIndex);
  if (values.size === 0) env.fail('an enum has at least one constant', at);
  const all = [...values.values()];
  const negative = all.some((value) => value < 0n);
  const choices = wishes.packed ? (negative ? PACKED_SIGNED : PACKED_UNSIGNED) : negative ? SIGNED : UNSIGNED;
  const underlying = choices
    .map((name) => abi.int[name])
    .find((type) => all.every((value) => wrap(value, type).value === value));
  if (underlying === undefined) return env.fail('no integer type holds all constants of this enum', at);
  return {
    kind: 'enum',
    tag,
    underlying,
    constants: values,
    size: underlying.size,
    align: wishes.align ?? underlying.align,
  };
}

/** The type of a constant in expressions: int where that holds it. */
function constantType(value: bigint, { abi }: Environment): CInt | undefined {
  const names: readonly IntName[] = ['int', 'unsigned int', 'long', 'unsigned long'];
  return names.map((name) => abi.int[name]).find((type) => wrap(value, type).value === value);
}
