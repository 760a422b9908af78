/** Cases whose fix is taken away: each must fail, and say where. */
import { type Case, runCase } from 'hmap-wasm/cases';
import { expect, test } from 'vitest';
import { arrayElements, arrayElementsWith } from '../../src/cases/array-elements.ts';
import { narrowPointer, narrowPointerWith } from '../../src/cases/narrow-pointer.ts';
import { structLayout, structLayoutWith } from '../../src/cases/struct-layout.ts';
import { wrongMask, wrongMaskWith } from '../../src/cases/wrong-mask.ts';
import { failures } from './result.ts';

const FEW = { from: 0, to: 1 };

const failed = async (one: Case): Promise<string[]> => failures(await runCase(one, { seeds: FEW }));

test.each<[string, Case, Case, string]>([
  [
    'a mask that is a shift',
    wrongMask,
    wrongMaskWith((hash, B) => hash & (1n << B)),
    "with Go's mask the reader finds",
  ],
  [
    'offsets without padding',
    structLayout,
    structLayoutWith(() => ({ version: 0, data_ptr: 4, flags: 12 })),
    'by the ABI everything is as C wrote it',
  ],
  [
    'a carrier of 32 bits',
    narrowPointer,
    narrowPointerWith((pointer) => pointer & 0xffffffffn),
    'through uintptr_t all of it comes back',
  ],
  [
    'keys declared as int',
    arrayElements,
    arrayElementsWith(
      'struct bucket { uint8_t tophash[8]; int keys[8]; unsigned char elems[8][16]; void *overflow; };',
    ),
    'with int64_t the keys are',
  ],
])('%s', async (_what, whole, broken, complaint) => {
  expect(await failed(whole)).toEqual([]);
  expect(await failed(broken)).toContain(complaint);
  expect((await runCase(broken, { seeds: FEW })).ok).toBe(false);
});
