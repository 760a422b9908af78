/**
 * A project of somebody else's: empty, with the packed tarball installed in it.
 *
 * What a user gets is the tarball, so that is what these tests import: nothing here reaches
 * into src/ or dist/.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inProject, npmCommand, ROOT } from '../../scripts/project.mjs';

/** No step may hang: past this many milliseconds it is ended and fails. */
const STEP_LIMIT = 100_000;

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Consumer {
  readonly folder: string;
  /** Runs a JavaScript file of the consumer, or of a tool, with this Node. */
  node(script: string, ...args: string[]): Promise<Output>;
  /** Runs a line as the shell does, with the consumer's bins on the path. */
  shell(line: string): Promise<Output>;
  remove(): Promise<void>;
}

export async function makeConsumer(): Promise<Consumer> {
  if (!existsSync(inProject('dist/src/index.js'))) {
    throw new Error('There is no build to pack; build it first: npm run build');
  }
  const folder = await mkdtemp(join(tmpdir(), 'hmap-wasm-consumer-'));
  const tarball = await pack(folder);
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }),
  );
  await npm(folder, ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund']);
  return {
    folder,
    node: (script, ...args) => execute(process.execPath, [script, ...args], folder),
    shell: (line) => execute('sh', ['-c', line], folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Packs the project into a folder; the tarball's path. Scripts are left out: the build has just run. */
async function pack(folder: string): Promise<string> {
  const stdout = await npm(ROOT, ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (!packed) throw new Error('npm pack packed nothing');
  return join(folder, packed.filename);
}

async function npm(cwd: string, args: string[]): Promise<string> {
  const [command, ...first] = npmCommand();
  const { code, stdout, stderr } = await execute(command, [...first, ...args], cwd);
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed with ${code}: ${stderr || stdout}`);
  return stdout;
}

function execute(command: string, args: readonly string[], cwd: string): Promise<Output> {
  const env = {
    ...ownEnvironment(),
    // Only what the program itself says: colours would come on under CI, npm warns of its settings.
    NO_COLOR: '1',
    npm_config_loglevel: 'error',
    PATH: [join(cwd, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  };
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, env, timeout: STEP_LIMIT, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr: error?.killed ? `${stderr}\nended after ${STEP_LIMIT} ms` : stderr });
      },
    );
  });
}

/**
 * The environment without what `npm test` has told us about this project, which would make an
 * inner npm work in the wrong folder, and without what Vitest has told its workers.
 */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = /^npm_config_(cache|registry|userconfig|globalconfig)$/;
  const dropped = /^(npm_|VITEST|NODE_OPTIONS$|NODE_ENV$|FORCE_COLOR$|INIT_CWD$)/;
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => kept.test(name) || !dropped.test(name)),
  );
}
