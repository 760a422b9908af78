/**
 * `npm run check`: every rule of the house that a program can check, a line each.
 * With names as arguments, only those: `node scripts/check.mjs types lint`.
 */
import { prepare } from './prepare.mjs';

/**
 * Each check is a file of checks/ that exports `check`; it returns what is wrong, a line each.
 *
 * @type {Record<string, { what: string, built: boolean }>}
 */
const CHECKS = {
  types: { what: 'types of sources, tests, benchmarks and scripts', built: false },
  lint: { what: 'lint and format, AssemblyScript style', built: false },
  directions: { what: 'import directions of both tables, no cycles', built: false },
  accessors: { what: 'raw memory accesses only in assembly/memory/access.ts', built: false },
  wasm: { what: 'built modules: state, data, imports', built: true },
  rebuild: { what: 'a rebuild gives the same bytes', built: true },
  package: { what: 'contents of the package', built: true },
  publint: { what: 'entry points of the package', built: true },
  lock: { what: 'the lock file installs everywhere', built: false },
  notices: { what: 'third-party notices are fresh', built: false },
  benchmark: { what: "the benchmark's table is the recorded run's", built: false },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`No check named ${unknown.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : Object.keys(CHECKS);

await prepare({ build: names.some((name) => CHECKS[name]?.built) });

let failures = 0;
for (const name of names) {
  /** @type {string[]} */
  let problems;
  try {
    /** @type {{ check: () => Promise<string[]> | string[] }} */
    const module = await import(`./checks/${name}.mjs`);
    problems = await module.check();
  } catch (error) {
    problems = [`the check itself failed: ${error instanceof Error ? error.stack : String(error)}`];
  }
  if (problems.length > 0) failures++;
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(10)}  ${CHECKS[name]?.what}`);
  for (const problem of problems) console.log(`        ${problem.replaceAll('\n', '\n        ')}`);
}
const total = `${names.length} ${names.length === 1 ? 'check' : 'checks'}`;
console.log(failures === 0 ? `All well: ${total}.` : `${failures} of ${total} failed.`);
process.exitCode = failures === 0 ? 0 : 1;
