/**
 * Hashing and comparing values part by part: strings, floats and interfaces, and
 * arrays and structs with such in them. Go compiles a function for each type;
 * here a type has a program, a list of records that says what lies where
 * (`src/gotype/program.ts` writes it).
 */
import { AlgOp, Equal, Outcome } from "../shared/codes.ts";
import { IFACE_DATA, IFACE_TYPE, STRING_LEN, STRING_STR } from "../shared/golayout.ts";
import {
  MAX_INTERFACE_DEPTH, PROGRAM_ARG, PROGRAM_OFFSET, PROGRAM_OP, PROGRAM_RECORD,
} from "../shared/hostlayout.ts";
import { equalBytes, get, recordGet } from "../memory/access.ts";
import { step, toOffset } from "../memory/address.ts";
import { fail, failAddress, failType } from "../memory/outcome.ts";
import { dynamicProgram, dynamicType, dynamicValue, isDirect } from "../types/interface.ts";
import { equalOf, typeSize } from "../types/maptype.ts";
import { C0, C1, hashFloat32, hashFloat64 } from "./float.ts";
import { memhash } from "./memhash.ts";

/** Length of the string at `p`. One that no memory can hold faults where it would be read. */
// @ts-ignore: decorator
@inline
export function stringLengthAt(p: usize): u32 {
  const length = get<u64>(p, STRING_LEN);
  if (isDefined(GUARDED)) {
    if (length > 0xffffffff) failAddress(get<u64>(p, STRING_STR), length);
  }
  return <u32>length;
}

/** Go's strhash of the string whose header is at `p`. */
export function hashStringAt(p: usize, seed: u64): u64 {
  const length = stringLengthAt(p);
  return memhash(toOffset(get<u64>(p, STRING_STR), length), seed, length);
}

export function equalStringsAt(a: usize, b: usize): bool {
  const length = stringLengthAt(a);
  if (get<u64>(a, STRING_LEN) != get<u64>(b, STRING_LEN)) return false;
  const x = get<u64>(a, STRING_STR);
  const y = get<u64>(b, STRING_STR);
  return x == y || equalBytes(toOffset(x, length), toOffset(y, length), length);
}

/** The hash of the value at `p` by the program at `program`. */
export function hashByProgram(program: usize, p: usize, seed: u64): u64 {
  return hashRecords(program + 4, recordGet<u32>(program, 0), p, seed, 0);
}

/** Whether the values at `a` and `b` are equal by the program. */
export function equalByProgram(program: usize, a: usize, b: usize): bool {
  return equalRecords(program + 4, recordGet<u32>(program, 0), a, b, 0);
}

/** That a value can be hashed is all that is asked: nothing is drawn (`mapKeyError`, Go 1.22 on). */
export function checkByProgram(program: usize, p: usize): void {
  checkRecords(program + 4, recordGet<u32>(program, 0), p, 0);
}

// @ts-ignore: decorator
@inline
function deeper(depth: u32): u32 {
  step();
  if (depth >= <u32>MAX_INTERFACE_DEPTH) fail(Outcome.StackOverflow);
  return depth + 1;
}

function hashRecords(records: usize, n: u32, p: usize, seed: u64, depth: u32): u64 {
  let h = seed;
  for (let i: u32 = 0; i < n; i++) {
    const record = records + i * PROGRAM_RECORD;
    const op = recordGet<u32>(record, PROGRAM_OP);
    const at = p + recordGet<u32>(record, PROGRAM_OFFSET);
    const arg = recordGet<u32>(record, PROGRAM_ARG);
    if (op == AlgOp.Memory) h = memhash(at, h, arg);
    else if (op == AlgOp.String) h = hashStringAt(at, h);
    else if (op == AlgOp.Float64) h = hashFloat64(get<f64>(at, 0), h);
    else if (op == AlgOp.Float32) h = hashFloat32(get<f32>(at, 0), h);
    else if (op != AlgOp.Array) h = hashInterface(at, op == AlgOp.EmptyInterface, h, depth);
    else {
      const body = record + PROGRAM_RECORD;
      const size = recordGet<u32>(body, PROGRAM_OFFSET);
      const inner = recordGet<u32>(body, PROGRAM_ARG);
      for (let j: u32 = 0; j < arg; j++) {
        h = hashRecords(body + PROGRAM_RECORD, inner, at + j * size, h, depth);
      }
      i += 1 + inner;
    }
  }
  return h;
}

