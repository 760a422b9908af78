/**
 * `npm start`: reproduces the catalogue of failure cases, on a fresh clone too.
 * Arguments go on to `hmap-wasm reproduce`: `npm start -- --help`.
 */
import { prepare } from './prepare.mjs';
import { inProject, run } from './project.mjs';

await prepare();
const main = inProject('dist', 'src', 'cli', 'main.js');
process.exitCode = run(process.execPath, [main, 'reproduce', ...process.argv.slice(2)]).code;
