/**
 * Integer constant expressions (C11 6.6), with C's types: signedness and width matter.
 * `sizeof`, `_Alignof` and `offsetof` are among them, and the address of a member of `(T *)0`.
 */
import type { Abi } from './abi/index.ts';
import { CError, unsupportedAt } from './errors.ts';
import type { Token } from './lexer.ts';
import { MAX_CHAIN, MAX_SIZE, MAX_STEPS } from './limits.ts';
import { characterLiteral, integerLiteral, type Value, widthOf, wrap } from './literals.ts';
import type { Node } from './load.ts';
import { bodyOf, type CInt, type CType, extentOf, integerOf, typeText } from './model.ts';
import { memberOf } from './path.ts';
import type { Piece } from './rewrite.ts';

/** What the names in an expression stand for. */
export interface Names {
  readonly source: string;
  readonly abi: Abi;
  /** Steps that are left, for all expressions of a text together. */
  readonly budget: { steps: number };
  /** An enum constant, or a macro that is an integer. */
  constant(name: string, at: number): Value | undefined;
  typedef(name: string): CType | undefined;
  /** The type that a type name in an expression stands for. */
  typeName(node: Node, piece: Piece): CType;
  /** The member designator that begins at a position of the source. */
  designator(at: number): readonly Token[] | undefined;
}

export const newBudget = () => ({ steps: MAX_STEPS });

/** The integer promotions (C11 6.3.1.1): what is narrower than int becomes int. */
export const promote = ({ type, value }: Value, abi: Abi): Value =>
  type.rank < abi.int.int.rank ? { type: abi.int.int, value } : { type, value };

/** The usual arithmetic conversions (C11 6.3.1.8) of two promoted types. */
function common(a: CInt, b: CInt): CInt {
  if (a.signed === b.signed) return a.rank >= b.rank ? a : b;
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (unsigned.rank >= signed.rank) return unsigned;
  if (signed.size > unsigned.size) return signed;
  return { ...signed, signed: false, name: `unsigned ${signed.name}` };
}

/** Something with an address that is known: a member of what a constant points to. */
interface Place {
  readonly type: CType;
  readonly at: bigint;
}

export class Evaluator {
  readonly #names: Names;
  readonly #piece: Piece;
  #depth = 0;

  constructor(names: Names, piece: Piece) {
    this.#names = names;
    this.#piece = piece;
  }

  /**
   * The value of an expression.
   * @throws CError for what is no constant, Unsupported for a constant that is not an integer
   */
  evaluate(node: Node): Value {
    this.#names.budget.steps -= 1;
    if (this.#names.budget.steps < 0) this.#fail(node, 'the constants of this text take too many steps');
    this.#depth += 1;
    try {
      if (this.#depth > MAX_CHAIN)
        this.#fail(node, `an expression of more than ${MAX_CHAIN} operators in a row`);
      return this.#value(node);
    } finally {
      this.#depth -= 1;
    }
  }

  #value(node: Node): Value {
    const { abi } = this.#names;
    switch (node.type) {
      case 'number_literal':
        return this.#number(node);
      case 'char_literal':
        return characterLiteral(node.text, abi) ?? this.#fail(node, 'this is no character constant');
      case 'true':
      case 'false':
      case 'identifier':
        return this.#name(node);
      case 'parenthesized_expression':
        return this.evaluate(this.#child(node));
      case 'unary_expression':
        return this.#unary(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'conditional_expression':
        return this.#conditional(node);
      case 'cast_expression':
        return this.#cast(
          node,
          this.#names.typeName(this.#field(node, 'type'), this.#piece),
          this.#field(node, 'value'),
        );
      case 'call_expression':
        return this.#call(node);
      case 'sizeof_expression':
        return this.#size(BigInt(this.#complete(node, this.#operand(node)).size));
      case 'alignof_expression':
        return this.#size(BigInt(this.#complete(node, this.#operand(node)).align));
      case 'offsetof_expression':
        return this.#offsetof(node);
      case 'concatenated_string':
      case 'string_literal':
        return this.#fail(node, 'an integer expected, this is a string');
      default:
        return this.#fail(node, 'this is no integer constant expression');
    }
  }

  #fail(node: Node, detail: string): never {
    throw new CError(detail, this.#names.source, this.#at(node));
  }

  #at(node: Node): number {
    return this.#piece.source(node.startIndex);
  }

