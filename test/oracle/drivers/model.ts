/**
 * The driver that knows what Go's language promises and nothing of its bytes: a plain map of texts.
 *
 * It answers `get` exactly. Where the language leaves a choice, as in the order of an iteration, it cannot answer;
 * `checkResults` says whether another driver's answers are among those that the language allows.
 */
import { type GoType, parseMapType } from 'hmap-wasm';
import type { Driver, Op, OpRecord, Recording, Stream } from '../protocol.ts';

/** What is compared of keys: equal texts for equal keys, undefined for a key that equals none (NaN). */
export function keyIdentity(type: GoType, text: string): string | undefined {
  const float = (at: number, size: number): string | undefined => {
    const bytes = Buffer.from(text.slice(2 * at, 2 * (at + size)), 'hex');
    const value = size === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
    // Both zeros are one key.
    return Number.isNaN(value) ? undefined : String(value === 0 ? 0 : value);
  };
  switch (type.kind) {
    case 'float32':
    case 'float64':
      return float(0, type.size);
    case 'complex64':
    case 'complex128': {
      const [re, im] = [float(0, type.size / 2), float(type.size / 2, type.size / 2)];
      return re === undefined || im === undefined ? undefined : `${re} ${im}`;
    }
    default:
      // Composites with floats and interfaces in them have their place here.
      return text;
  }
}

/** One entry from its insertion to its deletion. */
interface Entry {
  readonly key: string;
  elem: string;
}

export class ModelMap {
  readonly entries = new Set<Entry>();
  readonly #byKey = new Map<string, Entry>();
  readonly #key: GoType;

  constructor(type: string) {
    this.#key = parseMapType(type).key;
  }

  find(key: string): Entry | undefined {
    const identity = keyIdentity(this.#key, key);
    return identity === undefined ? undefined : this.#byKey.get(identity);
  }

  set(key: string, elem: string): void {
    const known = this.find(key);
    if (known !== undefined) {
      known.elem = elem;
      return;
    }
    const entry = { key, elem };
    this.entries.add(entry);
    const identity = keyIdentity(this.#key, key);
    if (identity !== undefined) this.#byKey.set(identity, entry);
  }

  del(key: string): void {
    const known = this.find(key);
    if (known === undefined) return;
    this.entries.delete(known);
    this.#byKey.delete(keyIdentity(this.#key, key) as string);
  }

  clear(): void {
    this.entries.clear();
    this.#byKey.clear();
  }
}

/** Runs streams on the plain map; its iterations go in the order of insertion. */
export class Model implements Driver {
  readonly name = 'model';

  async run(stream: Stream): Promise<Recording> {
    const map = new ModelMap(stream.type);
    let walk: Iterator<Entry> | undefined;
    const step = (): OpRecord['r'] => {
      const next = walk?.next();
      if (next === undefined || next.done) {
        walk = undefined;
        return null;
      }
      return [next.value.key, next.value.elem];
    };
    const record = (op: Op): OpRecord => {
      const plain = () => ({ h: countText(map.entries.size), draws: 0 });
      switch (op[0]) {
        case 'set':
          map.set(op[1], op[2]);
          return plain();
        case 'get':
          return { ...plain(), r: map.find(op[1])?.elem ?? null };
        case 'del':
          map.del(op[1]);
          return plain();
        case 'clear':
        case 'rangedel':
          map.clear();
          return plain();
        case 'iter':
          walk = map.entries.values();
          return { ...plain(), r: step() ?? null };
        case 'poke':
          throw new Error('the model has no bytes');
        case 'next':
          return { ...plain(), r: step() ?? null };
      }
    };
    const ops = stream.ops.map(record);
    return { make: { h: countText(0), draws: 0 }, ops, dumps: [] };
  }

  async close(): Promise<void> {}
}

/** A header of which only the count is known. */
function countText(count: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(count));
  return bytes.toString('hex');
}

/** `len` after an operation. */
export function countOf(record: OpRecord): number {
  return Number(Buffer.from(record.h.slice(0, 16), 'hex').readBigUInt64LE());
}

/**
 * What in a recording the language does not allow, the first of it; undefined if all is well. After a clear under
 * an iterator nothing is asked of that iteration: up to Go 1.20 it goes on over what was cleared.
 */
export function checkResults(stream: Stream, recording: Recording): string | undefined {
  const { key: keyType } = parseMapType(stream.type);
  const map = new ModelMap(stream.type);
  let walk: { readonly lasting: Set<Entry>; readonly given: Set<Entry>; cleared: boolean } | undefined;
  if (recording.error !== undefined) return recording.error;
  if (recording.ops.length !== stream.ops.length)
    return `${recording.ops.length} of ${stream.ops.length} answers`;
  for (const [i, op] of stream.ops.entries()) {
    const record = recording.ops[i] as OpRecord;
    const bad = (what: string) => `op ${i}, ${op.join(' ').slice(0, 80)}: ${what}`;
    if (record.p !== undefined) return bad(`it panics: ${record.p}`);
    switch (op[0]) {
      case 'set':
        map.set(op[1], op[2]);
        break;
      case 'get': {
        const wanted = map.find(op[1])?.elem ?? null;
        if (record.r !== wanted) return bad(`it gives ${record.r}, not ${wanted}`);
        break;
      }
      case 'del': {
        const known = map.find(op[1]);
        if (known !== undefined) walk?.lasting.delete(known);
        map.del(op[1]);
        break;
      }
      case 'clear':
      case 'rangedel':
        if (walk !== undefined && map.entries.size > 0) walk.cleared = true;
        map.clear();
        break;
      case 'iter':
      case 'next': {
        if (op[0] === 'iter') walk = { lasting: new Set(map.entries), given: new Set(), cleared: false };
        const given = record.r;
        if (walk === undefined) {
          if (given !== null) return bad('it gives an entry without an iteration');
          break;
        }
        if (given === null) {
          const left = [...walk.lasting].find((entry) => !walk?.given.has(entry));
          if (!walk.cleared && left !== undefined) return bad(`the iteration has left out ${left.key}`);
          walk = undefined;
          break;
        }
        if (walk.cleared) break;
        const [key, elem] = given as readonly [string, string];
        const entry = map.find(key) ?? unfindable(map, key, keyType, walk.given);
        if (entry === undefined) return bad(`it gives ${key}, which is not in the map`);
        if (entry.elem !== elem) return bad(`it gives ${key} with ${elem}, not ${entry.elem}`);
        if (walk.given.has(entry)) return bad(`it gives ${key} twice`);
        walk.given.add(entry);
        break;
      }
    }
    if (countOf(record) !== map.entries.size)
      return bad(`len is ${countOf(record)}, not ${map.entries.size}`);
  }
  return undefined;
}

/** A NaN is not found by its key: any entry of the same bits that was not given yet will do. */
function unfindable(map: ModelMap, key: string, type: GoType, given: ReadonlySet<Entry>): Entry | undefined {
  if (keyIdentity(type, key) !== undefined) return undefined;
  return [...map.entries].find((entry) => entry.key === key && !given.has(entry));
}
