/** Assignment (`mapassign` and its fast forms). */
import { BUCKET_CNT, FLAG_HASH_WRITING, MAPEXTRA_SIZE, STRING_LEN, STRING_STR } from "../shared/golayout.ts";
import { Outcome } from "../shared/codes.ts";
import { copyApart, copyValue, get, set } from "../memory/access.ts";
import { step, toAddress } from "../memory/address.ts";
import { allocate, outOfMemory, plenty, release, reserve, settle, take } from "../memory/malloc.ts";
import { fail } from "../memory/outcome.ts";
import { freeObject } from "../memory/spans.ts";
import {
  bucketSize, elemSize, elemType, indirectElem, indirectKey, keyType, needKeyUpdate, typeSize,
} from "../types/maptype.ts";
import {
  B, beginWrite, bucketMask, buckets, count, endWrite, flags, growing, hash0, headerOf, noverflow,
  overLoadFactor, setBuckets, setCount, setFlags, tooManyOverflowBuckets, typeOf, writing,
} from "./header.ts";
import { bucketAt, elemAt, keyAt, notNil, overflow, setTophash, tophashOf } from "./bucket.ts";
import {
  StringKey, hashOf, holds, isFast, isGeneral, isPlace, isString, keyIn, slotSize, stringBytes, stringLength,
} from "./key.ts";
import { CHAIN_ENDS, NOT_HERE, firstEmpty, scan } from "./scan.ts";
import { elemIn } from "./access.ts";
import { newoverflow, plannedList, reserveOverflow } from "./overflow.ts";
import {
  allocateGrowth, doublingNeed, endsTooFull, firstGrowWorkNeed, foreseenGrowth, grownB, growWork,
  growWorkNeed, hashGrow, needsExtra, reserveFurtherGrowths,
} from "./grow.ts";
import { arraySize } from "./make.ts";
import { releaseKeyOwned } from "./release.ts";

/** Ends an assignment that ran out of memory before it changed a byte. */
function abandon(h: usize, storage: usize): void {
  setFlags(h, flags(h) & ~FLAG_HASH_WRITING);
  freeObject(storage);
  outOfMemory();
}

/** Whether an entry is more than its slots: then none is made without a look at the memory that is left. */
// @ts-ignore: decorator
@inline
function holdsPointers<K>(t: usize): bool {
  return isGeneral<K>() && (indirectKey(t) || indirectElem(t));
}

/** Sets aside what a new entry and `more` overflow buckets need. */
function reserveEntry<K>(t: usize, list: usize, more: u32): bool {
  if (!reserveOverflow(t, list, more)) return false;
  if (isGeneral<K>()) {
    // Both, and the first bucket, may be of one size class, so each asks for three.
    if (indirectKey(t) && !reserve(typeSize(keyType(t)), 3)) return false;
    if (indirectElem(t) && !reserve(typeSize(elemType(t)), 3)) return false;
  }
  return true;
}

/** Sets aside what the doubling needs that a write begins where `endsTooFull`, and the write itself. */
function reserveDoubling<K>(t: usize, h: usize, bucket: u64): bool {
  const need = growWorkNeed(t, h, bucket);
  const later = doublingNeed(t, h, bucket);
  // Slack: any of these can be of one size class with others.
  return reserve(arraySize(t, B(h) + 1), 4) && reserve(MAPEXTRA_SIZE, 4) &&
    reserveOverflow(t, 0, later + 1) && reserveEntry<K>(t, plannedList(h), need + later + 2);
}

/**
 * Begins to grow: first all that the growth and this write need, then the header. False without memory.
 * `again`: this write has grown the map already. `foreseen`: all that is needed is set aside.
 */
function beginGrowth<K>(map: usize, t: usize, h: usize, hash: u64, again: bool, foreseen: bool): bool {
  if (foreseen || (again && foreseenGrowth(h))) {
    const x: usize = needsExtra(t, h) ? take(MAPEXTRA_SIZE) : 0;
    hashGrow(map, t, h, take(arraySize(t, grownB(h))), x);
    return true;
  }
  // The array comes first: for it, spans without objects may still be given up.
  const array = allocateGrowth(t, h);
  if (!array) return false;
  const x: usize = needsExtra(t, h) ? allocate(MAPEXTRA_SIZE) : 0;
  // The growing map begins with an empty overflow list, whatever the present one holds.
  const complete = x != 0 || !needsExtra(t, h);
  const entry = complete && reserveEntry<K>(t, 0, firstGrowWorkNeed(t, h, hash) + 1);
  if (!entry || !reserveFurtherGrowths(t, h)) {
    freeObject(array);
    freeObject(x);
    return false;
  }
  hashGrow(map, t, h, array, x);
  return true;
}

/**
 * The element for `key`, which is entered if it is not there: a new entry's
 * element is zero. Offset of the element itself, also where it is held by
 * pointer. Without memory nothing changes.
 */
export function assign<K>(map: usize, key: K): usize {
  const h = headerOf(map);
  const t = typeOf(map);
  if (h == 0) fail(Outcome.NilMapAssign);
  if (writing(h)) fail(Outcome.ConcurrentWrites);
  return assignHashed<K>(map, t, h, key, hashOf<K>(t, key, hash0(h)), false);
}

