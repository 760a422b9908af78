/**
 * Reads of a WebAssembly binary what the JavaScript API does not tell: the globals that a
 * module defines, its data segments, whether it has a start function.
 *
 *   magic 4 | version 4 | section*
 *   section: id 1 | size leb128 | content
 */

const SECTION = { start: 8, global: 6, data: 11 };

const VALUE_TYPES = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

/** An operand whose length its own bytes tell. */
const LEB = -1;

/** The sizes of the operands of the instructions that a constant expression may have. */
const CONSTANT_OPERANDS = new Map([
  [0x41, LEB], // i32.const
  [0x42, LEB], // i64.const
  [0x43, 4], // f32.const
  [0x44, 8], // f64.const
  [0x23, LEB], // global.get
  [0xd0, LEB], // ref.null
  [0xd2, LEB], // ref.func
  [0x6a, 0], // i32.add
  [0x6b, 0], // i32.sub
  [0x6c, 0], // i32.mul
  [0x7c, 0], // i64.add
  [0x7d, 0], // i64.sub
  [0x7e, 0], // i64.mul
]);
const END = 0x0b;
const SIMD_PREFIX = 0xfd; // v128.const, the only one allowed here: an op code and 16 bytes

/**
 * @typedef {object} Sections
 * @property {{ type: string, mutable: boolean }[]} globals those defined, not those imported
 * @property {number} dataSegments
 * @property {boolean} start whether code runs at instantiation
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Sections}
 */
export function readSections(bytes) {
  const reader = new Reader(bytes);
  if (reader.u32() !== 0x6d736100) throw new Error('not a WebAssembly module');
  if (reader.u32() !== 1) throw new Error('not version 1 of WebAssembly');
  /** @type {Sections} */
  const sections = { globals: [], dataSegments: 0, start: false };
  while (!reader.done) {
    const id = reader.byte();
    const end = reader.leb() + reader.at;
    if (id === SECTION.start) sections.start = true;
    if (id === SECTION.data) sections.dataSegments = reader.leb();
    if (id === SECTION.global) {
      for (let left = reader.leb(); left > 0; left--) {
        const type = reader.byte();
        const mutable = reader.byte() === 1;
        sections.globals.push({ type: VALUE_TYPES.get(type) ?? `type 0x${type.toString(16)}`, mutable });
        reader.skipConstantExpression();
      }
      if (reader.at !== end) throw new Error('the global section is not as long as it says');
    }
    reader.at = end;
  }
  return sections;
}

class Reader {
  at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  byte() {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error('the module ends in the middle of a section');
    return byte;
  }

  u32() {
    return this.byte() + this.byte() * 2 ** 8 + this.byte() * 2 ** 16 + this.byte() * 2 ** 24;
  }

  /** An unsigned LEB128 number; of a signed one only its length is read right. */
  leb() {
    let value = 0;
    for (let weight = 1; ; weight *= 128) {
      const byte = this.byte();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
  }

  skipConstantExpression() {
    for (;;) {
      const opcode = this.byte();
      if (opcode === END) return;
      if (opcode === SIMD_PREFIX) {
        this.leb();
        this.at += 16;
        continue;
      }
      const operand = CONSTANT_OPERANDS.get(opcode);
      if (operand === undefined) throw new Error(`op code 0x${opcode.toString(16)} in a constant expression`);
      if (operand === LEB) this.leb();
      else this.at += operand;
    }
  }
}
