/** Random streams of operations on maps. */
import fc from 'fast-check';

/** What one step does. Keys are numbers of a `Kind`, taken modulo the key space; `stride` 0 repeats one key. */
export type Step =
  | { readonly op: 'set'; readonly key: number; readonly elem: number }
  | { readonly op: 'get' | 'delete'; readonly key: number }
  /** Many keys in one call; `slide` deletes that many, one after the other, and sets as many others. */
  | {
      readonly op: 'setMany' | 'getMany' | 'hasMany' | 'deleteMany' | 'slide';
      readonly key: number;
      readonly count: number;
      readonly stride: number;
      readonly elem: number;
    }
  /** `next` moves one of the live iterators some steps, `abandon` ends it early. */
  | { readonly op: 'next' | 'abandon'; readonly which: number; readonly steps: number }
  | { readonly op: 'iterate' | 'walk' | 'clear' | 'rangeDelete' | 'drain' | 'verify' };

const key = fc.nat(0xffff);
const elem = fc.nat(0xffff);

const single = (op: 'get' | 'delete') => fc.record({ op: fc.constant(op), key });
const many = (op: 'setMany' | 'getMany' | 'hasMany' | 'deleteMany' | 'slide', most: number) =>
  fc.record({ op: fc.constant(op), key, count: fc.nat(most), stride: fc.nat(3), elem });
const live = (op: 'next' | 'abandon') =>
  fc.record({ op: fc.constant(op), which: fc.nat(7), steps: fc.integer({ min: 1, max: 12 }) });
const plain = (op: 'iterate' | 'walk' | 'clear' | 'rangeDelete' | 'drain' | 'verify') =>
  fc.record({ op: fc.constant(op) });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ op: fc.constant('set' as const), key, elem }) },
  { weight: 6, arbitrary: many('setMany', 60) },
  { weight: 6, arbitrary: single('get') },
  { weight: 20, arbitrary: single('delete') },
  { weight: 3, arbitrary: many('deleteMany', 60) },
  { weight: 2, arbitrary: many('getMany', 30) },
  { weight: 2, arbitrary: many('hasMany', 30) },
  { weight: 3, arbitrary: many('slide', 40) },
  { weight: 4, arbitrary: plain('iterate') },
  { weight: 20, arbitrary: live('next') },
  { weight: 2, arbitrary: live('abandon') },
  { weight: 1, arbitrary: plain('walk') },
  { weight: 1, arbitrary: plain('clear') },
  { weight: 1, arbitrary: plain('rangeDelete') },
  { weight: 1, arbitrary: plain('drain') },
  { weight: 1, arbitrary: plain('verify') },
);

/** Up to `most` steps, each with a number that says which of several maps it is for. */
export const steps = (most: number): fc.Arbitrary<[map: number, step: Step][]> =>
  fc.array(fc.tuple(fc.nat(1), step), { maxLength: most, size: 'max' });

/** Steps without batches and iterators: what two maps can be compared under, one operation after the other. */
export const singleSteps = (most: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 30, arbitrary: fc.record({ op: fc.constant('set' as const), key, elem }) },
      { weight: 15, arbitrary: single('delete') },
      { weight: 4, arbitrary: single('get') },
      { weight: 3, arbitrary: plain('iterate') },
      { weight: 8, arbitrary: live('next') },
      { weight: 1, arbitrary: plain('clear') },
    ),
    { maxLength: most, size: 'max' },
  );
