/** Finds Go releases on this machine, and builds the oracle's program for one of them. */
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
import { parseMapType } from 'hmap-wasm';
import { BUILDS, GO_SOURCES } from './paths.ts';

/** Processors that the program is built for: this machine's own, or another that qemu plays. */
export const ARCHES = ['amd64', 'arm64'] as const;
export type Arch = (typeof ARCHES)[number];

export const HOST: Arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const QEMU: Record<Arch, string> = { amd64: 'qemu-x86_64', arm64: 'qemu-aarch64' };

/** What go/environment.go puts into the environment of the process that is recorded. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  GODEBUG: 'cpu.aes=off,invalidptr=0,asyncpreemptoff=1,gcshrinkstackoff=1',
  GOGC: 'off',
  GOMAXPROCS: '1',
};

/** What it is for images: the collector runs as often as it can, and overwrites what it frees. */
export const COLLECTING: Readonly<Record<string, string>> = {
  GODEBUG: 'cpu.aes=off,clobberfree=1',
  GOGC: '10',
};

/** A Go release that can judge. */
export interface GoRelease {
  /** As in the library's profiles. */
  readonly name: string;
  /** The patch release that the `go` command of a newer one fetches. */
  readonly toolchain: string;
  /** Where an installed one may be. */
  readonly places?: readonly string[];
  readonly experiment?: string;
  readonly flags?: readonly string[];
}

/** From Go 1.23 on the linker refuses references to the runtime's own names, unless told not to. */
const LINKNAME = ['-ldflags=-checklinkname=0'];

/** Every release with classic maps. `$GO119` names a Go 1.19 at another place than Debian's. */
export const GO_RELEASES: readonly GoRelease[] = [
  {
    name: '1.19',
    toolchain: 'go1.19.13',
    places: [process.env['GO119'] ?? '', '/usr/lib/go-1.19/bin/go'],
  },
  { name: '1.20', toolchain: 'go1.20.14' },
  { name: '1.21', toolchain: 'go1.21.13' },
  { name: '1.22', toolchain: 'go1.22.12' },
  { name: '1.23', toolchain: 'go1.23.12', flags: LINKNAME },
  { name: '1.24-noswissmap', toolchain: 'go1.24.11', experiment: 'noswissmap', flags: LINKNAME },
  { name: '1.25-noswissmap', toolchain: 'go1.25.5', experiment: 'noswissmap', flags: LINKNAME },
];

