/**
 * A map of the library beside a plain model, moved by the same steps.
 *
 * The model is an ES `Map` by canonical key. It says what every answer must be,
 * and what an iteration may give: no entry twice, none that was deleted before
 * the iteration came to it, and at its end every entry that was there all along.
 */
import type { GoMap, MapIterator } from 'hmap-wasm';
import { isReflexive } from '../../src/gotype/index.ts';
import type { Step } from './stream.ts';
import { canonical, identity, type Kind } from './values.ts';

/** One entry from its insertion to its deletion: a key that comes back is another entry. */
interface Entry {
  /** The stored key, which an equal one may have replaced: the two zeros are equal. */
  key: string;
  elem: string;
}

/** An iteration and what it has given. It begins when its first entry is asked for. */
interface Walk {
  readonly iterator: MapIterator<[unknown, unknown]>;
  readonly given: Set<Entry>;
  /** Entries that were there at its start and still are; undefined before its start. */
  lasting: Set<Entry> | undefined;
  /**
   * Entries that a clear removed while it was under way, and that it had not given; undefined without such
   * a clear. Up to Go 1.20 a clear wipes the current array and forgets the rest. An iteration that stands in
   * an old array or in an overflow bucket goes on to meet entries that were cleared, each once. One that
   * stands in a spare bucket may be led into the chain of another bucket and give new entries twice.
   */
  cleared: Set<Entry> | undefined;
}

/** Live iterators a map may have: the oldest makes room. */
const MAX_WALKS = 4;

function fail(text: string): never {
  throw new Error(text);
}

