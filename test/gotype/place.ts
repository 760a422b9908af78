/** A stand-in for the program's read-only data, and what stands in it. */
import {
  TYPE_ALIGN,
  TYPE_EQUAL,
  TYPE_FIELD_ALIGN,
  TYPE_GCDATA,
  TYPE_HASH,
  TYPE_KIND,
  TYPE_PTR_TO_THIS,
  TYPE_PTRDATA,
  TYPE_SIZE_,
  TYPE_STR,
  TYPE_TFLAG,
} from '../../assembly/shared/golayout.ts';
import type { DescriptorPlace, GoType } from '../../src/gotype/index.ts';
import { viewsOf } from '../../src/machine/views.ts';

/** The emulated address of linear offset 0. */
export const BASE = 0x5500000000n;

/** A place full of rubbish, so that what isn't written shows. */
export function place(
  largeMasks: DescriptorPlace['largeMasks'] = 'program',
): DescriptorPlace & { used: number } {
  const views = viewsOf(new ArrayBuffer(1 << 16));
  views.u8.fill(0xcc);
  const made = {
    views,
    used: 4096,
    allocate(size: number, align: number): number {
      const at = Math.ceil(made.used / align) * align;
      made.used = at + size;
      return at;
    },
    toAddress: (offset: number) => BASE + BigInt(offset),
    largeMasks,
    written: new Map<string, number>(),
    types: new Map<number, GoType>(),
    owned: () => ({ at: 0, count: 0 }),
  };
  return made;
}

/** The `_type` at a linear offset. */
export function header(at: DescriptorPlace, offset: number) {
  const { u8, u32, u64 } = at.views;
  return {
    size: u64[(offset + TYPE_SIZE_) >>> 3],
    ptrdata: u64[(offset + TYPE_PTRDATA) >>> 3],
    hash: u32[(offset + TYPE_HASH) >>> 2],
    tflag: u8[offset + TYPE_TFLAG],
    align: u8[offset + TYPE_ALIGN],
    fieldAlign: u8[offset + TYPE_FIELD_ALIGN],
    kind: u8[offset + TYPE_KIND],
    equal: u32[(offset + TYPE_EQUAL) >>> 2],
    // Only what is compared part by part has a program.
    program: u32[(offset + TYPE_EQUAL + 4) >>> 2] !== 0,
    gcdata: u64[(offset + TYPE_GCDATA) >>> 3],
    str: u32[(offset + TYPE_STR) >>> 2],
    ptrToThis: u32[(offset + TYPE_PTR_TO_THIS) >>> 2],
  };
}
