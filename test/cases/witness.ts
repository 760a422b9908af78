/** Compiles the C side of cases, and runs it on the bytes of a run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Witness } from 'hmap-wasm/cases';

interface Compiler {
  readonly target: string;
  readonly command: string;
  readonly flags: readonly string[];
  /** What runs its programs here; nothing if they run by themselves. */
  readonly runner?: string;
}

const COMPILERS: readonly Compiler[] = [
  { target: 'linux/amd64', command: process.env['CC'] ?? 'gcc', flags: [] },
  { target: 'linux/arm64', command: 'aarch64-linux-gnu-gcc', flags: ['-static'], runner: 'qemu-aarch64' },
];

function works(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}

/** The compiler of a target, if programs that it makes can be run here. */
export function compilerFor(target: string): Compiler | undefined {
  const found = COMPILERS.find((compiler) => compiler.target === target);
  if (found === undefined || process.platform !== 'linux') return undefined;
  const native = found.runner === undefined && process.arch === 'x64';
  return works(found.command) && (native || (found.runner !== undefined && works(found.runner)))
    ? found
    : undefined;
}

const HEAD = `
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
`;

/** Reads memory ranges and the bytes to be given from standard input, maps them, and calls the function. */
const tail = (name: string) => `
static uint64_t word(void) {
  uint64_t value;
  if (fread(&value, 8, 1, stdin) != 1) exit(3);
  return value;
}

int main(void) {
  for (uint64_t ranges = word(); ranges > 0; ranges--) {
    uint64_t address = word(), size = word();
    uint64_t first = address & ~4095ULL, last = (address + size + 4095) & ~4095ULL;
    void *at = mmap((void *)first, last - first, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != (void *)first) exit(4);
    if (size > 0 && fread((void *)address, size, 1, stdin) != 1) exit(3);
  }
  uint64_t size = word();
  unsigned char *given = aligned_alloc(64, (size + 64) & ~63ULL);
  if (size > 0 && fread(given, size, 1, stdin) != 1) exit(3);
  ${name}(given, size);
  return 0;
}
`;

/** Programs of one case, compiled once a function and compiler. */
export class Programs {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hmap-witness-'));
  readonly #built = new Map<string, string>();

  /** What the function prints of the witness's bytes on a target. */
  run(c: string, witness: Witness, compiler: Compiler): string {
    const words: Buffer[] = [];
    const word = (value: bigint): void => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(value);
      words.push(buffer);
    };
    word(BigInt(witness.memory.length));
    for (const { address, bytes } of witness.memory) {
      word(address);
      word(BigInt(bytes.length));
      words.push(Buffer.from(bytes));
    }
    word(BigInt(witness.given.length));
    words.push(Buffer.from(witness.given));
    const program = this.#build(c, witness.function, compiler);
    const [command, args] = compiler.runner === undefined ? [program, []] : [compiler.runner, [program]];
    return execFileSync(command, args, { input: Buffer.concat(words), encoding: 'utf8' });
  }

  #build(c: string, name: string, compiler: Compiler): string {
    const key = `${compiler.target} ${name} ${c}`;
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    const source = join(this.#folder, `${this.#built.size}.c`);
    const program = source.slice(0, -2);
    writeFileSync(source, `${HEAD}\n${c}\n${tail(name)}`);
    const flags = [
      '-std=gnu11',
      '-O1',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-Wno-unused-function',
      ...compiler.flags,
    ];
    execFileSync(compiler.command, [...flags, '-o', program, source], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#built.set(key, program);
    return program;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
