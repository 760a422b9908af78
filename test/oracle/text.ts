/**
 * Values as text (see the README): to JavaScript values of the library and back, to canonical bytes and back,
 * and from the bytes of the emulated memory.
 */
import { type GoType, parseType } from 'hmap-wasm';
import { codecFor } from '../../src/gotype/index.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { dynamicName } from './streams/dynamic.ts';

/** How a type's values are written. */
export type Form = 'fixed' | 'string' | 'parts' | 'interface';

const forms = new Map<string, Form>();

/** `fixed`: nothing but bytes; `parts`: an array or struct with a string or interface in it. */
export function formOf(type: GoType): Form {
  const known = forms.get(type.string);
  if (known !== undefined) return known;
  const form = workOut(type);
  forms.set(type.string, form);
  return form;
}

function workOut(type: GoType): Form {
  if (type.kind === 'string') return 'string';
  if (type.kind === 'interface') return 'interface';
  if (type.kind === 'array') return type.length > 0 && formOf(type.elem) !== 'fixed' ? 'parts' : 'fixed';
  if (type.kind === 'struct') return type.fields.some((f) => formOf(f.type) !== 'fixed') ? 'parts' : 'fixed';
  return 'fixed';
}

/** Whether an interface is anywhere in a value. */
export function holdsInterface(type: GoType): boolean {
  if (type.kind === 'interface') return true;
  if (type.kind === 'array') return type.length > 0 && holdsInterface(type.elem);
  return type.kind === 'struct' && type.fields.some((field) => holdsInterface(field.type));
}

/** Whether `map.raw` takes values of the type: bytes of a fixed size, or a string alone. */
export function hasCanonicalBytes(type: GoType): boolean {
  const form = formOf(type);
  return form === 'fixed' || form === 'string';
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function bytesOf(digits: string): Uint8Array {
  const bytes = Buffer.from(digits, 'hex');
  if (bytes.length * 2 !== digits.length) throw new Error(`not hex: ${digits.slice(0, 40)}`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The canonical bytes of a text whose type has them. */
export function canonicalOf(type: GoType, text: string): Uint8Array {
  return bytesOf(type.kind === 'string' ? text.slice(1, -1) : text);
}

/** The text of canonical bytes. */
export function textOfCanonical(type: GoType, bytes: Uint8Array): string {
  return type.kind === 'string' ? `'${hexOf(bytes)}'` : hexOf(bytes);
}

/* ---- text to value ---- */

/** The value that a text means, as the library takes it. @throws Error for a text that is none of the type's */
export function parseValue(type: GoType, text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(type);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    if (this.#at !== this.#text.length) this.#bad('text left over');
  }

  value(type: GoType): unknown {
    switch (formOf(type)) {
      case 'string': {
        this.#expect("'");
        const bytes = bytesOf(this.#until("'"));
        this.#expect("'");
        return bytes;
      }
      case 'interface':
        return this.#dynamic();
      case 'fixed':
        return fixedValue(type, this.#bytes(type.size), 0);
      case 'parts':
        return type.kind === 'array' ? this.#array(type.elem, type.length) : this.#struct(type);
    }
  }

  #dynamic(): { type: string; value: unknown } | null {
    this.#expect('(');
    if (this.#text[this.#at] === ')') {
      this.#at++;
      return null;
    }
    // A type's text may hold colons only in a struct's tag, and the table has none with tags.
    const name = this.#until(':');
    this.#expect(':');
    const value = this.value(parseType(name));
    this.#expect(')');
    return { type: name, value };
  }

  #array(elem: GoType, length: number): unknown[] {
    return Array.from({ length }, () => this.value(elem));
  }

  #struct(type: GoType): Record<string, unknown> {
    if (type.kind !== 'struct') throw new Error(`${type.string} is no struct`);
    const value: Record<string, unknown> = Object.create(null);
    let end = 0;
    for (const field of type.fields) {
      this.#bytes(field.offset - end);
      const part = this.value(field.type);
      if (field.name !== '_') value[field.name] = part;
      end = field.offset + field.type.size;
    }
    this.#bytes(type.size - end);
    return value;
  }

  #bytes(size: number): Uint8Array {
    const digits = this.#text.slice(this.#at, this.#at + 2 * size);
    if (digits.length !== 2 * size) this.#bad(`${size} bytes wanted`);
    this.#at += 2 * size;
    return bytesOf(digits);
  }

  #until(mark: string): string {
    const end = this.#text.indexOf(mark, this.#at);
    if (end < 0) this.#bad(`${mark} wanted`);
    const part = this.#text.slice(this.#at, end);
    this.#at = end;
    return part;
  }

  #expect(mark: string): void {
    if (this.#text[this.#at] !== mark) this.#bad(`${mark} wanted`);
    this.#at++;
  }

  #bad(why: string): never {
    throw new Error(`a value's text, at ${this.#at}: ${why} in ${JSON.stringify(this.#text.slice(0, 60))}`);
  }
}

