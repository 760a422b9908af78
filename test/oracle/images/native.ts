/** Gives images to the Go program, and brings images from it. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type MapImage, Runtime } from 'hmap-wasm';
import { type Arch, buildOracle, COLLECTING, commandOf, type FoundGo } from '../judge.ts';
import type { Stream } from '../protocol.ts';
import { imageOf, type Sample, TYPES } from './maps.ts';

/** What the Go program did with one image, opened one way. */
export interface Opened {
  readonly sample: string;
  readonly way: string;
  /** What it did with the map, in order. */
  readonly did: readonly string[];
  /** What went wrong. */
  readonly error?: string;
}

/** The images of a program at a time. */
const CHUNK = 16;
const LIMIT = 600_000;
const runFile = promisify(execFile);

/** The program of a release for the types of images; undefined where nothing here can run it. */
async function start(go: FoundGo, arch: Arch | undefined) {
  const program = await buildOracle(go, TYPES, arch);
  return commandOf(program, arch, COLLECTING);
}

/** Opens images of the emulator natively, in every way. @throws Error where nothing here can run the program */
export async function openNatively(
  go: FoundGo,
  arch: Arch,
  samples: readonly Sample[],
  told: (opened: Opened) => void = () => {},
): Promise<Opened[]> {
  const command = await start(go, arch);
  if (command === undefined) throw new Error(`programs for ${arch} cannot be run here`);
  const folder = mkdtempSync(join(tmpdir(), 'hmap-images-'));
  const all: Opened[] = [];
  try {
    for (let i = 0; i < samples.length; i += CHUNK) {
      const chunk = samples.slice(i, i + CHUNK);
      const files = new Map<string, string>();
      for (const sample of chunk) {
        const rt = await Runtime.create({
          goVersion: go.release.name,
          target: `linux/${arch}`,
          seed: sample.index,
          memory: { limit: 2 ** 24 },
        });
        const file = join(folder, `${sample.index}.img`);
        write(file, imageOf(rt, sample));
        files.set(file, sample.name);
      }
      const args = [...command.args, '-open', ...files.keys()];
      const { stdout } = await runFile(command.command, args, { env: command.env, timeout: LIMIT }).catch(
        // A fatal error of the runtime ends the process; what it printed before it counts.
        (error: Error & { stdout: string; stderr: string }) => ({
          stdout: `${error.stdout}${JSON.stringify({ error: `${error.message}\n${error.stderr}`.slice(0, 2000) })}\n`,
        }),
      );
      for (const line of stdout.split('\n').filter(Boolean)) {
        const { file = '', way = '', did = [], ...rest } = JSON.parse(line);
        const opened = { sample: files.get(file) ?? file, way, did: did ?? [], ...rest };
        all.push(opened);
        told(opened);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return all;
}

function write(file: string, image: MapImage): void {
  writeFileSync(file, image.bytes);
  writeFileSync(`${file}.entries`, image.entries);
}

/** Runs a stream on real Go, and returns the image of the map that it leaves, and its entries. */
export async function exportFromGo(
  go: FoundGo,
  stream: Stream,
  base: bigint,
  arch?: Arch,
): Promise<{ bytes: Uint8Array; entries: string }> {
  const command = await commandOf(await buildOracle(go, TYPES, arch), arch);
  if (command === undefined) throw new Error(`programs for ${arch} cannot be run here`);
  const folder = mkdtempSync(join(tmpdir(), 'hmap-images-'));
  const file = join(folder, 'go.img');
  try {
    await new Promise<void>((resolve, reject) => {
      const args = [...command.args, '-export', file, '-base', String(base)];
      const child = spawn(command.command, args, { env: command.env, stdio: ['pipe', 'ignore', 'pipe'] });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`the Go program ended with ${code}: ${errors.slice(0, 2000)}`));
      });
      child.stdin.end(`${JSON.stringify(stream)}\n`);
    });
    return { bytes: new Uint8Array(readFileSync(file)), entries: readFileSync(`${file}.entries`, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