/** A release that was found. */
export interface FoundGo {
  readonly release: GoRelease;
  /** What `go version` says. */
  readonly version: string;
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface MissingGo {
  readonly release: GoRelease;
  readonly why: string;
}

const runFile = promisify(execFile);
/** Milliseconds: a release may have to be downloaded. */
const DOWNLOAD_LIMIT = 300_000;
const BUILD_LIMIT = 600_000;

/** The release by its name. @throws Error for one that is not in the table */
export function goRelease(name: string): GoRelease {
  const found = GO_RELEASES.find((release) => release.name === name);
  if (found !== undefined) return found;
  throw new Error(`no Go release '${name}'; take one of ${GO_RELEASES.map((r) => r.name).join(', ')}`);
}

/**
 * Looks for a release: where it may be installed, then, with `fetch`, as a toolchain of a newer `go` on the path.
 * With `fetch: 'cached'` only as one that has been fetched before.
 */
export async function findGo(
  release: GoRelease,
  { fetch = true }: { fetch?: boolean | 'cached' } = {},
): Promise<FoundGo | MissingGo> {
  const experiment = release.experiment === undefined ? {} : { GOEXPERIMENT: release.experiment };
  const env = { ...process.env, GOWORK: 'off', ...experiment };
  for (const command of release.places ?? []) {
    if (command === '' || !existsSync(command)) continue;
    const version = await versionOf(command, { ...env, GOTOOLCHAIN: 'local' });
    if (version?.includes(`go${release.name}`)) {
      return { release, version, command, env: { ...env, GOTOOLCHAIN: 'local' } };
    }
  }
  if (!fetch) return { release, why: `Go ${release.name} is not installed` };
  const current = await versionOf('go', { ...process.env, GOTOOLCHAIN: 'local' });
  if (current === undefined) return { release, why: 'no go command here' };
  const minor = Number(/go1\.(\d+)/.exec(current)?.[1] ?? 0);
  if (minor < 21) return { release, why: `${current} cannot fetch other releases` };
  const offline = fetch === 'cached' ? { GOPROXY: 'off' } : {};
  const fetching = { ...env, GOTOOLCHAIN: release.toolchain, ...offline };
  const version = await versionOf('go', fetching);
  if (version?.includes(release.toolchain)) return { release, version, command: 'go', env: fetching };
  return {
    release,
    why: `${release.toolchain} ${fetch === 'cached' ? 'is not here' : 'could not be fetched'}`,
  };
}

export function isFound(go: FoundGo | MissingGo): go is FoundGo {
  return 'command' in go;
}

/** Releases by name, those that can be had and those that cannot. */
export async function findAll(
  names?: readonly string[],
  options?: Parameters<typeof findGo>[1],
): Promise<{ found: FoundGo[]; missing: MissingGo[] }> {
  const found: FoundGo[] = [];
  const missing: MissingGo[] = [];
  for (const release of names === undefined ? GO_RELEASES : names.map(goRelease)) {
    const go = await findGo(release, options);
    if (isFound(go)) found.push(go);
    else missing.push(go);
  }
  return { found, missing };
}

async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await runFile(command, ['version'], { env, timeout: DOWNLOAD_LIMIT });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** How a program of a processor is started here. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How a program that was built is started; undefined where nothing here can run it. */
export async function commandOf(
  program: string,
  arch: Arch = HOST,
  environment = ENVIRONMENT,
): Promise<Command | undefined> {
  if (arch === HOST) return { command: program, args: [], env: process.env };
  const qemu = QEMU[arch];
  try {
    await runFile(qemu, ['--version']);
  } catch {
    return undefined;
  }
  // Under qemu a program cannot start itself again, so it is given at once what it would give itself.
  return { command: qemu, args: [program], env: { ...process.env, ...environment, MAP_ORACLE: '1' } };
}

/** The oracle's program for a release and these map types. */
export async function buildOracle(go: FoundGo, types: readonly string[], arch: Arch = HOST): Promise<string> {
  return buildGo(go, GO_SOURCES, tableOf(types), arch);
}

/**
 * The program of a folder of Go sources and a table.go that is generated: built, or found as it was built before.
 * Safe where several processes want the same one: each builds in a folder of its own, and the first that is ready
 * takes the name.
 */
export async function buildGo(
  go: FoundGo,
  folderOfSources: string,
  table: string,
  arch: Arch = HOST,
): Promise<string> {
  const sources = readdirSync(folderOfSources).filter(
    (name) => /\.(go|s|mod)$/.test(name) && name !== 'table.go',
  );
  const hash = createHash('sha256').update(go.version).update(arch).update(table);
  for (const name of sources.sort())
    hash.update(`${name}\0`).update(readFileSync(join(folderOfSources, name)));
  const folder = join(BUILDS, `${go.release.name}-${hash.digest('hex').slice(0, 16)}`);
  const program = join(folder, 'oracle');
  if (existsSync(program)) return program;
  mkdirSync(BUILDS, { recursive: true });
  const work = mkdtempSync(join(BUILDS, 'building-'));
  try {
    for (const name of sources) cpSync(join(folderOfSources, name), join(work, name));
    writeFileSync(join(work, 'table.go'), table);
    await runFile(go.command, ['build', ...(go.release.flags ?? []), '-o', 'oracle', '.'], {
      cwd: work,
      env: { ...go.env, GOARCH: arch, CGO_ENABLED: '0' },
      timeout: BUILD_LIMIT,
      maxBuffer: 2 ** 26,
    });
    renameSync(work, folder);
  } catch (error) {
    // Another process was faster: its program is as good.
    if (existsSync(program)) return program;
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`a program of the oracle could not be built with ${go.version}: ${stderr || message}`, {
      cause: error,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

const TABLE_PART = '// type {{MAP}}';

/** A type's text within package main, where declared types go without its name. */
export const inMain = (text: string): string => text.replaceAll('main.', '');

/** The Go table of these map types, from the template beside the program. */
function tableOf(types: readonly string[]): string {
  const template = readFileSync(join(GO_SOURCES, 'table.tmpl'), 'utf8');
  const at = template.indexOf(`\n${TABLE_PART}`) + 1;
  if (at === 0) throw new Error(`table.tmpl has no line ${TABLE_PART}`);
  const start = template.indexOf('\npackage main\n') + 1;
  const part = template.slice(at);
  const parts = [...new Set(types)].sort().map((text, i) => {
    const { key, elem } = parseMapType(text);
    return part
      .replaceAll('{{N}}', String(i))
      .replaceAll('{{MAP}}', text)
      .replaceAll('{{KEY}}', inMain(key.string))
      .replaceAll('{{ELEM}}', inMain(elem.string));
  });
  return `${template.slice(start, at)}${parts.join('\n')}`;
}
