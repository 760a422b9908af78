/**
 * `npm run oracle:faults [-- --only NAME] [--seconds N] [--release R]`: plants each fault of planted/list.ts in a
 * copy of the core, and runs the fuzzer on it. Exits 1 if a fault is not found, or if its place is not there.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { Engine } from './drivers/engine.ts';
import { GoDriver } from './drivers/go.ts';
import { fuzz } from './fuzzer.ts';
import { findGo, goRelease, isFound } from './judge.ts';
import { ROOT } from './paths.ts';
import { FAULTS, type Fault } from './planted/list.ts';
import { FIXED_TYPES, supported } from './streams/types.ts';

const runFile = promisify(execFile);

const { values: given } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    release: { type: 'string', default: '1.19' },
    // For this program's own use: fuzz the module in this file, in a process that may hang.
    module: { type: 'string' },
    batched: { type: 'boolean', default: false },
  },
});

/** Where every run of the fuzzer begins. */
const SEED = 20_240_101;

/** A module with a fault, compiled without the slow optimizations. */
async function build(fault: Fault, folder: string): Promise<string> {
  cpSync(join(ROOT, 'assembly'), join(folder, 'assembly'), { recursive: true });
  const path = join(folder, 'assembly', fault.file);
  const source = readFileSync(path, 'utf8');
  const places = source.split(fault.find).length - 1;
  if (places !== 1) throw new Error(`assembly/${fault.file} has ${places} places for it: ${fault.find}`);
  // Not `replace` with a text: `$` would mean something in it.
  writeFileSync(
    path,
    source.replace(fault.find, () => fault.put),
  );
  const config = JSON.parse(readFileSync(join(ROOT, 'asconfig.json'), 'utf8'));
  const options = { ...config.options, optimizeLevel: 1, converge: false };
  writeFileSync(join(folder, 'asconfig.json'), JSON.stringify({ ...config, options }));
  const compiler = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const out = join(folder, 'release.wasm');
  await runFile(process.execPath, [compiler, '--config', 'asconfig.json', '--target', 'release', '-o', out], {
    cwd: folder,
  });
  return out;
}

/** Fuzzes a module; what it prints is what was found, if anything. */
async function fuzzModule(path: string): Promise<void> {
  const go = await findGo(goRelease(given.release));
  if (!isFound(go)) throw new Error(`Go ${given.release}: ${go.why}`);
  const types = await supported(FIXED_TYPES, given.release);
  const judge = await GoDriver.start(go, types);
  const subject = new Engine({
    release: given.release,
    wasm: await WebAssembly.compile(readFileSync(path)),
    batched: given.batched,
  });
  const { found, streams, ops } = await fuzz({
    subject,
    judge,
    types: shuffled(types),
    seed: SEED,
    seconds: Number(given.seconds),
    streams: { release: given.release, deepEvery: 30 },
  });
  await judge.close();
  const after = `${streams} streams, ${ops} operations`;
  if (found !== undefined)
    console.log(`${found.difference.field} at op ${found.difference.op}, after ${after}`);
  else console.log(`NOT FOUND in ${after}`);
}

/** Neighbours in the list are alike: every few types should have something of each kind. */
function shuffled(types: readonly string[]): string[] {
  const step = [67, 71, 73].find((prime) => types.length % prime !== 0) ?? 1;
  return types.map((_, i) => types[(i * step) % types.length] as string);
}

/** How a fault was found; undefined if it was not. */
async function plant(fault: Fault): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'hmap-fault-'));
  try {
    const module = await build(fault, folder);
    const self = fileURLToPath(import.meta.url);
    const args = [self, '--module', module, '--seconds', given.seconds, '--release', given.release];
    if (fault.batched === true) args.push('--batched');
    try {
      const { stdout } = await runFile(process.execPath, args, {
        timeout: (Number(given.seconds) + 60) * 1000,
        cwd: ROOT,
      });
      return stdout.startsWith('NOT FOUND') ? undefined : stdout.trim();
    } catch (error) {
      // A core that runs in circles or eats all memory is found out by that.
      const { killed, signal, message } = error as Error & { killed?: boolean; signal?: string };
      if (killed === true || signal != null) return 'it hangs';
      throw new Error(message);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<boolean> {
  const faults = FAULTS.filter(({ name }) => given.only === undefined || name === given.only);
  if (faults.length === 0) throw new Error(`no fault is named ${given.only}`);
  let missed = 0;
  for (const fault of faults) {
    let found: string | undefined;
    try {
      found = await plant(fault);
    } catch (error) {
      console.log(`${fault.name}: could not be planted: ${error instanceof Error ? error.message : error}`);
      missed++;
      continue;
    }
    if (found === undefined) missed++;
    console.log(`${fault.name} (${fault.breaks}): ${found ?? 'NOT FOUND'}`);
  }
  console.log(`${faults.length - missed} of ${faults.length} faults found`);
  return missed === 0;
}

if (given.module !== undefined) await fuzzModule(given.module);
else process.exitCode = (await main()) ? 0 : 1;
