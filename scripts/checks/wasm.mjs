import { readFileSync } from 'node:fs';
import { inProject } from '../project.mjs';
import { readSections } from '../wasm-sections.mjs';

const MODULES = ['release.wasm', 'checked.wasm'];

/** All that a module may ask of its host: the memory, and the injected source of randomness. */
const ALLOWED_IMPORTS = new Map([
  ['env.memory', 'memory'],
  ['env.random', 'function'],
]);

/**
 * Law 1 in the built modules: state lies in the memory, which is imported, and nowhere else;
 * so nothing is mutable, nothing is written at instantiation, and no managed runtime is in.
 */
export function check() {
  return MODULES.flatMap((name) =>
    problemsOf(readFileSync(inProject('build', name))).map((p) => `${name} ${p}`),
  );
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {string[]}
 */
function problemsOf(bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module);
  const { globals, dataSegments, start } = readSections(bytes);
  const problems = imports
    .filter((wanted) => ALLOWED_IMPORTS.get(`${wanted.module}.${wanted.name}`) !== wanted.kind)
    .map((wanted) => `imports the ${wanted.kind} ${wanted.module}.${wanted.name}`);
  if (!imports.some((wanted) => wanted.kind === 'memory')) problems.push('does not import its memory');
  const mutable = globals.filter((global) => global.mutable);
  if (mutable.length > 0) {
    problems.push(`has mutable globals: ${mutable.map((global) => global.type).join(', ')}`);
  }
  if (dataSegments > 0)
    problems.push(`has ${dataSegments} data segments (a string literal, a static array?)`);
  if (start) problems.push('runs code at instantiation');
  return problems;
}