/** Go's interhash and nilinterhash; what they hash is hashed as `runtime.typehash` does. */
function hashInterface(p: usize, empty: bool, seed: u64, depth: u32): u64 {
  const type = dynamicType(p, empty);
  if (type == 0) return seed;
  const equal = equalOf(type);
  if (equal == 0) failType(Outcome.UnhashableType, type);
  const value = dynamicValue(p, type);
  const h = seed ^ C0;
  let hash: u64;
  if (equal == Equal.Memory) hash = memhash(value, h, typeSize(type));
  else if (equal == Equal.String) hash = hashStringAt(value, h);
  else if (equal == Equal.Float64) hash = hashFloat64(get<f64>(value, 0), h);
  else if (equal == Equal.Float32) hash = hashFloat32(get<f32>(value, 0), h);
  else {
    const program = dynamicProgram(type);
    hash = hashRecords(program + 4, recordGet<u32>(program, 0), value, h, deeper(depth));
  }
  return C1 * hash;
}

function equalRecords(records: usize, n: u32, a: usize, b: usize, depth: u32): bool {
  for (let i: u32 = 0; i < n; i++) {
    const record = records + i * PROGRAM_RECORD;
    const op = recordGet<u32>(record, PROGRAM_OP);
    const offset = recordGet<u32>(record, PROGRAM_OFFSET);
    const arg = recordGet<u32>(record, PROGRAM_ARG);
    const x = a + offset;
    const y = b + offset;
    let same: bool;
    if (op == AlgOp.Memory) same = equalBytes(x, y, arg);
    else if (op == AlgOp.String) same = equalStringsAt(x, y);
    else if (op == AlgOp.Float64) same = get<f64>(x, 0) == get<f64>(y, 0);
    else if (op == AlgOp.Float32) same = get<f32>(x, 0) == get<f32>(y, 0);
    else if (op != AlgOp.Array) same = equalInterfaces(x, y, op == AlgOp.EmptyInterface, depth);
    else {
      const body = record + PROGRAM_RECORD;
      const size = recordGet<u32>(body, PROGRAM_OFFSET);
      const inner = recordGet<u32>(body, PROGRAM_ARG);
      same = true;
      for (let j: u32 = 0; same && j < arg; j++) {
        same = equalRecords(body + PROGRAM_RECORD, inner, x + j * size, y + j * size, depth);
      }
      i += 1 + inner;
    }
    if (!same) return false;
  }
  return true;
}

/** Go's efaceeq and ifaceeq: the same dynamic type, and equal values of it. */
function equalInterfaces(a: usize, b: usize, empty: bool, depth: u32): bool {
  if (get<u64>(a, IFACE_TYPE) != get<u64>(b, IFACE_TYPE)) return false;
  const type = dynamicType(a, empty);
  if (type == 0) return true;
  const equal = equalOf(type);
  if (equal == 0) failType(Outcome.UncomparableType, type);
  if (isDirect(type)) return get<u64>(a, IFACE_DATA) == get<u64>(b, IFACE_DATA);
  const x = dynamicValue(a, type);
  const y = dynamicValue(b, type);
  if (equal == Equal.Memory) return equalBytes(x, y, typeSize(type));
  if (equal == Equal.String) return equalStringsAt(x, y);
  if (equal == Equal.Float64) return get<f64>(x, 0) == get<f64>(y, 0);
  if (equal == Equal.Float32) return get<f32>(x, 0) == get<f32>(y, 0);
  const program = dynamicProgram(type);
  return equalRecords(program + 4, recordGet<u32>(program, 0), x, y, deeper(depth));
}

function checkRecords(records: usize, n: u32, p: usize, depth: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const record = records + i * PROGRAM_RECORD;
    const op = recordGet<u32>(record, PROGRAM_OP);
    const at = p + recordGet<u32>(record, PROGRAM_OFFSET);
    if (op == AlgOp.Array) {
      const body = record + PROGRAM_RECORD;
      const size = recordGet<u32>(body, PROGRAM_OFFSET);
      const inner = recordGet<u32>(body, PROGRAM_ARG);
      const length = recordGet<u32>(record, PROGRAM_ARG);
      for (let j: u32 = 0; j < length; j++) checkRecords(body + PROGRAM_RECORD, inner, at + j * size, depth);
      i += 1 + inner;
    } else if (op == AlgOp.EmptyInterface || op == AlgOp.Interface) {
      const type = dynamicType(at, op == AlgOp.EmptyInterface);
      if (type == 0) continue;
      if (equalOf(type) == 0) failType(Outcome.UnhashableType, type, true);
      if (equalOf(type) != Equal.Program) continue;
      const program = dynamicProgram(type);
      const value = dynamicValue(at, type);
      checkRecords(program + 4, recordGet<u32>(program, 0), value, deeper(depth));
    }
  }
}
