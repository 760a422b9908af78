/**
 * Programs by which the core hashes and compares values part by part: what Go's compiler turns into a
 * function for each type (`cmd/compile/internal/reflectdata/alg.go`, genhash and geneq), and what
 * `runtime.typehash` does for a value in an interface.
 */
import { AlgOp } from '../../assembly/shared/codes.ts';
import { isPadded, isRegularMemory } from './alg.ts';
import type { GoType, StructType } from './model.ts';

/** Records of {AlgOp, offset, number}, as the core reads them. */
export type Program = readonly number[];

/** Where the parts of a key are hashed: its type is known to the compiler, or only to the runtime. */
export type HashedBy = 'compiler' | 'runtime';

/**
 * The program of a type that is not plain memory. The compiler hashes neighbouring fields of plain memory in
 * one run, the runtime field by field.
 */
export function programOf(type: GoType, by: HashedBy): Program {
  const program: number[] = [];
  emit(type, 0, by, program);
  return program;
}

function emit(type: GoType, at: number, by: HashedBy, program: number[]): void {
  if (isRegularMemory(type)) {
    program.push(AlgOp.Memory, at, type.size);
    return;
  }
  switch (type.kind) {
    case 'string':
      program.push(AlgOp.String, at, 0);
      break;
    case 'float32':
      program.push(AlgOp.Float32, at, 0);
      break;
    case 'float64':
      program.push(AlgOp.Float64, at, 0);
      break;
    case 'complex64':
      program.push(AlgOp.Float32, at, 0, AlgOp.Float32, at + 4, 0);
      break;
    case 'complex128':
      program.push(AlgOp.Float64, at, 0, AlgOp.Float64, at + 8, 0);
      break;
    case 'interface':
      program.push(type.methods.length === 0 ? AlgOp.EmptyInterface : AlgOp.Interface, at, 0);
      break;
    case 'array': {
      const body: number[] = [];
      emit(type.elem, 0, by, body);
      program.push(AlgOp.Array, at, type.length, 0, type.elem.size, body.length / 3);
      // Not in one call: a long body is more arguments than the host's stack has room for.
      for (const number of body) program.push(number);
      break;
    }
    case 'struct':
      emitStruct(type, at, by, program);
      break;
    default:
      throw new TypeError(`${type.string} cannot be compared`);
  }
}

function emitStruct(type: StructType, at: number, by: HashedBy, program: number[]): void {
  const { fields } = type;
  for (let i = 0; i < fields.length; ) {
    const field = fields[i] as (typeof fields)[number];
    if (field.name === '_') {
      i++;
    } else if (isRegularMemory(field.type)) {
      const next = by === 'compiler' ? endOfRun(type, i) : i + 1;
      const last = fields[next - 1] as typeof field;
      program.push(AlgOp.Memory, at + field.offset, last.offset + last.type.size - field.offset);
      i = next;
    } else {
      emit(field.type, at + field.offset, by, program);
      i++;
    }
  }
}

/** The field behind the run of plain memory that begins with field `i` (`compare.Memrun`). */
function endOfRun(type: StructType, i: number): number {
  const { fields } = type;
  let next = i + 1;
  while (next < fields.length && !isPadded(type, next - 1)) {
    const field = fields[next] as (typeof fields)[number];
    if (field.name === '_' || !isRegularMemory(field.type)) break;
    next++;
  }
  return next;
}
