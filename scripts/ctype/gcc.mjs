/** Asks gcc where it puts things, on x86-64 and on aarch64. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../project.mjs';

/**
 * How a target's programs are compiled and run.
 *
 * @type {Record<'amd64' | 'arm64', { gcc: string[], runner: string[], macro: string }>}
 */
const TOOLS = {
  amd64: { gcc: ['gcc', 'x86_64-linux-gnu-gcc'], runner: [], macro: '__x86_64__' },
  arm64: {
    gcc: ['aarch64-linux-gnu-gcc', 'gcc'],
    runner: ['qemu-aarch64', 'qemu-aarch64-static'],
    macro: '__aarch64__',
  },
};

/** @param {string} command @param {readonly string[]} args */
const runs = (command, args) => {
  try {
    return run(command, args, { capture: true });
  } catch {
    return { code: 1, stdout: '', stderr: '' };
  }
};

/**
 * The compiler of a target, and what runs its programs; undefined where there is none.
 *
 * @param {'amd64' | 'arm64'} arch
 */
export function toolsOf(arch) {
  const { gcc, runner, macro } = TOOLS[arch];
  const found = gcc.find((name) => {
    const { code, stdout } = runs(name, ['-dM', '-E', '-x', 'c', '/dev/null']);
    return code === 0 && stdout.includes(`#define ${macro} 1`);
  });
  if (found === undefined) return undefined;
  const native = (arch === 'amd64' ? 'x64' : 'arm64') === process.arch;
  const through = native ? undefined : runner.find((name) => runs(name, ['--version']).code === 0);
  if (!native && through === undefined) return undefined;
  const version = runs(found, ['-dumpfullversion']).stdout.trim();
  return { gcc: found, runner: through, version };
}

/**
 * Whether gcc of a target takes a text, and what it says.
 *
 * @param {string} gcc
 * @param {string} text
 */
export function compiles(gcc, text) {
  const folder = mkdtempSync(join(tmpdir(), 'hmap-wasm-gcc-'));
  try {
    const file = join(folder, 'given.c');
    writeFileSync(file, text);
    const { code, stderr } = run(gcc, ['-w', '-std=gnu11', '-fsyntax-only', file], { capture: true });
    return { ok: code === 0, said: stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HEAD = `#include <stdio.h>
#include <string.h>
#include <stddef.h>
static void bits(const void *p, size_t n) {
  const unsigned char *b = p; long first = -1, count = 0;
  for (size_t i = 0; i < n * 8; i++) if (b[i / 8] >> (i % 8) & 1) { if (first < 0) first = i; count++; }
  printf(" %ld %ld", first, count);
}
#define T(t) printf("%zu %zu", sizeof(t), _Alignof(t))
#define O(t, f) printf(" %zu", offsetof(t, f))
#define B(t, f) { static t v; memset(&v, 0, sizeof v); v.f = -1; bits(&v, sizeof v); }
`;

/**
 * What gcc says of each declaration: size, alignment, then of each probe the offset in bytes, or of a bit-field the
 * first bit and the number of bits.
 *
 * @param {'amd64' | 'arm64'} arch
 * @param {readonly import('./generate.mjs').Declared[]} declared
 * @returns {number[][]}
 */
export function askGcc(arch, declared) {
  const tools = toolsOf(arch);
  if (tools === undefined) throw new Error(`no gcc for ${arch} that can be run`);
  const asked = declared.map(({ name, probes }, i) => {
    const lines = probes.map(({ path, bits }) => `${bits ? 'B' : 'O'}(${name}, ${path});`);
    return `static void ask${i}(void) { T(${name}); ${lines.join(' ')} puts(""); }`;
  });
  const calls = declared.map((_, i) => `ask${i}();`).join(' ');
  const text = [
    HEAD,
    ...declared.map((one) => one.text),
    ...asked,
    `int main(void) { ${calls} return 0; }`,
  ].join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'hmap-wasm-gcc-'));
  try {
    const file = join(folder, 'ask.c');
    const program = join(folder, 'ask');
    writeFileSync(file, text);
    const built = run(tools.gcc, ['-w', '-O0', '-std=gnu11', '-static', '-o', program, file], {
      capture: true,
    });
    if (built.code !== 0)
      throw new Error(
        `gcc does not take the corpus:\n${built.stderr
          .split('\n')
          .filter((line) => line.includes('error'))
          .join('\n')
          .slice(0, 4000)}`,
      );
    const command = tools.runner === undefined ? [program] : [tools.runner, program];
    const { code, stdout, stderr } = run(String(command[0]), command.slice(1), { capture: true });
    if (code !== 0) throw new Error(`the program of ${arch} failed: ${stderr}`);
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
