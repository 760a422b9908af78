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