/** The value that a codec reads from bytes without strings and interfaces. */
function fixedValue(type: GoType, bytes: Uint8Array, at: number): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  switch (type.kind) {
    case 'bool':
      return bytes[at] !== 0;
    case 'int8':
      return view.getInt8(0);
    case 'uint8':
      return view.getUint8(0);
    case 'int16':
      return view.getInt16(0, true);
    case 'uint16':
      return view.getUint16(0, true);
    case 'int32':
      return view.getInt32(0, true);
    case 'uint32':
      return view.getUint32(0, true);
    case 'int':
    case 'int64':
      return view.getBigInt64(0, true);
    case 'float32':
      return view.getFloat32(0, true);
    case 'float64':
      return view.getFloat64(0, true);
    case 'complex64':
      return { re: view.getFloat32(0, true), im: view.getFloat32(4, true) };
    case 'complex128':
      return { re: view.getFloat64(0, true), im: view.getFloat64(8, true) };
    case 'array': {
      const { elem, length } = type;
      if (elem.kind === 'uint8') return bytes.slice(at, at + length);
      return Array.from({ length }, (_, i) => fixedValue(elem, bytes, at + i * elem.size));
    }
    case 'struct': {
      const value: Record<string, unknown> = Object.create(null);
      for (const { name, type: part, offset } of type.fields) {
        if (name !== '_') value[name] = fixedValue(part, bytes, at + offset);
      }
      return value;
    }
    case 'slice':
      return {
        array: view.getBigUint64(0, true),
        len: view.getBigInt64(8, true),
        cap: view.getBigInt64(16, true),
      };
    case 'string':
    case 'interface':
      throw new Error(`${type.string} is not of fixed bytes`);
    default:
      return view.getBigUint64(0, true);
  }
}

/* ---- value to text ---- */

/** The text of a value as the library gives it. */
export function textOf(type: GoType, value: unknown): string {
  switch (formOf(type)) {
    case 'string':
      return `'${hexOf(typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array))}'`;
    case 'interface': {
      if (value === null) return '()';
      const dynamic = value as { type: string; value: unknown };
      return `(${dynamicName(dynamic.type)}:${textOf(parseType(dynamic.type), dynamic.value)})`;
    }
    case 'fixed': {
      const bytes = new Uint8Array(type.size);
      writeFixed(type, value, bytes, 0);
      return hexOf(bytes);
    }
    case 'parts':
      return partsText(type, (part, index, name) =>
        textOf(
          part,
          name === undefined ? (value as unknown[])[index] : (value as Record<string, unknown>)[name],
        ),
      );
  }
}

/** The texts of the parts of an array or struct one after the other; padding and blank fields as zeros. */
function partsText(
  type: GoType,
  part: (type: GoType, index: number, name: string | undefined, offset: number) => string,
): string {
  if (type.kind === 'array') {
    const { elem } = type;
    return Array.from({ length: type.length }, (_, i) => part(elem, i, undefined, i * elem.size)).join('');
  }
  if (type.kind !== 'struct') throw new Error(`${type.string} has no parts`);
  let out = '';
  let end = 0;
  for (const [i, field] of type.fields.entries()) {
    out += '00'.repeat(field.offset - end);
    out += field.name === '_' ? zeroText(field.type) : part(field.type, i, field.name, field.offset);
    end = field.offset + field.type.size;
  }
  return out + '00'.repeat(type.size - end);
}

/** The text of a type's zero value. */
export function zeroText(type: GoType): string {
  const form = formOf(type);
  if (form === 'string') return "''";
  if (form === 'interface') return '()';
  if (form === 'fixed') return '00'.repeat(type.size);
  return partsText(type, zeroText);
}

