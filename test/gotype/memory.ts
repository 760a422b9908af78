/** A stand-in for linear memory: string storage from 32 KiB up, rubbish everywhere. */
import { type ValueMemory, viewsOf } from '../../src/machine/views.ts';

export const GO_HEAP_HIGH = 0xc0;
const STORAGE = 32768;

export function testMemory(size = 1 << 20): ValueMemory & { used: number } {
  const views = viewsOf(new ArrayBuffer(size));
  views.u8.fill(0xa5);
  const memory = {
    ...views,
    goHeapHigh: GO_HEAP_HIGH,
    used: STORAGE,
    allocateString(length: number): number {
      const at = memory.used;
      memory.used += Math.ceil(length / 8) * 8;
      if (memory.used > size) throw new Error('test memory is full');
      return at;
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
