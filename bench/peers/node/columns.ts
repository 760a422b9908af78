/** Columns in the emulator's own memory, and what was put into them. */
import type { ColumnInput, Runtime } from 'hmap-wasm';
import type { StructKey } from '../../keys.ts';

/** A column as batches take it, with its values as programs have them. */
export interface BenchColumn {
  readonly values: ArrayLike<unknown>;
  readonly column: ColumnInput<unknown>;
}

/** A column with these contents. */
export function columnOf(rt: Runtime, type: string, values: ArrayLike<unknown>): BenchColumn {
  if (ArrayBuffer.isView(values)) {
    const { array, ...column } = inMemory(rt, type, values.length);
    (array as BigUint64Array).set(values as unknown as BigUint64Array);
    return { ...column, values: array as unknown as ArrayLike<unknown> };
  }
  const all = values as readonly unknown[];
  if (typeof all[0] === 'string') return { values, column: rt.column('string', all as readonly string[]) };
  const { array, column } = inMemory(rt, type, all.length);
  if (!(all[0] instanceof Uint8Array)) {
    if (array.byteLength > 0) writeStructs(array, all as readonly StructKey[]);
    return { values, column };
  }
  const size = all[0].length;
  for (let i = 0; i < all.length; i++) (array as Uint8Array).set(all[i] as Uint8Array, i * size);
  return { values, column };
}

/** The keys as Go lays them out: 8 bytes, 4, and 4 of padding. */
function writeStructs(array: ArrayBufferView, keys: readonly StructKey[]): void {
  const bytes = new DataView(array.buffer, array.byteOffset, array.byteLength);
  keys.forEach(({ ID, Part }, i) => {
    bytes.setBigUint64(16 * i, ID, true);
    bytes.setInt32(16 * i + 8, Part, true);
  });
}

/** A column of zeros, to be written. */
export function emptyColumn(rt: Runtime, type: string, n: number): BenchColumn {
  const { array, column } = inMemory(rt, type, n);
  return { values: array as unknown as ArrayLike<unknown>, column };
}

function inMemory(
  rt: Runtime,
  type: string,
  n: number,
): { array: ArrayBufferView; column: ColumnInput<unknown> } {
  const column = rt.column(type, n);
  return { array: column.array, column: column as unknown as ColumnInput<unknown> };
}
