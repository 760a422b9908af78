/** Columns for the emulator: in its own memory where the library has such, else ordinary typed arrays. */
import type { ColumnInput, Runtime } from 'hmap-wasm';

/** A typed column of numbers, or an array of values. */
export interface BenchColumn {
  readonly array: BigUint64Array | Int32Array | Float64Array | readonly unknown[];
}

/** A runtime that may have columns of its own. */
type Columnar = { column?: (type: string, n: number) => BenchColumn };

/** Whether the library has columns in its memory, and inserts that grow ahead. */
export const hasColumns = (rt: Runtime): boolean => typeof (rt as unknown as Columnar).column === 'function';

/** A column with these contents. */
export function columnOf(rt: Runtime, type: string, values: BenchColumn['array']): BenchColumn {
  if (Array.isArray(values) || !hasColumns(rt)) return { array: values };
  const column = (rt as unknown as Required<Columnar>).column(type, values.length);
  (column.array as BigUint64Array).set(values as BigUint64Array);
  return column;
}

/** `setMany` with the growth ahead of the entries. */
export function setAhead(map: object, keys: ColumnInput<unknown>, values: ColumnInput<unknown>): void {
  type Ahead = { setMany(keys: unknown, values: unknown, options: { readonly growth: 'ahead' }): void };
  (map as Ahead).setMany(keys, values, { growth: 'ahead' });
}
