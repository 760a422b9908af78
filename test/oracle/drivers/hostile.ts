/**
 * Hostile streams on real Go: a process for each, since most ways in which one ends take the process along. The
 * program writes a line for each operation as it is done; the one that has none is the one that ended it.
 */
import { spawn } from 'node:child_process';
import { type Command, ENVIRONMENT } from '../judge.ts';
import type { OpRecord, Recording, Stream } from '../protocol.ts';

/** Milliseconds, for a process that neither ends nor computes. The program limits its own time to less. */
const PATIENCE = 60_000;

/** What the program sets for itself, given at once, which saves starting it twice. */
const QUIET = { ...ENVIRONMENT, MAP_ORACLE: '1', GOMEMLIMIT: 'off', GOTRACEBACK: 'none' };

/** What a process says at its end, in the words of a recording. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/^SIGXCPU/m, 'hang'],
  // A fault in the middle of malloc cannot become a panic.
  [/^(unexpected fault address|fatal error: (fault|unexpected signal))/m, 'fault'],
  [/^fatal error: runtime: (out of memory|cannot allocate memory)/m, 'out of memory'],
];

/** Runs a hostile stream in a process of its own. */
export async function runHostile({ command, args, env }: Command, stream: Stream): Promise<Recording> {
  const child = spawn(command, [...args, '-hostile'], { env: { ...env, ...QUIET } });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, 20_000);
  });
  // It may end before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify(stream)}\n`);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  // Who uses up its time is killed by the system.
  const { code, hangs } = await new Promise<{ code: number | null; hangs: boolean }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, hangs: signal === 'SIGKILL' }));
  });
  clearTimeout(timer);
  // A line without its end is none.
  const [make, ...ops] = out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as OpRecord);
  if (make === undefined) throw new Error(`${stream.type}: the Go program did not begin: ${errors}`);
  if (hangs) return { make, ops: [...ops, ended('hang')], dumps: [] };
  if (code === 0) return { make, ops, dumps: [] };
  const own = /^oracle: (.*)$/m.exec(errors)?.[1];
  if (own !== undefined) return { make, ops, dumps: [], error: own };
  const known = ENDINGS.find(([pattern]) => pattern.test(errors))?.[1];
  const text = known ?? /^fatal error: (.*)$/m.exec(errors)?.[1] ?? errors.slice(0, 300);
  return { make, ops: [...ops, ended(text)], dumps: [] };
}

/** The record of an operation that ended the process. */
export function ended(f: string): OpRecord {
  return { h: '', draws: 0, f };
}
