/** The dimensions of a measurement, and the label that names them. */

export interface Dimensions {
  /** What does the work: `classic` is the emulator. */
  readonly engine: string;
  /** Key kind, as in keys.ts. */
  readonly key: string;
  /** Go type of the elements. */
  readonly elem: string;
  /** Entries of the map. */
  readonly len: number;
  readonly op: string;
  /** Keys a call, where they come in pieces. */
  readonly batch?: number;
  /** Hits in a hundred lookups, where both occur. */
  readonly hits?: number;
}

/** As in `engine=classic/key=uint64/elem=uint64/len=65536/op=hit`. */
export function labelOf(of: Dimensions): string {
  const parts = [`engine=${of.engine}`, `key=${of.key}`, `elem=${of.elem}`, `len=${of.len}`, `op=${of.op}`];
  if (of.batch !== undefined) parts.push(`batch=${of.batch}`);
  if (of.hits !== undefined) parts.push(`hits=${of.hits}`);
  return parts.join('/');
}

/** The label without the engine: what is the same work has the same one. */
export const workOf = (of: Dimensions): string => labelOf(of).slice(`engine=${of.engine}/`.length);
