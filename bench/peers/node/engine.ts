/** The emulator as a peer: batches, single operations, its hash and the limits of its memory. */
import { readFile } from 'node:fs/promises';
import { type GoMap, Runtime } from 'hmap-wasm';
import {
  checksum,
  elemTypeOf,
  goTypeOf,
  inOrder,
  type KeyColumn,
  type KeyKind,
  keysOf,
  mixed,
  shuffledOrder,
} from '../../keys.ts';
import { latencyOf, type Op, passesFor, type Repetition, type SingleOp } from '../protocol.ts';
import { type BenchColumn, columnOf, emptyColumn } from './columns.ts';
import { type Server, serve, settle, timed } from './serve.ts';
import { freshPasses, stretch } from './stretch.ts';

/** The build's own place for the benchmark's helpers. */
const AID = new URL('../../../../bench-peers/aid.wasm', import.meta.url);
/** What one map of the largest size and one that grows take, and what their columns do. */
const MEMORY = { limit: 2 * 2 ** 30, columns: 1.25 * 2 ** 30 };
/** Indices that are written at once for the gathers: half a megabyte. */
const GATHERED = 2 ** 17;
const WINDOW = 2 ** 16;

type AnyMap = GoMap<unknown, unknown, unknown, unknown>;

interface Aid {
  gather1(base: number, stride: number, indices: number, n: number): bigint;
  gather2(base: number, stride: number, indices: number, n: number): bigint;
  gather3(base: number, stride: number, indices: number, n: number): bigint;
  hashes(base: number, size: number, n: number): bigint;
}

/** Values 1..n of an element size, in an order. */
function elemsOf(size: number, order: Uint32Array): BigUint64Array | unknown[] {
  if (size === 8) return BigUint64Array.from(order, (i) => BigInt(i + 1));
  if (size === 0) return Array.from(order, () => ({}));
  return Array.from(order, (i) => {
    const bytes = new Uint8Array(size);
    new DataView(bytes.buffer).setUint32(0, i + 1, true);
    return bytes;
  });
}

/** Found keys and the sum of their values, from a column or array into which they were read. Values begin at 1. */
function found(out: ArrayLike<unknown>, size: number): { hits: number; sum: number } {
  let hits = 0;
  let sum = 0;
  if (size === 0) return { hits: out.length, sum };
  if (ArrayBuffer.isView(out)) {
    const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
    for (let at = 0; at < out.byteLength; at += size) {
      const value = view.getUint32(at, true);
      sum += value;
      if (value !== 0) hits++;
    }
  } else {
    for (let i = 0; i < out.length; i++) {
      const bytes = out[i] as Uint8Array | undefined;
      if (bytes === undefined) continue;
      hits++;
      sum += new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    }
  }
  return { hits, sum };
}

/** A column to which keys are drained, where the kind has such. */
function emptyOf(rt: Runtime, type: string, kind: KeyKind, n: number): BenchColumn | undefined {
  return kind.startsWith('string') ? undefined : emptyColumn(rt, type, n);
}

const column = (of: BenchColumn | undefined): BenchColumn['column'] => (of as BenchColumn).column;

class Work {
  readonly #rt: Runtime;
  readonly #aid: Aid;
  readonly #type: string;
  readonly #kind: KeyKind;
  readonly #size: number;
  readonly #n: number;
  readonly #keys: BenchColumn;
  /** What is looked up, by passes. */
  readonly #shuffled: readonly BenchColumn[];
  readonly #absent: readonly BenchColumn[];
  readonly #elems: BenchColumn;
  readonly #shuffledElems: readonly BenchColumn[];
  readonly #out: BenchColumn;
  readonly #drained: { readonly keys: BenchColumn | undefined; readonly values: BenchColumn };
  readonly #base: AnyMap;
  readonly checksum: number;

  constructor(rt: Runtime, aid: Aid, kind: KeyKind, size: number, n: number) {
    const order = shuffledOrder(n, passesFor(n));
    const natural = Uint32Array.from({ length: n }, (_, i) => i);
    const key = goTypeOf(kind);
    const elem = elemTypeOf(size);
    const keys = keysOf(kind, 1, n);
    this.#rt = rt;
    this.#aid = aid;
    this.#type = `map[${key}]${elem}`;
    this.#kind = kind;
    this.#size = size;
    this.#n = n;
    this.#keys = columnOf(rt, key, keys);
    const shuffled = inOrder(keys, order);
    this.checksum = checksum(shuffled);
    this.#shuffled = this.#passes(key, shuffled);
    this.#absent = this.#passes(key, keysOf(kind, n + 1, order.length));
    this.#elems = columnOf(rt, elem, elemsOf(size, natural));
    this.#shuffledElems = this.#passes(elem, elemsOf(size, order));
    this.#out = emptyColumn(rt, elem, n);
    this.#drained = { keys: emptyOf(rt, key, kind, n), values: emptyColumn(rt, elem, n) };
    this.#base = this.#filled();
  }

