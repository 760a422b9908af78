/**
 * `npm test`: set-up, build, every test. Arguments go on to Vitest:
 * `npm test -- test/map -t growth`.
 *
 * The last line is `N passed, N failed`, by Vitest's own record of the run.
 */
import { readFileSync, rmSync } from 'node:fs';
import { prepare } from './prepare.mjs';
import { inProject, runTool } from './project.mjs';

const RESULTS = inProject('build', 'test-results.json');

/**
 * @typedef {object} Results what Vitest's JSON reporter writes, as far as it is used here
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ status: string, assertionResults: unknown[] }[]} testResults
 */

/**
 * @param {number} code Vitest's exit code
 * @returns {{ passed: number, failed: number }}
 */
function tally(code) {
  /** @type {Results} */
  let results = { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  try {
    results = JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    // No record: the run ended before its end, which counts as a failure below.
  }
  // A file that could not be loaded has no tests to count; the file itself is the failure.
  const unloaded = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = results.numFailedTests + unloaded;
  // An error outside of all tests fails the run without failing a test.
  return { passed: results.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed };
}

await prepare();
rmSync(RESULTS, { force: true });
const { code } = runTool('vitest/vitest.mjs', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${RESULTS}`,
  ...process.argv.slice(2),
]);
const { passed, failed } = tally(code);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? code || 1 : code;
