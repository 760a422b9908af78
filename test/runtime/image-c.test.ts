/** Images walked by C: a program on the structs of `hmap-wasm cheader`, compiled by gcc, finds every entry. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cHeader, type GoType, mapShape, parseMapType, RELEASES, Runtime, TARGETS } from 'hmap-wasm';
import { afterAll, describe, expect, test } from 'vitest';
import { compilerFor } from '../cases/witness.ts';
import { imageOf, samples, TYPES } from '../oracle/images/maps.ts';

const folder = mkdtempSync(join(tmpdir(), 'hmap-walk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = new URL('walk.c', import.meta.url).pathname;
const holding = (type: GoType, indirect: boolean): string => {
  if (indirect) return 'POINTER';
  return type.kind === 'string' ? 'STRING' : 'FIXED';
};

/** Of these every processor and release walks all; the others one type in so many. */
const ALL_OF = { target: 'linux/amd64', release: '1.19' };
const PART = 6;
/** The releases whose headers differ. */
const HEADERS = RELEASES.filter(({ name }) => name === ALL_OF.release || name === '1.25-noswissmap');

describe.each(TARGETS)('$name', (target) => {
  const compiler = compilerFor(target.name);
  if (compiler === undefined)
    console.log(`images in C for ${target.name} are skipped: gcc or qemu is missing`);
  const types = TYPES.filter((_, i) => target.name === ALL_OF.target || i % PART === 0);

  test.skipIf(compiler === undefined).each(types)('%s is found whole at every stage', async (type) => {
    const { command: gcc, flags, runner } = compiler as NonNullable<typeof compiler>;
    for (const release of HEADERS) {
      if (release.name !== ALL_OF.release && TYPES.indexOf(type) % PART !== 0) continue;
      const program = join(folder, 'walk');
      const shape = mapShape(parseMapType(type));
      writeFileSync(`${program}.h`, cHeader(shape, release, target));
      const defines = [
        `-DGOMAP_H="${program}.h"`,
        `-DKEY=${holding(shape.key, shape.keyIndirect)}`,
        `-DELEM=${holding(shape.elem, shape.elemIndirect)}`,
      ];
      execFileSync(gcc, [
        '-std=gnu11',
        '-O1',
        '-Wall',
        '-Werror',
        ...flags,
        ...defines,
        '-o',
        program,
        SOURCE,
      ]);
      const rt = await Runtime.create({ goVersion: release.name, target: target.name, seed: 5 });
      for (const sample of samples().filter(({ kind }) => kind.type === type)) {
        const image = imageOf(rt, sample);
        const file = join(folder, 'walked.img');
        writeFileSync(file, image.bytes);
        const { base, hmap, count } = image.header;
        const args = [program, file, base.toString(16), hmap.toString(16)];
        const [command, ...rest] = runner === undefined ? args : [runner, ...args];
        const printed = execFileSync(command as string, rest, { encoding: 'utf8' });
        const lines = printed.trimEnd().split('\n');
        expect([sample.name, Number(lines.pop())]).toEqual([sample.name, count]);
        expect(lines.sort()).toEqual(image.entries.split('\n').slice(0, -1).sort());
      }
    }
  });
});
