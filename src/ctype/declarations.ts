/** From a syntax tree to types: declarations, typedefs, structs, unions. */
import type { Abi } from './abi/index.ts';
import { wishesOf } from './attributes.ts';
import { Evaluator } from './constant.ts';
import { type Declared, readDeclarator, takeAttributes } from './declarators.ts';
import { readEnum } from './enums.ts';
import { Environment } from './environment.ts';
import { basicType } from './headers.ts';
import { type FieldSpec, layoutRecord } from './layout.ts';
import { MAX_DEPTH, MAX_SIZE } from './limits.ts';
import { widthOf } from './literals.ts';
import type { Grammar, Node } from './load.ts';
import {
  aligned,
  bodyOf,
  type CEnum,
  type CRecord,
  type CType,
  extentOf,
  integerOf,
  typeText,
} from './model.ts';
import { type Attribute, type Piece, UNNAMED } from './rewrite.ts';

/** A declarator of a list, with the attributes that are its own. */
interface Listed extends Declared {
  readonly attributes: readonly Attribute[];
  /** The expression behind the `:` of a bit-field. */
  readonly width: Node | undefined;
}

/** Reads a text. What it declares is in the environment that comes back. */
export function readDeclarations(source: string, abi: Abi, grammar: Grammar): Environment {
  const reader = new Reader(source, abi, grammar);
  reader.read();
  return reader.env;
}

/**
 * Reads a type name, as `unsigned int` or `struct s *`, with the names of a text that was read before.
 * @throws CError for what is none
 */
export function readTypeName(name: string, grammar: Grammar, around: Environment): CType {
  const { env } = new Reader(name, around.abi, grammar);
  for (const [tag, type] of around.tags) env.tags.set(tag, type);
  for (const [typedef, type] of around.typedefs) env.typedefs.set(typedef, type);
  for (const [constant, value] of around.constants) env.constants.set(constant, value);
  if (name.trim() === '') env.fail('the name of a type is missing', 0);
  return env.operand(env.piece, (node, piece) => env.typeName(node, piece), '_Alignof');
}

class Reader {
  readonly env: Environment;
  #asserted = 0;
  #depth = 0;

  constructor(source: string, abi: Abi, grammar: Grammar) {
    this.env = new Environment(source, abi, grammar, (node, piece) => this.#typeName(node, piece));
  }

  read(): void {
    const { piece } = this.env;
    this.env.parsed(piece, (root) => {
      for (const node of root.namedChildren) {
        this.#assertUpTo(piece.source(node.startIndex));
        this.#topLevel(node, piece);
      }
    });
    this.#assertUpTo(Number.POSITIVE_INFINITY);
  }

  #topLevel(node: Node, piece: Piece): void {
    const at = piece.source(node.startIndex);
    switch (node.type) {
      case 'declaration':
        // Variables and functions have no place in a layout; what they are made of is checked all the same.
        this.#list(node, this.#specifiers(node, piece), piece);
        break;
      case 'type_definition':
        this.#typedefs(node, piece);
        break;
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier':
        this.#specifier(node, piece);
        this.#ignoreRest(node, piece);
        break;
      case 'function_definition':
        takeAttributes(this.env, ({ start }) => start < piece.source(node.endIndex));
        break;
      case 'expression_statement':
        // An empty declaration, a lone `;`, is one without children.
        if (node.namedChildren.length > 0) this.env.fail('a declaration expected', at);
        break;
      default:
        this.env.refuse(`${node.type.replaceAll('_', ' ')} is not read`, at);
    }
  }

  /** Static assertions that stand before a position. */
  #assertUpTo(position: number): void {
    for (;;) {
      const next = this.env.assertions[this.#asserted];
      if (next === undefined || next.start >= position) return;
      this.#asserted += 1;
      if (this.env.evaluate(next.condition).value === 0n) {
        const message = next.message === '' ? '' : `: ${next.message.slice(0, 200)}`;
        this.env.fail(`static assertion failed${message}`, next.start);
      }
    }
  }

  // Specifiers.

