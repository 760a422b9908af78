/**
 * Go type text to type: a recursive-descent parser.
 *
 * It takes what a type literal may be in Go source; the names that it knows are the predeclared ones,
 * `unsafe.Pointer`, and those of declared types. Source for the rules: the Go specification's section Types; Go 1.19 `cmd/compile/internal/types2`
 * struct.go (embedded fields), typeset.go (method sets).
 */
import { arrayLength } from './constant.ts';
import {
  arrayOf,
  BASIC,
  chanOf,
  type FieldSpec,
  funcOf,
  interfaceOf,
  isExported,
  MAX_ARRAY_LENGTH,
  mapOf,
  PREDECLARED,
  pointerTo,
  sliceOf,
  structOf,
} from './construct.ts';
import { Cursor } from './cursor.ts';
import { GoTypeError, GoTypeTooLarge } from './errors.ts';
import { MAX_SOURCE, type Token } from './lexer.ts';
import { type FuncType, type GoType, invalidMapKey, type MapType, type Method } from './model.ts';
import { DECLARED, PACKAGE } from './names.ts';
import { unquote } from './quote.ts';
import { suggestion } from './suggest.ts';

/** How many parsed texts are remembered, and how long a text may be for it, in UTF-16 code units. */
const CACHE_SIZE = 256;
const CACHE_TEXT = 4096;
const cache = new Map<string, GoType>();

/**
 * The type that a Go type text names. The same text gives the same object while it is remembered.
 * @throws GoTypeError if the text is no Go type; its second and third line show where
 * @throws GoTypeTooLarge if the type, or one in it, is larger than 2^47 bytes
 */
export function parseType(source: string): GoType {
  if (typeof source !== 'string') {
    throw new GoTypeError('a Go type is given as a string, such as "map[string]int"', '', 0);
  }
  const known = cache.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_SOURCE) {
    throw new GoTypeError(`a type text may have at most ${MAX_SOURCE} characters`, source, MAX_SOURCE);
  }
  const parsed = new TypeParser(source).whole();
  if (source.length <= CACHE_TEXT) {
    const oldest = cache.keys().next();
    if (cache.size >= CACHE_SIZE && !oldest.done) cache.delete(oldest.value);
    cache.set(source, parsed);
  }
  return parsed;
}

/**
 * `parseType` for a text that must name a map type.
 * @throws GoTypeError, GoTypeTooLarge
 */
export function parseMapType(source: string): MapType {
  const type = parseType(source);
  if (type.kind === 'map') return type;
  throw new GoTypeError(`expected a map type such as map[string]int, got ${type.string}`, source, 0);
}

/** An entry of a parameter list: `name`, `Type` or `name Type`. */
interface Parameter {
  readonly at: number;
  readonly name: Token | undefined;
  readonly type: GoType | undefined;
}

class TypeParser {
  private readonly cursor: Cursor;

  constructor(source: string) {
    this.cursor = new Cursor(source);
  }

  whole(): GoType {
    const type = this.type();
    while (this.cursor.accept(';'));
    if (this.cursor.peek().kind !== 'end') {
      this.cursor.fail(`unexpected ${this.cursor.found()} after the type ${clipped(type)}`);
    }
    return type;
  }

  private type(): GoType {
    return this.cursor.nested(() => this.oneType());
  }

  private oneType(): GoType {
    const { cursor } = this;
    const token = cursor.peek();
    if (token.kind === 'name') return this.typeName();
    if (cursor.accept('(')) {
      const type = this.type();
      cursor.expect(')', 'after the type in parentheses');
      return type;
    }
    if (cursor.accept('*')) return pointerTo(this.type());
    if (cursor.is('[')) return this.arrayOrSlice();
    if (cursor.is('map')) return this.map();
    if (cursor.is('chan') || cursor.is('<-')) return this.chan();
    if (cursor.accept('func')) return this.signature();
    if (cursor.is('struct')) return this.struct();
    if (cursor.is('interface')) return this.interface();
    return cursor.fail(`expected a type, found ${cursor.found()}`);
  }

