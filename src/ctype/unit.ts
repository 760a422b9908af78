/** What a user holds: the parser, a text that was read, a type of it. */
import { type AddressSpace, checkAddress } from '../machine/addressspace.ts';
import type { Target } from '../profile/index.ts';
import { type Abi, abiOf } from './abi/index.ts';
import { readDeclarations, readTypeName } from './declarations.ts';
import type { Environment } from './environment.ts';
import { CastError } from './errors.ts';
import { type Grammar, loadGrammar } from './load.ts';
import { type CType, extentOf, typeText } from './model.ts';
import { resolve } from './path.ts';
import { type Layout, layoutOf } from './report.ts';
import { bytesSource, CView, memorySource } from './view.ts';

/** The C parser for a target and the memory of a runtime. */
export class CParser {
  readonly target: Target;
  readonly #abi: Abi;
  readonly #grammar: Grammar;
  readonly #memory: AddressSpace;

  private constructor(target: Target, grammar: Grammar, memory: AddressSpace) {
    this.target = target;
    this.#abi = abiOf(target);
    this.#grammar = grammar;
    this.#memory = memory;
  }

  /** Loads the grammar at the first call of a process. */
  static async load(target: Target, memory: AddressSpace): Promise<CParser> {
    return new CParser(target, await loadGrammar(), memory);
  }

  /**
   * Reads C declarations. Everything that they say is checked: static assertions too.
   * @throws CError (a TypeError with position and caret) for what is wrong
   * @throws Unsupported, with the place, for valid C that is not read
   */
  parse(source: string): CUnit {
    if (typeof source !== 'string')
      throw new TypeError(`parse takes the text of C declarations, got ${typeof source}`);
    return new CUnit(readDeclarations(source, this.#abi, this.#grammar), this.#grammar, this.#memory);
  }
}

/** A text of declarations. */
export class CUnit {
  readonly #env: Environment;
  readonly #grammar: Grammar;
  readonly #memory: AddressSpace;

  /**
   * For the library's own use: units come from `parse`.
   * @internal the parser's types stay out of the published ones
   */
  constructor(env: Environment, grammar: Grammar, memory: AddressSpace) {
    this.#env = env;
    this.#grammar = grammar;
    this.#memory = memory;
  }

  /** What is valid but not what it looks like, as a `packed` that compilers ignore. */
  get warnings(): readonly { readonly message: string; readonly position: number }[] {
    return this.#env.warnings;
  }

  /** The types that the text declares: `struct s`, `union u`, `enum e`, and typedefs by their names. */
  get types(): string[] {
    const tags = [...this.#env.tags].map(
      ([tag, type]) => `${type.kind === 'enum' ? 'enum' : type.keyword} ${tag}`,
    );
    const typedefs = [...this.#env.typedefs.keys()].filter((name) => !this.#env.fromHeaders.has(name));
    return [...tags, ...typedefs];
  }

  /** The value of an enum constant, or of a macro that is an integer; undefined for other names. */
  constant(name: string): bigint | undefined {
    if (typeof name !== 'string' || !/^[A-Za-z_$][\w$]*$/.test(name)) return undefined;
    return this.#env.constant(name, Number.MAX_SAFE_INTEGER)?.value;
  }

  /**
   * A type by its name: a typedef, `struct s`, or any other type name as `unsigned int` and `struct s *`.
   * @throws CError for a name that the text does not declare, TypeError for a type that is not complete
   */
  type(name: string): BoundType {
    const type = this.#find(name);
    if (extentOf(type) === undefined) {
      throw new TypeError(
        `${typeText(type)} has no size: it is ${type.kind === 'record' ? 'declared but not defined' : 'no object'}`,
      );
    }
    return new BoundType(type, this.#memory);
  }

  #find(name: string): CType {
    if (typeof name !== 'string') throw new TypeError(`a type is named by a string, got ${typeof name}`);
    const known = this.#env.typedef(name);
    if (known !== undefined) return known;
    return readTypeName(name, this.#grammar, this.#env);
  }
}

/** A complete C type, with the memory that its views look into. */
export class BoundType {
  readonly #type: CType;
  readonly #memory: AddressSpace;

  /** For the library's own use: types come from `CUnit.type`. */
  constructor(type: CType, memory: AddressSpace) {
    this.#type = type;
    this.#memory = memory;
  }

  /** The type as C writes it. */
  get name(): string {
    return typeText(this.#type);
  }

  /** `sizeof`, in bytes. */
  get size(): number {
    return extentOf(this.#type)?.size ?? 0;
  }

  /** `_Alignof`, in bytes. */
  get align(): number {
    return extentOf(this.#type)?.align ?? 1;
  }

  /**
   * `offsetof`, in bytes: `offsetof('a.b[2].c')`.
   * @throws TypeError for a member that is not there or is a bit-field, RangeError for an index beyond an array
   */
  offsetof(path: string): number {
    const member = resolve(this.#type, path);
    if (member.bits !== undefined) {
      throw new TypeError(`${path} is a bit-field, which has no offset in bytes: layout() has its bits`);
    }
    return member.offset;
  }

  /** Offsets, sizes, alignments and holes of every member. */
  layout(): Layout {
    return layoutOf(this.#type);
  }

  /**
   * Bytes as a value of this type. They are not copied. More bytes than the type has are no fault, as in C.
   * @throws CastError, which says how many bytes are missing, unless `truncated` is set
   */
  cast(bytes: Uint8Array, options: { readonly truncated?: boolean } = {}): CView {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('cast takes a Uint8Array');
    if (typeof options !== 'object' || options === null)
      throw new TypeError('cast takes an object of options');
    if (bytes.length < this.size && options.truncated !== true) {
      throw new CastError(this.name, this.size, bytes.length);
    }
    return new CView(this.#type, bytesSource(bytes), this.#memory);
  }

  /**
   * Emulated memory as a value of this type. Nothing is read yet; reading what is not mapped is a SegmentationFault.
   * @throws TypeError, RangeError for what is no address
   */
  at(address: bigint): CView {
    return new CView(this.#type, memorySource(this.#memory, checkAddress(address)), this.#memory);
  }
}
