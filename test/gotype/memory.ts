/** A stand-in for linear memory: storage from 32 KiB up, rubbish everywhere; types are numbered, not described. */

import { IFACE_TYPE } from '../../assembly/shared/golayout.ts';
import type { GoType } from '../../src/gotype/index.ts';
import { type ValueMemory, viewsOf } from '../../src/machine/views.ts';

export const GO_HEAP_HIGH = 0xc0;
const STORAGE = 32768;

export function testMemory(size = 1 << 20): ValueMemory & { used: number } {
  const views = viewsOf(new ArrayBuffer(size));
  views.u8.fill(0xa5);
  const types: GoType[] = [];
  const memory = {
    ...views,
    goHeapHigh: GO_HEAP_HIGH,
    used: STORAGE,
    allocateString(length: number): number {
      const at = memory.used;
      memory.used += Math.ceil(length / 8) * 8;
      if (memory.used > size) throw new Error('test memory is full');
      views.u8.fill(0, at, memory.used);
      return at;
    },
    zerobase: 16,
    highOf: () => GO_HEAP_HIGH,
    types: {
      interfaceWord(_inter: unknown, dynamic: unknown): bigint {
        const known = types.indexOf(dynamic as GoType);
        return BigInt(IFACE_TYPE + 1 + (known < 0 ? types.push(dynamic as GoType) - 1 : known));
      },
      dynamicType: (word: bigint): unknown => types[Number(word) - 1 - IFACE_TYPE],
      owned: () => ({ at: 0, count: 0 }),
      nameAt: String,
    },
    objectAt(word: number, length: number): number {
      const [low, high] = views.u32.slice(word >>> 2, (word >>> 2) + 2);
      if (low === undefined || high !== GO_HEAP_HIGH || low + length > size) throw new Error('bad pointer');
      return low;
    },
    stringBytes(header: number): number {
      const [low, high, length, lengthHigh] = views.u32.slice(header >>> 2, (header >>> 2) + 4);
      if (low === undefined || length === undefined) throw new Error('header outside');
      if (high !== GO_HEAP_HIGH || lengthHigh !== 0 || low + length > size) throw new Error('bad string');
      return low;
    },
  };
  return memory;
}