  /** Runs a constructor, so that its complaint about a size says where the type stands. */
  private build<T>(at: number, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof GoTypeTooLarge && error.source === undefined) {
        throw new GoTypeTooLarge(error.detail, this.cursor.source, at);
      }
      throw error;
    }
  }

  private typeName(): GoType {
    const { cursor } = this;
    const name = cursor.take();
    if (cursor.is('.')) return this.qualifiedName(name);
    const type = PREDECLARED.get(name.text) ?? DECLARED.get(name.text);
    if (type !== undefined) return type;
    const shown = name.text.length > 40 ? `${name.text.slice(0, 40)}...` : name.text;
    const meant = suggestion(name.text);
    return cursor.fail(
      meant === undefined
        ? `unknown type '${shown}': only Go's predeclared types, type literals and what declareType was told are known`
        : `unknown type '${shown}'; did you mean '${meant}'?`,
      name.at,
    );
  }

  private qualifiedName(name: Token): GoType {
    const { cursor } = this;
    cursor.take();
    const member = cursor.peek();
    if (member.kind !== 'name') cursor.fail(`expected a name after '${name.text.slice(0, 40)}.'`);
    cursor.take();
    const whole = `${name.text}.${member.text}`;
    if (whole === 'unsafe.Pointer') return BASIC['unsafe.Pointer'];
    const declared = name.text === PACKAGE ? DECLARED.get(member.text) : undefined;
    if (declared !== undefined) return declared;
    const shown = whole.length > 60 ? `${whole.slice(0, 60)}...` : whole;
    return cursor.fail(
      name.text === 'unsafe'
        ? `unknown type '${shown}'; did you mean 'unsafe.Pointer'?`
        : `unknown type '${shown}': types of packages are not known, declare it by declareType or write the type that it is defined as`,
      name.at,
    );
  }

  private arrayOrSlice(): GoType {
    const { cursor } = this;
    const open = cursor.take();
    if (cursor.accept(']')) return sliceOf(this.type());
    if (cursor.is('...')) {
      cursor.fail('invalid use of [...] array (outside a composite literal)', open.at);
    }
    const lengthAt = cursor.peek().at;
    const length = arrayLength(cursor);
    cursor.expect(']', 'after the array length');
    const elem = this.type();
    if (length > BigInt(MAX_ARRAY_LENGTH)) {
      throw new GoTypeTooLarge(`an array of ${length} elements is too long`, cursor.source, lengthAt);
    }
    return this.build(open.at, () => arrayOf(Number(length), elem));
  }

  private map(): GoType {
    const { cursor } = this;
    cursor.take();
    cursor.expect('[', 'after map');
    const keyAt = cursor.peek().at;
    const key = this.type();
    const problem = invalidMapKey(key);
    if (problem !== undefined) cursor.fail(problem, keyAt);
    cursor.expect(']', 'after the key type');
    return mapOf(key, this.type());
  }

  private chan(): GoType {
    const { cursor } = this;
    const start = cursor.peek().at;
    const recv = cursor.accept('<-');
    if (recv) cursor.expect('chan', "after '<-'");
    else cursor.take();
    const send = !recv && cursor.accept('<-');
    const elem = this.type();
    return this.build(start, () => chanOf(recv ? 'recv' : send ? 'send' : 'both', elem));
  }

  /** Parameters and results, after `func` or a method's name. */
  private signature(): FuncType {
    const { cursor } = this;
    const { types, variadic } = this.parameters(true);
    if (cursor.is('(')) return funcOf(types, this.parameters(false).types, variadic);
    return this.startsType() ? funcOf(types, [this.type()], variadic) : funcOf(types, [], variadic);
  }

  private startsType(): boolean {
    const { cursor } = this;
    const starts = ['*', '[', '<-', 'map', 'chan', 'func', 'struct', 'interface', '('];
    return cursor.peek().kind === 'name' || starts.some((text) => cursor.is(text));
  }

  /**
   * A list in parentheses: all entries named (`a, b int`) or none. Whether a lone name is a parameter or a
   * type shows only at the list's end. Names are checked and dropped: they are no part of the type.
   */
  private parameters(mayVary: boolean): { types: GoType[]; variadic: boolean } {
    const { cursor } = this;
    cursor.expect('(', 'before the parameters');
    const entries: Parameter[] = [];
    let named = false;
    let variadic = false;
    while (!cursor.is(')')) {
      if (variadic) cursor.fail('can only use ... with the final parameter in a list');
      let name: Token | undefined;
      let type: GoType | undefined;
      const { at } = cursor.peek();
      if (cursor.peek().kind === 'name' && !cursor.is('.', 1)) {
        name = cursor.take();
        if (!cursor.is(',') && !cursor.is(')')) named = true;
      }
      if (name === undefined || (!cursor.is(',') && !cursor.is(')'))) {
        const dots = cursor.peek();
        variadic = cursor.accept('...');
        if (variadic && !mayVary) cursor.fail('can only use ... with parameters, not with results', dots.at);
        const one = this.type();
        type = variadic ? sliceOf(one) : one;
      }
      entries.push({ at, name, type });
      if (!cursor.accept(',')) break;
    }
    cursor.expect(')', 'after the parameters');
    return { types: named ? this.namedTypes(entries) : this.bareTypes(entries), variadic };
  }

  /** Of `a, b int, c string` the types: a name without one takes the next. */
  private namedTypes(entries: readonly Parameter[]): GoType[] {
    const types: GoType[] = [];
    const seen = new Set<string>();
    let following: GoType | undefined;
    for (let i = entries.length - 1; i >= 0; i--) {
      const entry = entries[i];
      following = entry?.type ?? following;
      if (entry?.name === undefined || following === undefined) {
        return this.cursor.fail('mixed named and unnamed parameters', entry?.at);
      }
      const name = entry.name.text;
      if (name !== '_' && seen.has(name)) this.cursor.fail(`${clip(name)} redeclared`, entry.name.at);
      seen.add(name);
      types.unshift(following);
    }
    return types;
  }

  private bareTypes(entries: readonly Parameter[]): GoType[] {
    return entries.map(({ name, type }) => type ?? this.nameAsType(name));
  }

  private nameAsType(name: Token | undefined): GoType {
    const type = name === undefined ? undefined : (PREDECLARED.get(name.text) ?? DECLARED.get(name.text));
    if (type !== undefined) return type;
    const meant = suggestion(name?.text ?? '');
    const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
    return this.cursor.fail(`unknown type '${clip(name?.text ?? '')}'${hint}`, name?.at);
  }

  private struct(): GoType {
    const { cursor } = this;
    const start = cursor.take().at;
    cursor.expect('{', 'after struct');
    const fields: FieldSpec[] = [];
    const seen = new Set<string>();
    while (!cursor.is('}')) {
      for (const { name, spec } of this.fieldDeclaration()) {
        if (spec.name !== '_' && seen.has(spec.name)) cursor.fail(`${clip(spec.name)} redeclared`, name.at);
        seen.add(spec.name);
        fields.push(spec);
      }
      if (!cursor.accept(';') && !cursor.is('}')) {
        cursor.fail(`expected ';' or '}' after a struct field, found ${cursor.found()}`);
      }
    }
    cursor.take();
    return this.build(start, () => structOf(fields));
  }

  private fieldDeclaration(): { name: Token; spec: FieldSpec }[] {
    const { cursor } = this;
    const first = cursor.peek();
    if (cursor.is('*')) return [this.embedded()];
    if (cursor.is('(')) cursor.fail('cannot parenthesize embedded type');
    if (first.kind !== 'name') cursor.fail(`expected a field name or embedded type, found ${cursor.found()}`);
    const after = cursor.peek(1);
    const ends = after.kind === 'end' || after.kind === 'string' || ['.', ';', '}'].includes(after.text);
    if (ends) return [this.embedded()];
    const names = [cursor.take()];
    while (cursor.accept(',')) {
      if (cursor.peek().kind !== 'name') cursor.fail(`expected a field name, found ${cursor.found()}`);
      names.push(cursor.take());
    }
    const type = this.type();
    const tag = this.tag();
    return names.map((name) => ({ name, spec: { name: name.text, type, tag } }));
  }

  private embedded(): { name: Token; spec: FieldSpec } {
    const { cursor } = this;
    const start = cursor.peek().at;
    const pointer = cursor.accept('*');
    const name = cursor.peek();
    if (name.kind !== 'name') cursor.fail(`expected the name of an embedded type, found ${cursor.found()}`);
    const base = this.typeName();
    if (base.kind === 'unsafe.Pointer') cursor.fail('embedded field type cannot be unsafe.Pointer', start);
    if (pointer && base.kind === 'interface') {
      cursor.fail('embedded field type cannot be a pointer to an interface', start);
    }
    const type = pointer ? pointerTo(base) : base;
    return { name, spec: { name: name.text, type, embedded: true, tag: this.tag() } };
  }

  private tag(): string {
    const token = this.cursor.peek();
    if (token.kind !== 'string') return '';
    this.cursor.take();
    const content = unquote(token.text);
    if (typeof content === 'string') return content;
    return this.cursor.fail(content.fault, token.at + content.at);
  }

  private interface(): GoType {
    const { cursor } = this;
    cursor.take();
    cursor.expect('{', 'after interface');
    const methods = new Map<string, Method & { explicit: boolean }>();
    while (!cursor.is('}')) {
      this.methodPackage();
      const name = cursor.peek();
      if (name.kind === 'name' && cursor.is('(', 1)) {
        cursor.take();
        const type = this.signature();
        if (name.text === '_') cursor.fail('methods must have a unique non-blank name', name.at);
        this.addMethod(methods, { name: name.text, type }, true, name.at);
      } else {
        this.embeddedInterface(methods);
      }
      if (!cursor.accept(';') && !cursor.is('}')) {
        const what = cursor.is('|') ? 'a union is no type of a value' : `found ${cursor.found()}`;
        cursor.fail(`expected ';' or '}' after a method or embedded interface, ${what}`);
      }
    }
    cursor.take();
    return interfaceOf([...methods.values()].map(({ name, type }) => ({ name, type })));
  }

  /** `main.m()` is no Go source, but how a type's text shows a method that is not exported. */
  private methodPackage(): void {
    const { cursor } = this;
    const qualified = cursor.peek().text === PACKAGE && cursor.is('.', 1) && cursor.is('(', 3);
    if (!qualified || isExported(cursor.peek(2).text)) return;
    cursor.take();
    cursor.take();
  }

  private embeddedInterface(methods: Map<string, Method & { explicit: boolean }>): void {
    // Annotated, so that the compiler knows that fail never returns.
    const cursor: Cursor = this.cursor;
    const at = cursor.peek().at;
    if (cursor.is('~')) cursor.fail('an interface with a type constraint is no type of a value');
    const type = this.type();
    if (type.kind !== 'interface') {
      const name = clipped(type);
      cursor.fail(`${name} is not an interface, so an interface with it is no type of a value`, at);
    }
    for (const method of type.methods) this.addMethod(methods, method, false, at);
  }

  /** A method may come again through embedding if it has the same type. */
  private addMethod(
    methods: Map<string, Method & { explicit: boolean }>,
    method: Method,
    explicit: boolean,
    at: number,
  ): void {
    const known = methods.get(method.name);
    if (known !== undefined) {
      const conflict = (explicit && known.explicit) || known.type.string !== method.type.string;
      if (conflict) this.cursor.fail(`duplicate method ${clip(method.name)}`, at);
    }
    methods.set(method.name, { ...method, explicit: explicit || known?.explicit === true });
  }
}

function clip(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}...` : name;
}

function clipped(type: GoType): string {
  return clip(type.string);
}
