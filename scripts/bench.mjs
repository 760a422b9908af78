/**
 * `npm run bench`, `bench:loadfactor`: compiles bench/ to build/bench and runs the program that is named first,
 * on the built package. Further arguments are the program's.
 * Plain JavaScript is what gets measured; a loader that rewrites modules would cost time in it.
 */
import { prepare } from './prepare.mjs';
import { inProject, run, runTool } from './project.mjs';

const [program, ...args] = process.argv.slice(2);
await prepare();
const compiled = runTool('typescript/bin/tsc', ['-p', 'tsconfig.bench.json']);
process.exitCode =
  compiled.code ||
  run(process.execPath, ['--expose-gc', inProject('build', 'bench', 'bench', `${program}.js`), ...args]).code;
