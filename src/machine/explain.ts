/** From a trap of the core and its outcome record to the error that it means. */
import { Invariant, Outcome } from '../../assembly/shared/codes.ts';
import { HMAP_B, HMAP_BUCKETS, HMAP_COUNT } from '../../assembly/shared/golayout.ts';
import {
  MAP_HMAP,
  RT_OUTCOME,
  RT_OUTCOME_ADDRESS,
  RT_OUTCOME_DETAIL,
  RT_OUTCOME_SIZE,
  RUNTIME_BASE,
} from '../../assembly/shared/hostlayout.ts';
import {
  GoFatal,
  GoPanic,
  InvariantViolation,
  type MapUse,
  OutOfMemory,
  SegmentationFault,
} from './errors.ts';
import type { Core } from './load.ts';
import { FATAL_TEXT, INVARIANT_TEXT, PANIC_TEXT, TYPE_PANIC_TEXT } from './outcomes.ts';
import type { TypeTable } from './views.ts';

/** What the machine must answer of itself. */
export interface TrapContext {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly core: Core;
  readonly heapLimit: number;
  readonly heapInUse: number;
  readonly mapNames: ReadonlyMap<number, string>;
  readonly types: TypeTable;
  readonly profile: { readonly checkedKeyPanic: string };
  host(field: number): number;
  toAddress(offset: number): bigint;
  maps(): Iterable<number>;
}

/** How many maps an OutOfMemory names. */
const NAMED_MAPS = 3;

/** The error of a trap, and whether it ends the emulated process. */
export function explainTrap(
  machine: TrapContext,
  trap: WebAssembly.RuntimeError,
  index: number | undefined,
): { readonly named: Error; readonly fatal: boolean } {
  const outcome = machine.host(RT_OUTCOME) as Outcome;
  const address = machine.u64[(RUNTIME_BASE + RT_OUTCOME_ADDRESS) >>> 3] as bigint;
  const size = Number(machine.u64[(RUNTIME_BASE + RT_OUTCOME_SIZE) >>> 3]);
  // The record is read once: a later trap without a record must not find this one.
  machine.u32[(RUNTIME_BASE + RT_OUTCOME) >>> 2] = Outcome.Ok;

  const panic = PANIC_TEXT[outcome];
  if (panic !== undefined) return { named: new GoPanic(panic, index), fatal: false };
  const about = TYPE_PANIC_TEXT[outcome];
  if (about !== undefined) {
    // From Go 1.25 on, what is found by looking at a key is worded otherwise than what hashing it finds.
    const looked = machine.host(RT_OUTCOME_DETAIL) !== 0;
    const text = looked ? machine.profile.checkedKeyPanic : about;
    return { named: new GoPanic(`${text} ${machine.types.nameAt(address)}`, index), fatal: false };
  }
  const fatal = FATAL_TEXT[outcome];
  if (fatal !== undefined) return { named: new GoFatal(fatal), fatal: true };
  switch (outcome) {
    case Outcome.OutOfMemory:
      if (machine.host(RT_OUTCOME_DETAIL) !== 0) return { named: outOfRecords(machine), fatal: false };
      return {
        named: new OutOfMemory(size, machine.heapLimit, machine.heapInUse, largestMaps(machine), index),
        fatal: false,
      };
    case Outcome.SegmentationFault:
      return { named: new SegmentationFault(address, size, 'unexpected fault address'), fatal: true };
    case Outcome.InvariantBroken: {
      const rule = machine.host(RT_OUTCOME_DETAIL) as Invariant;
      return { named: new InvariantViolation(rule, INVARIANT_TEXT[rule], address), fatal: true };
    }
    default:
      return {
        named: new Error(
          `the emulator's own book-keeping is inconsistent (${outcome}/${machine.host(RT_OUTCOME_DETAIL)}, ${trap.message}): ` +
            'please report this with the operations that led here',
          { cause: trap },
        ),
        fatal: true,
      };
  }
}

/** The emulator's table of maps is full, which the heap's limit sizes. */
function outOfRecords(machine: TrapContext): OutOfMemory {
  const error = new OutOfMemory(0, machine.heapLimit, machine.heapInUse, largestMaps(machine));
  const count = [...machine.maps()].length;
  error.message = `the emulator's table of maps and iterators is full, with ${count} maps. ${error.message}`;
  return error;
}

/** The maps that take the most room, by their headers. */
function largestMaps(machine: TrapContext): MapUse[] {
  const uses: MapUse[] = [];
  for (const map of machine.maps()) {
    const h = machine.u32[(map + MAP_HMAP) >>> 2] as number;
    if (h === 0) continue;
    const buckets = machine.u32[(h + HMAP_BUCKETS) >>> 2] as number;
    uses.push({
      type: machine.mapNames.get(map) ?? 'map',
      address: machine.toAddress(h),
      entries: machine.u32[(h + HMAP_COUNT) >>> 2] as number,
      bytes: machine.core.objectSize(buckets) >>> 0 || 2 ** (machine.u8[h + HMAP_B] as number),
    });
  }
  return uses.sort((a, b) => b.bytes - a.bytes || b.entries - a.entries).slice(0, NAMED_MAPS);
}

/** The first invariant of a map that is broken, if one is. */
export function brokenInvariant(
  machine: TrapContext,
  map: number,
): { readonly rule: Invariant; readonly text: string; readonly address: bigint } | undefined {
  const rule = machine.core.verify(map) as Invariant;
  if (rule === Invariant.None) return undefined;
  return {
    rule,
    text: INVARIANT_TEXT[rule],
    address: machine.u64[(RUNTIME_BASE + RT_OUTCOME_ADDRESS) >>> 3] as bigint,
  };
}