  /** A column for each pass. */
  #passes(type: string, all: KeyColumn | readonly unknown[]): BenchColumn[] {
    const columns: BenchColumn[] = [];
    for (let at = 0; at < all.length; at += this.#n) {
      columns.push(columnOf(this.#rt, type, all.slice(at, at + this.#n)));
    }
    return columns;
  }

  #flat(columns: readonly BenchColumn[]): KeyColumn {
    const first = columns[0]?.values as KeyColumn;
    if (columns.length === 1) return first;
    if (Array.isArray(first)) return columns.flatMap(({ values }) => values as string[]);
    // Of the same kind, for what becomes a column of integers again is told by its array.
    const Column = first.constructor as new (n: number) => BigUint64Array;
    const all = new Column(first.length * columns.length);
    columns.forEach(({ values }, i) => {
      all.set(values as unknown as BigUint64Array, i * first.length);
    });
    return all;
  }

  #make(hint: number): AnyMap {
    return this.#rt.makeMap(this.#type, { hint }) as unknown as AnyMap;
  }

  #filled(): AnyMap {
    const map = this.#make(this.#n);
    map.setMany(this.#keys.column, this.#elems.column);
    return map;
  }

  run(op: Op, percent: number, batch: number): Repetition | undefined {
    const n = this.#n;
    if (op.startsWith('gather')) return this.#gather(op as 'gather1');
    const passes = passesFor(n);
    if (op === 'insert' || op === 'ahead' || op === 'presized' || op === 'delete') settle(n);
    if (op === 'hit' || op === 'miss' || op === 'mixed') return this.#look(op, percent, batch, passes);
    let ns = 0;
    let hits = 0;
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) {
      switch (op) {
        case 'insert':
        case 'ahead':
        case 'presized': {
          let map: AnyMap | undefined;
          ns += timed(() => {
            map = this.#make(op === 'presized' ? n : 0);
            if (op === 'ahead') map.setMany(this.#keys.column, this.#elems.column, { growth: 'ahead' });
            else map.setMany(this.#keys.column, this.#elems.column);
          });
          hits += map?.size ?? 0;
          map?.free();
          break;
        }
        case 'overwrite':
          ns += timed(() =>
            this.#base.setMany(column(this.#shuffled[pass]), column(this.#shuffledElems[pass])),
          );
          hits += this.#base.size;
          break;
        case 'delete': {
          const map = this.#filled();
          let gone = 0;
          ns += timed(() => {
            gone = map.deleteMany(column(this.#shuffled[pass]));
          });
          hits += gone - map.size;
          map.free();
          break;
        }
        case 'drain': {
          const { keys, values } = this.#drained;
          const into = { keys: keys?.column, values: values.column } as never;
          let columns: { values: unknown } | undefined;
          ns += timed(() => {
            if (keys === undefined) columns = this.#base.drain();
            else hits += this.#base.drain(into);
          });
          const drained = found(
            keys === undefined ? (columns?.values as unknown[]) : values.values,
            this.#size,
          );
          if (keys === undefined) hits += drained.hits;
          sum += this.#size === 0 ? 0 : drained.sum;
          this.#base.setMany(this.#keys.column, this.#elems.column);
          break;
        }
        default:
          return undefined;
      }
    }
    return { ns, count: n * passes, hits, sum: BigInt(sum) };
  }

  #look(op: 'hit' | 'miss' | 'mixed', percent: number, batch: number, passes: number): Repetition {
    const n = this.#n;
    const looked =
      op === 'hit'
        ? this.#shuffled
        : op === 'miss'
          ? this.#absent
          : this.#passes(
              goTypeOf(this.#kind),
              mixed(this.#flat(this.#shuffled), this.#flat(this.#absent), percent),
            );
    const out = this.#out;
    let ns = 0;
    let hits = 0;
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) {
      if (this.#size === 0) {
        const flags = new Uint8Array(n);
        ns += timed(() => this.#base.hasMany(column(looked[pass]), flags));
        for (const flag of flags) hits += flag;
        continue;
      }
      const keys = looked[pass] as BenchColumn;
      ns +=
        batch === 0 ? timed(() => this.#base.getMany(keys.column, out.column)) : this.#batched(keys, batch);
      const seen = found(out.values, this.#size);
      hits += seen.hits;
      sum += seen.sum;
    }
    return { ns, count: n * passes, hits, sum: BigInt(sum) };
  }

  /** Batches of keys from an ordinary typed array, as they come to a program in pieces. */
  #batched(looked: BenchColumn, batch: number): number {
    const keys = BigUint64Array.from(looked.values as BigUint64Array);
    const out = this.#out.values as BigUint64Array;
    const results = new BigUint64Array(keys.length);
    const n = keys.length;
    const ns = timed(() => {
      for (let at = 0; at < n; at += batch) {
        this.#base.getMany(keys.subarray(at, at + batch), results.subarray(at, at + batch));
      }
    });
    out.set(results);
    return ns;
  }

  /** Loads of one to three lines of random buckets of the base map. */
  #gather(op: 'gather1' | 'gather2' | 'gather3'): Repetition {
    const { machine } = this.#rt;
    const base = Number(this.#base.header.buckets & 0xffffffffn);
    const stride = this.#base.shape.bucket.size;
    const mask = 2 ** this.#base.header.B - 1;
    const order = machine.u32.subarray(machine.staging >>> 2, (machine.staging >>> 2) + GATHERED);
    const count = Math.max(this.#n, 100_000);
    let state = 0x2545f491;
    let ns = 0;
    for (let done = 0; done < count; done += GATHERED) {
      for (let i = 0; i < GATHERED; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        order[i] = state & mask;
      }
      const some = Math.min(GATHERED, count - done);
      ns += timed(() => this.#aid[op](base, stride, machine.staging, some));
    }
    return { ns, count, hits: 0, sum: 0n };
  }

  single(op: SingleOp, seconds: number): number[] | undefined {
    const n = this.#n;
    const map = this.#base;
    // Arrays, as a program would have them.
    const inOrderOf = (columns: readonly BenchColumn[]): unknown[] =>
      columns.flatMap(({ values }) => Array.from(values));
    const keys = inOrderOf(this.#shuffled);
    const values = inOrderOf(this.#shuffledElems);
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
      case 'has-absent': {
        const absent = inOrderOf(this.#absent);
        return stretch(
          () => {
            for (let i = 0; i < all; i++) if (map.has(absent[i])) throw new Error('a key is there');
          },
          all,
          seconds,
        );
      }
      case 'set':
        return stretch(
          () => {
            for (let i = 0; i < all; i++) map.set(keys[i], values[i]);
          },
          all,
          seconds,
        );
      case 'grow':
        settle(n);
        return stretch(
          () => {
            const grown = this.#make(0);
            for (let i = 0; i < n; i++) grown.set(keys[i], values[i]);
            if (grown.size !== n) throw new Error('entries are missing');
            grown.free();
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

async function aidFor(rt: Runtime): Promise<Aid> {
  const { instance } = await WebAssembly.instantiate(await readFile(AID), {
    env: { memory: rt.machine.memory },
  });
  return instance.exports as unknown as Aid;
}

let work: Work | undefined;

const server: Server = {
  async prepare(kind, size, n) {
    const rt = await Runtime.create({ seed: 1, memory: MEMORY });
    work = new Work(rt, await aidFor(rt), kind, size, n);
    return work.checksum;
  },
  run: (op, percent, batch) => work?.run(op, percent, batch),
  single: (op, seconds) => work?.single(op, seconds),
  async hash(size, count, key) {
    const hashKey = key as [bigint, bigint, bigint, bigint];
    const rt = await Runtime.create({ goVersion: '1.19', hashKey });
    const { machine } = rt;
    machine.u64.set(keysOf('uint64', 1, WINDOW / 8) as BigUint64Array, machine.staging >>> 3);
    const aid = await aidFor(rt);
    let sum = 0n;
    const ns = timed(() => {
      sum = aid.hashes(machine.staging, size, count);
    });
    return { ns, count, hits: count, sum: BigInt.asUintN(64, sum) };
  },
  async latency(n) {
    const rt = await Runtime.create({ seed: 1, memory: MEMORY });
    const keys = Array.from(keysOf('uint64', 1, n) as BigUint64Array);
    const times = new Float64Array(n);
    // The code is compiled before it is measured.
    inserts(rt, keys.slice(0, 50_000), times);
    settle(n);
    inserts(rt, keys, times);
    return latencyOf(times);
  },
  async memory(n) {
    const rt = await Runtime.create({ seed: 1, memory: MEMORY });
    const keys = keysOf('uint64', 1, n) as BigUint64Array;
    const heap = () => {
      rt.machine.core.sweep();
      return rt.machine.heapInUse;
    };
    const use = (hint: number) => {
      const before = heap();
      const map = rt.makeMap('map[uint64]uint64', { hint });
      map.setMany(keys, keys);
      const taken = heap() - before;
      map.free();
      return taken;
    };
    return { count: n, presized: use(n), grown: use(0) };
  },
};

/** Sets keys one by one into an empty map: the time of each, from one stamp to the next. */
function inserts(rt: Runtime, keys: readonly bigint[], times: Float64Array): void {
  const map = rt.makeMap('map[uint64]uint64');
  let before = performance.now();
  for (let i = 0; i < keys.length; i++) {
    map.set(keys[i] as bigint, 1n);
    const after = performance.now();
    times[i] = (after - before) * 1e6;
    before = after;
  }
  if (map.size !== keys.length) throw new Error('entries are missing');
  map.free();
}

await serve(server);
