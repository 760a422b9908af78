/** The case of the claimed offsets: its figures, and that it fails where the declaration that is right is broken. */
import { type CaseResult, runCase } from 'hmap-wasm/cases';
import { beforeAll, describe, expect, test } from 'vitest';
import { claimedOffsets, claimedOffsetsWith, generated } from '../../src/cases/claimed-offsets.ts';
import { failures, steps } from './result.ts';

describe('as it is', () => {
  let result: CaseResult;
  beforeAll(async () => {
    result = await runCase(claimedOffsets);
  });

  test('what the claimed slots read', () => {
    const slots = steps(result, 'wrong reading')[0]?.facts?.['slots'];
    const word8 = 0x1234567800000500n;
    for (const [struct, member, offset, value] of [
      ['three_words', 'count', 8, 0x1111n],
      ['count_8', 'count', 8, word8],
      ['count_8', 'oldbuckets', 48, 121n],
      ['buckets_8', 'buckets', 8, word8],
      ['b_first', 'B', 0, 105n],
      ['b_first', 'buckets', 8, word8],
      ['b_first_packed', 'buckets', 7, 0x3456780000050000n],
      ['bytes_012', 'count', 0, 105n],
      ['swiss', 'used', 0, 105n],
      ['swiss', 'dirPtr', 16, 0xc000024000n],
      ['swiss', 'globalDepth', 32, 1n],
    ]) {
      expect(slots).toContainEqual({ struct, member, offset, value });
    }
  });

  test('where claimed buckets lead', () => {
    const outcomes = steps(result, 'wrong reading')[1]?.facts?.['outcomes'];
    for (const struct of ['buckets_8', 'b_first', 'b_first_packed'])
      expect(outcomes).toContainEqual({ struct, outcome: 'a fault' });
    for (const struct of ['count_8', 'bytes_012'])
      expect(outcomes).toContainEqual({ struct, outcome: 'reads 00 00 00 00 00 00 00 00' });
  });

  test('the published struct is laid out beside the real one', () => {
    const { facts, table, complaints } = steps(result, 'wrong reading')[2] ?? {};
    expect(facts).toEqual({ size: 24, packed: 19, real: 48, differences: 10 });
    expect(table?.rows).toContainEqual(['buckets', 'at 8, 8 bytes', 'at 16, 8 bytes']);
    expect(table?.rows).toContainEqual(['oldbucketmask', 'at 16, 4 bytes', 'not there']);
    expect(table?.rows).toContainEqual(['count', 'not there', 'at 0, 8 bytes']);
    expect(complaints).toHaveLength(3);
  });
});

describe('broken', () => {
  test('a declaration with fields exchanged makes it fail', async () => {
    const result = await runCase(
      claimedOffsetsWith((rt) =>
        generated(rt)
          .replace('uint8_t flags;\n  uint8_t B;', 'uint8_t B;\n  uint8_t flags;')
          .replace(/_Static_assert.*\n/g, ''),
      ),
    );
    expect(failures(result)).toEqual([
      'the real offsets have nothing to complain of',
      'nor do generated ones, in any release',
    ]);
    expect(steps(result, 'right reading')[0]?.complaints).toContain('Go 1.19: B reads 0, and is 5');
    expect(steps(result, 'legal twin')[0]?.complaints).toEqual([]);
  });

  test('with its assertions it is refused', async () => {
    const result = await runCase(
      claimedOffsetsWith((rt) =>
        generated(rt).replace('uint8_t flags;\n  uint8_t B;', 'uint8_t B;\n  uint8_t flags;'),
      ),
    );
    expect(result.checks).toMatchObject([{ ok: false }]);
    expect(result.checks[0]?.found).toContain('static assertion failed');
  });
});