function same(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) fail(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

export class Twin {
  readonly map: GoMap;
  readonly #entries = new Map<string, Entry>();
  readonly #walks: Walk[] = [];
  readonly #key: Kind;
  readonly #elem: Kind;
  readonly #space: number;
  #nans = 0;

  /** `space` is the number of keys to choose from. */
  constructor(map: GoMap, key: Kind, elem: Kind, space: number) {
    this.map = map;
    this.#key = key;
    this.#elem = elem;
    this.#space = space;
  }

  /** Does a step on both and compares. */
  apply(step: Step): void {
    switch (step.op) {
      case 'set': {
        const key = this.#keyOf(step.key);
        const elem = this.#elem.value(step.elem);
        this.map.set(key, elem);
        this.#put(key, elem);
        break;
      }
      case 'get':
        this.#compare(this.#keyOf(step.key));
        break;
      case 'delete': {
        const key = this.#keyOf(step.key);
        same('delete', this.map.delete(key), this.#remove(key));
        break;
      }
      case 'setMany': {
        const keys = this.#keysOf(step);
        const elems = keys.map((_, i) => this.#elem.value(step.elem + i));
        this.map.setMany(keys, elems);
        for (const [i, key] of keys.entries()) this.#put(key, elems[i]);
        break;
      }
      case 'getMany': {
        const keys = this.#keysOf(step);
        for (const [i, value] of this.map.getMany(keys).entries()) this.#compareElem(keys[i], value);
        break;
      }
      case 'hasMany': {
        const keys = this.#keysOf(step);
        const found = this.map.hasMany(keys);
        for (const [i, key] of keys.entries()) same('hasMany', found[i], this.#find(key) !== undefined);
        break;
      }
      case 'deleteMany': {
        const keys = this.#keysOf(step);
        const deleted = this.map.deleteMany(keys);
        same('deleteMany', deleted, keys.filter((key) => this.#remove(key)).length);
        break;
      }
      case 'rangeDelete':
        this.map.rangeDelete();
        this.#rangeDelete();
        break;
      case 'slide':
        // Behind the window a key goes, before it another comes: overflow buckets gather, the count stays.
        for (let i = 0; i < step.count; i++) {
          this.apply({ op: 'delete', key: step.key + i });
          this.apply({ op: 'set', key: step.key + i + (this.#space >> 1), elem: step.elem + i });
          this.apply({ op: 'get', key: step.key + i * 7 });
        }
        break;
      case 'iterate':
        this.#begin();
        break;
      case 'next':
        for (let i = 0; i < step.steps; i++) this.#advance(step.which);
        break;
      case 'abandon':
        this.#end(step.which);
        break;
      case 'walk':
        this.#walkAll();
        break;
      case 'clear':
        this.map.clear();
        this.#clear();
        break;
      case 'drain':
        this.#drain();
        break;
      case 'verify':
        this.map.verify();
        break;
    }
    same('size', this.map.size, this.#entries.size);
  }

  /** Compares every key there can be. */
  compareAll(): void {
    for (let n = 0; n < this.#space; n++) this.#compare(this.#keyOf(n));
  }

  /** Compares everything; iterators are ended first if `iteratorsFirst`, else by freeing the map. */
  finish(iteratorsFirst: boolean): void {
    for (const entry of [...this.#walks.keys()]) {
      // Some are walked to the end, the others are left where they are.
      if (entry % 2 === 0) for (let left = this.#entries.size + 1; left > 0; left--) this.#advance(entry);
    }
    this.#walkAll();
    this.compareAll();
    this.map.verify();
    const { iterator } = this.#walks.at(-1) ?? {};
    if (iteratorsFirst) while (this.#walks.length > 0) this.#end(0);
    const standing = iterator !== undefined && iterator.address !== 0n;
    this.map.free();
    if (!standing) return;
    try {
      iterator.next();
    } catch (error) {
      same('an iterator of a freed map', (error as Error).name, 'UseAfterFree');
      return;
    }
    fail('an iterator went on after its map was freed');
  }

  #keyOf(n: number): unknown {
    return this.#key.value(n % this.#space);
  }

  #keysOf(step: { readonly key: number; readonly count: number; readonly stride: number }): unknown[] {
    return Array.from({ length: step.count }, (_, i) => this.#keyOf(step.key + i * step.stride));
  }

  /** The entry of an equal key: a NaN has none. */
  #find(key: unknown): Entry | undefined {
    const name = identity(key);
    return name === undefined ? undefined : this.#entries.get(name);
  }

  #put(key: unknown, elem: unknown): void {
    const entry = this.#find(key);
    if (entry === undefined) {
      this.#entries.set(identity(key) ?? `NaN ${this.#nans++}`, {
        key: canonical(key),
        elem: canonical(elem),
      });
      return;
    }
    entry.key = canonical(key);
    entry.elem = canonical(elem);
  }

  #remove(key: unknown): boolean {
    const entry = this.#find(key);
    if (entry === undefined) return false;
    this.#entries.delete(identity(key) as string);
    for (const walk of this.#walks) walk.lasting?.delete(entry);
    return true;
  }

  /** What no key is equal to stays; where there is no such key, it is a clear. */
  #rangeDelete(): void {
    if (isReflexive(this.map.shape.key)) {
      this.#clear();
      return;
    }
    for (const [name, entry] of this.#entries) {
      if (name.startsWith('NaN ')) continue;
      this.#entries.delete(name);
      for (const walk of this.#walks) walk.lasting?.delete(entry);
    }
  }

  #clear(): void {
    // Clearing an empty map does nothing at all.
    if (this.#entries.size === 0) return;
    for (const walk of this.#walks) {
      if (walk.lasting === undefined) continue;
      walk.lasting.clear();
      walk.cleared ??= new Set();
      for (const entry of this.#entries.values()) if (!walk.given.has(entry)) walk.cleared.add(entry);
    }
    this.#entries.clear();
  }

  #drain(): void {
    const { keys, values } = this.map.drain();
    const elems = Array.from(values as ArrayLike<unknown>, canonical);
    const names = Array.from(keys as ArrayLike<unknown>, canonical);
    same('drained keys', names.length, this.#entries.size);
    same('drained values', elems.length, this.#entries.size);
    const drained = names.map((name, i) => `${name} ${elems[i]}`).sort();
    const wanted = [...this.#entries.values()].map(({ key, elem }) => `${key} ${elem}`).sort();
    same('drained entries', JSON.stringify(drained), JSON.stringify(wanted));
    this.#clear();
  }

  #compare(key: unknown): void {
    const there = this.#find(key) !== undefined;
    same('has', this.map.has(key), there);
    const value = this.map.get(key);
    this.#compareElem(key, value);
    const { value: looked, ok } = this.map.lookup(key);
    same('ok', ok, there);
    if (there) same('lookup', canonical(looked), canonical(value));
  }

  #compareElem(key: unknown, value: unknown): void {
    const wanted = this.#find(key)?.elem;
    same('an element', value === undefined ? undefined : canonical(value), wanted);
  }

  #begin(): Walk {
    if (this.#walks.length === MAX_WALKS) this.#end(0);
    const walk: Walk = {
      iterator: this.map.entries(),
      given: new Set(),
      lasting: undefined,
      cleared: undefined,
    };
    this.#walks.push(walk);
    return walk;
  }

  #end(which: number): void {
    const [walk] = this.#walks.splice(which % Math.max(this.#walks.length, 1), 1);
    walk?.iterator.return();
  }

  #walkAll(): void {
    const walk = this.#begin();
    const given = [...walk.iterator];
    for (const [key, value] of given) this.#take(walk, key, value);
    same('entries of a whole iteration', given.length, this.#entries.size);
    this.#walks.pop();
  }

  #advance(which: number): void {
    const walk = this.#walks[which % Math.max(this.#walks.length, 1)];
    if (walk === undefined) return;
    walk.lasting ??= new Set(this.#entries.values());
    const { done, value } = walk.iterator.next();
    if (!done) {
      this.#take(walk, value[0], value[1]);
      return;
    }
    this.#walks.splice(this.#walks.indexOf(walk), 1);
    for (const entry of walk.lasting) {
      if (!walk.given.has(entry)) fail(`an iteration left out ${JSON.stringify(entry.key)}`);
    }
    same('an iteration at its end', walk.iterator.next().done, true);
  }

  /** An entry whose key nothing is equal to, told by its bytes: one that was not given, if there is one. */
  #nan(name: string, elem: string, given: ReadonlySet<Entry>): Entry | undefined {
    let found: Entry | undefined;
    for (const [id, entry] of this.#entries) {
      if (!id.startsWith('NaN ') || entry.key !== name || entry.elem !== elem) continue;
      if (!given.has(entry)) return entry;
      found = entry;
    }
    return found;
  }

  /** What an iteration gives is an entry of now that it has not given. */
  #take({ given, cleared }: Walk, key: unknown, value: unknown): void {
    const name = canonical(key);
    const elem = canonical(value);
    const entry = this.#find(key) ?? this.#nan(name, elem, given);
    if (
      entry !== undefined &&
      entry.key === name &&
      entry.elem === elem &&
      (cleared !== undefined || !given.has(entry))
    ) {
      given.add(entry);
      return;
    }
    for (const ghost of cleared ?? []) {
      if (ghost.key === name && ghost.elem === elem) {
        cleared?.delete(ghost);
        return;
      }
    }
    if (entry === undefined) fail(`an iteration gave ${JSON.stringify(name)}, which is not there`);
    if (given.has(entry)) fail(`an iteration gave ${JSON.stringify(name)} twice`);
    same(`an iteration's element for ${JSON.stringify(name)}`, elem, entry.elem);
  }
}
