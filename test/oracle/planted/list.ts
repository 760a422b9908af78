/** Faults to plant in the engine, each of which the fuzzer must find: a place, a change, and what it breaks. */

export interface Fault {
  readonly name: string;
  /** Below assembly/. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  readonly put: string;
  readonly breaks: string;
  /** Whether only batches come by there. */
  readonly batched?: true;
}

const fault = (name: string, file: string, find: string, put: string, breaks: string): Fault => ({
  name,
  file,
  find,
  put,
  breaks,
});

const batchFault = (...fields: Parameters<typeof fault>): Fault => ({ ...fault(...fields), batched: true });

export const FAULTS: readonly Fault[] = [
  /* hash and tophash */
  fault(
    'hash-8',
    'hash/memhash.ts',
    'return mulFold(M5 ^ sizeof<T>(), ',
    'return mulFold(M5 ^ (sizeof<T>() + 1), ',
    'the hash of four and eight bytes',
  ),
  fault(
    'hash-3',
    'hash/memhash.ts',
    '(<u64>get<u8>(p, size >> 1) << 8)',
    '(<u64>get<u8>(p, 0) << 8)',
    'the hash of up to three bytes',
  ),
  fault(
    'hash-16',
    'hash/memhash.ts',
    'b = get<u64>(p + size, -8);',
    'b = get<u64>(p, 0);',
    'the hash of 9 to 16 bytes',
  ),
  fault(
    'hash-long',
    'hash/memhash.ts',
    'seed ^= seed1 ^ seed2;',
    'seed ^= seed1;',
    'the hash of more than 48 bytes',
  ),
  fault(
    'tophash-mark',
    'classic/bucket.ts',
    '? top + MIN_TOP_HASH : top;',
    '? top + MIN_TOP_HASH + 1 : top;',
    'the tophash of a hash whose top byte is a state mark',
  ),
  /* lookups */
  fault(
    'access-same-size',
    'classic/access.ts',
    'hash & (sameSizeGrow(h) ? mask : mask >> 1)',
    'hash & (mask >> 1)',
    'a lookup in the middle of a growth to the same size',
  ),
  fault(
    'access-old',
    'classic/access.ts',
    'if (!evacuated(oldb)) return oldb;',
    '',
    'a lookup of an entry that has not moved yet',
  ),
  /* assignment */
  fault(
    'assign-count',
    'classic/assign.ts',
    'if (!overLoadFactor(count(h) + 1, B(h)) &&',
    'if (!overLoadFactor(count(h), B(h)) &&',
    'growth begins one entry late',
  ),
  fault(
    'key-update',
    'classic/assign.ts',
    'set<u64>(k, STRING_STR, toAddress(storage));\n    } else if',
    'freeObject(storage);\n    } else if',
    'an overwritten string key keeps storage that was given back',
  ),
  fault(
    'key-update-general',
    'classic/assign.ts',
    'releaseKeyOwned(map, stored);\n      copyValue(stored, <usize>key, typeSize(keyType(t)));',
    '',
    'an overwritten string key on the general path is not replaced',
  ),
  /* deletion */
  fault(
    'back-fill-stops',
    'classic/delete.ts',
    'if (tophash(b, i) != EMPTY_ONE) return;',
    'if (tophash(b, i) != EMPTY_ONE || i == 0) return;',
    'the run of emptyOne is not filled down to slot 0',
  ),
  fault(
    'back-fill-chain',
    'classic/delete.ts',
    'return next == 0 || tophash(next, 0) == EMPTY_REST;',
    'return next == 0;',
    'a bucket before an empty overflow bucket does not end its chain',
  ),
  fault(
    'delete-elem',
    'classic/delete.ts',
    'zeroValue(e, elemSize(t));',
    '',
    'a deleted element stays in its slot',
  ),
  fault(
    'delete-key',
    'classic/delete.ts',
    'if (hasPointers(keyType(t))) set<K>(k, 0, 0);',
    'set<K>(k, 0, 0);',
    'a deleted key without pointers is wiped',
  ),
  fault(
    'delete-hash0',
    'classic/delete.ts',
    'if (left == 0) setHash0(h, drawHash0());',
    '',
    'no new hash0 with the last entry',
  ),
  /* growth */
  fault(
    'load-factor',
    'classic/header.ts',
    'entries > most;',
    'entries >= most;',
    'the load at which a map grows',
  ),
  fault(
    'grow-work-once',
    'classic/grow.ts',
    'if (growing(h)) evacuate<K>(map, t, h, nevacuate(h));',
    '',
    'a write moves one old bucket instead of two',
  ),
  fault(
    'evacuate-half',
    'classic/move.ts',
    'useY = <u32>((hash & newbit) != 0);\n        }\n      }\n      marks',
    'useY = <u32>((hash & newbit) == 0);\n        }\n      }\n      marks',
    'entries go to the wrong half',
  ),
  fault(
    'evacuate-mark',
    'classic/move.ts',
    'marks ^= <u64>(EVACUATED_EMPTY ^ (EVACUATED_X + useY))',
    'marks ^= <u64>(EVACUATED_EMPTY ^ EVACUATED_X)',
    'the old tophash does not say which half',
  ),
  fault(
    'evacuate-wipe',
    'classic/grow.ts',
    'if (!(flags(h) & FLAG_OLD_ITERATOR) && hasPointers(bucketType(t))) {',
    'if (!(flags(h) & FLAG_OLD_ITERATOR)) {',
    'old buckets without pointers are wiped too',
  ),
  fault(
    'evacuate-wipe-under-iterator',
    'classic/grow.ts',
    'if (!(flags(h) & FLAG_OLD_ITERATOR) && hasPointers(bucketType(t))) {',
    'if (hasPointers(bucketType(t))) {',
    'old buckets are wiped though an iterator may read them',
  ),
  fault(
    'advance-mark',
    'classic/grow.ts',
    '  setNevacuate(h, mark);\n  if (mark == newbit) {',
    '  setNevacuate(h, min<u64>(mark, nevacuate(h) + 2));\n  if (mark == newbit) {',
    'the evacuation mark skips too little',
  ),
  fault(
    'old-iterator-flag',
    'classic/grow.ts',
    'f |= FLAG_OLD_ITERATOR;',
    '',
    'a growth forgets that an iterator is under way',
  ),
  fault(
    'noverflow-reset',
    'classic/grow.ts',
    'setNoverflow(h, 0);',
    '',
    'the overflow count goes on across a growth',
  ),
  fault(
    'same-size-end',
    'classic/grow.ts',
    'setFlags(h, flags(h) & ~FLAG_SAME_SIZE_GROW);',
    '',
    'the end of a growth to the same size is not told',
  ),
  fault(
    'same-size-threshold',
    'classic/header.ts',
    'return overflows >= <u32>1 <<',
    'return overflows > <u32>1 <<',
    'growth to the same size begins one overflow bucket late',
  ),
  /* overflow buckets */
  fault(
    'overflow-list-old',
    'classic/grow.ts',
    'set<u64>(x, MAPEXTRA_OVERFLOW, 0);',
    '',
    'the old overflow list is still the new one',
  ),
  fault(
    'overflow-append',
    'classic/overflow.ts',
    'let grown = capacity + capacity;',
    'let grown = capacity + 1;',
    'how the overflow list grows',
  ),
  fault(
    'spares-last',
    'classic/overflow.ts',
    'setOverflow(t, ovf, 0);\n      set<u64>(x, MAPEXTRA_NEXT_OVERFLOW, 0);',
    'setOverflow(t, ovf, 0);',
    'the last spare overflow bucket is used again',
  ),
  fault(
    'spares-rounding',
    'classic/make.ts',
    'if (rounded != size) nbuckets = rounded / bucketSize(t);',
    '',
    'what malloc rounds up to is not used for spares',
  ),
  fault(
    'noverflow-sample',
    'classic/overflow.ts',
    '(b - (NOVERFLOW_EXACT_B - 1))',
    '(b - NOVERFLOW_EXACT_B)',
    'how large maps count overflow buckets by chance',
  ),
  /* iteration */
  fault(
    'iterate-offset',
    'classic/iterate.ts',
    'const slot = (i + offset) & (BUCKET_CNT - 1);',
    'const slot = i;',
    'the random slot that each bucket begins with',
  ),
  fault(
    'iterate-check',
    'classic/iterate.ts',
    'if (checkBucket != NO_CHECK && !sameSizeGrow(h)) {',
    'if (false) {',
    'an iteration begun in the middle of growth gives entries twice',
  ),
  fault(
    'iterate-moved',
    'classic/iterate.ts',
    'if (!cleared && ((top != EVACUATED_X && top != EVACUATED_Y) || !repeatable)) {',
    'if (!cleared) {',
    'an iteration gives an entry that has moved as it was',
  ),
  fault(
    'iterate-flags',
    'classic/iterate.ts',
    'flags(h) | FLAG_ITERATOR | FLAG_OLD_ITERATOR',
    'flags(h) | FLAG_ITERATOR',
    'an iteration in the middle of growth does not say so',
  ),
  fault(
    'iterate-draw',
    'classic/iterate.ts',
    'const r = drawIteration(b);',
    'const r = drawIteration(b) ^ 1;',
    'the bucket with which an iteration starts',
  ),
  /* clear and draws */
  fault('clear-hash0', 'classic/clear.ts', 'setHash0(h, drawHash0());', '', 'no new hash0 after a clear'),
  fault(
    'clear-nevacuate',
    'classic/clear.ts',
    'setNevacuate(h, 0);',
    '',
    'the evacuation mark stays after a clear',
  ),
  fault(
    'clear-spares',
    'classic/clear.ts',
    'if (nextOverflow) set<u64>(notNil(extra(h)), MAPEXTRA_NEXT_OVERFLOW, nextOverflow);',
    '',
    'spares are lost by a clear',
  ),
  fault(
    'draw-width',
    'memory/random.ts',
    'return bits == 32 ? <u64><u32>drawn : drawn;',
    'return drawn >> 1;',
    'draws',
  ),

  /* floats, interfaces, composites */
  fault(
    'float-zero',
    'hash/float.ts',
    'hashFloat64(f: f64, seed: u64): u64 {\n  if (f == 0) return C1 * (C0 ^ seed);',
    'hashFloat64(f: f64, seed: u64): u64 {',
    'the two zeros hash differently',
  ),
  fault(
    'float-nan',
    'hash/float.ts',
    'if (f != f) return C1 * (C0 ^ seed ^ drawNaN());\n  return memhash64(',
    'return memhash64(',
    'a NaN draws nothing',
  ),
  fault(
    'interface-seed',
    'hash/program.ts',
    'const h = seed ^ C0;',
    'const h = seed;',
    'hashes of interfaces',
  ),
  fault('interface-product', 'hash/program.ts', 'return C1 * hash;', 'return hash;', 'hashes of interfaces'),
  fault(
    'equal-zeros',
    'hash/program.ts',
    'same = get<f64>(x, 0) == get<f64>(y, 0);',
    'same = get<u64>(x, 0) == get<u64>(y, 0);',
    'zeros and NaNs within composites',
  ),
  fault(
    'dynamic-type',
    'hash/program.ts',
    'if (get<u64>(a, IFACE_TYPE) != get<u64>(b, IFACE_TYPE)) return false;',
    'if (get<u64>(a, IFACE_TYPE) == 0) return get<u64>(b, IFACE_TYPE) == 0;',
    'values of different types are compared',
  ),
  fault(
    'empty-lookup',
    'classic/access.ts',
    'if (isPlace<K>() && hashMightPanic(t)) checkKey(t, <usize>key);',
    '',
    'a lookup in an empty map does not look at its key',
  ),
  fault(
    'nan-moved',
    'classic/move.ts',
    'if (!(flags(h) & FLAG_ITERATOR) || reflexiveKey(t)) return false;',
    'return false;',
    'a NaN that moves under an iterator goes by its new hash',
  ),
  fault(
    'wide-half',
    'classic/move.ts',
    'slots |= i64x2.bitmask(i64x2.shl(pair, up)) << i;',
    'slots |= i64x2.bitmask(i64x2.shl(pair, up - 1)) << i;',
    'keys of plain memory that move at once go to the wrong half',
  ),

  /* batches */
  batchFault(
    'block-key',
    'batch/block.ts',
    'else copyValue(k, <usize>key, keysize);',
    'else copyValue(k, <usize>key, keysize - 1);',
    'a key of plain memory is entered without its last byte',
  ),
  batchFault(
    'block-part',
    'hash/hasher.ts',
    'recordGet<u32>(program, 0) == 1 && recordGet<u32>(record, PROGRAM_OP)',
    'recordGet<u32>(record, PROGRAM_OP)',
    'of a key of several parts the first one counts',
  ),
  batchFault(
    'block-length',
    'batch/insert.ts',
    'set<u64>(k, STRING_LEN, <u64>stringLength(<StringKey>key));',
    '',
    'a string that a batch enters has no length',
  ),
];