function writeFixed(type: GoType, value: unknown, bytes: Uint8Array, at: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  switch (type.kind) {
    case 'bool':
      bytes[at] = value ? 1 : 0;
      return;
    case 'int8':
    case 'uint8':
      view.setUint8(0, value as number);
      return;
    case 'int16':
    case 'uint16':
      view.setUint16(0, value as number, true);
      return;
    case 'int32':
    case 'uint32':
      view.setUint32(0, value as number, true);
      return;
    case 'float32':
      view.setFloat32(0, value as number, true);
      return;
    case 'float64':
      view.setFloat64(0, value as number, true);
      return;
    case 'complex64':
      view.setFloat32(0, (value as { re: number }).re, true);
      view.setFloat32(4, (value as { im: number }).im, true);
      return;
    case 'complex128':
      view.setFloat64(0, (value as { re: number }).re, true);
      view.setFloat64(8, (value as { im: number }).im, true);
      return;
    case 'array': {
      const { elem, length } = type;
      if (elem.kind === 'uint8') bytes.set(value as Uint8Array, at);
      else
        for (let i = 0; i < length; i++) writeFixed(elem, (value as unknown[])[i], bytes, at + i * elem.size);
      return;
    }
    case 'struct':
      for (const { name, type: part, offset } of type.fields) {
        if (name !== '_') writeFixed(part, (value as Record<string, unknown>)[name], bytes, at + offset);
      }
      return;
    case 'slice': {
      const slice = value as { array: bigint; len: bigint; cap: bigint };
      view.setBigUint64(0, slice.array, true);
      view.setBigInt64(8, slice.len, true);
      view.setBigInt64(16, slice.cap, true);
      return;
    }
    case 'string':
    case 'interface':
      throw new Error(`${type.string} is not of fixed bytes`);
    default:
      view.setBigUint64(0, BigInt.asUintN(64, value as bigint), true);
  }
}

/* ---- memory to text ---- */

/** The text of the value at a linear offset. Padding is written as zeros, whatever the memory has there. */
export function textAt(type: GoType, machine: Machine, at: number): string {
  switch (formOf(type)) {
    case 'fixed':
      return hexWithoutHoles(type, machine.u8, at);
    case 'string': {
      const start = machine.stringBytes(at);
      return `'${hexOf(machine.u8.subarray(start, start + (machine.u32[(at + 8) >>> 2] as number)))}'`;
    }
    case 'interface':
      // What lies behind an interface only its codec knows.
      return textOf(type, codecFor(type).read(machine, at));
    case 'parts':
      return partsText(type, (part, _index, _name, offset) => textAt(part, machine, at + offset));
  }
}

/** Whether every string in the value at `at` has the storage that its length asks for. */
export function isWhole(type: GoType, machine: Machine, at: number): boolean {
  const form = formOf(type);
  if (form === 'fixed' || form === 'interface') return true;
  if (type.kind === 'string') {
    const word = at >>> 2;
    const { u32 } = machine;
    return (
      (u32[word] ?? 0) !== 0 ||
      (u32[word + 1] ?? 0) !== 0 ||
      ((u32[word + 2] ?? 0) | (u32[word + 3] ?? 0)) === 0
    );
  }
  if (type.kind === 'array') {
    for (let i = 0; i < type.length; i++)
      if (!isWhole(type.elem, machine, at + i * type.elem.size)) return false;
    return true;
  }
  return (
    type.kind === 'struct' &&
    type.fields.every((field) => field.name === '_' || isWhole(field.type, machine, at + field.offset))
  );
}

function hexWithoutHoles(type: GoType, u8: Uint8Array, at: number): string {
  const holes = wordsOf(type).holes;
  if (holes.length === 0) return hexOf(u8.subarray(at, at + type.size));
  const copy = u8.slice(at, at + type.size);
  for (const [from, length] of holes) copy.fill(0, from, from + length);
  return hexOf(copy);
}

/* ---- what in a value's bytes is not compared as it is ---- */

export interface Words {
  /** Offsets of eight bytes of which only whether they are zero is told. */
  readonly pointers: readonly number[];
  /** Padding: offset and length. */
  readonly holes: readonly (readonly [number, number])[];
}

const words = new Map<string, Words>();

/** Words of a type's values whose bits are an address of one process, and padding. */
export function wordsOf(type: GoType): Words {
  const known = words.get(type.string);
  if (known !== undefined) return known;
  const pointers: number[] = [];
  const holes: [number, number][] = [];
  const visit = (part: GoType, at: number): void => {
    if (part.kind === 'string') pointers.push(at);
    else if (part.kind === 'interface') pointers.push(at, at + 8);
    else if (part.kind === 'array') {
      const inner = wordsOf(part.elem);
      if (inner.pointers.length + inner.holes.length === 0) return;
      for (let i = 0; i < part.length; i++) visit(part.elem, at + i * part.elem.size);
    } else if (part.kind === 'struct') {
      let end = 0;
      for (const field of part.fields) {
        if (field.offset > end) holes.push([at + end, field.offset - end]);
        // A blank field is padding by another name.
        if (field.name !== '_') visit(field.type, at + field.offset);
        else if (field.type.size > 0) holes.push([at + field.offset, field.type.size]);
        end = field.offset + field.type.size;
      }
      if (part.size > end) holes.push([at + end, part.size - end]);
    }
  };
  visit(type, 0);
  const found = { pointers, holes };
  words.set(type.string, found);
  return found;
}
