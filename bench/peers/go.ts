/** The Go program: its types written out from the template, built for each release. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findGo, goRelease, isFound } from '../../test/oracle/judge.ts';
import { KEY_KINDS, type KeyKind, STRUCT_TYPE } from '../keys.ts';
import { GO_SOURCES, NODE_PEERS, PEERS } from '../paths.ts';
import type { Start } from './process.ts';

const runFile = promisify(execFile);
/** Milliseconds. */
const BUILD_LIMIT = 300_000;
/** Element sizes in bytes, as keys.go has functions for them. */
export const ELEM_SIZES = [0, 8, 128, 200] as const;

/** A Go that was found. */
export interface Go {
  readonly command: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The `go` command of a release of the oracle's table. @returns why there is none */
export async function classicGo(name: string): Promise<Go | string> {
  const go = await findGo(goRelease(name));
  return isFound(go) ? go : go.why;
}

/** The `go` on the path, which from 1.24 on has the Swiss map. @returns why there is none */
export async function currentGo(): Promise<Go | string> {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off' };
  try {
    const { stdout } = await runFile('go', ['version'], { env });
    const version = stdout.trim();
    if (Number(/go1\.(\d+)/.exec(version)?.[1] ?? 0) < 24) return `${version} has no Swiss map`;
    return { command: 'go', version, env };
  } catch {
    return 'no go command here';
  }
}

/** The short form of what `go version` says: go1.19.8. */
export const shortVersion = ({ version }: Go): string => /go\d[\w.]*/.exec(version)?.[0] ?? version;

/** The native program. */
export async function nativeProgram(go: Go): Promise<string> {
  return build(go, {}, 'peer');
}

/** How the program is run that Go has compiled to WebAssembly. @returns why it cannot be */
export async function wasmProgram(go: Go): Promise<Start | string> {
  const { stdout } = await runFile(go.command, ['env', 'GOROOT'], { env: go.env });
  const shim = ['misc/wasm', 'lib/wasm']
    .map((folder) => join(stdout.trim(), folder, 'wasm_exec.js'))
    .find((path) => existsSync(path));
  if (shim === undefined) return `${shortVersion(go)} came without its wasm_exec.js`;
  const program = await build(go, { GOOS: 'js', GOARCH: 'wasm' }, 'peer.wasm');
  return { command: process.execPath, args: [join(NODE_PEERS, 'gowasm.js'), shim, program] };
}

const PART = '\n// part\n';
const FUNCTIONS: Readonly<Record<KeyKind, string>> = {
  uint64: 'keyUint64',
  int32: 'keyInt32',
  float64: 'keyFloat64',
  string8: 'keyString8',
  string16: 'keyString16',
  string32: 'keyString32',
  string100: 'keyString100',
  '[16]byte': 'keyBytes16',
  struct: 'keyStruct',
};

/** Every key kind with a uint64, and every element size under a uint64. */
function table(): string {
  const template = readFileSync(join(GO_SOURCES, 'work.tmpl'), 'utf8');
  const at = template.indexOf(PART);
  if (at < 0) throw new Error('work.tmpl has no line // part');
  const types = [
    ...KEY_KINDS.map((kind) => ({ kind, size: 8 })),
    ...ELEM_SIZES.filter((size) => size !== 8).map((size) => ({ kind: 'uint64' as KeyKind, size })),
  ];
  const parts = types.map(({ kind, size }, i) =>
    template
      .slice(at + PART.length)
      .replaceAll('{{N}}', String(i))
      .replaceAll('{{KIND}}', kind)
      .replaceAll('{{SIZE}}', String(size))
      .replaceAll('{{KEY}}', kind === 'struct' ? 'structKey' : kind.startsWith('string') ? 'string' : kind)
      .replaceAll('{{KEYOF}}', FUNCTIONS[kind])
      .replaceAll('{{ELEM}}', size === 0 ? 'empty' : size === 8 ? 'uint64' : `[${size}]byte`)
      .replaceAll('{{ELEMOF}}', `elem${size}`)
      .replaceAll('{{LOW}}', `low${size}`),
  );
  return template.slice(0, at + 1) + parts.join('');
}

async function build(go: Go, target: Readonly<Record<string, string>>, name: string): Promise<string> {
  const files = readdirSync(GO_SOURCES).filter((file) => /\.(go|s|mod)$/.test(file));
  const text = table();
  const hash = createHash('sha256').update(go.version).update(JSON.stringify(target)).update(text);
  hash.update(STRUCT_TYPE);
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(GO_SOURCES, file)));
  const folder = join(PEERS, `${shortVersion(go)}-${hash.digest('hex').slice(0, 16)}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  mkdirSync(PEERS, { recursive: true });
  const work = mkdtempSync(join(PEERS, 'building-'));
  try {
    for (const file of files) cpSync(join(GO_SOURCES, file), join(work, file));
    writeFileSync(join(work, 'table.go'), text);
    // From Go 1.23 on the linker refuses references to the runtime's own names, unless told not to.
    const minor = Number(/go1\.(\d+)/.exec(go.version)?.[1]);
    const flags = minor >= 23 ? ['-ldflags=-checklinkname=0'] : [];
    await runFile(go.command, ['build', ...flags, '-o', name, '.'], {
      cwd: work,
      env: { ...go.env, CGO_ENABLED: '0', ...target },
      timeout: BUILD_LIMIT,
      maxBuffer: 2 ** 24,
    });
    renameSync(work, folder);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`the peer could not be built with ${go.version}: ${stderr || message}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}
