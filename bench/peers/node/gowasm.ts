/**
 * Runs a program that Go has compiled to WebAssembly: `gowasm.js SHIM PROGRAM`. The shim is Go's own
 * `wasm_exec.js`; the runner for Node that Go 1.19 brings along fails since Node 19, where `globalThis.crypto`
 * cannot be set any more.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { LEAST } from '../protocol.ts';

/** What the shim defines. */
interface GoProgram {
  env: Record<string, string>;
  readonly importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

const [shim, program] = process.argv.slice(2) as [string, string];
Object.assign(globalThis, { fs });
createRequire(import.meta.url)(shim);
const { Go } = globalThis as unknown as { Go: new () => GoProgram };
const go = new Go();
// Of the environment only what it asks for: the shim refuses a long one.
const least = process.env[LEAST];
if (least !== undefined) go.env = { [LEAST]: least };
const { instance } = await WebAssembly.instantiate(fs.readFileSync(program), go.importObject);
await go.run(instance);
