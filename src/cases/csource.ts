/**
 * C text that cases share: Go's classic map as a C program declares and reads it.
 *
 * Where a C compiler is installed the tests compile it and run it on the bytes of the run, with memory mapped
 * at the emulated addresses; what it prints must be what the emulator says.
 */

import type { Reader } from './reader.ts';
import { GOLDEN_KEY } from './scene.ts';
import { HEADER_SIZE } from './structs.ts';

/** Go's portable hash of eight bytes up to Go 1.22, and a reader of one bucket chain of a map[int]int. */
export const READER_C = `
static uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

/* runtime.memhash64Fallback: hashkey0 is the first word of the process's hash key. */
static uint64_t memhash64(uint64_t key, uint64_t hash0, uint64_t hashkey0) {
  uint64_t a = key ^ 0xe7037ed1a0b428dbULL;
  uint64_t b = key ^ hash0 ^ hashkey0 ^ 0xa0761d6478bd642fULL;
  return mix(0x1d8e4e27c47d124fULL ^ 8, mix(a, b));
}

struct bucket {
  uint8_t tophash[8];
  int64_t keys[8];
  int64_t elems[8];
  struct bucket *overflow;
};

static uint8_t tophash_of(uint64_t hash) {
  uint8_t top = (uint8_t)(hash >> 56);
  return top < 5 ? top + 5 : top;
}

/* Whether a bucket's entries have moved to the new array. */
static int moved(const struct bucket *b) {
  return b->tophash[0] > 1 && b->tophash[0] < 5;
}

static const int64_t *find(const struct bucket *b, uint64_t hash, int64_t key) {
  for (; b != NULL; b = b->overflow)
    for (int i = 0; i < 8; i++)
      if (b->tophash[i] == tophash_of(hash) && b->keys[i] == key) return &b->elems[i];
  return NULL;
}

/* Every key was put in with ten times itself. */
static int report(int64_t key, const int64_t *elem) {
  if (elem == NULL) printf("missed %" PRId64 "\\n", key);
  else if (*elem != key * 10) printf("%" PRId64 " has %" PRId64 "\\n", key, *elem);
  return elem != NULL;
}
`.trim();

/** The whole header, and lookups as Go does them. */
export const READ_WHOLE_C = `
struct hmap {
  int64_t count;
  uint8_t flags, B;
  uint16_t noverflow;
  uint32_t hash0;
  struct bucket *buckets, *oldbuckets;
  uint64_t nevacuate;
  void *extra;
};
_Static_assert(sizeof(struct hmap) == ${HEADER_SIZE}, "hmap");

/* given: hashkey[0], then a header. Looks the keys 1 to count up. */
void read_whole(const unsigned char *given, size_t size) {
  uint64_t hashkey0;
  struct hmap h;
  memcpy(&hashkey0, given, 8);
  memcpy(&h, given + 8, size - 8 < sizeof h ? size - 8 : sizeof h);
  int64_t found = 0;
  for (int64_t key = 1; key <= h.count; key++) {
    uint64_t hash = memhash64(key, h.hash0, hashkey0), mask = (1ULL << h.B) - 1;
    struct bucket *b = &h.buckets[hash & mask];
    if (h.oldbuckets != NULL) {
      struct bucket *old = &h.oldbuckets[hash & (h.flags & 8 ? mask : mask >> 1)];
      if (!moved(old)) b = old;
    }
    found += report(key, find(b, hash, key));
  }
  printf("count %" PRId64 ", found %" PRId64 "\\n", h.count, found);
}
`.trim();

/** What those functions are given in the golden run: the first word of its hash key, then bytes of a header. */
export function givenToC(header: Uint8Array): Uint8Array {
  const all = new Uint8Array(8 + header.length);
  new DataView(all.buffer).setBigUint64(0, GOLDEN_KEY[0], true);
  all.set(header, 8);
  return all;
}

/** What they print, by a reader of this library. */
export function printedLookups(reader: Reader): string {
  const lines: string[] = [];
  let found = 0;
  for (let key = 1n; key <= reader.count; key++) {
    const elem = reader.find(key);
    if (elem === undefined) lines.push(`missed ${key}`);
    else found++;
    if (elem !== undefined && elem !== key * 10n) lines.push(`${key} has ${elem}`);
  }
  return [...lines, `count ${reader.count}, found ${found}`, ''].join('\n');
}
