/** What holds of every case of the catalogue; and what its C functions print, where a compiler is installed. */
import { RELEASES, TARGETS } from 'hmap-wasm';
import { type CaseResult, cases, runCase } from 'hmap-wasm/cases';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compilerFor, Programs } from './witness.ts';

const FEW = { from: 0, to: 1 };
const failures = (result: CaseResult): string[] =>
  result.checks
    .filter(({ ok }) => !ok)
    .map((each) => `${each.text}: expected ${each.expected}, found ${each.found}`);

const compilers = TARGETS.map(({ name }) => ({ name, compiler: compilerFor(name) }));
for (const { name, compiler } of compilers) {
  if (compiler === undefined) console.log(`C functions are not run as ${name}: its compiler is not here`);
}

const programs = new Programs();
afterAll(() => programs.remove());

test('names are unlike each other', () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(one, { seeds: FEW });
  });

  test('behaves as it documents', () => {
    expect(failures(result)).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.checks.length).toBeGreaterThan(2);
  });

  test('says which releases and targets it is about', () => {
    expect(RELEASES.map(({ name }) => name)).toEqual(expect.arrayContaining([...one.releases]));
    expect(TARGETS.map(({ name }) => name)).toEqual(expect.arrayContaining([...one.targets]));
  });

  test('a wrong reading is complained of; a right one, a fix and the legal twin are not', () => {
    const kinds = result.steps.map(({ kind }) => kind);
    for (const kind of ['wrong reading', 'right reading', 'fix', 'legal twin']) expect(kinds).toContain(kind);
    for (const { kind, title, complaints } of result.steps) {
      if (kind === 'wrong reading') expect(complaints, title).not.toEqual([]);
      if (kind === 'right reading' || kind === 'fix') expect(complaints ?? [], title).toEqual([]);
      if (kind === 'legal twin') expect(complaints, title).toEqual([]);
    }
  });

  test('guilty bytes lie within their column', () => {
    for (const { columns, guilty } of result.steps.flatMap(({ dumps = [] }) => dumps)) {
      for (const { column, offset, length } of guilty) {
        expect(offset + length).toBeLessThanOrEqual(columns[column]?.bytes.length ?? 0);
        expect(length).toBeGreaterThan(0);
      }
    }
  });

  test('the same run gives the same findings', async () => {
    expect(await runCase(one, { seeds: FEW })).toEqual(result);
  });

  test('behaves as documented with other hashes', async () => {
    for (let seed = 1n; seed <= 4n; seed++) {
      expect(failures(await runCase(one, { seed, seeds: FEW })), `seed ${seed}`).toEqual([]);
    }
  });

  test('its C side is called on the bytes of the run', () => {
    expect(one.c).toBeTypeOf('string');
    expect(result.witnesses?.length).toBeGreaterThan(0);
    for (const { function: name, targets } of result.witnesses ?? []) {
      expect(one.c).toContain(`void ${name}(const unsigned char *given, size_t size)`);
      expect(one.targets).toEqual(expect.arrayContaining([...targets]));
    }
  });

  test.each(compilers.filter(({ compiler }) => compiler !== undefined))(
    'C on $name prints what the emulator says',
    ({ name, compiler }) => {
      for (const witness of result.witnesses ?? []) {
        if (compiler === undefined || !witness.targets.includes(name)) continue;
        const label = `${witness.function} on ${witness.given.length} bytes`;
        expect(programs.run(one.c ?? '', witness, compiler), label).toBe(witness.prints);
      }
    },
  );
});
