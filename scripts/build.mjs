/**
 * The build: AssemblyScript to two wasm modules, TypeScript to a few files in `dist/`.
 *
 * Each module carries the guarded twin, for memory that was written from
 * outside, as a custom section: one file is all that a worker or a bundler has
 * to pass on, and the twin costs nothing before it is needed.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { refreshFingerprint } from './fingerprint.mjs';
import { BUNDLED, filesBelow, inProject, isMain, run } from './project.mjs';

/** The modules, by target. */
const MODULES = ['release', 'checked'];
/** The C parser's modules, as the packages that bring them have them, by their names in dist/wasm. */
const PARSER = {
  'tree-sitter.wasm': 'web-tree-sitter/web-tree-sitter.wasm',
  'tree-sitter-c.wasm': 'tree-sitter-c/tree-sitter-c.wasm',
};
/** Where `src/machine/load.ts` finds the twin. */
const TWIN_SECTION = 'hmap-guarded';
const STAMP = 'build/.stamp';
/** What the package's exports, imports and programs point to, each a file of that name in dist/src. */
const ENTRIES = ['index', 'cases/index', 'cli/main', 'machine/find-node', 'machine/find-url'];

/**
 * Runs a tool that an npm package brings, with Node.
 *
 * @param {string} script
 * @param {readonly string[]} args
 */
function tool(script, args) {
  const { code, stdout, stderr } = run(process.execPath, [inProject('node_modules', script), ...args], {
    capture: true,
  });
  if (code !== 0) throw new Error(`${script} failed:\n${stdout}${stderr}`.slice(0, 20_000));
}

/**
 * A length in the variable-width form of the binary format.
 *
 * @param {number} value
 */
function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

/**
 * A custom section of a wasm module.
 *
 * @param {string} name
 * @param {Uint8Array} bytes
 */
function customSection(name, bytes) {
  const content = Buffer.concat([leb128(name.length), Buffer.from(name), bytes]);
  return Buffer.concat([Buffer.from([0]), leb128(content.length), content]);
}

/**
 * Builds release.wasm and checked.wasm into a folder. The same sources give the same bytes.
 *
 * @param {string} outDir
 * @param {string} [entry] the AssemblyScript entry, for tests that build a changed copy
 */
export function buildWasm(outDir, entry = 'assembly/index.ts') {
  mkdirSync(outDir, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'hmap-wasm-'));
  try {
    for (const target of [...MODULES, 'guarded']) {
      const out = join(work, `${target}.wasm`);
      tool('assemblyscript/bin/asc.js', [entry, '--config', 'asconfig.json', '--target', target, '-o', out]);
    }
    const twin = customSection(TWIN_SECTION, readFileSync(join(work, 'guarded.wasm')));
    for (const name of MODULES) {
      const bytes = readFileSync(join(work, `${name}.wasm`));
      writeFileSync(join(outDir, `${name}.wasm`), Buffer.concat([bytes, twin]));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The sources as a handful of modules: Node takes some half a millisecond to load each of a hundred. What other
 * packages bring stays with them, but for the loader, which every first map would wait for: to find a package
 * takes Node five milliseconds. `#find-wasm` differs by who loads it.
 */
async function buildModules() {
  const bundle = await rolldown({
    input: Object.fromEntries(ENTRIES.map((name) => [name, inProject('src', `${name}.ts`)])),
    external: (id) => /^(#|node:|[a-z@])/.test(id) && !BUNDLED.includes(id),
    cwd: inProject(),
    tsconfig: inProject('tsconfig.json'),
  });
  await bundle.write({
    dir: inProject('dist/src'),
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
  });
  await bundle.close();
}

/** A hash of everything that the build reads. */
function inputs() {
  const hash = createHash('sha256');
  const files = [
    ...filesBelow('assembly', '.ts'),
    ...filesBelow('src', '.ts'),
    ...['asconfig.json', 'package-lock.json', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
    ...['scripts/build.mjs', 'scripts/fingerprint.mjs'],
  ];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(inProject(file)));
  return hash.digest('hex');
}

/**
 * Builds what is stale.
 *
 * @param {{ quiet?: boolean }} [options]
 */
export async function build({ quiet = false } = {}) {
  const say = quiet ? () => {} : console.log;
  refreshFingerprint();
  const stamp = inputs();
  const fresh = existsSync(inProject(STAMP)) && readFileSync(inProject(STAMP), 'utf8') === stamp;
  if (fresh && existsSync(inProject('dist/wasm/release.wasm'))) return;
  say('Building the WebAssembly modules.');
  buildWasm(inProject('build'));
  say('Building the TypeScript.');
  rmSync(inProject('dist'), { recursive: true, force: true });
  tool('typescript/bin/tsc', ['-p', inProject('tsconfig.build.json')]);
  await buildModules();
  for (const name of MODULES) cpSync(inProject(`build/${name}.wasm`), inProject(`dist/wasm/${name}.wasm`));
  for (const [name, from] of Object.entries(PARSER)) {
    cpSync(inProject('node_modules', from), inProject('dist/wasm', name));
  }
  writeFileSync(inProject(STAMP), stamp);
}

if (isMain(import.meta.url)) await build();
