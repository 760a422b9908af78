/** The types that the program has declared, beside the predeclared ones. */
import type { GoType, Method } from './model.ts';

/** The methods of a declared type, by what their receiver is. */
export interface DeclaredMethods {
  /** Receiver `T`: values and pointers have them. */
  readonly value: readonly Method[];
  /** Receiver `*T`: only pointers have them. */
  readonly pointer: readonly Method[];
}

/** By name without the package, which is always `main`. */
export const DECLARED: Map<string, GoType> = new Map();
export const PACKAGE = 'main';

const methods = new WeakMap<GoType, DeclaredMethods>();
const NO_METHODS: DeclaredMethods = { value: [], pointer: [] };

export function setMethods(type: GoType, declared: DeclaredMethods): void {
  methods.set(type, declared);
}

export function declaredMethods(type: GoType): DeclaredMethods {
  return methods.get(type) ?? NO_METHODS;
}
