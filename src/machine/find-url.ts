/** Where the wasm modules are, in a browser: at a URL that bundlers see and rewrite. */

/** The response with the module of a build. */
export async function findWasm(build: 'release' | 'checked'): Promise<Uint8Array> {
  const url =
    build === 'release'
      ? new URL('../../wasm/release.wasm', import.meta.url)
      : new URL('../../wasm/checked.wasm', import.meta.url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url} answered ${response.status}; serve the file, or pass the module as \`wasm\``);
  return new Uint8Array(await response.arrayBuffer());
}
