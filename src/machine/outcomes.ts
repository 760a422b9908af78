/** From the codes of the core to Go's texts. */
import { Invariant, Outcome } from '../../assembly/shared/codes.ts';

/** Go's own texts of the outcomes that are panics. */
export const PANIC_TEXT: Readonly<Partial<Record<Outcome, string>>> = {
  [Outcome.NilMapAssign]: 'assignment to entry in nil map',
  [Outcome.NilDereference]: 'runtime error: invalid memory address or nil pointer dereference',
  [Outcome.SizeOutOfRange]: 'runtime: allocation size out of range',
};

/** Go's own texts of the panics that end with the name of a type. */
export const TYPE_PANIC_TEXT: Readonly<Partial<Record<Outcome, string>>> = {
  [Outcome.UnhashableType]: 'runtime error: hash of unhashable type',
  [Outcome.UncomparableType]: 'runtime error: comparing uncomparable type',
};

/** Go's own texts of the outcomes that are fatal errors. */
export const FATAL_TEXT: Readonly<Partial<Record<Outcome, string>>> = {
  [Outcome.ConcurrentReadWrite]: 'concurrent map read and map write',
  [Outcome.ConcurrentWrites]: 'concurrent map writes',
  [Outcome.ConcurrentIteration]: 'concurrent map iteration and map write',
  [Outcome.BadMapState]: 'bad map state',
  [Outcome.OldOverflowNotNil]: 'oldoverflow is not nil',
  [Outcome.StackOverflow]: 'stack overflow',
  [Outcome.EndlessLoop]:
    'the walk never ends: Go would hang here (a chain of buckets leads back into itself)',
};

/** What each invariant says, as a noun phrase. */
export const INVARIANT_TEXT: Readonly<Record<Invariant, string>> = {
  [Invariant.None]: 'nothing broken',
  [Invariant.Flags]: 'flags with an unknown bit, or hashWriting outside of a write',
  [Invariant.SameSizeWithoutGrowth]: 'sameSizeGrow on a map that is not growing',
  [Invariant.Buckets]: 'buckets not at a live array of the size that B asks for',
  [Invariant.Oldbuckets]: 'oldbuckets not at a live array of the old size',
  [Invariant.Nevacuate]: 'nevacuate not at the first bucket that has not moved',
  [Invariant.Extra]: 'extra not at a live mapextra',
  [Invariant.NextOverflow]: 'nextOverflow not at an unused spare bucket',
  [Invariant.OverflowList]: 'an overflow list that is not the list of the overflow buckets',
  [Invariant.Noverflow]: 'noverflow different from the overflow buckets in use',
  [Invariant.Count]: 'count different from the entries',
  [Invariant.Tophash]: 'a tophash that a slot of this array may not hold',
  [Invariant.EmptyRest]: 'emptyRest and emptyOne in the wrong place',
  [Invariant.KeyTophash]: 'a tophash that is not that of the key',
  [Invariant.KeyBucket]: 'an entry in a bucket that its key does not hash to',
  [Invariant.DuplicateKey]: 'two entries with equal keys',
  [Invariant.OverflowLink]: 'an overflow link to something that is not a live bucket',
  [Invariant.EmptySlot]: 'an empty slot whose element or pointers are not zero',
  [Invariant.Storage]: 'a string or indirect object that is not live storage',
  [Invariant.Evacuated]: 'a moved bucket with a slot not marked as moved, or marked for the wrong half',
  [Invariant.Empty]: 'entries, growth or overflow on a map without buckets',
};
