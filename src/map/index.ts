/** Go maps and the views of their memory. */
import { MapPath } from '../../assembly/shared/codes.ts';
import type { MapShape } from '../gotype/index.ts';
import type { Machine } from '../machine/machine.ts';
import { Float32KeyMap, Float64KeyMap, Int32KeyMap, StringKeyMap, WideKeyMap } from './fastkeys.ts';
import { GoMap } from './gomap.ts';

export { Buckets, BucketView, type SlotState, SlotView, STATE_VALUES, slotState } from './buckets.ts';
export { Column, type ColumnArrayOf, StringColumn } from './column.ts';
export type { ColumnInput } from './columninput.ts';
export type { SetManyOptions } from './columns.ts';
export type { DrainedColumns, DrainInto } from './drain.ts';
export { GoMap, type Lookup } from './gomap.ts';
export { HeaderView } from './header.ts';
export { MapIterator } from './iterator.ts';
export { RawMap } from './raw.ts';

const WIDE_KINDS: ReadonlySet<string> = new Set([
  'int',
  'int64',
  'uint',
  'uint64',
  'uintptr',
  'pointer',
  'chan',
  'unsafe.Pointer',
]);

/** The JavaScript object of a map whose record the core has made. */
export function wrapMap(machine: Machine, map: number, shape: MapShape): GoMap {
  const { key } = shape;
  if (shape.path === MapPath.FastStr && key.kind === 'string')
    return new StringKeyMap(machine, map, shape) as unknown as GoMap;
  if (shape.path === MapPath.Fast32 && (key.kind === 'int32' || key.kind === 'uint32')) {
    return new Int32KeyMap(machine, map, shape) as unknown as GoMap;
  }
  if ((shape.path === MapPath.Fast64 || shape.path === MapPath.Fast64Ptr) && WIDE_KINDS.has(key.kind)) {
    return new WideKeyMap(machine, map, shape) as unknown as GoMap;
  }
  if (key.kind === 'float64') return new Float64KeyMap(machine, map, shape) as unknown as GoMap;
  if (key.kind === 'float32') return new Float32KeyMap(machine, map, shape) as unknown as GoMap;
  return new GoMap(machine, map, shape);
}
