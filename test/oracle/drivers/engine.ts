/** The driver that runs streams on the emulator. */
import {
  GoFatal,
  type GoMap,
  GoPanic,
  OutOfMemory,
  Runtime,
  type RuntimeOptions,
  SegmentationFault,
  type WasmSource,
} from 'hmap-wasm';
import { Outcome } from '../../../assembly/shared/codes.ts';
import { ITER_HITER } from '../../../assembly/shared/hostlayout.ts';
import { FATAL_TEXT } from '../../../src/machine/outcomes.ts';
import { WyRand } from '../../support/builds.ts';
import {
  type Driver,
  type Dump,
  isHostile,
  type Op,
  type OpRecord,
  type Recording,
  type Stream,
} from '../protocol.ts';
import { throughBatches } from './batched.ts';
import { ended } from './hostile.ts';
import { type Port, portOf, type Walk } from './port.ts';
import { offsetOf, Snapshot } from './snapshot.ts';
import { Victim } from './victim.ts';

export interface EngineOptions {
  /** The emulated release; 1.19 if not given. */
  readonly release?: string;
  readonly target?: string;
  readonly build?: NonNullable<RuntimeOptions['build']>;
  /** Run on the twin that trusts nothing in memory. */
  readonly guarded?: boolean;
  /** Make single operations by batches of one. */
  readonly batched?: boolean;
  /** Another core, such as one with a planted fault. */
  readonly wasm?: WasmSource;
}

/** Bytes that the Go heap of a stream may take. */
const HEAP = 2 ** 28;

export class Engine implements Driver {
  readonly name: string;
  readonly #options: EngineOptions;

  constructor(options: EngineOptions = {}) {
    this.#options = options;
    const kind = options.guarded ? 'guarded' : (options.build ?? 'release');
    this.name = `engine ${options.batched ? 'batched' : kind}`;
  }

  async run(stream: Stream): Promise<Recording> {
    const { release, target, build, wasm, guarded, batched } = this.#options;
    const random = new WyRand(BigInt(stream.seed));
    const rt = await Runtime.create({
      goVersion: release ?? '1.19',
      ...(target === undefined ? {} : { target }),
      ...(build === undefined ? {} : { build }),
      ...(wasm === undefined ? {} : { wasm }),
      hashKey: stream.hashkey.map(BigInt) as [bigint, bigint, bigint, bigint],
      random: random.source,
      memory: { limit: HEAP },
    });
    const run = new Run(rt, random, stream, guarded === true);
    if (batched) run.throughBatches();
    return isHostile(stream) ? run.recordHostile() : run.record();
  }

  async close(): Promise<void> {}
}

/** The panic that stands for a fault. */
const FAULT = 'fault';
const ENDLESS = FATAL_TEXT[Outcome.EndlessLoop];

/** A record under way. */
type Draft = { -readonly [K in keyof OpRecord]: OpRecord[K] };

/** One stream on a process of its own. */
class Run {
  readonly #rt: Runtime;
  readonly #random: WyRand;
  readonly #stream: Stream;
  readonly #guarded: boolean;
  readonly #idle: number;
  readonly #map: GoMap;
  readonly #port: Port;
  readonly #snapshot: Snapshot;
  #walk: Walk | undefined;
  /** The position of the iterator that ended last: its memory is gone by the time anyone asks. */
  #ended = '';
  #victim: Victim | undefined;

  constructor(rt: Runtime, random: WyRand, stream: Stream, guarded: boolean) {
    this.#rt = rt;
    this.#random = random;
    this.#stream = stream;
    this.#guarded = guarded;
    this.#idle = rt.machine.heapInUse;
    const { hint } = stream;
    this.#map = rt.makeMap(stream.type, hint !== undefined && hint >= 0 ? { hint } : {}) as unknown as GoMap;
    this.#port = portOf(this.#map);
    this.#snapshot = new Snapshot(rt, this.#map);
  }