  #field(node: Node, name: string): Node {
    return node.childForFieldName(name) ?? this.#fail(node, 'this is no integer constant expression');
  }

  #child(node: Node): Node {
    return (
      node.namedChildren.find((child) => child.type !== 'comment') ??
      this.#fail(node, 'an expression expected')
    );
  }

  #size(value: bigint): Value {
    const { abi } = this.#names;
    return { type: abi.int[abi.size], value };
  }

  #number(node: Node): Value {
    // The grammar takes a sign into the number.
    const [sign] = node.text;
    if (sign === '-' || sign === '+') {
      const value = integerLiteral(node.text.slice(1).trimStart(), this.#names.abi);
      if (typeof value === 'object') return sign === '+' ? value : wrap(-value.value, value.type);
    }
    const found = integerLiteral(node.text, this.#names.abi);
    if (found === 'too large') return this.#fail(node, 'this number is too large for any integer type');
    if (found !== undefined) return found;
    if (/^[0-9.][\w.+-]*$/.test(node.text) && /[.eEpP]/.test(node.text)) {
      throw unsupportedAt(
        'floating constants in an integer expression are not read',
        this.#names.source,
        this.#at(node),
      );
    }
    return this.#fail(node, 'this is no integer constant');
  }

  #name(node: Node): Value {
    const found = this.#names.constant(node.text, this.#at(node));
    return found ?? this.#fail(node, `'${node.text}' is no constant that is known here`);
  }

  #unary(node: Node): Value {
    const { abi } = this.#names;
    const operator = this.#field(node, 'operator').text;
    const value = promote(this.evaluate(this.#field(node, 'argument')), abi);
    switch (operator) {
      case '+':
        return value;
      case '-':
        return wrap(-value.value, value.type);
      case '~':
        return wrap(~value.value, value.type);
      case '!':
        return { type: abi.int.int, value: value.value === 0n ? 1n : 0n };
      default:
        return this.#fail(node, `${operator} has no place in a constant expression`);
    }
  }

  #binary(node: Node): Value {
    const operator = this.#field(node, 'operator').text;
    const leftNode = this.#field(node, 'left');
    const rightNode = this.#field(node, 'right');
    const cast = this.#castInDisguise(leftNode);
    const signed = operator === '-' || operator === '+';
    if (cast !== undefined && signed && rightNode.type !== 'binary_expression') {
      const value = promote(this.evaluate(rightNode), this.#names.abi);
      const type = integerOf(this.#names.typedef(cast) ?? value.type);
      if (type === undefined) return this.#fail(leftNode, `an integer expected, ${cast} is none`);
      return wrap(operator === '-' ? wrap(-value.value, value.type).value : value.value, type);
    }
    if (cast !== undefined) {
      throw unsupportedAt(
        `a cast to the typedef ${cast} is read as a calculation here: put parentheses around its operand`,
        this.#names.source,
        this.#at(leftNode),
      );
    }
    const left = this.evaluate(leftNode);
    const truth = (holds: boolean): Value => ({ type: this.#names.abi.int.int, value: holds ? 1n : 0n });
    // The right side of these is not evaluated where the left one decides.
    if (operator === '&&') return truth(left.value !== 0n && this.evaluate(rightNode).value !== 0n);
    if (operator === '||') return truth(left.value !== 0n || this.evaluate(rightNode).value !== 0n);
    return this.#calculate(node, operator, left, this.evaluate(rightNode));
  }

  /** `(T) - 1`: the name of the typedef, where the grammar takes `(T)` for a value. */
  #castInDisguise(node: Node): string | undefined {
    if (node.type !== 'parenthesized_expression') return undefined;
    const name = this.#child(node);
    if (name.type !== 'identifier' || this.#names.typedef(name.text) === undefined) return undefined;
    return name.text;
  }

  #calculate(node: Node, operator: string, a: Value, b: Value): Value {
    const { abi } = this.#names;
    const left = promote(a, abi);
    const right = promote(b, abi);
    if (operator === '<<' || operator === '>>') {
      if (right.value < 0n || right.value >= BigInt(widthOf(left.type))) {
        return this.#fail(
          node,
          `a shift by ${right.value} of a type of ${widthOf(left.type)} bits is undefined`,
        );
      }
      return wrap(operator === '<<' ? left.value << right.value : left.value >> right.value, left.type);
    }
    const type = common(left.type, right.type);
    const x = wrap(left.value, type).value;
    const y = wrap(right.value, type).value;
    const truth = (holds: boolean): Value => ({ type: abi.int.int, value: holds ? 1n : 0n });
    switch (operator) {
      case '+':
        return wrap(x + y, type);
      case '-':
        return wrap(x - y, type);
      case '*':
        return wrap(x * y, type);
      case '/':
      case '%':
        if (y === 0n) return this.#fail(node, 'division by zero');
        return wrap(operator === '/' ? x / y : x % y, type);
      case '&':
        return wrap(x & y, type);
      case '|':
        return wrap(x | y, type);
      case '^':
        return wrap(x ^ y, type);
      case '==':
        return truth(x === y);
      case '!=':
        return truth(x !== y);
      case '<':
        return truth(x < y);
      case '>':
        return truth(x > y);
      case '<=':
        return truth(x <= y);
      case '>=':
        return truth(x >= y);
      default:
        return this.#fail(node, `${operator} has no place in a constant expression`);
    }
  }

  #conditional(node: Node): Value {
    const { abi } = this.#names;
    const holds = this.evaluate(this.#field(node, 'condition')).value !== 0n;
    const chosen = promote(this.evaluate(this.#field(node, holds ? 'consequence' : 'alternative')), abi);
    const other = this.#typeUnevaluated(this.#field(node, holds ? 'alternative' : 'consequence'));
    return wrap(chosen.value, common(chosen.type, other));
  }

  /** The type of the operand that is not chosen: it may divide by zero. */
  #typeUnevaluated(node: Node): CInt {
    const { abi } = this.#names;
    try {
      return promote(this.evaluate(node), abi).type;
    } catch (error) {
      if (error instanceof CError && this.#names.budget.steps >= 0) return abi.int.int;
      throw error;
    }
  }

  #cast(node: Node, to: CType, operand: Node): Value {
    const type = integerOf(to);
    if (type !== undefined) {
      const address = this.#address(operand);
      return wrap(address ?? this.evaluate(operand).value, type);
    }
    return this.#fail(node, `an integer expected, this is a ${typeText(to)}`);
  }

  /** `(T)(1)`, which the grammar takes for a call. */
  #call(node: Node): Value {
    const callee = this.#field(node, 'function');
    const name = this.#castInDisguise(callee);
    const type = name === undefined ? undefined : this.#names.typedef(name);
    const operands = this.#field(node, 'arguments').namedChildren;
    if (type === undefined || operands.length !== 1) return this.#fail(node, 'a call is no constant');
    return this.#cast(node, type, operands[0] as Node);
  }

  /** What `sizeof` and `_Alignof` ask about: a type, or the type of an expression. */
  #operand(node: Node): CType {
    const type = node.childForFieldName('type');
    if (type !== null) return this.#names.typeName(type, this.#piece);
    return this.#typeOf(this.#field(node, 'value'));
  }

  #complete(node: Node, type: CType): { size: number; align: number } {
    // gcc counts void and functions as one byte.
    if (type.kind === 'void' || type.kind === 'function') return { size: 1, align: 1 };
    const extent = extentOf(type);
    if (extent === undefined)
      this.#fail(node, `${typeText(type)} is declared, but its members are not known here`);
    if (type.kind === 'array' && type.length === undefined)
      this.#fail(node, 'an array without a length has no size');
    return extent;
  }

  #typeOf(node: Node): CType {
    if (node.type === 'parenthesized_expression') return this.#typeOf(this.#child(node));
    if (node.type === 'identifier') {
      const type = this.#names.typedef(node.text);
      if (type !== undefined) return type;
    }
    if (node.type === 'cast_expression') return this.#names.typeName(this.#field(node, 'type'), this.#piece);
    const array = node.type === 'subscript_expression' ? this.#arrayType(node, []) : undefined;
    if (array !== undefined) return array;
    return this.#place(node)?.type ?? this.evaluate(node).type;
  }

  /** `sizeof(T[2][3])`, which the grammar takes for an element of an array. */
  #arrayType(node: Node, inner: readonly bigint[]): CType | undefined {
    if (node.type === 'identifier') {
      const type = this.#names.typedef(node.text);
      return type === undefined
        ? undefined
        : inner.reduce((elem, length) => this.#arrayOf(node, elem, length), type);
    }
    if (node.type !== 'subscript_expression' || inner.length > 100) return undefined;
    const argument = this.#field(node, 'argument');
    if (argument.type !== 'identifier' && argument.type !== 'subscript_expression') return undefined;
    return this.#arrayType(argument, [...inner, this.evaluate(this.#field(node, 'index')).value]);
  }

  #arrayOf(node: Node, elem: CType, length: bigint): CType {
    const { size, align } = this.#complete(node, elem);
    const bytes = length * BigInt(size);
    if (length < 0n || bytes > BigInt(MAX_SIZE))
      return this.#fail(node, `an array of ${length} elements of ${size} bytes`);
    return { kind: 'array', elem, length: Number(length), size: Number(bytes), align };
  }

  /** `&((T *)0)->member`. */
  #address(node: Node): bigint | undefined {
    if (node.type === 'parenthesized_expression') return this.#address(this.#child(node));
    if (node.type === 'cast_expression') {
      const type = this.#names.typeName(this.#field(node, 'type'), this.#piece);
      return type.kind === 'pointer' ? this.#pointer(node).at : undefined;
    }
    if (node.type !== 'pointer_expression' || this.#field(node, 'operator').text !== '&') return undefined;
    return this.#place(this.#field(node, 'argument'))?.at;
  }

  #place(node: Node): Place | undefined {
    switch (node.type) {
      case 'parenthesized_expression':
        return this.#place(this.#child(node));
      case 'pointer_expression': {
        if (this.#field(node, 'operator').text !== '*') return undefined;
        return this.#pointer(this.#field(node, 'argument'));
      }
      case 'field_expression': {
        const argument = this.#field(node, 'argument');
        const arrow = node.children.some((child) => child.type === '->');
        const record = arrow ? this.#pointer(argument) : this.#place(argument);
        if (record === undefined) return undefined;
        const field = this.#field(node, 'field');
        const found = memberOf(record.type, field.text);
        if (found === undefined)
          return this.#fail(field, `${typeText(record.type)} has no member '${field.text}'`);
        if (found.bits !== undefined)
          return this.#fail(field, `'${field.text}' is a bit-field, which has no address and no size`);
        return { type: found.type, at: record.at + BigInt(found.offset) };
      }
      case 'subscript_expression': {
        const array = this.#place(this.#field(node, 'argument'));
        if (array?.type.kind !== 'array') return undefined;
        const index = this.evaluate(this.#field(node, 'index')).value;
        return { type: array.type.elem, at: array.at + index * BigInt(extentOf(array.type.elem)?.size ?? 1) };
      }
      default:
        return undefined;
    }
  }

  /** What a pointer of a known value points to. */
  #pointer(node: Node): Place {
    if (node.type === 'parenthesized_expression') return this.#pointer(this.#child(node));
    if (node.type !== 'cast_expression') return this.#fail(node, 'this is no integer constant expression');
    const type = this.#names.typeName(this.#field(node, 'type'), this.#piece);
    if (type.kind !== 'pointer') return this.#fail(node, `a pointer expected, this is a ${typeText(type)}`);
    return { type: type.to, at: this.evaluate(this.#field(node, 'value')).value };
  }

  #offsetof(node: Node): Value {
    const type = this.#names.typeName(this.#field(node, 'type'), this.#piece);
    const member = this.#field(node, 'member');
    if (bodyOf(type) === undefined) {
      return this.#fail(node, `offsetof takes a struct or union that is complete, this is ${typeText(type)}`);
    }
    const steps = this.#names.designator(this.#at(member)) ?? [];
    return this.#size(BigInt(this.#designated(type, steps)));
  }

  /** The offset of `a.b[2].c`, in bytes. */
  #designated(type: CType, tokens: readonly Token[]): number {
    const { source } = this.#names;
    let offset = 0;
    for (let i = 0; i < tokens.length; ) {
      const token = tokens[i] as Token;
      if (token.text === '[') {
        const index = this.#index(tokens[i + 1]);
        if (type.kind !== 'array' || tokens[i + 2]?.text !== ']')
          throw new CError('offsetof cannot read this', source, token.start);
        offset += index * (extentOf(type.elem)?.size ?? 0);
        type = type.elem;
        i += 3;
        continue;
      }
      const name = token.text === '.' ? tokens[i + 1] : token;
      if (name?.kind !== 'word') throw new CError('the name of a member expected', source, token.start);
      const found = memberOf(type, name.text);
      if (found === undefined)
        throw new CError(`${typeText(type)} has no member '${name.text}'`, source, name.start);
      if (found.bits !== undefined) {
        throw new CError(`'${name.text}' is a bit-field, which has no offset in bytes`, source, name.start);
      }
      offset += found.offset;
      type = found.type;
      i += token.text === '.' ? 2 : 1;
    }
    return offset;
  }

  #index(token: Token | undefined): number {
    const { source, abi } = this.#names;
    const found =
      token?.kind === 'number'
        ? integerLiteral(token.text, abi)
        : this.#names.constant(token?.text ?? '', token?.start ?? 0);
    if (token === undefined || found === undefined || found === 'too large') {
      throw new CError('an index of offsetof is a number or the name of one', source, token?.start ?? 0);
    }
    if (found.value > 2n ** 47n || found.value < 0n)
      throw new CError('this index is out of range', source, token.start);
    return Number(found.value);
  }
}
