/**
 * Nothing slow has crept into the hot paths of the release module.
 *
 * What is looked at is the module's own text, with the names of its functions; that it is the code of the module
 * that ships is checked too. From each export listed here the calls are followed. Every function that is reached
 * is hot, except those in COLD, where the walk stops: they are what Go too keeps out of line, because few
 * operations come by there. In a hot function there is
 *
 * - no call to an import, and none through a table: a random draw crosses to JavaScript,
 * - no bounds check of ours: no look at the table of regions or at the fuel, which only the guarded twin has,
 *   nor a call of what would look there,
 * - no trace hook.
 */
import { readFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  REGION_COUNT,
  REGION_RECORD,
  RT_FUEL,
  RT_REGIONS,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import { buildNamed, readWasm, type WasmText } from '../support/wasmtext.ts';

/** Batches, and single keys of fixed size. */
const HOT_EXPORTS = [
  'getMany32',
  'getMany64',
  'getManySlow',
  'getManyString',
  'setMany32',
  'setMany64',
  'setManySlow',
  'setManyString',
  'deleteMany32',
  'deleteMany64',
  'deleteManySlow',
  'deleteManyString',
  'copyEntries',
  'drainMap',
  'get32',
  'get64',
  'getSlow',
  'set32',
  'set64',
  'setSlow',
  'getF32',
  'getF64',
  'setF32',
  'setF64',
  'setAhead32',
  'setAhead64',
];

/** Where the walk stops, without type arguments, and why few operations come by. */
const COLD: Readonly<Record<string, string>> = {
  'memory/random/draw': 'a NaN, or the estimate of overflow buckets',
  'classic/assign/beginGrowth': 'once for each doubling',
  'classic/assign/abandon': 'the heap is full',
  'classic/assign/reserveEntry': 'in the middle of a growth',
  'classic/grow/allocateGrowth': 'once for each doubling',
  'classic/grow/hashGrow': 'once for each doubling',
  'classic/grow/growWork': 'in the middle of a growth',
  'classic/overflow/newoverflow': 'an overflow bucket',
  'classic/overflow/reserveOverflow': 'an overflow bucket',
  'memory/malloc/allocate': 'a map that has no buckets yet, or grows',
  'memory/malloc/allocateAny': 'the same',
  'memory/malloc/reserve': 'a key or element that lies outside of its bucket',
  'memory/malloc/take': 'a key or element that lies outside of its bucket',
  'batch/ahead/growAhead': 'once a batch',
  'batch/insert/finishGrowth': 'once a batch',
  'hash/program/hashInterface': 'an interface as key',
};

/** Functions that look where an address leads, or count steps. */
const GUARDS = /^assembly\/memory\/address\/(resolve|guarded\w*|burnFuel|canStep)/;
const TRACE = /trace/i;
const FROM = RUNTIME_BASE + RT_FUEL;
const TO = RUNTIME_BASE + RT_REGIONS + REGION_COUNT * REGION_RECORD;

/** `assembly/classic/grow/growWork<u64>` as COLD has it. */
const plain = (name: string): string =>
  name
    .replaceAll('"', '')
    .replace(/^assembly\//, '')
    .replace(/<.*$/, '');

/** What is wrong on the paths from an export, a line each. */
function complaints(wasm: WasmText, name: string, cold: Readonly<Record<string, string>> = COLD): string[] {
  const start = wasm.exports.get(name);
  if (start === undefined) return [`${name} is not exported`];
  const found: string[] = [];
  const seen = new Set<string>([start]);
  for (const at of seen) {
    const function_ = wasm.functions.get(at);
    if (function_ === undefined) continue;
    if (TRACE.test(at)) found.push(`${at} is a trace hook`);
    if (GUARDS.test(at)) found.push(`${at} checks bounds`);
    if (function_.indirect) found.push(`${at} calls through a table`);
    if (function_.addresses.some((address) => address >= FROM && address < TO)) {
      found.push(`${at} looks at the regions or the fuel`);
    }
    for (const called of function_.calls) {
      if (wasm.imports.has(called)) found.push(`${at} calls the import ${called}`);
      else if (!Object.hasOwn(cold, plain(called))) seen.add(called);
    }
  }
  return found;
}

describe('the hot paths of the release module', () => {
  let named: WasmText;
  beforeAll(() => {
    named = buildNamed('release');
  });

  test('are read from the code that ships', () => {
    const shipped = readWasm(readFileSync(new URL('../../dist/wasm/release.wasm', import.meta.url)));
    // The shipped file carries the guarded twin behind the code.
    const sections = (code: Uint8Array) =>
      WebAssembly.Module.exports(new WebAssembly.Module(code as BufferSource));
    expect(sections(shipped.code)).toEqual(sections(named.code));
    const length = named.code.length;
    expect(Buffer.from(shipped.code.subarray(8, length)).equals(Buffer.from(named.code.subarray(8)))).toBe(
      true,
    );
  });

  test.each(HOT_EXPORTS)('%s has no import, bounds check or trace on it', (name) => {
    expect(complaints(named, name)).toEqual([]);
  });
});

describe('the look at hot paths', () => {
  test('sees the checks of the guarded twin', () => {
    const guarded = buildNamed('guarded');
    // The twin does not drain at once: there is nothing in it to check.
    const guardedExports = HOT_EXPORTS.filter((name) => name !== 'drainMap');
    for (const name of guardedExports) expect(complaints(guarded, name), name).not.toEqual([]);
  });

  test('sees an import behind what is not called cold', () => {
    const wasm = textOf(`
      (import "env" "random" (func $random (result i32)))
      (func $assembly/index/get64 (result i32) (call $assembly/classic/access/access<u64>))
      (func $assembly/classic/access/access<u64> (result i32) (call $assembly/memory/random/draw))
      (func $assembly/memory/random/draw (result i32) (call $random))
      (export "get64" (func $assembly/index/get64))`);
    expect(complaints(wasm, 'get64')).toEqual([]);
    expect(complaints(wasm, 'get64', {})).toEqual(['assembly/memory/random/draw calls the import random']);
  });

  test('sees trace hooks, calls through a table, and a look at the fuel', () => {
    const wasm = textOf(`
      (memory 1)
      (table 1 funcref)
      (type $none (func))
      (func $assembly/index/get64 (call $assembly/memory/trace/onGet) (call_indirect (type $none) (i32.const 0)))
      (func $assembly/memory/trace/onGet (drop (i32.load offset=${RT_FUEL} (i32.const ${RUNTIME_BASE}))))
      (export "get64" (func $assembly/index/get64))`);
    expect(complaints(wasm, 'get64')).toEqual([
      'assembly/index/get64 calls through a table',
      'assembly/memory/trace/onGet is a trace hook',
      'assembly/memory/trace/onGet looks at the regions or the fuel',
    ]);
  });

  test('says so when an export is gone', () => {
    expect(complaints(textOf(''), 'get64')).toEqual(['get64 is not exported']);
  });
});

function textOf(definitions: string): WasmText {
  const module = binaryen.parseText(`(module ${definitions})`);
  try {
    binaryen.setDebugInfo(true);
    return readWasm(module.emitBinary());
  } finally {
    module.dispose();
  }
}