  throughBatches(): void {
    throughBatches(this.#map);
  }

  record(): Recording {
    const { ops, dump } = this.#stream;
    const make = this.#make();
    const records: OpRecord[] = [];
    const dumps: Dump[] = [];
    try {
      for (const [i, op] of ops.entries()) {
        records.push(this.#apply(op));
        if (dump > 0 && (i + 1) % dump === 0 && i + 1 < ops.length) dumps.push(this.#snapshot.dump(i));
      }
      if (dump >= 0) dumps.push(this.#snapshot.dump(ops.length - 1));
      this.#finish();
    } catch (error) {
      return { make, ops: records, dumps, error: `op ${records.length}: ${String(error)}` };
    }
    return { make, ops: records, dumps };
  }

  /** As `hostile` of the Go program: no dumps, nothing behind the operation that ends the process. */
  recordHostile(): Recording {
    const { e: _, ...make } = this.#make();
    const ops: OpRecord[] = [];
    for (const op of this.#stream.ops) {
      try {
        const record = op[0] === 'poke' ? this.#poke(op) : this.#applyHostile(op);
        ops.push(record);
        if (record.f !== undefined || record.p === FAULT) break;
      } catch (error) {
        return { make, ops, dumps: [], error: `op ${ops.length}: ${String(error)}` };
      }
    }
    return { make, ops, dumps: [] };
  }

  #poke(op: Extract<Op, readonly ['poke', ...unknown[]]>): OpRecord {
    const { guarded } = this.#rt.machine;
    this.#victim ??= new Victim(this.#rt, this.#map, this.#snapshot);
    this.#victim.poke(op);
    // The twin has other exports.
    if (!guarded) this.#watchIterators();
    return { h: this.#snapshot.header(), draws: 0, x: this.#victim.sum() };
  }

  #applyHostile(op: Op): OpRecord {
    const out: Draft = { h: '', draws: 0 };
    const hash = op[0] === 'set' || op[0] === 'del' || op[0] === 'get' ? this.#hash(op[1]) : undefined;
    if (hash !== undefined) out.k = hash.toString(16).padStart(16, '0');
    const drawn = this.#random.widths.length;
    try {
      this.#do(op, out);
      out.draws = this.#random.widths.length - drawn;
    } catch (error) {
      if (error instanceof GoFatal) return ended(error.message === ENDLESS ? 'hang' : error.message);
      if (error instanceof OutOfMemory) return ended('out of memory');
      if (error instanceof SegmentationFault) out.p = FAULT;
      else if (error instanceof GoPanic) out.p = error.message;
      else throw error;
      if (op[0] === 'iter' || op[0] === 'next') this.#walk = undefined;
      this.#random.reset(BigInt(this.#stream.seed));
    }
    out.h = this.#snapshot.header();
    if (this.#victim !== undefined) out.x = this.#victim.sum();
    return out;
  }

  #make(): OpRecord {
    const { hash0, seed } = this.#stream;
    const draws = this.#random.widths.length;
    if (hash0 !== undefined) {
      // As in the Go program: the runtime draws, then another value is put in its place.
      this.#snapshot.setHash0(hash0);
      this.#random.reset(BigInt(seed));
    }
    const make = { h: this.#snapshot.header(), draws, e: this.#snapshot.extra() };
    if (this.#guarded) {
      // A debugger that writes back what it has read is enough to be trusted no longer.
      this.#rt.memory.write(this.#map.header.address, this.#map.header.bytes);
      if (!this.#rt.machine.guarded) throw new Error('the guarded twin is not in use');
    }
    this.#watchIterators();
    return make;
  }

  #watchIterators(): void {
    const { machine } = this.#rt;
    const { iterEnd } = machine.core;
    const { positionStart, positionEnd } = this.#snapshot.layout;
    const memory = Buffer.from(machine.buffer);
    machine.core.iterEnd = (iter) => {
      const at = machine.u32[(iter + ITER_HITER) >>> 2] as number;
      this.#ended = memory.toString('hex', at + positionStart, at + positionEnd);
      return iterEnd(iter);
    };
  }

  #apply(op: Op): OpRecord {
    const snapshot = this.#snapshot;
    const out: Draft = { h: '', draws: 0 };
    let hash: bigint | undefined;
    let before: ReturnType<Snapshot['state']> | undefined;
    if (op[0] === 'set' || op[0] === 'del' || op[0] === 'get') {
      hash = this.#hash(op[1]);
      if (hash !== undefined) out.k = hash.toString(16).padStart(16, '0');
      if (op[0] !== 'get') before = snapshot.state();
    }
    const drawn = this.#random.widths.length;
    try {
      this.#do(op, out);
    } catch (error) {
      if (!(error instanceof GoPanic)) throw error;
      out.p = error.message;
    }
    out.draws = this.#random.widths.length - drawn;
    out.h = snapshot.header();
    out.e = snapshot.extra();
    if (before !== undefined && hash !== undefined) out.x = snapshot.touched(before, snapshot.state(), hash);
    return out;
  }

  #do(op: Op, out: Draft): void {
    const port = this.#port;
    switch (op[0]) {
      case 'set':
        port.set(op[1], op[2]);
        break;
      case 'get':
        out.r = port.get(op[1]);
        break;
      case 'del':
        port.del(op[1]);
        break;
      case 'clear':
        this.#map.clear();
        break;
      case 'rangedel':
        this.#map.rangeDelete();
        break;
      case 'iter':
        this.#walk?.return();
        this.#walk = port.walk();
        this.#step(this.#walk, out);
        break;
      case 'poke':
        throw new Error('a poke in a stream that is not hostile');
      case 'next':
        if (this.#walk === undefined) out.r = null;
        else this.#step(this.#walk, out);
        break;
    }
  }

  #step(walk: Walk, out: Draft): void {
    const { done, value } = walk.next();
    if (done) {
      this.#walk = undefined;
      out.r = null;
      out.it = this.#ended;
      return;
    }
    out.r = this.#port.texts(value);
    const { positionStart, positionEnd } = this.#snapshot.layout;
    const at = offsetOf(walk.address);
    out.it = Buffer.from(this.#rt.machine.buffer).toString('hex', at + positionStart, at + positionEnd);
  }

  /** The key's hash; of a NaN the one that the operation will draw first. */
  #hash(key: string): bigint | undefined {
    const random = this.#random;
    const { state } = random;
    const drawn = random.widths.length;
    try {
      return this.#port.hash(key);
    } catch (error) {
      if (error instanceof GoPanic) return undefined;
      throw error;
    } finally {
      random.state = state;
      random.widths.length = drawn;
    }
  }

  #finish(): void {
    this.#map.verify();
    this.#walk?.return();
    this.#map.free();
    const left = this.#rt.machine.heapInUse - this.#idle;
    // On the twin nothing is freed: the bytes that say what to free are not trusted.
    if (!this.#guarded && left !== 0) throw new Error(`${left} bytes were not given back`);
  }
}
