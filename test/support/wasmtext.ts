/** The functions of a built module with their names, calls and the memory they touch at fixed places. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A function of a module, by its text. */
export interface WasmFunction {
  readonly name: string;
  readonly calls: readonly string[];
  /** Addresses that stand in the code: of loads and stores, and constants from which one may be computed. */
  readonly addresses: readonly number[];
  /** Whether it calls through a table. */
  readonly indirect: boolean;
}

export interface WasmText {
  readonly functions: ReadonlyMap<string, WasmFunction>;
  readonly imports: ReadonlySet<string>;
  /** Functions by the names under which they are exported. */
  readonly exports: ReadonlyMap<string, string>;
  /** The module without its names: two builds of the same code are equal in it. */
  readonly code: Uint8Array;
}

const NAME = String.raw`\$("[^"]+"|[^\s()]+)`;

/** Numbers in a function's text that may be addresses: constants, and constant parts of loads and stores. */
function addressesIn(text: string): number[] {
  const loads = text.matchAll(
    /\((?:[iufv]\d+)\.(?:load|store)\w*(?: offset=(\d+))?(?: align=\d+)?\s+(?:\(i32\.const (\d+)\))?/g,
  );
  const constants = text.matchAll(/\(i32\.const (\d+)\)/g);
  return [
    ...Array.from(loads, ([, offset = '0', base = '0']) => Number(offset) + Number(base)),
    ...Array.from(constants, ([, value]) => Number(value)),
  ];
}

/** Reads a module. */
export function readWasm(bytes: Uint8Array): WasmText {
  const module = binaryen.readBinary(bytes);
  try {
    const text = module.emitText();
    const functions = new Map<string, WasmFunction>();
    // A definition stands in the outermost list, one blank in.
    for (const part of text.split(/\n (?=\()/)) {
      const name = new RegExp(`^\\(func ${NAME}`).exec(part)?.[1];
      if (name === undefined) continue;
      functions.set(name, {
        name,
        calls: [
          ...new Set(
            Array.from(part.matchAll(new RegExp(`\\((?:return_)?call ${NAME}`, 'g')), (m) => m[1] as string),
          ),
        ],
        addresses: addressesIn(part),
        indirect: part.includes('call_indirect'),
      });
    }
    const imports = Array.from(
      text.matchAll(new RegExp(`\\(import "[^"]*" "[^"]*" \\(func ${NAME}`, 'g')),
      (m) => m[1] as string,
    );
    const exports = Array.from(
      text.matchAll(new RegExp(`\\(export "([^"]+)" \\(func ${NAME}\\)`, 'g')),
      (m) => [m[1] as string, m[2] as string] as const,
    );
    binaryen.setDebugInfo(false);
    return { functions, imports: new Set(imports), exports: new Map(exports), code: module.emitBinary() };
  } finally {
    module.dispose();
  }
}

/** The core as a target of asconfig.json has it, with the names of its functions. */
export function buildNamed(target: string): WasmText {
  const work = mkdtempSync(join(tmpdir(), 'hmap-named-'));
  try {
    const out = join(work, 'named.wasm');
    const asc = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    const args = ['assembly/index.ts', '--config', 'asconfig.json', '--target', target, '--debug', '-o', out];
    execFileSync(process.execPath, [asc, ...args], { cwd: ROOT, stdio: 'pipe' });
    return readWasm(readFileSync(out));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
