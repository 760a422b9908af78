/** Runtimes for tests, on every build of the core. */
import { Runtime, type RuntimeOptions } from 'hmap-wasm';

type Build = NonNullable<RuntimeOptions['build']>;

/** Both builds: what holds on one must hold on the other. */
export const BUILDS: readonly Build[] = ['release', 'checked'];

/** The release that the golden runs were recorded on. */
const GOLDEN_RELEASE = '1.19';
/** The process under which the golden runs were recorded: its hash key and the seed of each map. */
export const GOLDEN_KEY: readonly [bigint, bigint, bigint, bigint] = [1n, 1n, 1n, 1n];
export const GOLDEN_HASH0 = 0x12345678;

/** A runtime with the golden hash key. */
export function goldenRuntime(build: Build, options: RuntimeOptions = {}): Promise<Runtime> {
  return Runtime.create({
    goVersion: GOLDEN_RELEASE,
    build,
    hashKey: GOLDEN_KEY,
    memory: { limit: 2 ** 26 },
    ...options,
  });
}

const MASK = (1n << 64n) - 1n;

/** Go's wyrand (Go 1.19 `runtime/stubs.go`, fastrand64), whose state a test can set. */
export class WyRand {
  /** The state before the next draw. */
  state: bigint;
  /** The widths of the draws so far. */
  readonly widths: number[] = [];

  constructor(state = 0n) {
    this.state = state;
  }

  /** Begins anew. */
  reset(state: bigint): void {
    this.state = state & MASK;
    this.widths.length = 0;
  }

  /** To be given to a runtime as `random`. */
  readonly source = (bits: 32 | 64): bigint => {
    this.widths.push(bits);
    this.state = (this.state + 0xa0761d6478bd642fn) & MASK;
    const product = this.state * (this.state ^ 0xe7037ed1a0b428dbn);
    const drawn = ((product >> 64n) ^ product) & MASK;
    return bits === 32 ? drawn & 0xffffffffn : drawn;
  };
}

/** Bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
