/** AssemblyScript's own Map as a peer, in a module that the installed compiler has made. */
import { readFile } from 'node:fs/promises';
import { checksum, inOrder, type KeyColumn, keysOf, mixed, shuffledOrder } from '../../keys.ts';
import { type Op, passesFor, type Repetition } from '../protocol.ts';
import { type Server, serve, settle, timed } from './serve.ts';

const MODULE = new URL('../../../../bench-peers/asmap.wasm', import.meta.url);

interface Exports {
  readonly memory: WebAssembly.Memory;
  column(bytes: number): number;
  fresh(): void;
  collect(): void;
  size(): number;
  found(): number;
  set(keys: number, elems: number, n: number): void;
  get(keys: number, n: number): bigint;
  look(keys: number, n: number): bigint;
  remove(keys: number, n: number): number;
  drain(keys: number, elems: number): void;
}

class Work {
  readonly #as: Exports;
  readonly #n: number;
  readonly #at: Record<
    'keys' | 'shuffled' | 'absent' | 'mixed' | 'elems' | 'shuffledElems' | 'outKeys' | 'out',
    number
  >;
  readonly checksum: number;

  constructor(as: Exports, n: number) {
    this.#as = as;
    this.#n = n;
    const order = shuffledOrder(n, passesFor(n));
    const column = (length: number) => as.column(length * 8) >>> 0;
    this.#at = {
      keys: column(n),
      shuffled: column(order.length),
      absent: column(order.length),
      mixed: column(order.length),
      elems: column(n),
      shuffledElems: column(order.length),
      outKeys: column(n),
      out: column(n),
    };
    const keys = keysOf('uint64', 1, n) as BigUint64Array;
    const shuffled = inOrder(keys, order);
    this.checksum = checksum(shuffled as KeyColumn);
    this.#view('keys').set(keys);
    this.#view('shuffled').set(shuffled);
    this.#view('absent').set(keysOf('uint64', n + 1, order.length) as BigUint64Array);
    this.#view('elems').set(BigUint64Array.from({ length: n }, (_, i) => BigInt(i + 1)));
    this.#view('shuffledElems').set(BigUint64Array.from(order, (i) => BigInt(i + 1)));
    this.#fill();
  }

  /** The memory moves when it grows, so a view is made when it is needed. */
  #view(name: keyof Work['at']): BigUint64Array {
    const length = this.#n * (/shuffled|absent|mixed/.test(name) ? passesFor(this.#n) : 1);
    return new BigUint64Array(this.#as.memory.buffer, this.#at[name], length);
  }

  get at() {
    return this.#at;
  }

  #fill(): void {
    this.#as.fresh();
    this.#as.set(this.#at.keys, this.#at.elems, this.#n);
  }

  run(op: Op, percent: number): Repetition | undefined {
    const as = this.#as;
    const at = this.#at;
    const n = this.#n;
    const passes = passesFor(n);
    if (op === 'mixed') {
      this.#view('mixed').set(mixed(this.#view('shuffled'), this.#view('absent'), percent));
    }
    if (op === 'insert' || op === 'delete') settle(n);
    let ns = 0;
    let hits = 0;
    let sum = 0n;
    for (let pass = 0; pass < passes; pass++) {
      const skip = pass * n * 8;
      switch (op) {
        case 'insert':
          as.fresh();
          as.collect();
          ns += timed(() => this.#fill());
          hits += as.size();
          break;
        case 'overwrite':
          ns += timed(() => as.set(at.shuffled + skip, at.shuffledElems + skip, n));
          hits += as.size();
          break;
        case 'hit':
        case 'miss':
        case 'mixed': {
          ns += timed(() => {
            sum +=
              op === 'hit'
                ? as.get(at.shuffled + skip, n)
                : as.look((op === 'miss' ? at.absent : at.mixed) + skip, n);
          });
          hits += as.found();
          break;
        }
        case 'delete': {
          let gone = 0;
          ns += timed(() => {
            gone = as.remove(at.shuffled + skip, n);
          });
          hits += gone - as.size();
          this.#fill();
          as.collect();
          break;
        }
        case 'drain': {
          ns += timed(() => as.drain(at.outKeys, at.out));
          for (const value of this.#view('out')) {
            if (value !== 0n) hits++;
            sum += value;
          }
          as.collect();
          break;
        }
        default:
          return undefined;
      }
    }
    return { ns, count: n * passes, hits, sum };
  }
}

let work: Work | undefined;

const server: Server = {
  async prepare(kind, size, n) {
    if (kind !== 'uint64' || size !== 8) return undefined;
    const { instance } = await WebAssembly.instantiate(await readFile(MODULE), {});
    work = new Work(instance.exports as unknown as Exports, n);
    return work.checksum;
  },
  run: (op, percent) => work?.run(op, percent),
};

await serve(server);
