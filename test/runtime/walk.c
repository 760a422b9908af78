/*
 * Maps the image in a file where it belongs and prints its entries, a line each, as canonical bytes in hex.
 * Everything about the map's layout comes from the header that `hmap-wasm cheader` writes. KEY and ELEM say how
 * the slots hold their values: FIXED, STRING or POINTER.
 */
#define _GNU_SOURCE
#include GOMAP_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum holding { FIXED, STRING, POINTER };

/* Bits of go_hmap.flags, and values of tophash. */
enum { SAME_SIZE_GROW = 8, EVACUATED_X = 2, EVACUATED_EMPTY = 4, MIN_TOP_HASH = 5 };

static void put(enum holding holding, const void *slot, size_t size) {
  const uint8_t *bytes = slot;
  if (holding == STRING) {
    const struct go_string *text = slot;
    bytes = text->str;
    size = (size_t)text->len;
  } else if (holding == POINTER) {
    memcpy(&bytes, slot, sizeof bytes);
  }
  for (size_t i = 0; i < size; i++) printf("%02x", bytes[i]);
}

static int moved(const struct go_bmap *b) {
  return b->tophash[0] >= EVACUATED_X && b->tophash[0] <= EVACUATED_EMPTY;
}

static void chain(const struct go_bmap *b) {
  for (; b != NULL; b = (const struct go_bmap *)b->overflow) {
    for (int i = 0; i < 8; i++) {
      if (b->tophash[i] < MIN_TOP_HASH) continue;
      put(KEY, &b->keys[i], sizeof(go_key));
      putchar(' ');
      put(ELEM, &b->elems[i], sizeof(go_elem));
      putchar('\n');
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int file = open(argv[1], O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) return 3;
  void *base = (void *)(uintptr_t)strtoull(argv[2], NULL, 16);
  void *at = mmap(base, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE | MAP_PRIVATE, file, 0);
  if (at != base) return 4;

  const struct go_hmap *h = (const struct go_hmap *)(uintptr_t)strtoull(argv[3], NULL, 16);
  uint64_t buckets = h->buckets == NULL ? 0 : UINT64_C(1) << h->B;
  uint64_t old = h->oldbuckets == NULL ? 0 : h->flags & SAME_SIZE_GROW ? buckets : buckets / 2;
  for (uint64_t i = 0; i < old; i++) {
    if (!moved(&h->oldbuckets[i])) chain(&h->oldbuckets[i]);
  }
  for (uint64_t i = 0; i < buckets; i++) {
    /* A bucket of the new array is filled when its old one moves. */
    if (old == 0 || moved(&h->oldbuckets[i & (old - 1)])) chain(&h->buckets[i]);
  }
  printf("%" PRId64 "\n", h->count);
  return 0;
}
