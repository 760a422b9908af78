/** A small generator of pseudo-random numbers (sfc32): the same seed gives the same streams everywhere. */

export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | bigint) {
    const wide = BigInt.asUintN(64, BigInt(seed));
    this.#a = Number(wide & 0xffffffffn) | 0;
    this.#b = Number(wide >> 32n) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 15; i++) this.u32();
  }

  u32(): number {
    const out = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + out) | 0;
    return out >>> 0;
  }

  /** A number from 0 up to, not including, `n`. */
  int(n: number): number {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return this.u32() / 2 ** 32;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  /** Sixty-four bits, `0x…`. */
  word(): string {
    return `0x${hex32(this.u32())}${hex32(this.u32())}`;
  }

  /** `n` bytes in hex. */
  hex(n: number): string {
    let out = '';
    for (let left = n; left > 0; left -= 4) out += hex32(this.u32());
    return out.slice(0, 2 * n);
  }
}

const hex32 = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
