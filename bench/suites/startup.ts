/** From the import of the package to the first map, each time in a fresh process. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { figures } from '../harness/figures.ts';
import type { Session } from '../harness/session.ts';
import { ROOT } from '../paths.ts';

const runFile = promisify(execFile);

const PROGRAM = `
const start = performance.now();
const { Runtime } = await import('hmap-wasm');
const rt = await Runtime.create();
const map = rt.makeMap('map[uint64]uint64');
const end = performance.now();
map.set(1n, 2n);
if (map.get(1n) !== 2n) throw new Error('the first map is wrong');
process.stdout.write(String(end - start));
`;

export async function measureStartup(session: Session, runs: number): Promise<void> {
  const samples: number[] = [];
  for (let run = 1; run <= runs; run++) {
    session.progress(`startup: run ${run} of ${runs}`);
    const args = ['--input-type=module', '-e', PROGRAM];
    const { stdout } = await runFile(process.execPath, args, { cwd: ROOT });
    samples.push(Number(stdout));
  }
  const module = readFileSync(join(ROOT, 'dist', 'wasm', 'release.wasm'));
  session.startup = {
    ms: figures(samples),
    bytes: module.length,
    gzipped: gzipSync(module, { level: 9 }).length,
  };
}
