/**
 * Installs what is missing from the lock file, so that `npm start` and `npm test` work alone
 * on a fresh clone. Uses nothing but Node, since nothing else may be there yet.
 */
import { existsSync, readFileSync } from 'node:fs';
import { inProject, isMain, npm } from './project.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>} by the folder below the project
 */
const readLock = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * Why an installation is needed; undefined where it is not.
 *
 * npm writes down what it has installed in a hidden lock file. Packages that only other
 * platforms need are in the lock file, marked optional, and not in the hidden one.
 *
 * @returns {string | undefined}
 */
export function whatIsMissing() {
  const hidden = inProject('node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return 'the dependencies are not installed';
  const installed = readLock(hidden);
  for (const [folder, wanted] of Object.entries(readLock(inProject('package-lock.json')))) {
    if (folder === '') continue;
    const found = installed[folder];
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!found) {
      if (!wanted.optional) return `${name} ${wanted.version} is not installed`;
    } else if (found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `${name} is installed as ${found.version}, the lock file says ${wanted.version}`;
    } else if (!existsSync(inProject(folder))) {
      return `${name} is gone`;
    }
  }
  return undefined;
}

/** Installs if need be. Ends the process with npm's exit code where npm fails. */
export function setup() {
  const missing = whatIsMissing();
  if (missing === undefined) return;
  console.log(`Set-up: ${missing}; installing from the lock file.`);
  // Development dependencies build and test the project, whatever NODE_ENV says.
  const { code } = npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) {
    console.error('Set-up failed: npm could not install the dependencies (its message is above).');
    process.exit(code);
  }
}

if (isMain(import.meta.url)) setup();