/**
 * The same for a key whose hash is known, on a map that is not nil and not being written. `moved`: the
 * buckets that this write moves are moved, which ended the growth.
 */
export function assignHashed<K>(
  map: usize, t: usize, h: usize, key: K, hash: u64, moved: bool,
): usize {
  const keysize = slotSize<K>(t);
  const elemsize = elemSize(t);

  // Phase one: storage for the string, the first bucket, and what moving buckets may need.
  let storage: usize = 0;
  let reserved = false;
  if (isString<K>()) {
    const length = stringLength(<StringKey>key);
    if (length) {
      storage = allocate(length);
      if (!storage) outOfMemory();
      copyApart(storage, stringBytes(<StringKey>key), length);
    }
  }
  const foreseen = growing(h) && endsTooFull(map, t, h, hash & bucketMask(B(h)));
  if (foreseen) {
    if (!reserveDoubling<K>(t, h, hash & bucketMask(B(h)))) abandon(h, storage);
    reserved = true;
  } else if (growing(h) && (!plenty() || holdsPointers<K>(t))) {
    const need = growWorkNeed(t, h, hash & bucketMask(B(h)));
    if (!reserveEntry<K>(t, plannedList(h), need + 1)) abandon(h, storage);
    reserved = true;
  } else if (buckets(h) == 0 && holdsPointers<K>(t)) {
    if (!reserveEntry<K>(t, 0, 0)) abandon(h, storage);
    reserved = true;
  }
  if (buckets(h) == 0) {
    const first = allocate(bucketSize(t));
    if (!first) abandon(h, storage);
    setBuckets(h, toAddress(first));
  }
  beginWrite(h);

  const top = tophashOf(hash);
  let insertb: usize = 0;
  let inserti = NOT_HERE;
  let b: usize;
  let found = false;
  let grown = false;
  while (true) {
    const bucket = hash & bucketMask(B(h));
    if (growing(h)) {
      growWork<K>(map, t, h, bucket);
      moved = true;
    }
    b = notNil(bucketAt(t, buckets(h), bucket));
    insertb = 0;
    while (true) {
      const i = scan<K>(t, b, key, top, true);
      if (i < <u32>BUCKET_CNT) {
        insertb = b;
        inserti = i;
        found = true;
        break;
      }
      if (insertb == 0) {
        inserti = firstEmpty(b);
        if (inserti < <u32>BUCKET_CNT) insertb = b;
      }
      if (i == CHAIN_ENDS) break;
      step();
      const next = overflow(t, b);
      if (next == 0) break;
      b = next;
    }
    if (found || growing(h)) break;
    if (!overLoadFactor(count(h) + 1, B(h)) && !tooManyOverflowBuckets(noverflow(h), B(h))) break;
    if (!beginGrowth<K>(map, t, h, hash, grown, foreseen && !grown)) abandon(h, storage);
    grown = true;
    reserved = true;
  }

  let k: usize;
  if (found) {
    k = keyAt(insertb, inserti, keysize);
    if (isString<K>()) {
      // The stored key is replaced by the equal new one, so that the old one can be freed.
      release(map, <usize>get<u64>(k, STRING_STR));
      set<u64>(k, STRING_STR, toAddress(storage));
    } else if (isFloat<K>()) {
      // The two zeros are equal: the later one is kept.
      set<K>(k, 0, key);
    } else if (isPlace<K>() && needKeyUpdate(t)) {
      const stored = keyIn(t, k);
      releaseKeyOwned(map, stored);
      copyValue(stored, <usize>key, typeSize(keyType(t)));
    }
  } else {
    if (!reserved && !moved && (insertb == 0 || holdsPointers<K>(t))) {
      // Nothing has changed yet: no bucket was moved.
      const more: u32 = insertb == 0 ? 1 : 0;
      if (!reserveEntry<K>(t, plannedList(h), more)) abandon(h, storage);
      reserved = true;
    }
    if (insertb == 0) {
      insertb = newoverflow(map, t, h, b);
      inserti = 0;
    }
    k = keyAt(insertb, inserti, keysize);
    if (isFast<K>()) {
      set<K>(k, 0, key);
    } else if (isString<K>()) {
      set<u64>(k, STRING_STR, toAddress(storage));
      set<u64>(k, STRING_LEN, <u64>stringLength(<StringKey>key));
    } else {
      if (indirectKey(t)) {
        const object = take(typeSize(keyType(t)));
        set<u64>(k, 0, toAddress(object));
        k = object;
      }
      if (indirectElem(t)) {
        set<u64>(elemAt(insertb, inserti, keysize, elemsize), 0, toAddress(take(typeSize(elemType(t)))));
      }
      if (isFloat<K>()) set<K>(k, 0, key);
      else copyValue(k, <usize>key, typeSize(keyType(t)));
    }
    setTophash(insertb, inserti, top);
    setCount(h, count(h) + 1);
  }
  endWrite(h);
  if (reserved) settle();
  const e = elemAt(insertb, inserti, keysize, elemsize);
  return isGeneral<K>() ? elemIn(t, e) : e;
}
