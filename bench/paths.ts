/** Where things lie, seen from build/bench/bench, where these files run. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** What the benchmark builds for itself. */
export const PEERS = join(ROOT, 'build', 'bench-peers');
export const GO_SOURCES = join(ROOT, 'bench', 'peers', 'go');
/** The peers that run in Node. */
export const NODE_PEERS = fileURLToPath(new URL('peers/node/', import.meta.url));
/** Results and reports, unless other places are named. */
export const RESULTS = join(ROOT, 'build', 'bench-results');
