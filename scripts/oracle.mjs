/**
 * `npm run oracle:record`, `oracle:fuzz`, `oracle:hostile`, `oracle:images`, `oracle:faults`, `gotype:record`: compiles
 * test/oracle/ and test/gotype/corpus/ to build/oracle-js and runs the program that is named first, by its path below
 * test/, on the built package. Further arguments are the program's.
 */
import { prepare } from './prepare.mjs';
import { inProject, run, runTool } from './project.mjs';

const [program, ...args] = process.argv.slice(2);
await prepare();
const compiled = runTool('typescript/bin/tsc', ['-p', 'tsconfig.oracle.json']);
process.exitCode =
  compiled.code ||
  run(process.execPath, [
    '--enable-source-maps',
    inProject('build', 'oracle-js', 'test', `${program}.js`),
    ...args,
  ]).code;
