import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { inProject, npm, ROOT } from '../project.mjs';

/** What a user cannot do without. What the exports point to is publint's to check. */
const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'THIRD-PARTY-NOTICES.md',
  'dist/src/index.js',
  'dist/src/index.d.ts',
  'dist/src/chunks/src.js',
  'dist/src/chunks/src.js.map',
  'dist/src/cases/index.js',
  'dist/src/cli/main.js',
  'dist/src/machine/find-node.js',
  'dist/src/machine/find-url.js',
  'dist/wasm/release.wasm',
  'dist/wasm/checked.wasm',
  'dist/wasm/tree-sitter.wasm',
  'dist/wasm/tree-sitter-c.wasm',
];

/** Where a file of the package may lie; all else is a leak of the workshop. */
const ALLOWED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-NOTICES\.md)$/,
  /^dist\/(src|assembly\/shared)\/[\w./-]+\.(js|d\.ts)(\.map)?$/,
  /^dist\/wasm\/[\w-]+\.wasm$/,
];

/** Just enough for twice what it should be; a package that grows past it has swallowed something. */
const MAX_BYTES = 4 * 2 ** 20;

/** The file list of the tarball, and that no file in it names a place of this machine. */
export function check() {
  // Scripts are left out: the build has just run, and its output would mix with npm's.
  const { code, stdout, stderr } = npm(['pack', '--dry-run', '--json', '--ignore-scripts'], {
    capture: true,
  });
  if (code !== 0) return [`npm pack failed: ${stderr}`];
  /** @type {{ files: { path: string }[], unpackedSize: number }[]} */
  const [packed] = JSON.parse(stdout);
  if (!packed) return ['npm pack listed nothing'];
  const paths = packed.files.map((file) => file.path);
  const problems = [
    ...REQUIRED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...paths
      .filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))
      .map((path) => `${path} is too much`),
    ...paths.flatMap(placesIn),
  ];
  if (packed.unpackedSize > MAX_BYTES) {
    problems.push(`the package has ${packed.unpackedSize} bytes, the limit is ${MAX_BYTES}`);
  }
  return problems;
}

/**
 * The folder of the project, or of whoever builds it, named in a file: in a source map, in the
 * names that a compiler leaves in a wasm.
 *
 * @param {string} path
 */
function placesIn(path) {
  const bytes = readFileSync(inProject(path));
  return [`${ROOT}/`, `${homedir()}/`, 'file:///']
    .filter((place) => place.length > 2 && bytes.includes(place))
    .map((place) => `${path} names a place of this machine: ${place}`);
}
