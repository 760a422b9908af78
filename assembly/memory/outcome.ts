/**
 * How an operation ends that cannot go on: the outcome record is filled, then
 * the module traps. The trap unwinds everything; TypeScript reads the record
 * and throws the error that it names.
 */
import { Outcome } from "../shared/codes.ts";
import { RT_OUTCOME, RT_OUTCOME_ADDRESS, RT_OUTCOME_DETAIL, RT_OUTCOME_SIZE } from "../shared/hostlayout.ts";
import { hostSet } from "./access.ts";

function record(outcome: Outcome, detail: u32, address: u64, size: u64): void {
  hostSet<u32>(RT_OUTCOME, outcome);
  hostSet<u32>(RT_OUTCOME_DETAIL, detail);
  hostSet<u64>(RT_OUTCOME_ADDRESS, address);
  hostSet<u64>(RT_OUTCOME_SIZE, size);
}

/** A panic or fatal error of Go's runtime. */
export function fail(outcome: Outcome): void {
  record(outcome, 0, 0, 0);
  unreachable();
}

/** An access of `size` bytes at an address that is not mapped. */
export function failAddress(address: u64, size: u64): void {
  record(address < 4096 ? Outcome.NilDereference : Outcome.SegmentationFault, 0, address, size);
  unreachable();
}

/** A panic that names the type whose descriptor is at `type`; `looked`: found by looking, not by hashing. */
export function failType(outcome: Outcome, type: usize, looked: bool = false): void {
  record(outcome, <u32>looked, type, 0);
  unreachable();
}

/** An allocation of `size` bytes that the heap cannot give. Nothing has been changed. */
export function failMemory(size: u64): void {
  record(Outcome.OutOfMemory, 0, 0, size);
  unreachable();
}

/** The pool of host records is used up. Nothing has been changed. */
export function failRecords(): void {
  record(Outcome.OutOfMemory, 1, 0, 0);
  unreachable();
}

/** A broken invariant, told apart by `rule`, at `address`. */
export function failInvariant(rule: u32, address: u64): void {
  record(Outcome.InvariantBroken, rule, address, 0);
  unreachable();
}

/** The emulator's own book-keeping does not add up. */
export function failInternal(where: u32): void {
  record(Outcome.Internal, where, 0, 0);
  unreachable();
}