  #specifiers(node: Node, piece: Piece): CType {
    const type = node.childForFieldName('type');
    if (type === null) return this.env.fail('a type expected', piece.source(node.startIndex));
    return this.#specifier(type, piece);
  }

  #typeName(node: Node, piece: Piece): CType {
    if (node.type !== 'type_descriptor') return this.#specifier(node, piece);
    return readDeclarator(
      node.childForFieldName('declarator'),
      this.#specifiers(node, piece),
      piece,
      this.env,
    ).type;
  }

  #specifier(node: Node, piece: Piece): CType {
    const at = piece.source(node.startIndex);
    this.#depth += 1;
    try {
      if (this.#depth > MAX_DEPTH) this.env.fail(`types nest more than ${MAX_DEPTH} levels deep here`, at);
      switch (node.type) {
        case 'primitive_type':
        case 'type_identifier':
          return basicType([node.text], this.env.abi) ?? this.env.namedType(node.text, at);
        case 'sized_type_specifier': {
          const words = node.text.split(/\s+/).filter((word) => !/^(const|volatile|restrict)$/.test(word));
          return basicType(words, this.env.abi) ?? this.env.fail(`'${words.join(' ')}' is no type`, at);
        }
        case 'struct_specifier':
        case 'union_specifier':
          return this.#record(node, piece);
        case 'enum_specifier':
          return this.#enum(node, piece);
        default:
          return this.env.refuse(`this form of type (${node.type.replaceAll('_', ' ')}) is not read`, at);
      }
    } finally {
      this.#depth -= 1;
    }
  }

  /** Attributes behind the keyword, and behind the closing brace. */
  #ofSpecifier(node: Node, body: Node, piece: Piece) {
    const keyword = piece.source(node.startIndex);
    const brace = piece.source(body.endIndex - 1);
    const mine = takeAttributes(this.env, ({ name, prev }) => {
      if (prev?.start === keyword) return true;
      return name !== '_Alignas' && prev?.start === brace && prev.text === '}';
    });
    return wishesOf(mine, this.env);
  }

  #enum(node: Node, piece: Piece): CType {
    const { env } = this;
    const at = piece.source(node.startIndex);
    const tag = node.childForFieldName('name')?.text;
    const body = node.childForFieldName('body');
    if (node.childForFieldName('underlying_type') !== null)
      env.refuse('an enum with a fixed type is not read', at);
    const known = tag === undefined ? undefined : env.tags.get(tag);
    if (known !== undefined && known.kind !== 'enum')
      env.fail(`${tag} is a ${known.keyword}, not an enum`, at);
    if (body === null) return known ?? env.fail(`enum ${tag ?? ''} is not defined here`, at);
    if (known !== undefined) env.fail(`enum ${tag} is defined already`, at);
    const wishes = this.#ofSpecifier(node, body, piece);
    const type: CEnum = readEnum(tag, body, piece, env, {
      packed: wishes.packed !== undefined,
      align: wishes.lastAlign,
    });
    env.count(at);
    if (tag !== undefined) env.tags.set(tag, type);
    return type;
  }

  #record(node: Node, piece: Piece): CType {
    const { env } = this;
    const at = piece.source(node.startIndex);
    const keyword = node.type === 'union_specifier' ? 'union' : 'struct';
    const tag = node.childForFieldName('name')?.text;
    const body = node.childForFieldName('body');
    const known = tag === undefined ? undefined : env.tags.get(tag);
    if (known !== undefined && (known.kind === 'enum' || known.keyword !== keyword)) {
      env.fail(`${tag} is not a ${keyword}: it was declared as another kind`, at);
    }
    let record = known as CRecord | undefined;
    if (record === undefined) {
      env.count(at);
      record = { kind: 'record', keyword, tag, alias: undefined, body: undefined };
      if (tag !== undefined) env.tags.set(tag, record);
    }
    if (body === null) return record;
    if (record.body !== undefined) env.fail(`${keyword} ${tag} is defined already`, at);
    const fields = this.#fields(body, piece, keyword);
    if (record.body !== undefined) env.fail(`${keyword} ${tag} is defined within itself`, at);
    const wishes = this.#ofSpecifier(node, body, piece);
    const layout = layoutRecord(
      {
        keyword,
        fields,
        packed: wishes.packed !== undefined,
        align: wishes.lastAlign,
        pack: env.preprocessor.packAt(piece.source(body.endIndex - 1)),
      },
      env.abi,
    );
    if (layout.size > MAX_SIZE)
      env.fail(`a ${keyword} of ${layout.size} bytes is larger than any address space`, at);
    if (layout.depth > MAX_DEPTH) env.fail(`types nest more than ${MAX_DEPTH} levels deep here`, at);
    record.body = layout;
    return record;
  }

  // Fields.

  #fields(body: Node, piece: Piece, keyword: 'struct' | 'union'): FieldSpec[] {
    const fields: FieldSpec[] = [];
    const names = new Set<string>();
    let flexibleAt: number | undefined;
    for (const node of body.namedChildren) {
      const at = piece.source(node.startIndex);
      this.#assertUpTo(at);
      if (node.type !== 'field_declaration') {
        return this.env.refuse(`${node.type.replaceAll('_', ' ')} has no place in a ${keyword} here`, at);
      }
      const type = this.#specifiers(node, piece);
      const list = this.#list(node, type, piece);
      if (list.length === 0) {
        const anonymous = this.#anonymous(node, type, piece);
        if (anonymous === undefined) continue;
        this.#claim([...(bodyOf(type)?.names.keys() ?? [])], names, at);
        fields.push(anonymous);
        continue;
      }
      for (const one of list) {
        this.env.count(one.at);
        if (flexibleAt !== undefined) this.env.fail('a flexible array is the last member', flexibleAt);
        const field = this.#fieldOf(one, piece);
        if (field.name !== undefined) this.#claim([field.name], names, one.at);
        if (field.type.kind === 'array' && field.type.length === undefined) {
          if (keyword === 'union') this.env.fail('a flexible array in a union', one.at);
          if (names.size < 2) this.env.fail('a flexible array needs a named member before it', one.at);
          flexibleAt = one.at;
        }
        fields.push(field);
      }
    }
    this.#assertUpTo(piece.source(body.endIndex - 1));
    return fields;
  }

  #claim(given: readonly string[], names: Set<string>, at: number): void {
    for (const name of given) {
      if (names.has(name)) this.env.fail(`a second member '${name}'`, at);
      names.add(name);
    }
  }

  /** A struct or union without a tag and a name is a member whose members are ours (C11 6.7.2.1, 13). */
  #anonymous(node: Node, type: CType, piece: Piece): FieldSpec | undefined {
    const rest = this.#restOf(node, piece);
    if (type.kind === 'record' && type.tag === undefined && type.alias === undefined) {
      const { alignas, packed } = wishesOf(rest, this.env);
      // gcc heeds _Alignas here, and no other attribute of the declaration.
      const own = alignas === undefined ? {} : { align: alignas.align };
      if (packed !== undefined) this.env.warn('packed is ignored here', packed.start);
      return { name: undefined, type, packed: false, ...own };
    }
    if (type.kind !== 'enum') this.env.warn('this declares no member', piece.source(node.startIndex));
    return undefined;
  }

  #fieldOf(one: Listed, piece: Piece): FieldSpec {
    const { env } = this;
    const { type, at } = one;
    const name = one.name === UNNAMED ? undefined : one.name;
    const wishes = wishesOf(one.attributes, env);
    const called = name === undefined ? 'a bit-field' : `'${name}'`;
    if (type.kind === 'function') env.fail(`${called} is a function, which cannot be a member`, at);
    const extent = extentOf(type);
    if (extent === undefined)
      return env.fail(`${called} has the type ${typeText(type)}, whose size is not known here`, at);
    const packed = wishes.packed !== undefined && (one.width !== undefined || extent.align > 1);
    const align = wishes.maxAlign === undefined ? {} : { align: wishes.maxAlign };
    if (wishes.alignas !== undefined) {
      if (one.width !== undefined)
        env.fail(`_Alignas on ${called}, a bit-field`, wishes.alignas.attribute.start);
      if (wishes.alignas.align < extent.align) {
        env.fail(`_Alignas cannot reduce the alignment of ${called}`, wishes.alignas.attribute.start);
      }
    }
    if (one.width === undefined) return { name, type, packed, ...align };
    return { name, type, packed, ...align, width: this.#width(one, one.width, name, piece) };
  }

  #width({ type, at }: Listed, node: Node, name: string | undefined, piece: Piece): number {
    const called = name === undefined ? 'this bit-field' : `the bit-field '${name}'`;
    const integer = integerOf(type);
    if (integer === undefined) return this.env.fail(`${called} is ${typeText(type)}, not an integer`, at);
    const { value } = new Evaluator(this.env, piece).evaluate(node);
    const widthAt = piece.source(node.startIndex);
    if (value < 0n) this.env.fail(`${called} has the width ${value}`, widthAt);
    if (value === 0n && name !== undefined)
      this.env.fail(`${called} has no bits: only an unnamed one may`, widthAt);
    if (value > BigInt(widthOf(integer))) {
      this.env.fail(`${called} has ${value} bits, ${typeText(type)} has ${widthOf(integer)}`, widthAt);
    }
    return Number(value);
  }

  // Lists of declarators.

  #list(node: Node, base: CType, piece: Piece): Listed[] {
    const found: { node: Node; width: Node | undefined }[] = [];
    for (const [i, child] of node.children.entries()) {
      if (node.fieldNameForChild(i) === 'declarator') found.push({ node: child, width: undefined });
      else if (child.type === 'bitfield_clause') {
        const last = found.at(-1);
        if (last !== undefined) found[found.length - 1] = { ...last, width: child.namedChildren[0] };
      }
    }
    const declared = found.map((one) => ({
      ...readDeclarator(one.node, base, piece, this.env),
      width: one.width,
    }));
    if (found.length === 0) return [];
    const rest = this.#restOf(node, piece);
    const starts = found.map((one) => piece.source(one.node.startIndex));
    const [first = 0] = starts;
    const common = rest.filter(({ start }) => start < first);
    return declared.map((one, i) => ({
      ...one,
      attributes: [...common, ...rest.filter((attribute) => ownerOf(attribute, starts) === i)],
    }));
  }

  /** The attributes of a declaration that nothing within it has taken. */
  #restOf(node: Node, piece: Piece): Attribute[] {
    const from = piece.source(node.startIndex);
    const to = piece.source(node.endIndex);
    const taken = takeAttributes(this.env, ({ start, next }) => {
      if (start >= from && start < to) return true;
      return next !== undefined && next.start >= from && next.start < to;
    });
    for (const { next, start } of taken) {
      if (next?.text === '{')
        this.env.fail('attributes stand behind the keyword or behind the closing brace', start);
      if (next?.text === ':') this.env.fail('attributes of a bit-field stand behind its width', start);
    }
    return taken;
  }

  #ignoreRest(node: Node, piece: Piece): void {
    for (const { name, start } of this.#restOf(node, piece)) this.env.warn(`${name} is ignored here`, start);
  }

  // Typedefs.

  #typedefs(node: Node, piece: Piece): void {
    const { env } = this;
    const base = this.#specifiers(node, piece);
    for (const one of this.#list(node, base, piece)) {
      const { name, at } = one;
      if (name === undefined) throw env.fail('a name expected', at);
      const wishes = wishesOf(one.attributes, env);
      if (wishes.alignas !== undefined) env.fail('_Alignas on a typedef', wishes.alignas.attribute.start);
      if (wishes.packed !== undefined) {
        env.warn(
          `packed is ignored on the typedef ${name}: it belongs behind the closing brace`,
          wishes.packed.start,
        );
      }
      let type = one.type;
      if (wishes.lastAlign !== undefined) {
        if (extentOf(type) === undefined)
          env.refuse(`aligned on ${typeText(type)}, which is not complete, is not read`, at);
        type = aligned(type, wishes.lastAlign);
      }
      const known = env.typedefs.get(name);
      if (known !== undefined && !sameType(known, type)) {
        env.fail(`${name} is ${typeText(known)} already, not ${typeText(type)}`, at);
      }
      if (env.constants.has(name)) env.fail(`${name} is declared already`, at);
      env.count(at);
      if (type.kind === 'record' && type.tag === undefined) type.alias ??= name;
      env.typedefs.set(name, type);
    }
  }
}

/** Which declarator an attribute belongs to: the one that it follows, or, behind a comma, the next. */
function ownerOf({ start, prev }: Attribute, starts: readonly number[]): number {
  const before = starts.findLastIndex((one) => one <= start);
  if (before < 0) return -1;
  return prev?.text === ',' ? before + 1 : before;
}

function sameType(a: CType, b: CType): boolean {
  if (a === b) return true;
  if (extentOf(a)?.align !== extentOf(b)?.align || a.kind !== b.kind) return false;
  if (a.kind === 'record' || a.kind === 'enum') return false;
  if (a.kind === 'aligned' && b.kind === 'aligned') return a.record === b.record;
  return typeText(a) === typeText(b);
}
