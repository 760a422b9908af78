/** Declaring types: `type Circle struct { R float64 }`, with the methods that it has. */
import { PREDECLARED } from './construct.ts';
import type { GoType, Method } from './model.ts';
import { DECLARED, declaredMethods, PACKAGE, setMethods } from './names.ts';
import { parseType } from './parse.ts';

export interface TypeDeclaration {
  /** Methods with receiver `T`, as they stand in an interface: `Area() float64`. */
  readonly methods?: readonly string[];
  /** Methods with receiver `*T`. */
  readonly pointerMethods?: readonly string[];
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'break case chan const continue default defer else fallthrough for func go goto if import interface ' +
    'map package range return select struct switch type var'
  ).split(' '),
);

/**
 * Declares a type of the emulated program's package `main`. From then on its name is a Go type text, as
 * `Circle` or `main.Circle`, in every runtime. What a method does is not modelled: methods only say which
 * interfaces a value of the type may be held by. A type cannot refer to itself.
 * @throws TypeError for a name that Go does not allow, or that is declared otherwise already
 * @throws GoTypeError for an underlying type or method that does not parse
 */
export function declareType(name: string, underlying: string, declaration: TypeDeclaration = {}): GoType {
  if (typeof name !== 'string' || !/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name) || name === '_') {
    throw new TypeError('a declared type has a name of letters, digits and _, such as Circle');
  }
  if (KEYWORDS.has(name) || PREDECLARED.has(name)) throw new TypeError(`${name} is taken by Go itself`);
  const base = parseType(underlying);
  const type: GoType = { ...base, named: true, string: `${PACKAGE}.${name}` };
  const methods = {
    value: methodsOf(declaration.methods),
    pointer: methodsOf(declaration.pointerMethods),
  };
  if (
    (base.kind === 'interface' || base.kind === 'pointer') &&
    methods.value.length + methods.pointer.length > 0
  ) {
    throw new TypeError(`${name} cannot have methods: its underlying type is ${base.string}`);
  }
  const own = [...methods.value, ...methods.pointer].map((method) => method.name);
  const again = own.find((method, i) => own.indexOf(method) < i);
  if (again !== undefined) throw new TypeError(`method ${name}.${again} already declared`);
  if (base.kind === 'struct') {
    const field = base.fields.find((one) => own.includes(one.name));
    if (field !== undefined) throw new TypeError(`field and method with the same name ${field.name}`);
  }
  if (depthOf(type) > MAX_DEPTH) {
    throw new TypeError(`${name} nests types more than ${MAX_DEPTH} deep: keep parts of it behind pointers`);
  }
  const known = DECLARED.get(name);
  if (known !== undefined) {
    const { value, pointer } = declaredMethods(known);
    const same =
      bases.get(known) === base.string &&
      text(value) === text(methods.value) &&
      text(pointer) === text(methods.pointer);
    if (!same) throw new TypeError(`${name} is declared already, and otherwise`);
    return known;
  }
  setMethods(type, methods);
  bases.set(type, base.string);
  DECLARED.set(name, type);
  return type;
}

/** Types may be nested this deep, those that are declared counted with what they are declared as. */
const MAX_DEPTH = 2000;
const depths = new WeakMap<GoType, number>();

/** How many types a value is nested in, itself counted; what pointers and the like lead to is no part of it. */
function depthOf(type: GoType): number {
  const known = depths.get(type);
  if (known !== undefined) return known;
  const parts =
    type.kind === 'array'
      ? [type.elem]
      : type.kind === 'struct'
        ? type.fields.map((field) => field.type)
        : [];
  const depth = 1 + parts.reduce((most, part) => Math.max(most, depthOf(part)), 0);
  depths.set(type, depth);
  return depth;
}

/** The text of the underlying type of each declared one. */
const bases = new WeakMap<GoType, string>();

const text = (methods: readonly Method[]): string =>
  methods.map((method) => `${method.name} ${method.type.string}`).join();

function methodsOf(texts: readonly string[] = []): readonly Method[] {
  if (!Array.isArray(texts)) throw new TypeError('methods are a list of texts, such as "Area() float64"');
  const type = parseType(`interface{ ${texts.join('; ')} }`);
  return type.kind === 'interface' ? type.methods : [];
}
