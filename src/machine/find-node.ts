/** Where the wasm modules are, in Node: beside the compiled library, or beside the sources. */
import { readFile } from 'node:fs/promises';

/**
 * The module of a build. Compiled at once: that takes two milliseconds, as long as it would in the background,
 * and the first map waits for nothing else meanwhile. Read by `node:fs/promises`, which Node's loader of modules
 * has loaded already; `node:fs` would take three milliseconds more.
 */
export async function findWasm(build: 'release' | 'checked'): Promise<WebAssembly.Module> {
  const file =
    build === 'release'
      ? new URL('../../wasm/release.wasm', import.meta.url)
      : new URL('../../wasm/checked.wasm', import.meta.url);
  return new WebAssembly.Module(await readFile(file));
}

/** The bytes of the C parser: tree-sitter's own module, and its grammar of C. */
export async function findParser(): Promise<{ runtime: Uint8Array; grammar: Uint8Array }> {
  const [runtime, grammar] = await Promise.all([
    readFile(new URL('../../wasm/tree-sitter.wasm', import.meta.url)),
    readFile(new URL('../../wasm/tree-sitter-c.wasm', import.meta.url)),
  ]);
  return { runtime, grammar };
}
