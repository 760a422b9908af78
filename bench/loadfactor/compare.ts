/** Measured figures beside Go's table and beside the model. */
import { COLUMNS, type Column, type Figures, type GO_TABLE, model, TOLERANCE } from './table.ts';

/** One figure of the table, measured. */
export interface Compared {
  readonly loadFactor: number;
  readonly column: Column;
  readonly mean: number;
  /** The standard deviation of single seeds. */
  readonly deviation: number;
  readonly table: number;
  readonly model: number;
  /** How far the mean may be from either. */
  readonly tolerance: number;
  readonly within: boolean;
}

/** All figures of one row of the table. `measured`: one set of figures a seed, at least two. */
export function compareRow({ loadFactor, figures }: (typeof GO_TABLE)[number], measured: readonly Figures[]) {
  const expected = model(loadFactor);
  return COLUMNS.map((column): Compared => {
    const values = measured.map((one) => one[column]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const tolerance = TOLERANCE[column];
    return {
      loadFactor,
      column,
      mean,
      deviation: Math.sqrt(squares / (values.length - 1)),
      table: figures[column],
      model: expected[column],
      tolerance,
      within: Math.abs(mean - figures[column]) <= tolerance && Math.abs(mean - expected[column]) <= tolerance,
    };
  });
}
