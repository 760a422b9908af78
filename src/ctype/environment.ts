/** What is known of a text while it is read: names, attributes, the pieces that the grammar takes apart. */
import type { Abi } from './abi/index.ts';
import { Evaluator, type Names, newBudget } from './constant.ts';
import { CError, unsupportedAt } from './errors.ts';
import { builtinTypes, headerOf, typesOfHeader } from './headers.ts';
import { type Token, tokenize, tokensOf } from './lexer.ts';
import { MAX_MEMBERS } from './limits.ts';
import type { Value } from './literals.ts';
import type { Grammar, Node } from './load.ts';
import type { CEnum, CRecord, CType } from './model.ts';
import { Preprocessor } from './preprocess.ts';
import { type Assertion, type Attribute, Piece, Rewriter } from './rewrite.ts';

/** Something that gcc warns of: valid, but not what it looks like. */
export interface Warning {
  readonly message: string;
  /** Where, from 0 in the text. */
  readonly position: number;
}

export class Environment implements Names {
  readonly source: string;
  readonly abi: Abi;
  readonly budget = newBudget();
  readonly tags = new Map<string, CRecord | CEnum>();
  readonly typedefs = new Map<string, CType>();
  /** Those of the typedefs that an #include gave. */
  readonly fromHeaders = new Set<string>();
  readonly constants = new Map<string, Value>();
  readonly warnings: Warning[] = [];
  readonly preprocessor: Preprocessor;
  /** The whole text, for the grammar. */
  readonly piece: Piece;
  /** Attributes that have not found what they belong to, in the order of the text. */
  readonly attributes: Attribute[];
  readonly assertions: Assertion[];
  readonly #grammar: Grammar;
  readonly #rewriter: Rewriter;
  readonly #builtin: ReadonlyMap<string, CType>;
  readonly #typeName: (node: Node, piece: Piece) => CType;
  readonly #expanding = new Set<string>();
  #usedAt: number | undefined;
  #members = 0;

