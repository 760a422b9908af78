/** Suggestions for names that are no Go types. */
import { PREDECLARED } from './construct.ts';

/** What people coming from other languages write. */
const HABITS: ReadonlyMap<string, string> = new Map([
  ['str', 'string'],
  ['text', 'string'],
  ['boolean', 'bool'],
  ['integer', 'int'],
  ['number', 'float64'],
  ['double', 'float64'],
  ['float', 'float64'],
  ['complex', 'complex128'],
  ['bigint', 'int64'],
  ['long', 'int64'],
  ['short', 'int16'],
  ['char', 'byte'],
  ['unsigned', 'uint'],
  ['usize', 'uint'],
  ['isize', 'int'],
  ['u8', 'uint8'],
  ['u16', 'uint16'],
  ['u32', 'uint32'],
  ['u64', 'uint64'],
  ['i8', 'int8'],
  ['i16', 'int16'],
  ['i32', 'int32'],
  ['i64', 'int64'],
  ['f32', 'float32'],
  ['f64', 'float64'],
  ['void', 'struct{}'],
  ['null', 'struct{}'],
  ['object', 'any'],
  ['unknown', 'any'],
  ['pointer', 'unsafe.Pointer'],
]);

/** The type that was probably meant, or undefined where nothing is near. */
export function suggestion(name: string): string | undefined {
  if (name.length > 20) return undefined;
  const lower = name.toLowerCase();
  if (PREDECLARED.has(lower)) return lower;
  const habit = HABITS.get(lower);
  if (habit !== undefined) return habit;
  // One slip in a short name, two in a long one.
  let nearest = (lower.length <= 4 ? 1 : 2) * REPLACED + 0.1;
  let found: string | undefined;
  for (const known of PREDECLARED.keys()) {
    const away = distance(lower, known);
    if (away < nearest) {
      nearest = away;
      found = known;
    }
  }
  return found;
}

/** A wrong letter counts a little more than a missing one: `uin8` is uint8 rather than uint. */
const REPLACED = 1.2;

/** Edits between two short words: insert, delete, replace, or swap of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : REPLACED),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
