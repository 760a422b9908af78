/** The load at which maps grow: set by an experiment, and what it does to chains, as Go's sources tell it. */
import { RELEASES } from 'hmap-wasm';
import { describe, expect, test } from 'vitest';
import { compareRow } from '../../bench/loadfactor/compare.ts';
import { measure } from '../../bench/loadfactor/measure.ts';
import { COLUMNS, type Figures, GO_TABLE, model, TOLERANCE } from '../../bench/loadfactor/table.ts';
import { BUILDS, start, wholeState } from '../machine/inside.ts';

/** Every load that can be set. */
const LOADS = Array.from({ length: 13 }, (_, i) => 2 + i / 2);

/** Most entries that 2^B buckets take without growing, by the rule of Go's `overLoadFactor`. */
const most = (loadFactor: number, B: number) => Math.max(8, 2 * loadFactor * Math.floor(2 ** B / 2));

describe.each(BUILDS)('an experiment with the load factor, build %s', (build) => {
  test.each(LOADS)('%f: a map grows above it, at no other time', async (loadFactor) => {
    const rt = await start({ build, experiment: { loadFactor } });
    const m = rt.makeMap('map[int]int');
    let settled = 0;
    for (let count = 1; count <= 600; count++) {
      const before = m.header.B;
      m.set(count, count);
      const { B, oldbuckets, flags } = m.header;
      expect([count, flags]).toEqual([count, 0]);
      // Small arrays are moved in one step, so that one assignment can make a map grow more than once.
      for (let b = before; b < B; b++) expect(count).toBeGreaterThan(most(loadFactor, b));
      // While it grows a map can't begin to grow again.
      if (oldbuckets === 0n) {
        expect(count).toBeLessThanOrEqual(most(loadFactor, B));
        settled++;
      }
    }
    expect(settled).toBeGreaterThan(100);
    expect([m.size, m.getMany([1, 300, 600, 601])]).toEqual([600, [1n, 300n, 600n, undefined]]);
    m.verify();
  });

  test.each(LOADS)('%f: make finds room for its hint', async (loadFactor) => {
    const rt = await start({ build, experiment: { loadFactor } });
    for (let B = 0; B < 10; B++) {
      const fits = most(loadFactor, B);
      for (const hint of [fits, fits + 1]) {
        let wanted = 0;
        while (hint > most(loadFactor, wanted)) wanted++;
        const m = rt.makeMap('map[int]int', { hint });
        expect([hint, m.header.B]).toEqual([hint, wanted]);
        m.free();
      }
    }
  });

  test.each([
    ['1.20', 6.5, 6],
    ['1.21', 6, 6.5],
    ['1.23', 6.5, 6],
  ])('of Go %s: %f changes nothing, %f does', async (goVersion, own, other) => {
    const filled = async (experiment?: { loadFactor?: number }) => {
      const rt = await start({ build, goVersion, seed: 5, ...(experiment && { experiment }) });
      const m = rt.makeMap('map[int]string', { hash0: 7 });
      for (let i = 0; i < 208; i++) m.set(i, `${i}`);
      for (let i = 0; i < 208; i += 3) m.delete(i);
      return { rt, state: wholeState(rt) };
    };
    const plain = await filled();
    for (const same of [{}, { loadFactor: own }]) {
      const { rt, state } = await filled(same);
      expect(state.equals(plain.state)).toBe(true);
      expect([rt.loadFactor, plain.rt.loadFactor]).toEqual([own, own]);
    }
    const changed = await filled({ loadFactor: other });
    expect(changed.state.equals(plain.state)).toBe(false);
    expect([changed.rt.loadFactor, changed.rt.release]).toEqual([other, plain.rt.release]);
  });
});

describe("the table of Go's sources", () => {
  /** The figures are the same in every run: they follow from the seeds. */
  const B = 12;
  const SEEDS = [1, 2, 3, 4];
  /** Wider than for larger maps and more seeds. */
  const wide: Figures = { '%overflow': 1, 'bytes/entry': 0.2, hitprobe: 0.05, missprobe: 0.1 };

  test.each(GO_TABLE)('load factor $loadFactor, on small maps', async ({ loadFactor, figures }) => {
    const measured: Figures[] = [];
    for (const seed of SEEDS) measured.push(await measure({ loadFactor, B, seed }));
    const mean = (column: keyof Figures) =>
      measured.reduce((sum, one) => sum + one[column], 0) / measured.length;
    for (const column of COLUMNS) {
      expect(Math.abs(mean(column) - figures[column]), column).toBeLessThan(wide[column]);
    }
  });

  test.each(RELEASES)('Go $name spreads keys as evenly', async ({ name }) => {
    const loadFactor = 6.5;
    const measured = await measure({ loadFactor, B: 14, seed: 1, goVersion: name });
    for (const column of COLUMNS) {
      expect(Math.abs(measured[column] - model(loadFactor)[column]), column).toBeLessThan(wide[column]);
    }
  });

  test.each([
    [4, 2.14, 20.77],
    [4.5, 4.03, 17.29],
    [5, 6.81, 14.76],
    [5.5, 10.56, 12.95],
    [6, 15.28, 11.67],
    [6.5, 20.84, 10.78],
    [7, 27.09, 10.16],
    [7.5, 33.8, 9.73],
    [8, 40.75, 9.4],
  ])('the model at %f', (load, overflow, bytes) => {
    const expected = model(load);
    expect([expected['%overflow'], expected['bytes/entry']].map((figure) => figure.toFixed(2))).toEqual([
      overflow.toFixed(2),
      bytes.toFixed(2),
    ]);
    expect([expected.hitprobe, expected.missprobe]).toEqual([1 + load / 2, load]);
  });

  test.each(COLUMNS)('a mean of %s that is off from the table or the model is told', (column) => {
    for (const row of GO_TABLE) {
      const verdicts = (by: number) => {
        const moved = { ...row.figures, [column]: row.figures[column] + by };
        return compareRow(row, [moved, moved]).map(({ within }) => within);
      };
      expect(verdicts(0)).toEqual([true, true, true, true]);
      for (const by of [1.1 * TOLERANCE[column], -1.1 * TOLERANCE[column]]) {
        expect(verdicts(by)).toEqual(COLUMNS.map((each) => each !== column));
      }
    }
    // At 8 the table has 0.35 points more than the model: what is near the one only is off.
    const [last] = GO_TABLE.slice(-1);
    if (last === undefined) throw new Error('the table has rows');
    const above = { ...last.figures, '%overflow': 41.4 };
    expect(compareRow(last, [above, above])[0]?.within).toBe(false);
  });

  test('mean and deviation of seeds', () => {
    const [row] = GO_TABLE;
    const at = (missprobe: number): Figures => ({ ...row.figures, missprobe });
    const found = compareRow(row, [at(3.9), at(4.1), at(4)]).find(({ column }) => column === 'missprobe');
    expect(found?.mean).toBeCloseTo(4, 10);
    expect(found?.deviation).toBeCloseTo(0.1, 10);
  });
});