  constructor(source: string, abi: Abi, grammar: Grammar, typeName: (node: Node, piece: Piece) => CType) {
    this.source = source;
    this.abi = abi;
    this.#grammar = grammar;
    this.#typeName = typeName;
    this.#builtin = builtinTypes(abi);
    this.preprocessor = new Preprocessor(source, abi, (text, at) => this.#directive(text, at));
    const tokens = tokenize(source, this.preprocessor.take);
    this.preprocessor.end();
    this.#rewriter = new Rewriter(source, (name, at) => this.#macroKind(name, at));
    this.piece = this.#rewriter.compose(tokens, 0, source.length);
    const byPlace = (a: { start: number }, b: { start: number }) => a.start - b.start;
    this.attributes = this.#rewriter.attributes.filter(({ idle }) => !idle).sort(byPlace);
    this.assertions = this.#rewriter.assertions.sort(byPlace);
    for (const header of this.preprocessor.includes) {
      for (const [name, type] of typesOfHeader(header, abi)) {
        this.typedefs.set(name, type);
        this.fromHeaders.add(name);
      }
    }
  }

  fail(detail: string, at: number): never {
    throw new CError(detail, this.source, at);
  }

  refuse(detail: string, at: number): never {
    throw unsupportedAt(detail, this.source, at);
  }

  warn(message: string, position: number): void {
    if (this.warnings.length < 1000) this.warnings.push({ message, position });
  }

  /** Counts what has a name. */
  count(at: number): void {
    this.#members += 1;
    if (this.#members > MAX_MEMBERS) this.fail(`a text may declare at most ${MAX_MEMBERS} names`, at);
  }

  /**
   * Takes a piece apart, uses its syntax tree and frees it.
   * @throws CError where the grammar finds fault
   */
  parsed<T>(piece: Piece, use: (root: Node) => T): T {
    const tree = this.#grammar(piece.text, this.source, Math.max(0, piece.source(0)));
    try {
      this.#check(tree.root, piece);
      return use(tree.root);
    } finally {
      tree.free();
    }
  }

  /** What `sizeof (...)` would take in a piece of its own, an expression or a type name; of `_Alignof` a type name. */
  operand<T>(
    piece: Piece,
    use: (node: Node, piece: Piece) => T,
    keyword: 'sizeof' | '_Alignof' = 'sizeof',
  ): T {
    const whole = piece.within(`${keyword}(`, ');');
    return this.parsed(whole, (root) => {
      const statement = root.namedChildren.length === 1 ? root.namedChildren[0] : undefined;
      const node = statement?.type === 'expression_statement' ? statement.namedChildren[0] : undefined;
      if (node?.type !== (keyword === 'sizeof' ? 'sizeof_expression' : 'alignof_expression'))
        return this.fail('one expression expected', Math.max(0, piece.source(0)));
      const inner = node.childForFieldName('type') ?? node.childForFieldName('value');
      return inner === null ? this.fail('an expression expected', piece.source(0)) : use(inner, whole);
    });
  }

  /** The value of an expression in a piece of its own. */
  evaluate(piece: Piece): Value {
    const whole = piece.within('(', ');');
    return this.parsed(whole, (root) => {
      const [statement, more] = root.namedChildren;
      const node = statement?.type === 'expression_statement' ? statement.namedChildren[0] : undefined;
      if (node === undefined || more !== undefined)
        return this.fail('one expression expected', piece.source(0));
      return new Evaluator(this, whole).evaluate(node);
    });
  }

  // What `Names` asks for.

  constant(name: string, place: number): Value | undefined {
    // A macro within a macro is the one that is defined where the outer one is used.
    const at = this.#usedAt ?? place;
    const macro = this.preprocessor.macro(name, at);
    if (macro === undefined) {
      if (this.typedefs.has('bool') && (name === 'true' || name === 'false')) {
        return { type: this.abi.int.int, value: name === 'true' ? 1n : 0n };
      }
      return this.constants.get(name);
    }
    if (this.#expanding.has(name)) return this.constants.get(name);
    if (macro.callable) this.refuse(`${name} is a macro with parameters, which is not put in`, at);
    if (this.#expanding.size > 100) this.fail(`the macro ${name} nests too deep`, at);
    this.#charge(at);
    const outermost = this.#usedAt === undefined;
    this.#usedAt = at;
    this.#expanding.add(name);
    try {
      const piece =
        macro.at === undefined ? new Piece(macro.body, at) : this.#macroPiece(macro.body, macro.at);
      return this.evaluate(piece);
    } finally {
      this.#expanding.delete(name);
      if (outermost) this.#usedAt = undefined;
    }
  }

  /** Putting a macro in costs a parse: as much as so many steps of an evaluation. */
  #charge(at: number): void {
    this.budget.steps -= 200;
    if (this.budget.steps < 0) this.fail('the macros of this text take too many steps', at);
  }

  typedef(name: string): CType | undefined {
    return this.typedefs.get(name) ?? this.#builtin.get(name);
  }

  typeName(node: Node, piece: Piece): CType {
    return this.#typeName(node, piece);
  }

  designator(at: number): readonly Token[] | undefined {
    return this.#rewriter.designators.get(at);
  }

  /** The typedef that a name stands for; what to do where there is none is said. */
  namedType(name: string, at: number): CType {
    const found = this.typedef(name);
    if (found !== undefined) return found;
    if (this.preprocessor.macro(name, at) !== undefined) {
      this.refuse(`${name} is a macro that is no integer: it is not put in`, at);
    }
    if (this.tags.has(name))
      this.fail(`unknown type ${name}; there is a tag of that name: write struct, union or enum`, at);
    const header = headerOf(name, this.abi);
    return this.fail(
      `unknown type ${name}${header === undefined ? '' : `: it needs #include <${header}>`}`,
      at,
    );
  }

  #macroPiece(body: string, at: number): Piece {
    return this.#rewriter.compose(tokensOf(this.source, body, at), at, at + body.length);
  }

  #macroKind(name: string, at: number): 'empty' | 'callable' | undefined {
    const macro = this.preprocessor.macro(name, at);
    if (macro === undefined) return undefined;
    if (macro.callable) return 'callable';
    return macro.body === '' ? 'empty' : undefined;
  }

  /** An expression of `#if`, with every name that is no macro as 0. */
  #directive(text: string, at: number): bigint {
    const names: Names = {
      source: this.source,
      abi: this.abi,
      budget: this.budget,
      constant: (name) => {
        // A condition is read where it stands: what is defined by then counts.
        const macro = this.preprocessor.macro(name, Number.POSITIVE_INFINITY);
        if (macro === undefined || this.#expanding.has(name)) return { type: this.abi.int.long, value: 0n };
        this.#charge(at);
        this.#expanding.add(name);
        try {
          return { type: this.abi.int.long, value: this.#directive(macro.body, macro.at ?? at) };
        } finally {
          this.#expanding.delete(name);
        }
      },
      typedef: () => undefined,
      typeName: (node, piece) =>
        this.fail('a type has no place in a condition', piece.source(node.startIndex)),
      designator: () => undefined,
    };
    const piece = new Piece(text, at).within('(', ');');
    return this.parsed(piece, (root) => {
      const node = root.namedChildren[0]?.namedChildren[0];
      if (node === undefined) return this.fail('this condition is no expression', at);
      return new Evaluator(names, piece).evaluate(node).value;
    });
  }

  /** The first thing in a tree that is no C. */
  #check(root: Node, piece: Piece): void {
    if (!root.hasError) return;
    const cursor = root.walk();
    try {
      for (let down = true; ; ) {
        const { currentNode: node } = cursor;
        if (down && (node.isError || node.isMissing)) this.#report(node, piece);
        if (down && node.hasError && cursor.gotoFirstChild()) continue;
        down = true;
        if (cursor.gotoNextSibling()) continue;
        if (!cursor.gotoParent()) break;
        down = false;
      }
    } finally {
      cursor.delete();
    }
    this.fail('this is no C', Math.max(0, piece.source(0)));
  }

  #report(node: Node, piece: Piece): never {
    if (!node.isMissing) {
      // What the grammar gave up on begins where it began; the last word that it saw is nearer to the fault.
      const last = node.childCount > 1 ? node.child(node.childCount - 1) : null;
      return this.fail('C does not go on like this', Math.max(0, piece.source((last ?? node).startIndex)));
    }
    // Right behind what stands before it, not where the next word begins.
    const before = piece.text.slice(0, node.startIndex).trimEnd().length;
    const what = /^\W+$/.test(node.type) ? `'${node.type}'` : node.type.replaceAll('_', ' ');
    return this.fail(`${what} expected`, Math.max(0, piece.source(before)));
  }
}
