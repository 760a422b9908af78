import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../project.mjs';

/** Two builds into folders of different names, and the one that is there: the same bytes. */
export async function check() {
  const { buildWasm } = await import('../build.mjs');
  const scratch = mkdtempSync(join(tmpdir(), 'hmap-wasm-rebuild-'));
  try {
    const first = join(scratch, 'first');
    const second = join(scratch, 'another-name');
    for (const folder of [first, second]) {
      mkdirSync(folder);
      await buildWasm(folder);
    }
    const names = readdirSync(first).filter((name) => name.endsWith('.wasm'));
    if (names.length === 0) return ['the build made no wasm'];
    return names.flatMap((name) => {
      const bytes = readFileSync(join(first, name));
      return [
        !bytes.equals(readFileSync(join(second, name))) && `${name} differs between two builds`,
        !bytes.equals(readFileSync(inProject('build', name))) && `${name} differs from the one in build/`,
        !bytes.equals(readFileSync(inProject('dist', 'wasm', name))) &&
          `${name} differs from the one in dist/wasm/`,
      ].filter((problem) => problem !== false);
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
