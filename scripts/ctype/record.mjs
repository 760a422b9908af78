/**
 * `npm run ctype:record`: asks gcc on both targets for the layouts of a generated corpus, and writes them for
 * machines without it. The declarations themselves are generated anew from the seed.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { inProject } from '../project.mjs';
import { askGcc, toolsOf } from './gcc.mjs';
import { generate } from './generate.mjs';

const SEED = 1;
const COUNT = 800;

const declared = generate(SEED, COUNT);
const text = declared.map((one) => one.text).join('\n');
const layouts = { amd64: askGcc('amd64', declared), arm64: askGcc('arm64', declared) };
const head = {
  seed: SEED,
  count: COUNT,
  // That the generator still writes what gcc was asked about.
  sha256: createHash('sha256').update(text).digest('hex'),
  gcc: { amd64: toolsOf('amd64')?.version, arm64: toolsOf('arm64')?.version },
};
const rows = (/** @type {number[][]} */ list) => list.map((row) => JSON.stringify(row)).join(',\n');
writeFileSync(
  inProject('test/ctype/corpus.recorded.json'),
  `${JSON.stringify(head).slice(0, -1)},\n"amd64":[\n${rows(layouts.amd64)}\n],\n"arm64":[\n${rows(layouts.arm64)}\n]}\n`,
);
console.log(`Recorded ${COUNT} layouts for each of two targets.`);
