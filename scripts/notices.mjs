/**
 * `npm run notices`: writes THIRD-PARTY-NOTICES.md from the licences of what is installed.
 * `npm run check` fails where the file is not what this script would write.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { inProject, isMain } from './project.mjs';

export const NOTICES = inProject('THIRD-PARTY-NOTICES.md');

/**
 * Whose parts lie inside our own files, and where they are. What is copied into the package
 * later (a grammar's wasm, say) gets a row here.
 */
const SHIPPED = [
  {
    name: 'assemblyscript',
    where: 'dist/wasm/*.wasm',
    what:
      'The modules are compiled by AssemblyScript and may hold portions of its standard library, ' +
      'under the Apache License 2.0.',
    texts: ['NOTICE', 'LICENSE'],
  },
  {
    name: '@assemblyscript/loader',
    where: 'dist/src/chunks/*.js',
    what: "The loader of AssemblyScript's modules, under the same licence by the same authors.",
    texts: [],
  },
  {
    name: 'web-tree-sitter',
    where: 'dist/wasm/tree-sitter.wasm',
    what: 'The parser of tree-sitter, as its package has it, under the MIT License.',
    texts: ['LICENSE'],
  },
  {
    name: 'tree-sitter-c',
    where: 'dist/wasm/tree-sitter-c.wasm',
    what: "Tree-sitter's grammar of C, as its package has it, under the MIT License.",
    texts: ['LICENSE'],
  },
];

const GO =
  'hmap-wasm re-implements the algorithms and data layouts of the runtime of the Go programming ' +
  'language and repeats its constants, its tables of sizes and the texts of its errors, so that it ' +
  'behaves as Go does. It holds no compiled code of Go. This is the licence of Go:';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} license
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {object} Installed
 * @property {Manifest} manifest
 * @property {string} folder
 * @property {string} neededBy
 */

/** @param {string} path */
const read = (path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim();

/**
 * @param {string} folder
 * @returns {Manifest}
 */
const manifestOf = (folder) => JSON.parse(read(`${folder}/package.json`));

/**
 * The folder of a package, looked for as Node does, from the one that needs it upwards.
 *
 * @param {string} from
 * @param {string} name
 */
function folderOf(from, name) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const candidate = `${folder}/node_modules/${name}`;
    if (existsSync(candidate)) return candidate;
    if (!folder.includes('/node_modules/')) throw new Error(`${name} is not installed`);
  }
}

/**
 * Everything that npm installs beside the package, by name.
 *
 * @returns {Installed[]}
 */
function installedBeside() {
  /** @type {Map<string, Installed>} */
  const found = new Map();
  /** @param {string} from @param {Manifest} manifest @param {string} neededBy */
  const visit = (from, { dependencies = {}, optionalDependencies = {} }, neededBy) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const folder = folderOf(from, name);
      if (found.has(folder)) continue;
      const manifest = manifestOf(folder);
      found.set(folder, { manifest, folder, neededBy });
      visit(folder, manifest, name);
    }
  };
  const root = inProject().replaceAll('\\', '/');
  visit(root, manifestOf(root), 'hmap-wasm');
  return [...found.values()].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

/**
 * The text of a package's licence; undefined where the package has none in it.
 *
 * @param {string} folder
 */
function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  return file && read(`${folder}/${file}`);
}

/** @param {string} text */
const quoted = (text) => `~~~text\n${text}\n~~~`;

/** The content of THIRD-PARTY-NOTICES.md. */
export function notices() {
  const beside = installedBeside();
  const shipped = SHIPPED.map(({ name, where, what, texts }) => {
    const folder = inProject('node_modules', name);
    const heading = `### ${name} ${manifestOf(folder).version}, in \`${where}\``;
    return [heading, what, ...texts.map((file) => quoted(read(`${folder}/${file}`)))].join('\n\n');
  });
  const rows = beside.map(
    ({ manifest, neededBy }) =>
      `| ${manifest.name} | ${manifest.version} | ${manifest.license} | ${neededBy} |`,
  );
  const texts = beside.map(({ manifest, folder }) => {
    const text = licenceText(folder);
    return `### ${manifest.name}\n\n${text ? quoted(text) : `${manifest.license}; the package has no text of it.`}`;
  });
  return `${[
    '# Third-party notices',
    'Written by `npm run notices`; edit that script, not this page.',
    '## Parts inside this package',
    ...shipped,
    '## Go',
    GO,
    quoted(read(inProject('scripts/licenses/go.txt'))),
    '## Packages installed beside this one',
    'None of these is inside the package: npm installs them, each with its own licence. A bundler may ' +
      'copy them into what you ship, so their licences are repeated here.',
    ['| package | version | licence | needed by |', '|---|---|---|---|', ...rows].join('\n'),
    ...texts,
  ].join('\n\n')}\n`;
}

if (isMain(import.meta.url)) {
  writeFileSync(NOTICES, notices());
  console.log('Wrote THIRD-PARTY-NOTICES.md.');
}
