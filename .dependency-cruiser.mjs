/**
 * Who may import whom. The two tables of the design, top to bottom: a row imports only
 * what stands above it, and itself. `npm run check:directions` reads this file.
 */
import { BUNDLED } from './scripts/project.mjs';

const ASSEMBLY = [
  'shared/',
  'memory/',
  'types/',
  'hash/',
  'gc/',
  // The engines never import each other: they stand side by side.
  ['classic/', 'swiss/'],
  'batch/',
  'index.ts',
];

const SRC = [
  'machine/',
  'profile/',
  'gotype/',
  'ctype/',
  'map/',
  'process/',
  'runtime/',
  'index.ts',
  'cases/',
  'report/',
  'cli/',
];

/** @param {string} path as a pattern, anchored at the front; a file also at its end */
const pattern = (path) => `^${path.replaceAll('.', '\\.')}${path.endsWith('/') ? '' : '$'}`;

/** @param {readonly string[]} paths */
const anyOf = (paths) => paths.map(pattern).join('|');

/**
 * The rules of one table: from each row to what of the same folder it may not import.
 * Stated as "nothing but", so that a folder that the table does not know is refused too.
 *
 * @param {string} folder
 * @param {readonly (string | readonly string[])[]} rows
 * @returns {import('dependency-cruiser').IForbiddenRuleType[]}
 */
const table = (folder, rows) => {
  /** @type {string[]} */
  const above = [];
  return rows.flatMap((row) => {
    const cells = typeof row === 'string' ? [row] : [...row];
    /** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
    const rules = cells.map((cell) => ({
      name: `${folder}${cell}`,
      comment: `${folder}${cell} imports only itself and what the table has above it`,
      severity: 'error',
      from: { path: pattern(folder + cell) },
      to: {
        path: pattern(folder),
        pathNot: anyOf([folder + cell, ...above]),
      },
    }));
    above.push(...cells.map((cell) => folder + cell));
    return rules;
  });
};

/**
 * Whether a file of assembly/ or src/ stands in a row of its table. One that does not would
 * be bound by no row.
 *
 * @param {string} file
 */
export const hasRow = (file) =>
  new RegExp(
    anyOf([...ASSEMBLY.flat().map((row) => `assembly/${row}`), ...SRC.map((row) => `src/${row}`)]),
  ).test(file);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...table('assembly/', ASSEMBLY),
    ...table('src/', SRC),
    {
      name: 'assembly-stands-alone',
      comment: 'the core imports nothing but itself',
      severity: 'error',
      from: { path: '^assembly/' },
      to: { pathNot: '^assembly/' },
    },
    {
      name: 'only-shared-crosses',
      comment: 'of assembly/, TypeScript sees only shared/; bench/assembly/ is AssemblyScript too',
      severity: 'error',
      from: { path: '^(src|bench)/', pathNot: '^bench/assembly/' },
      to: { path: '^assembly/', pathNot: '^assembly/shared/' },
    },
    {
      name: 'cases-use-the-public-api',
      comment: 'a case sees what a user sees: src/index.ts',
      severity: 'error',
      from: { path: '^src/cases/' },
      to: { path: '^(src|assembly)/', pathNot: '^src/(index\\.ts$|cases/)' },
    },
    {
      name: 'product-stands-alone',
      comment: 'what ships imports nothing that serves only its making',
      severity: 'error',
      from: { path: '^(src|assembly)/' },
      to: { path: '^(test|bench|scripts|build|dist)/', pathNot: '^dist/src/machine/find-(node|url)\\.' },
    },
    {
      name: 'finders-stand-alone',
      comment:
        'the files behind #find-wasm hold no state and import nothing of the project: ' +
        'in tests they are loaded from dist/, the rest from src/',
      severity: 'error',
      from: { path: '^src/machine/find-' },
      to: { path: '^(src|assembly)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'runs-in-a-browser',
      comment: 'only the command line and the Node finder may use what only Node has',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|machine/find-node\\.ts$)' },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-shipped-dependencies',
      comment:
        'a package that src/ imports is a dependency in package.json, if the build does not take it in',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        pathNot: BUNDLED.map((name) => `node_modules/${name}/`),
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'an import that is not found is not checked either',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(#find-wasm|hmap-wasm(/cases)?)$' },
    },
  ],
  options: {
    // Types count: who imports a type depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist/', '^build/'] },
    exclude: { path: ['^build/', '/fixtures/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'node', 'import', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts'],
    },
  },
};
