/**
 * The engines that are compared, and how each is found. One that is not here is left out with a plain line.
 *
 * Rust's hashbrown in WebAssembly is not among them: the packages that bring it, hashcoll and hashcoll-fast,
 * take strings and bytes only, a call a key, and are no longer to be had.
 */
import { join } from 'node:path';
import type { KeyKind } from '../keys.ts';
import { NODE_PEERS } from '../paths.ts';
import { buildModules } from './assembly.ts';
import { classicGo, currentGo, type Go, nativeProgram, shortVersion, wasmProgram } from './go.ts';
import type { Start } from './process.ts';

/** The emulator's name in labels. */
export const OURS = 'classic';
/** Native Go 1.19, with its AES hash and with the portable one: the better of the two is what goals mean. */
export const NATIVE = ['go1.19', 'go1.19-noaes'] as const;
export const GO_WASM = 'go1.19-wasm';
export const AS_MAP = 'AS Map';
export const MAP_BIGINT = 'Map(bigint)';
export const MAP_FLOAT = 'Map(float64)';
export const MAP_SMALL = 'Map(int32)';
export const MAP_STRING = 'Map(string)';
const NEWER = ['go1.23', 'go-swiss'] as const;

export const ENGINES = [
  OURS,
  ...NATIVE,
  ...NEWER,
  GO_WASM,
  AS_MAP,
  MAP_BIGINT,
  MAP_FLOAT,
  MAP_SMALL,
  MAP_STRING,
] as const;
export type Engine = (typeof ENGINES)[number];

/** An engine that is here. */
export interface Peer {
  readonly engine: Engine;
  readonly start: Start;
}

export interface Catalogue {
  readonly peers: readonly Peer[];
  readonly skipped: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

const NODE = (script: string): Start => ({
  command: process.execPath,
  args: ['--expose-gc', '--max-old-space-size=8192', join(NODE_PEERS, script)],
});

/** The key kind that an engine is given for a contest of `kind`; undefined where it has no part in it. */
export function kindFor(engine: Engine, kind: KeyKind): KeyKind | undefined {
  const isString = kind.startsWith('string');
  switch (engine) {
    case MAP_STRING:
      return isString ? kind : undefined;
    case MAP_BIGINT:
      return kind === 'uint64' ? kind : undefined;
    // A Map has no 64-bit integers but bigints: what a program would take in their place is raced too.
    case MAP_FLOAT:
      return kind === 'uint64' || kind === 'float64' ? 'float64' : undefined;
    case MAP_SMALL:
      return kind === 'uint64' || kind === 'int32' ? 'int32' : undefined;
    case AS_MAP:
      return kind === 'uint64' ? kind : undefined;
    default:
      return kind;
  }
}

/** Finds and builds the engines that are wanted. */
export async function findPeers(
  wanted: readonly Engine[],
  progress: (text: string) => void,
): Promise<Catalogue> {
  const peers: Peer[] = [];
  const skipped: string[] = [];
  const versions: Record<string, string> = {};
  const wants = (engine: Engine) => wanted.includes(engine);
  const skip = (engine: Engine, why: string) => skipped.push(`${engine}: ${why}`);

  progress('compiling the modules of the benchmark');
  await buildModules();
  peers.push({ engine: OURS, start: NODE('engine.js') });

  const native = async (go: Go | string, engines: readonly Engine[]) => {
    if (typeof go === 'string') {
      for (const engine of engines) skip(engine, go);
      return;
    }
    progress(`building the peer with ${shortVersion(go)}`);
    const command = await nativeProgram(go);
    for (const engine of engines) {
      versions[engine] = shortVersion(go);
      const env = engine.endsWith('-noaes') ? { GODEBUG: 'cpu.aes=off' } : {};
      peers.push({ engine, start: { command, args: [], env } });
    }
  };

  const old = wanted.some((engine) => engine.startsWith('go1.19')) ? await classicGo('1.19') : '';
  const natives = NATIVE.filter(wants);
  if (natives.length > 0) await native(old, natives);
  if (wants('go1.23')) await native(await classicGo('1.23'), ['go1.23']);
  if (wants('go-swiss')) await native(await currentGo(), ['go-swiss']);
  if (wants(GO_WASM)) {
    if (typeof old === 'string') skip(GO_WASM, old);
    else {
      progress('building the peer for WebAssembly');
      const start = await wasmProgram(old);
      if (typeof start === 'string') skip(GO_WASM, start);
      else {
        peers.push({ engine: GO_WASM, start });
        versions[GO_WASM] = shortVersion(old);
      }
    }
  }
  if (wants(AS_MAP)) peers.push({ engine: AS_MAP, start: NODE('asmap.js') });
  for (const engine of [MAP_BIGINT, MAP_FLOAT, MAP_SMALL, MAP_STRING] as const) {
    if (wants(engine)) peers.push({ engine, start: NODE('builtin.js') });
  }
  return { peers, skipped, versions };
}
