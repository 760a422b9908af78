/** Where the wasm modules are, in a browser: at a URL that bundlers see and rewrite. */

/** The module of a build. */
export async function findWasm(build: 'release' | 'checked'): Promise<WebAssembly.Module> {
  const url =
    build === 'release'
      ? new URL('../../wasm/release.wasm', import.meta.url)
      : new URL('../../wasm/checked.wasm', import.meta.url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url} answered ${response.status}; serve the file, or pass the module as \`wasm\``);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The bytes of the C parser: tree-sitter's own module, and its grammar of C. */
export async function findParser(): Promise<{ runtime: Uint8Array; grammar: Uint8Array }> {
  const [runtime, grammar] = await Promise.all([
    bytesAt(new URL('../../wasm/tree-sitter.wasm', import.meta.url)),
    bytesAt(new URL('../../wasm/tree-sitter-c.wasm', import.meta.url)),
  ]);
  return { runtime, grammar };
}

async function bytesAt(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}; serve the file`);
  return new Uint8Array(await response.arrayBuffer());
}
