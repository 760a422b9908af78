/** The built-in Map as a peer: keys as bigints, floats, small integers or strings; values small integers. */
import { checksum, inOrder, type KeyColumn, type KeyKind, keysOf, mixed, shuffledOrder } from '../../keys.ts';
import { latencyOf, type Op, passesFor, type Repetition, type SingleOp } from '../protocol.ts';
import { type Server, serve, settle, timed } from './serve.ts';
import { freshPasses, stretch } from './stretch.ts';

type AnyMap = Map<unknown, number>;

/** A column as the array that a program would have. */
const arrayOf = (column: KeyColumn): unknown[] => Array.from(column as ArrayLike<unknown>);

class Work {
  readonly checksum: number;
  readonly #n: number;
  readonly #order: Uint32Array;
  readonly #keys: unknown[];
  readonly #shuffled: unknown[];
  readonly #absent: unknown[];
  readonly #base: AnyMap;

  constructor(kind: KeyKind, n: number) {
    this.#n = n;
    this.#order = shuffledOrder(n, passesFor(n));
    const keys = keysOf(kind, 1, n);
    const shuffled = inOrder(keys, this.#order);
    this.checksum = checksum(shuffled);
    this.#keys = arrayOf(keys);
    // The same objects as the keys of the map, as strings and bigints are where they come from one place.
    this.#shuffled = inOrder(this.#keys as string[], this.#order);
    this.#absent = arrayOf(keysOf(kind, n + 1, this.#order.length));
    this.#base = this.#filled();
  }

  #filled(): AnyMap {
    const map: AnyMap = new Map();
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) map.set(keys[i], i + 1);
    return map;
  }

  run(op: Op, percent: number): Repetition | undefined {
    const n = this.#n;
    const passes = passesFor(n);
    const shuffled = this.#shuffled;
    const looked =
      op === 'hit'
        ? shuffled
        : op === 'miss'
          ? this.#absent
          : op === 'mixed'
            ? (mixed(shuffled as string[], this.#absent as string[], percent) as unknown[])
            : undefined;
    if (op === 'insert' || op === 'delete') settle(n);
    let ns = 0;
    let hits = 0;
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) {
      const [start, end] = [pass * n, (pass + 1) * n];
      if (looked !== undefined) {
        const map = this.#base;
        ns += timed(() => {
          for (let i = start; i < end; i++) {
            const value = map.get(looked[i]);
            if (value !== undefined) {
              hits++;
              sum += value;
            }
          }
        });
        continue;
      }
      switch (op) {
        case 'insert': {
          let map: AnyMap | undefined;
          ns += timed(() => {
            map = this.#filled();
          });
          hits += map?.size ?? 0;
          break;
        }
        case 'overwrite': {
          const map = this.#base;
          const order = this.#order;
          ns += timed(() => {
            for (let i = start; i < end; i++) map.set(shuffled[i], (order[i] as number) + 1);
          });
          hits += map.size;
          break;
        }
        case 'delete': {
          const map = this.#filled();
          ns += timed(() => {
            for (let i = start; i < end; i++) map.delete(shuffled[i]);
          });
          hits += n - map.size;
          break;
        }
        case 'drain': {
          const map = this.#base;
          const keys: unknown[] = new Array(n).fill(shuffled[0]);
          const values: number[] = new Array(n).fill(0);
          let at = 0;
          ns += timed(() => {
            map.forEach((value, key) => {
              keys[at] = key;
              values[at++] = value;
            });
          });
          hits += at;
          for (const value of values) sum += value;
          break;
        }
        default:
          return undefined;
      }
    }
    return { ns, count: n * passes, hits, sum: BigInt(sum) };
  }

  single(op: SingleOp, seconds: number): number[] | undefined {
    const n = this.#n;
    const map = this.#base;
    const keys = this.#shuffled;
    const absent = this.#absent;
    const all = keys.length;
    switch (op) {
      case 'get':
        return stretch(
          () => {
            for (let i = 0; i < all; i++)
              if (map.get(keys[i]) === undefined) throw new Error('a key is missing');
          },
          all,
          seconds,
        );
      case 'has-absent':
        return stretch(
          () => {
            for (let i = 0; i < all; i++) if (map.has(absent[i])) throw new Error('a key is there');
          },
          all,
          seconds,
        );
      case 'set':
        return stretch(
          () => {
            for (let i = 0; i < all; i++) map.set(keys[i], i);
          },
          all,
          seconds,
        );
      case 'grow':
        settle(n);
        return stretch(
          () => {
            const grown: AnyMap = new Map();
            for (let i = 0; i < n; i++) grown.set(keys[i], i);
            if (grown.size !== n) throw new Error('entries are missing');
          },
          n,
          seconds,
        );
      case 'iterate':
        return stretch(
          () => {
            let count = 0;
            for (const entry of map) if (entry !== undefined) count++;
            if (count !== n) throw new Error('entries are missing');
          },
          n,
          seconds,
        );
      case 'fresh':
        if (typeof keys[0] !== 'string') return undefined;
        return freshPasses(
          keys as string[],
          (fresh) => {
            for (let i = 0; i < all; i++)
              if (map.get(fresh[i]) === undefined) throw new Error('a key is missing');
          },
          seconds,
        );
    }
  }
}

let work: Work | undefined;

/** Heap bytes in use, after a collection. */
function heap(): number {
  settle(Number.POSITIVE_INFINITY);
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const server: Server = {
  prepare(kind, size, n) {
    // A Map has no keys of bytes or structs, and no elements of a size.
    if (size !== 8 || kind === '[16]byte' || kind === 'struct') return undefined;
    work = new Work(kind, n);
    return work.checksum;
  },
  run: (op, percent) => work?.run(op, percent),
  single: (op, seconds) => work?.single(op, seconds),
  latency(n) {
    const keys = Array.from(keysOf('uint64', 1, n) as BigUint64Array);
    const times = new Float64Array(n);
    inserts(keys.slice(0, 50_000), times);
    settle(n);
    inserts(keys, times);
    return { ...latencyOf(times), growths: [] };
  },
  memory(n) {
    const keys = keysOf('uint64', 1, n) as BigUint64Array;
    const before = heap();
    const map = new Map<bigint, number>();
    for (let i = 0; i < n; i++) map.set(keys[i] as bigint, i);
    const grown = heap() - before;
    return { count: map.size, presized: grown, grown };
  },
};

function inserts(keys: readonly bigint[], times: Float64Array): void {
  const map = new Map<bigint, number>();
  let before = performance.now();
  for (let i = 0; i < keys.length; i++) {
    map.set(keys[i] as bigint, 1);
    const after = performance.now();
    times[i] = (after - before) * 1e6;
    before = after;
  }
  if (map.size !== keys.length) throw new Error('entries are missing');
}

await serve(server);
