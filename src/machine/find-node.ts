/** Where the wasm modules are, in Node: beside the compiled library, or beside the sources. */
import { readFile } from 'node:fs/promises';

/** The bytes of the module of a build. */
export async function findWasm(build: 'release' | 'checked'): Promise<Uint8Array> {
  return readFile(
    build === 'release'
      ? new URL('../../wasm/release.wasm', import.meta.url)
      : new URL('../../wasm/checked.wasm', import.meta.url),
  );
}

/** The bytes of the C parser: tree-sitter's own module, and its grammar of C. */
export async function findParser(): Promise<{ runtime: Uint8Array; grammar: Uint8Array }> {
  const [runtime, grammar] = await Promise.all([
    readFile(new URL('../../wasm/tree-sitter.wasm', import.meta.url)),
    readFile(new URL('../../wasm/tree-sitter-c.wasm', import.meta.url)),
  ]);
  return { runtime, grammar };
}
