/** Codecs of floats and complex numbers. */
import type { ValueMemory } from '../../machine/views.ts';
import { BASIC } from '../construct.ts';
import { within } from '../errors.ts';
import type { BasicType } from '../model.ts';
import { type Codec, wrongKind } from './codec.ts';
import { checkFields } from './fields.ts';

class Float32Codec implements Codec<number> {
  readonly type: BasicType = BASIC.float32;
  readonly size = 4;
  readonly primitive = true;
  check(value: unknown): void {
    if (typeof value !== 'number') wrongKind('float32', 'a number', value);
  }
  take(value: unknown): number {
    this.check(value);
    return Math.fround(value as number);
  }
  read(mem: ValueMemory, at: number): number {
    return mem.f32[at >>> 2] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.f32[at >>> 2] = value;
  }
}

class Float64Codec implements Codec<number> {
  readonly type: BasicType = BASIC.float64;
  readonly size = 8;
  readonly primitive = true;
  check(value: unknown): void {
    if (typeof value !== 'number') wrongKind('float64', 'a number', value);
  }
  take(value: unknown): number {
    this.check(value);
    return value as number;
  }
  read(mem: ValueMemory, at: number): number {
    return mem.f64[at >>> 3] as number;
  }
  write(mem: ValueMemory, at: number, value: number): void {
    mem.f64[at >>> 3] = value;
  }
}

/** A complex number as JavaScript has it. */
export interface Complex {
  re: number;
  im: number;
}

const PARTS: ReadonlySet<string> = new Set(['re', 'im']);

/** Two floats of half the size: the real part, then the imaginary one. */
class ComplexCodec implements Codec<Complex> {
  readonly type: BasicType;
  readonly size: number;
  readonly primitive = false;
  private readonly part: Codec<number>;
  constructor(type: BasicType, part: Codec<number>) {
    this.type = type;
    this.size = type.size;
    this.part = part;
  }
  check(value: unknown): void {
    this.take(value);
  }
  take(value: unknown): Complex {
    const fields = checkFields(value, PARTS, this.type.string);
    return { re: this.takePart(fields, 're'), im: this.takePart(fields, 'im') };
  }
  private takePart(fields: { readonly [name: string]: unknown }, name: string): number {
    const value = fields[name];
    try {
      return this.part.take(value);
    } catch (error) {
      throw within(`.${name}`, error);
    }
  }
  read(mem: ValueMemory, at: number): Complex {
    return { re: this.part.read(mem, at), im: this.part.read(mem, at + this.part.size) };
  }
  write(mem: ValueMemory, at: number, value: Complex): void {
    this.part.write(mem, at, value.re);
    this.part.write(mem, at + this.part.size, value.im);
  }
}

const float32 = new Float32Codec();
const float64 = new Float64Codec();

/** One codec each, for floats and complex numbers. */
export const FLOAT_CODECS = {
  float32,
  float64,
  complex64: new ComplexCodec(BASIC.complex64, float32),
  complex128: new ComplexCodec(BASIC.complex128, float64),
} as const;
