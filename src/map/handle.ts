/** What views and iterators need to know of the map that they belong to. */
import type { MapShape } from '../gotype/index.ts';
import { UseAfterFree } from '../machine/errors.ts';
import type { Machine } from '../machine/machine.ts';

export interface MapHandle {
  readonly machine: Machine;
  readonly shape: MapShape;
  /** The map's record; 0 once it is freed. */
  readonly map: number;
}

/** @throws UseAfterFree */
export function checkAlive(handle: MapHandle): void {
  if (handle.map === 0) throw new UseAfterFree(`the ${handle.shape.type.string} was freed`);
}
