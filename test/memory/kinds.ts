/** The kinds of maps whose allocations fail. */
import type { MakeMapOptions } from '../../src/index.ts';
import { long } from './state.ts';

export interface Kind {
  readonly type: string;
  readonly keySpace: number;
  readonly key: (n: number) => unknown;
  readonly elem: (n: number) => unknown;
  readonly options?: MakeMapOptions;
}

export const KINDS: readonly Kind[] = [
  { type: 'map[int64]int64', keySpace: 900, key: BigInt, elem: BigInt },
  {
    type: 'map[string]string',
    keySpace: 500,
    key: (n) => (n === 0 ? '' : `key ${n}`),
    elem: (n) => 'x'.repeat(n % 70),
  },
  { type: 'map[[136]byte][200]byte', keySpace: 300, key: (n) => long(136, n), elem: (n) => long(200, n) },
  { type: 'map[uint8]struct{}', keySpace: 256, key: (n) => n, elem: () => Object.create(null) },
  // Strings on the general path: there even a lookup allocates.
  { type: 'map[string][200]byte', keySpace: 400, key: (n) => `key ${n}`, elem: (n) => long(200, n) },
  {
    type: 'map[int64]int64',
    keySpace: 160,
    key: BigInt,
    elem: BigInt,
    options: { hasher: 'low-bits' },
  },
];
