/**
 * Targets as data: the operating system and processor that the emulated program was built for.
 */
import { PTR_SIZE } from '../../assembly/shared/golayout.ts';
import { Unsupported } from '../machine/errors.ts';
import { clip } from './releases.ts';

/**
 * The high 32 bits of the addresses of each region of the emulated process. A region's base address is
 * `BigInt(high) << 32n`; the low half of an address is its offset in linear memory.
 */
export interface RegionHighs {
  /** Globals and type descriptors; the nil page lies below them. */
  readonly program: number;
  /** The Go heap and the goroutine stacks in it. */
  readonly goHeap: number;
  /** What C's malloc returns. */
  readonly cHeap: number;
  /** g0's stack: C locals and argument frames. */
  readonly systemStack: number;
}

/** One target. */
export interface Target {
  /** `GOOS/GOARCH`. */
  readonly name: 'linux/amd64' | 'linux/arm64';
  readonly os: 'linux';
  readonly arch: 'amd64' | 'arm64';
  /** Size of a pointer, in bytes. */
  readonly ptrSize: 8;
  readonly endian: 'little';
  /**
   * Loads and stores smaller than this many bytes must be aligned (`cmd/internal/sys` Arch.Alignment). At 1
   * the compiler hashes and compares any four or eight bytes of plain memory as one integer.
   */
  readonly alignment: 1;
  readonly regions: RegionHighs;
}

const LINUX_64: RegionHighs = {
  program: 0x00000000,
  goHeap: 0x000000c0,
  cHeap: 0x00007f2a,
  systemStack: 0x00007ffd,
};

/** Every target that this version emulates. */
export const TARGETS: readonly Target[] = [
  {
    name: 'linux/amd64',
    os: 'linux',
    arch: 'amd64',
    ptrSize: PTR_SIZE,
    endian: 'little',
    alignment: 1,
    regions: LINUX_64,
  },
  {
    name: 'linux/arm64',
    os: 'linux',
    arch: 'arm64',
    ptrSize: PTR_SIZE,
    endian: 'little',
    alignment: 1,
    regions: LINUX_64,
  },
];

/** The target taken where none is named. */
export const DEFAULT_TARGET = 'linux/amd64';

/**
 * The profile of a target by its name, `GOOS/GOARCH`.
 * @throws Unsupported for a target that is not emulated
 */
export function target(name: string = DEFAULT_TARGET): Target {
  const found = TARGETS.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = TARGETS.map((one) => `'${one.name}'`).join(', ');
  throw new Unsupported(`target '${clip(name)}' is not emulated; take one of ${known}`);
}
