import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { declareType, parseType } from '../../src/gotype/index.ts';
import { RELEASES, type Release } from '../../src/profile/index.ts';
import { ARCHES, findGo, GO_RELEASES, goRelease, HOST, isFound } from '../oracle/judge.ts';
import { type Corpus, generate } from './corpus/generate.ts';
import { askGo, canRun, type Row } from './corpus/judge.ts';
import { corpusOf, FIRST, readRecorded, rowOn } from './corpus/recorded.ts';
import { asModel, asWritten, modelRow, writtenRow } from './facts.ts';

/** The first types of which the library says something else than Go, with both: what a reader of a failure needs. */
function differences({ declarations, types }: Corpus, rows: readonly Row[], release: Release): string[] {
  for (const { name, underlying } of declarations) declareType(name, underlying);
  const found: string[] = [];
  types.forEach((text, i) => {
    const type = parseType(text);
    const row = rows[i] as Row;
    const model = modelRow(type);
    const pairs = [
      ['model', model, asModel(row, model)],
      ['written', writtenRow(type, release), asWritten(row, type)],
    ] as const;
    for (const [what, mine, theirs] of pairs) {
      if (!isDeepStrictEqual(mine, theirs))
        found.push(`${text}\n${what} ${shown(mine)}\nGo ${shown(theirs)}`);
    }
  });
  return found.slice(0, 3);
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));

const recorded = readRecorded();
if (recorded === undefined)
  throw new Error('no recorded corpus; record one: npm run gotype:record -- --write');

describe('the recorded corpus', () => {
  const { head, types } = recorded;

  test('is what the generator writes', () => {
    expect(corpusOf(recorded)).toEqual(generate(head.seed, head.count));
  });

  test('is large, and its types are different ones', () => {
    const texts = types.map(({ type }) => parseTypeOf(type).string);
    expect(new Set(texts).size).toBeGreaterThanOrEqual(1000);
    const maps = types.filter(({ row }) => row.map !== undefined);
    expect(new Set(maps.map(({ row }) => row.string)).size).toBeGreaterThanOrEqual(400);
  });

  test('holds every way that a map may have', () => {
    const maps = types.flatMap(({ row }) => row.map ?? []);
    // Every flag is set here and not there, alone and with others.
    expect(new Set(maps.map(({ slots }) => slots[3])).size).toBeGreaterThanOrEqual(12);
    for (const size of [0, 8, 128]) {
      expect(maps.some(({ slots }) => slots[0] === size)).toBe(true);
      expect(maps.some(({ slots }) => slots[1] === size)).toBe(true);
    }
    expect(new Set(maps.map(({ overflow }) => overflow))).toEqual(new Set(['uintptr', 'unsafe.Pointer']));
    expect(new Set(maps.map(({ hasher }) => hasher)).size).toBeGreaterThanOrEqual(12);
  });

  test('was compared on every release and processor that is emulated', () => {
    const all = RELEASES.flatMap(({ name }) => ARCHES.map((arch) => `${name} ${arch}`));
    expect(head.compared).toEqual(all.sort());
  });

  test.each(RELEASES)('types, and descriptors as they are written, are those of Go $name', (release) => {
    const rows = types.map((one) => rowOn(one, release.name));
    expect(differences(corpusOf(recorded), rows, release)).toEqual([]);
  });
});

function parseTypeOf(text: string) {
  for (const { name, underlying } of recorded?.declarations ?? []) declareType(name, underlying);
  return parseType(text);
}

/** A seed of this run's own, or a given one, to see a failure again. */
const SEED = Number(process.env['GOTYPE_SEED'] ?? 2 + Math.floor(Math.random() * 1e6));
const FRESH = 400;

describe('a fresh corpus, live', async () => {
  const corpus = generate(SEED, FRESH);
  console.log(`Fresh Go types are those of GOTYPE_SEED=${SEED}.`);
  for (const { name } of GO_RELEASES) {
    const go = await findGo(goRelease(name), { fetch: 'cached' });
    const release = RELEASES.find((one) => one.name === name) as Release;
    for (const arch of ARCHES) {
      // One release stands for all on the processor that is played: what it costs is the building.
      if (arch !== HOST && name !== FIRST) continue;
      const why = !isFound(go) ? go.why : (await canRun(arch)) ? undefined : 'nothing here runs its programs';
      if (why !== undefined) console.log(`Skipped: fresh types on Go ${name}, ${arch}: ${why}.`);
      test.skipIf(why !== undefined)(`seed ${SEED}, Go ${name}, ${arch}`, async () => {
        if (!isFound(go)) return;
        expect(differences(corpus, await askGo(go, corpus, arch), release)).toEqual([]);
      });
    }
  }
});
