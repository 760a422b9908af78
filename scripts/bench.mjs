/**
 * `npm run bench`: compiles bench/ to build/bench and runs its main file on the built package.
 * Plain JavaScript is what gets measured; a loader that rewrites modules would cost time in it.
 */
import { prepare } from './prepare.mjs';
import { inProject, run, runTool } from './project.mjs';

await prepare();
const compiled = runTool('typescript/bin/tsc', ['-p', 'tsconfig.bench.json']);
process.exitCode =
  compiled.code ||
  run(process.execPath, [
    '--expose-gc',
    inProject('build', 'bench', 'bench', 'main.js'),
    ...process.argv.slice(2),
  ]).code;
