/** Where things lie, for sources and for what they are compiled to alike. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json above the oracle');
    folder = parent;
  }
  return folder;
}

/** The project's folder. */
export const ROOT = projectRoot();
/** The Go program. */
export const GO_SOURCES = join(ROOT, 'test', 'oracle', 'go');
/** The recordings. */
export const GOLDEN = join(ROOT, 'test', 'oracle', 'golden');
/** Programs that were built. */
export const BUILDS = join(ROOT, 'build', 'oracle');
