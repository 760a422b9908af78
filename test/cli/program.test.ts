/** What every command has in common: help, colours, widths, exit statuses, the process around it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inProject } from '../../scripts/project.mjs';
import { frozenHeader } from '../../src/cases/frozen-header.ts';
import { type Case, cases } from '../../src/cases/index.ts';
import { cli } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'hmap-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ESC = '\x1b';
const GROWING = ['map[int]int', ...Array.from({ length: 105 }, (_, i) => `${i + 1}=${i + 1}`)];

const COMMANDS: readonly (readonly string[])[] = [
  ['reproduce', '--seeds', '0..1'],
  ['inspect', 'ann=41', 'bob=42', '--bytes'],
  ['inspect', ...GROWING, '--bytes'],
  ['layout', 'map[string][16]byte'],
];

describe('help', () => {
  test('without arguments the program says what there is to ask for', async () => {
    const { code, out, err } = await cli([]);
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const word of ['reproduce', 'inspect', 'layout', 'Examples:', 'Exit status'])
      expect(out).toContain(word);
    expect((await cli(['--help'])).out).toBe(out);
  });

  test.each([
    ['reproduce', ['frozen-header', '--seeds', '--json', 'Examples:']],
    ['inspect', ['--hash0', '--delete', '--json-input', 'Examples:']],
    ['layout', ['--target', 'linux/arm64', 'Examples:']],
    ['image', ['--base', '--hashkey', '--overflow-lists', 'Examples:']],
  ])('help on %s names its options and has examples', async (command, words) => {
    const { code, out } = await cli(['help', command]);
    expect(code).toBe(0);
    for (const word of words) expect(out).toContain(word);
    expect((await cli([command, '--help'])).out).toBe(out);
  });

  test('the version is that of the package', async () => {
    const { default: description } = await import('../../package.json', { with: { type: 'json' } });
    expect(await cli(['--version'])).toEqual({ code: 0, out: `${description.version}\n`, err: '' });
  });

  test('the examples of the help run', async () => {
    // What `image` writes, `inspect` reads.
    const commands = ['reproduce', 'image', 'inspect', 'layout'];
    const pages = await Promise.all(commands.map((name) => cli(['help', name])));
    const lines = pages.flatMap(({ out }) =>
      out.split('\n').filter((line) => line.startsWith('  hmap-wasm ')),
    );
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) {
      const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].slice(1).map((match) => match[1] ?? match[2] ?? '');
      const few = args.map((arg) => {
        if (arg === '1..1000') return '1..2';
        return arg.endsWith('.img') ? join(folder, arg) : arg;
      });
      const { code, err } = await cli(few);
      expect([line, code, err]).toEqual([line, 0, '']);
    }
  });
});

describe('output', () => {
  test.each(COMMANDS.map((args) => [args.slice(0, 2).join(' '), args]))(
    '%s has no colour codes in a pipe',
    async (_, args) => {
      const { code, out, err } = await cli(args);
      expect(code).toBe(0);
      expect(err).toBe('');
      expect(out).not.toContain(ESC);
    },
  );

  test.each(COMMANDS.map((args) => [args.slice(0, 2).join(' '), args]))(
    '%s has colours on a terminal, unless told otherwise',
    async (_, args) => {
      const piped = (await cli(args)).out;
      const coloured = (await cli(args, { tty: true })).out;
      expect(coloured).toContain(ESC);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
      expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(piped);
      expect((await cli([...args, '--plain'], { tty: true })).out).toBe(piped);
      expect((await cli(args, { tty: true, env: { NO_COLOR: '1' } })).out).toBe(piped);
      expect((await cli(args, { tty: true, env: { TERM: 'dumb' } })).out).toBe(piped);
    },
  );

  test.each(COMMANDS.map((args) => [args.slice(0, 2).join(' '), args]))(
    '%s fits 80 columns',
    async (_, args) => {
      const long = (await cli(args)).out.split('\n').filter((line) => line.length > 80);
      expect(long).toEqual([]);
    },
  );

  test('help fits 80 columns but for its examples', async () => {
    for (const name of ['reproduce', 'inspect', 'layout']) {
      const { out } = await cli(['help', name]);
      const long = out.split('\n').filter((line) => line.length > 80 && !line.includes('hmap-wasm '));
      expect(long).toEqual([]);
    }
  });
});

describe('exit statuses', () => {
  test.each([
    [['frob'], "unknown command 'frob'"],
    [
      ['reproduce', 'nope'],
      `there is no case "nope". The cases are: ${cases.map(({ name }) => name).join(', ')}`,
    ],
    [['reproduce', '--seeds', '5..1'], 'It takes A..B'],
    [['reproduce', '--seeds', '0..999999999'], 'at most 100000 seeds'],
    [['reproduce', '--seed', 'x'], 'It takes a whole number'],
    [['reproduce', '--frob'], "unknown option '--frob'"],
    [['layout'], "missing required argument 'type'"],
    [['layout', 'map[int]int', '--target', 'plan9/386'], 'Allowed choices are'],
    [['inspect', 'map[int]int', '1'], 'a pair is key=value, got "1"'],
    [['inspect', 'map[int]int', '-1=1'], "'-1=1' (put -- before pairs that begin with a minus)"],
    [['inspect', 'map[int]int', '1=x'], '"1=x": int takes a whole number, got "x"'],
    [['inspect', 'map[int8]int', '300=1'], '"300=1": 300 does not fit int8'],
    [['inspect', 'map[int]bool', '1=yes'], '"1=yes": bool takes true or false, got "yes"'],
    [['inspect', 'map[int]int', '--hash0', '0x1ffffffff'], 'It takes a whole number from 0 to 4294967295'],
    [['inspect', 'map[int]int', '--hint', '1000000000'], 'the Go heap has no room'],
    [['inspect', 'a=1', '--delete', 'x', '--json-input'], '--json-input reads pairs from standard input'],
    [['inspect', 'map[int]struct{a int}', '1={"b":1}'], '"1={\\"b\\":1}": '],
  ])('%j is refused in one plain line', async (args, message) => {
    const { code, out, err } = await cli(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toMatch(/^error: [^\n]*\n$/);
    expect(err).not.toMatch(/\n {4}at |Error:/);
  });

  test('a type that does not parse is shown with a caret', async () => {
    const { code, err } = await cli(['layout', 'map[[]int]int']);
    expect(code).toBe(2);
    expect(err).toBe('error: invalid map key type []int\nmap[[]int]int\n    ^\n');
  });

  test('a case that does not behave as it documents gives 1, in text and in JSON', async () => {
    const broken: Case = { ...frozenHeader, run: () => Promise.reject(new Error('luck')) };
    const text = await cli(['reproduce'], { catalogue: [broken] });
    expect(text.code).toBe(1);
    expect(text.out).toContain('NO');
    expect(text.out).toContain('FAILED the run comes to its end: expected no error, found Error: luck');
    const json = await cli(['reproduce', '--json'], { catalogue: [broken] });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, cases: [{ name: 'frozen-header', ok: false }] });
  });

  test('a fault of the program itself is told from bad input', async () => {
    const bug = {
      ...frozenHeader,
      get name(): string {
        throw new Error('a bug');
      },
    };
    const { code, err } = await cli(['reproduce'], { catalogue: [bug] });
    expect(code).toBe(70);
    expect(err).toBe('error: hmap-wasm itself failed: Error: a bug\n');
  });
});

describe('what a terminal could obey', () => {
  const NASTY = `${ESC}[31m${ESC}]0;title\x07\r\x9b1A\u202e`;
  const CONTROLS = /[\p{Cc}\p{Cf}]/u;

  test.each([
    ['a key', ['inspect', `${NASTY}=1`]],
    ['an element', ['inspect', 'map[int]string', `1=${NASTY}`, '--bytes']],
    ['a key as JSON', ['inspect', `${NASTY}=1`, '--json']],
    ['a tag', ['layout', `map[int]struct{a int ${JSON.stringify('\\u202e')}; b int}`]],
    ['a tag as JSON', ['layout', 'map[int]struct{a int `\u202e`}', '--json']],
  ])('%s is shown escaped', async (_, args) => {
    const { code, out } = await cli(args, { tty: false });
    expect(code).toBe(0);
    expect(out.replaceAll('\n', '')).not.toMatch(CONTROLS);
  });

  test.each([
    ['a value', ['inspect', `a=${NASTY}`]],
    ['a pair', ['inspect', 'map[int]int', NASTY]],
    ['a type', ['layout', `map[${NASTY}]int`]],
    ['a case', ['reproduce', NASTY]],
    ['an option', ['reproduce', `--${NASTY}`]],
    ['a command', [NASTY]],
    [
      'a field',
      ['inspect', 'map[int]struct{a int}', `1={"${NASTY.replaceAll(/[^\x20-\x7e]/g, '')}\u202e":1}`],
    ],
  ])('%s in an error is shown escaped', async (_, args) => {
    const { code, err } = await cli(args);
    expect(code).toBe(2);
    expect(err.replaceAll('\n', '')).not.toMatch(CONTROLS);
  });
});

describe('as a process', () => {
  const MAIN = inProject('dist', 'src', 'cli', 'main.js');

  interface Run {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }

  /** @param close whether to stop reading after the first piece of output */
  const start = (args: readonly string[], stdin = '', close = false) =>
    new Promise<Run>((resolve, reject) => {
      expect(existsSync(MAIN), 'the command line is built: npm run build').toBe(true);
      const child = spawn(process.execPath, [MAIN, ...args]);
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk) => {
        out += chunk;
        if (close) child.stdout.destroy();
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
      child.stdin.on('error', () => {}).end(stdin);
    });

  test('it runs, and prints no colours into a pipe', async () => {
    const { code, out, err } = await start(['inspect', 'map[int]int'], '1=2\n');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('map[int]int, 1 entry');
    expect(out).not.toContain(ESC);
  });

  test('bad input ends it with 2', async () => {
    expect(await start(['layout', 'map'])).toMatchObject({ code: 2, out: '' });
  });

  test('a reader that goes away is no error', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i}=${i}`).join('\n');
    const { code, err } = await start(['inspect', 'map[int]int', '--json'], lines, true);
    expect([code, err]).toEqual([0, '']);
  });
});
