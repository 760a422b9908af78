/** Maps with forged bytes, for tests of what such bytes lead to. */
import type { HeaderView, Runtime } from '../../src/index.ts';
import { anyMap, bytes, start } from './inside.ts';

/** What Go says where a pointer is followed that is nil. */
export const NIL_DEREFERENCE = 'runtime error: invalid memory address or nil pointer dereference';

/** Offsets of the header's fields, and their sizes. */
const FIELDS = {
  count: [0, 8],
  flags: [8, 1],
  B: [9, 1],
  hash0: [12, 4],
  buckets: [16, 8],
  oldbuckets: [24, 8],
  extra: [40, 8],
} as const;
export type Patch = { readonly [field in keyof typeof FIELDS]?: number | bigint };

/** Writes forged values to fields of a map's header. */
export function forge(rt: Runtime, m: { readonly header: HeaderView }, patch: Patch): void {
  const { address } = m.header;
  for (const [name, value] of Object.entries(patch)) {
    const [offset, size] = FIELDS[name as keyof typeof FIELDS];
    rt.memory.write(address + BigInt(offset), bytes(size, value));
  }
}

/** A runtime with a map of three entries, key n with element 10 + n, and a forged header. */
export async function forged(build: 'release' | 'checked', type: string, patch: Patch, entries = 3) {
  const rt = await start({ build });
  const m = anyMap(rt, type, { hash0: 0x12345678 });
  const key = (n: number) => (type.startsWith('map[string]') ? `k${n}` : n);
  for (let n = 0; n < entries; n++) m.set(key(n), 10 + n);
  forge(rt, m, patch);
  return { rt, m, key };
}
