/**
 * What the scripts share: where the project lies and how a program is run in it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Packages whose code is inside the built library: they are no dependencies of it. */
export const BUNDLED = ['@assemblyscript/loader'];

/** The project's folder. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {...string} parts */
export const inProject = (...parts) => join(ROOT, ...parts);

/**
 * The files below a folder of the project whose names end in one of the endings, sorted;
 * paths are relative to the project and have forward slashes.
 *
 * @param {string} folder
 * @param {...string} endings
 */
export function filesBelow(folder, ...endings) {
  if (!existsSync(inProject(folder))) return [];
  return readdirSync(inProject(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/**
 * Whether a script is the program being run, and not imported by another.
 *
 * @param {string} url the script's `import.meta.url`
 */
export const isMain = (url) =>
  process.argv[1] !== undefined && fileURLToPath(url) === realpathSync(process.argv[1]);

/**
 * @typedef {object} Finished
 * @property {number} code the exit code; 128 and the signal's number where a signal ended it
 * @property {string} stdout empty unless it was captured
 * @property {string} stderr empty unless it was captured
 */

/**
 * Runs a program in the project's folder.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ capture?: boolean, cwd?: string, env?: Record<string, string> }} [options]
 *   `capture` keeps the output instead of showing it
 * @returns {Finished}
 */
export function run(command, args, { capture = false, cwd = ROOT, env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  if (result.error) throw result.error;
  return { code: result.status ?? 130, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/**
 * Runs a script of an installed tool with this same Node.
 *
 * @param {string} script its path below node_modules
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export const runTool = (script, args, options) =>
  run(process.execPath, [inProject('node_modules', script), ...args], options);

/**
 * How to start npm without a shell: the one that started us, or the one that came with this
 * Node, or else the one on the path.
 *
 * @returns {[command: string, ...args: string[]]}
 */
export function npmCommand() {
  const script = [
    process.env['npm_execpath'],
    join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'),
    join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js'),
  ].find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  return script ? [process.execPath, script] : ['npm'];
}

/**
 * Runs npm.
 *
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function npm(args, options) {
  const [command, ...first] = npmCommand();
  return run(command, [...first, ...args], options);
}
