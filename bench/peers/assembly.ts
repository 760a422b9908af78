/** The benchmark's own modules in AssemblyScript, compiled as the core is. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PEERS, ROOT } from '../paths.ts';

const runFile = promisify(execFile);

const ASC = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
/** Of its own: the core's would bring its entry along. */
const CONFIG = 'bench/assembly/asconfig.json';

/** Compiles both modules: `aid` works on the emulator's memory, `asmap` has its own. */
export async function buildModules(): Promise<void> {
  mkdirSync(PEERS, { recursive: true });
  for (const name of ['aid', 'asmap']) {
    const args = [ASC, `bench/assembly/${name}.ts`, '--config', CONFIG, '--target', name];
    await runFile(process.execPath, [...args, '-o', join(PEERS, `${name}.wasm`)], { cwd: ROOT });
  }
}
